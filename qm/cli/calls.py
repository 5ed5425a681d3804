"""What qm knows of calls: list, show, score again."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from qm.cli.rendering import say
from qm.errors import FormError, UserError

MOST = 1_000_000
"""calls that one list can hold: a number that every database takes"""

if TYPE_CHECKING:
    from qm.call import Language
    from qm.comparison import Comparison
    from qm.pipeline import Pipeline
    from qm.store import CallRow, Database, Quarantined


@click.command()
@click.option("--agent", help="Only this agent (id or name).")
@click.option("--language", type=click.Choice(["nl", "en"]), help="Only this language.")
@click.option("--state", type=click.Choice(["waiting", "running", "done", "failed"]), help="Only calls in this state.")
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="At most this many.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def calls(agent: str | None, language: "Language | None", state: str | None, limit: int, as_json: bool) -> None:
    """List the calls, newest first, and the files that could not become calls."""
    from qm import store
    from qm.cli.rendering import call_table, console, print_json
    from qm.views import call_json

    with _database() as database, database.reading() as session:
        rows = store.list_calls(
            session, agent=agent, language=language, state=store.State(state) if state else None, limit=limit
        )
        refused, count = store.quarantined(session), store.count_quarantined(session)
    if as_json:
        files = [{"path": r.path, "reason": r.reason, "detail": r.detail, "at": r.at.isoformat()} for r in refused]
        print_json({"calls": [call_json(row) for row in rows], "quarantine": files})
        return
    if rows:
        console().print(call_table(rows))
    elif agent or language or state:
        click.echo("No call matches; qm calls without --agent, --language and --state lists them all.")
    else:
        click.echo("No calls yet; qm process FOLDER takes recordings in.")
    if refused:
        _print_refused(refused, count)


def _print_refused(newest: "Sequence[Quarantined]", count: int) -> None:
    """The files that could not become calls, of which there may be more than are listed."""
    from qm.cli.rendering import counted, quarantine_lines

    became = "a call" if count == 1 else "calls"
    click.echo(f"\n{counted(count, 'file')} could not become {became}{', the newest' if count > len(newest) else ''}:")
    for line in quarantine_lines(newest):
        click.echo(f"  {line}")


@click.command()
@click.argument("call")
@click.option("--transcript", "with_transcript", is_flag=True, help="Print what was said, too.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(call: str, with_transcript: bool, as_json: bool) -> None:
    """Show one call: its scorecards with quotes and times.

    CALL is the beginning of its id, or the recording's file name.
    """
    from qm import store
    from qm.cli.rendering import print_json, print_measures, print_scorecard, print_transcript, print_wrap_up
    from qm.formats import to_json
    from qm.views import call_json, evaluation_json, measures_json, wrap_up_json

    with _database() as database:
        row = find_call(database, call)
        with database.reading() as session:
            stored = store.latest_transcript(session, row.id)
            evaluations = [e.evaluation for e in store.latest_evaluations(session, row.id)]
            measures, wrap_up = store.measures_of(session, row.id), store.wrap_up_of(session, row.id)
    if as_json:
        print_json(
            {
                "call": call_json(row),
                "transcript": to_json(stored.transcript) if stored else None,
                "evaluations": [evaluation_json(evaluation) for evaluation in evaluations],
                "measures": measures_json(measures) if measures else None,
                "wrap_up": wrap_up_json(wrap_up) if wrap_up else None,
            }
        )
        return
    titles, reader = form_titles()
    print_scorecard(row, evaluations, titles, reader)
    if wrap_up:
        print_wrap_up(wrap_up, _reason_titles(), reader)
    if measures:
        print_measures(measures, reader)
    if row.state != "done":
        sentence = row.reason.sentence if row.reason else "The call is not finished; qm process goes on with it."
        say(f"{row.stage} is {row.state}. {sentence} {row.detail or ''}")
    if with_transcript and stored:
        click.echo()
        print_transcript(stored.transcript)


BATCH = 20
"""calls judged between two writes: few enough to lose little, enough that writing costs little"""


@click.command()
@click.argument("call", required=False)
@click.option("--form", "forms", multiple=True, help="A form's id or file; can be given twice. Default: all in use.")
@click.option("--yes", "sure", is_flag=True, help="Publish without asking.")
@click.option("--json", "as_json", is_flag=True, help="For programs; publishes only with --yes.")
def rescore(call: str | None, forms: tuple[str, ...], sure: bool, as_json: bool) -> None:
    """Judge stored transcripts again by today's forms, and show what changes before it counts.

    CALL is the beginning of an id or a file name; without it, all calls. The new evaluations are kept at once;
    published, they count. Earlier evaluations stay.
    """
    from qm.cli.rendering import counted, print_comparison, print_json
    from qm.comparison import Comparison
    from qm.install import open_forms
    from qm.pipeline import Pipeline
    from qm.settings import read_settings
    from qm.views import comparison_json

    settings = read_settings()
    comparisons: dict[str, Comparison] = {}
    with Pipeline.open(settings) as pipeline:
        if forms:
            pipeline.forms = open_forms(settings, forms)
        total, kept = _judge_again(pipeline, call, comparisons)
        if not as_json:
            for each in comparisons.values():
                print_comparison(each)
        published = 0
        if kept and (sure or (not as_json and _wants_to_publish(len(kept)))):
            published = pipeline.publish(kept)
    if as_json:
        compared = [comparison_json(each) for each in comparisons.values()]
        print_json({"calls": total, "rescored": compared, "published": published})
    elif not kept:
        click.echo(f"Nothing new: {counted(total, 'call')} up to date.")
    elif published:
        click.echo(f"{counted(published, 'new evaluation')} of {counted(total, 'call')} published.")
    else:
        click.echo("Kept, not published; qm rescore --yes lets them count.")


def _judge_again(pipeline: "Pipeline", call: str | None, comparisons: "dict[str, Comparison]") -> tuple[int, list[int]]:
    """Judge and keep, batch by batch: the number of calls, and the ids of the evaluations that are new."""
    from qm import store
    from qm.cli.rendering import counted, progress
    from qm.comparison import Comparison

    if call is not None:
        ids = [find_call(pipeline.database, call).id]
    else:
        with pipeline.database.reading() as session:
            ids = store.heard_calls(session)
    kept: list[int] = []
    with progress() as bar:
        task = bar.add_task("Scoring again", total=len(ids), note=counted(len(ids), "call"))
        for first in range(0, len(ids), BATCH):
            some = ids[first : first + BATCH]
            for each in pipeline.rescore(some):
                kept.append(each.id)
                form = each.after.form
                comparisons.setdefault(form, Comparison(form)).add(each.before, each.after)
            bar.advance(task, len(some))
    return len(ids), kept


def _wants_to_publish(evaluations: int) -> bool:
    """Asked of a person; a program must say --yes."""
    from qm.cli.rendering import counted

    if not sys.stdin.isatty():
        return False
    return click.confirm(f"Publish {counted(evaluations, 'new evaluation')}?", default=False)


def find_call(database: "Database", text: str) -> "CallRow":
    """The one call that `text` means.

    Raises:
        UserError: there is none, or several.
    """
    from qm import store

    with database.reading() as session:
        found = store.find_calls(session, text)
    if not found:
        raise UserError(f"No call begins with {text} or has that file name; qm calls lists them.")
    if len(found) > 1:
        names = ", ".join(f"{row.id[:12]} ({row.name})" for row in found)
        raise UserError(f"{text} means several calls: {names}; give more of the id.")
    return found[0]


def form_titles() -> "tuple[dict[str, str], Language]":
    """Titles of the forms in use, by id, in the language of the scorecards; stored results show without them."""
    from qm.install import open_forms
    from qm.settings import read_settings

    settings = read_settings()
    try:
        titles = {form.id: form.title[settings.language] for form in open_forms(settings)}
    except FormError as error:
        say(f"The forms' titles are missing: {error}", err=True)
        titles = {}
    return titles, settings.language


def _reason_titles() -> "Mapping[str, str]":
    """What people call the contact reasons in use, by path; stored results show without them."""
    from qm.install import open_reasons
    from qm.rubric.reasons import reason_titles
    from qm.settings import read_settings

    settings = read_settings()
    try:
        return reason_titles(open_reasons(settings), settings.language)
    except FormError as error:
        say(f"The contact reasons' titles are missing: {error}", err=True)
        return {}


def _database() -> "Database":
    """The installation's database, ready for use.

    Raises:
        DatabaseUnavailable: it cannot be reached, or needs an upgrade.
    """
    from qm.install import open_database
    from qm.settings import read_settings

    return open_database(read_settings())
