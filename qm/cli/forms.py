"""Evaluation forms: which there are, whether they are sound, how they read."""

from typing import TYPE_CHECKING

import click

from qm.cli.rendering import say, visible
from qm.errors import FormError

if TYPE_CHECKING:
    from qm.call import Language


@click.group()
def forms() -> None:
    """List, check and show evaluation forms."""


@forms.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_forms(as_json: bool) -> None:
    """List the forms in use."""
    from qm.cli.rendering import print_json
    from qm.install import open_forms
    from qm.settings import read_settings

    found = open_forms(read_settings())
    if as_json:
        print_json([{"id": f.id, "version": f.version, "title": dict(f.title)} for f in found])
        return
    for form in found:
        say(f"{form.id:20} {form.version}  {form.title['en']} / {form.title['nl']}")


@forms.command()
@click.argument("form")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(form: str, as_json: bool) -> None:
    """Check a form (an id or a file): exit status 1 and the line to mend, or its version."""
    from qm.cli.rendering import print_json
    from qm.install import open_forms
    from qm.settings import read_settings

    try:
        [checked] = open_forms(read_settings(), [form])
    except FormError as error:
        if not as_json:
            raise
        print_json({"sound": False, "error": str(error)})
        raise click.exceptions.Exit(1) from error
    criteria = sum(len(section.criteria) for section in checked.sections)
    if as_json:
        print_json({"sound": True, "id": checked.id, "version": checked.version, "criteria": criteria})
    else:
        say(f"{checked.id} is sound: {criteria} criteria, version {checked.version}.")


@forms.command()
@click.argument("form")
@click.option("--language", type=click.Choice(["nl", "en"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(form: str, language: "Language", as_json: bool) -> None:
    """Show a form (an id or a file) as a coach reads it."""
    from qm.cli.rendering import print_json
    from qm.install import open_forms
    from qm.settings import read_settings

    [shown] = open_forms(read_settings(), [form])
    if as_json:
        criteria = [
            {"id": c.id, "section": s.id, "title": dict(c.title), "definition": c.definition, "weight": c.weight}
            for s in shown.sections
            for c in s.criteria
        ]
        print_json({"id": shown.id, "version": shown.version, "title": dict(shown.title), "criteria": criteria})
        return
    say(f"{shown.title[language]}  ({shown.id}, version {shown.version})")
    for section in shown.sections:
        click.echo(f"\n{visible(section.title[language])}")
        for criterion in section.criteria:
            click.echo(f"  {visible(criterion.title[language])}  (weight {criterion.weight:g})")
            say(f"    {' '.join(criterion.definition.split())}")
    for fail in shown.auto_fails:
        click.echo(f"\nAuto-fail: {visible(fail.title[language])}")
