"""Evaluation forms: which there are, whether they are sound, how they read."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qm.cli.rendering import say
from qm.errors import FormError, UserError

if TYPE_CHECKING:
    from qm.call import Language
    from qm.rubric import EvaluationForm
    from qm.training import Part
    from qm.transcript import Transcript


@click.group()
def forms() -> None:
    """List, check and show evaluation forms; fit their models and see how well they agree with labelled calls."""


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
    """Check a form (an id or a file): each mistake with its line and its cure, and exit status 1 if there is one.

    A form that can be read is tried: its examples, verdicts that no call could get, findings and criteria that the
    demo's calls tell nothing of.
    """
    from dataclasses import asdict

    from qm.cli.rendering import counted, print_json
    from qm.demo import scripts
    from qm.install import open_forms
    from qm.scoring import check, check_on
    from qm.settings import read_settings

    try:
        [checked] = open_forms(read_settings(), [form])
    except FormError as error:
        if not as_json:
            raise
        print_json({"sound": False, "error": str(error), "remarks": []})
        raise click.exceptions.Exit(1) from error
    remarks = [*check(checked), *check_on(checked, _script_calls(scripts()))]
    mistakes = sum(each.mistake for each in remarks)
    if as_json:
        about = {"id": checked.id, "version": checked.version, "criteria": len(checked.criteria)}
        print_json({"sound": not mistakes, **about, "remarks": [asdict(each) for each in remarks]})
    else:
        for each in remarks:
            where = f" in {each.file} line {each.line}" if each.file else ""
            say(f"{'Mistake' if each.mistake else 'Note'}{where}: {each.what}; {each.cure}.")
        verdict = "is sound" if not mistakes else f"has {counted(mistakes, 'mistake')}"
        criteria = "1 criterion" if len(checked.criteria) == 1 else f"{len(checked.criteria)} criteria"
        say(f"{checked.id} {verdict}: {criteria}, version {checked.version}.")
    if mistakes:
        raise click.exceptions.Exit(1)


def _script_calls(texts: "Iterable[tuple[Language, str]]") -> "list[Transcript]":
    from qm.formats import read_transcript

    return [read_transcript(f"# language: {language}\n{text}".encode(), "call.txt") for language, text in texts]


@forms.command()
@click.argument("form")
@click.option("--language", type=click.Choice(["nl", "en"]), help="Default: the language of the scorecards.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(form: str, language: "Language | None", as_json: bool) -> None:
    """Show a form (an id or a file) as a coach reads it: what is asked, and when it gets which verdict."""
    from dataclasses import asdict

    from qm.cli.rendering import print_form, print_json
    from qm.install import open_forms
    from qm.scoring import describe
    from qm.settings import read_settings

    settings = read_settings()
    [shown] = open_forms(settings, [form])
    reader = language or settings.language
    chapters = describe(shown, reader)
    if as_json:
        sections = [asdict(each) for each in chapters]
        print_json({"id": shown.id, "version": shown.version, "title": dict(shown.title), "sections": sections})
        return
    say(f"{shown.title[reader]}  ({shown.id}, version {shown.version})")
    print_form(chapters)


@forms.command()
def schema() -> None:
    """Print the JSON Schema of forms, for an editor that completes and checks while you write."""
    from qm.cli.rendering import print_json
    from qm.rubric import schema

    print_json(schema())


@forms.command()
@click.argument("form")
@click.option("--calls", type=click.Path(path_type=Path), help="Folder of labelled calls. Default: the shipped ones.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the models go. Default: beside the form.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def train(form: str, calls: Path | None, out: Path | None, as_json: bool) -> None:
    """Fit a form's models to labelled calls; the same calls give the same models.

    The form must name its models: `learned: NAME`.
    """
    _needs_learning()
    from qm.cli.rendering import counted, print_json, progress
    from qm.learned import to_json
    from qm.rubric import models_of
    from qm.training import read_corpus, shipped_corpus
    from qm.training.agreement import held_out
    from qm.training.fitting import fit

    path, chosen, folder = _chosen(form)
    target = models_of(path, folder)
    if target is None:
        raise UserError(f"{form} names no models; add the line 'learned: {chosen.id}' to it.")
    labelled = read_corpus(calls or shipped_corpus(), "train")
    with progress() as bar:
        task = bar.add_task("Learning", total=1.0, note=counted(len(labelled), "call"))
        fitted = fit(chosen, labelled, lambda what, part: bar.update(task, completed=part, note=what))
        bar.update(task, completed=1.0, note=counted(len(labelled), "call"))
    written = _write(to_json(fitted.models), out or target)
    figures = held_out(fitted.held)
    if as_json:
        about = {"file": str(written), "calls": len(labelled)}
        print_json({**about, "held_out": figures, "skipped": dict(fitted.skipped)})
        return
    click.echo("Answers on each hand's calls, with its hand left out:")
    for name, (accuracy, f1) in figures.items():
        say(f"  {name:28} {accuracy:4.0%} right, macro-F1 {f1:.2f}")
    for name, why in fitted.skipped.items():
        say(f"  {name:28} no model: {why}")
    say(f"Written to {written} ({written.stat().st_size // 1000} kB).")


@forms.command()
@click.argument("form")
@click.option("--calls", type=click.Path(path_type=Path), help="Folder of labelled calls. Default: the shipped ones.")
@click.option("--part", type=click.Choice(["train", "test"]), default="test", show_default=True)
@click.option("--language", type=click.Choice(["nl", "en"]), help="Only calls in this language.")
@click.option("--rules-only", is_flag=True, help="Without the learned models.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def agreement(  # noqa: PLR0913, PLR0917  what a figure may be asked of, all given by name
    form: str, calls: Path | None, part: "Part", language: "Language | None", rules_only: bool, as_json: bool
) -> None:
    """How well a form agrees with labelled calls, criterion by criterion."""
    _needs_learning()
    from dataclasses import asdict

    from qm.cli.rendering import agreement_table, console, counted, print_json, progress
    from qm.training import read_corpus, shipped_corpus
    from qm.training.agreement import judged, summarise

    _, chosen, _ = _chosen(form)
    labelled = [c for c in read_corpus(calls or shipped_corpus(), part) if language in (None, c.language)]
    if not labelled:
        raise UserError(f"None of the labelled calls is in the language '{language}'; leave --language out.")
    judge = chosen.without_models() if rules_only else chosen
    with progress() as bar:
        task = bar.add_task("Scoring", total=len(labelled), note=counted(len(labelled), "call"))
        pairs = judged(judge, labelled, lambda: bar.advance(task))
    summary = summarise(judge, pairs)
    if as_json:
        print_json(asdict(summary))
        return
    console().print(agreement_table(summary))
    if summary.unlabelled:
        say(f"No labels for {', '.join(summary.unlabelled)}.")


def _chosen(form: str) -> "tuple[Path, EvaluationForm, Path | None]":
    """A form's file and content, and the user's folder of forms."""
    from qm.install import open_forms
    from qm.rubric import find_form
    from qm.settings import read_settings

    settings = read_settings()
    [chosen] = open_forms(settings, [form])
    return find_form(form, settings.forms_folder), chosen, settings.forms_folder


def _write(models: object, path: Path) -> Path:
    """Models as a file."""
    import json

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(models, ensure_ascii=False, separators=(",", ":"))
        # A line for each feature, so that people and version control can read what changed.
        path.write_text(text.replace(']],"', ']],\n"').replace('],"', '],\n"') + "\n", "utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}; name another place with --out.") from error
    return path


def _needs_learning() -> None:
    from importlib.util import find_spec

    if find_spec("sklearn") is None:
        raise UserError("This needs scikit-learn; install qm with the extra learn: pip install 'qm[learn]'.")
