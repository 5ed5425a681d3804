"""What qm knows of calls: list, show, score again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from qm.errors import UserError

MOST = 1_000_000
"""calls that one list can hold: a number that every database takes"""

if TYPE_CHECKING:
    from qm.call import Language
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
    from qm.cli.rendering import print_json, print_scorecard, print_transcript, say
    from qm.formats import to_json
    from qm.views import call_json, evaluation_json

    with _database() as database:
        row = find_call(database, call)
        with database.reading() as session:
            stored = store.latest_transcript(session, row.id)
            evaluations = [e.evaluation for e in store.latest_evaluations(session, row.id)]
    if as_json:
        print_json(
            {
                "call": call_json(row),
                "transcript": to_json(stored.transcript) if stored else None,
                "evaluations": [evaluation_json(evaluation) for evaluation in evaluations],
            }
        )
        return
    print_scorecard(row, evaluations, *form_titles())
    if row.state != "done":
        sentence = row.reason.sentence if row.reason else "The call is not finished; qm process goes on with it."
        say(f"{row.stage} is {row.state}. {sentence} {row.detail or ''}")
    if with_transcript and stored:
        click.echo()
        print_transcript(stored.transcript)


@click.command()
@click.argument("call", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def rescore(call: str | None, as_json: bool) -> None:
    """Judge stored transcripts again by today's forms; earlier evaluations stay.

    CALL is the beginning of an id or a file name; without it, all calls.
    """
    from qm import store
    from qm.cli.rendering import counted, print_json, progress
    from qm.pipeline import Pipeline
    from qm.settings import read_settings
    from qm.views import evaluation_json

    added = {}
    with Pipeline.open(read_settings()) as pipeline, progress() as bar:
        if call is not None:
            ids = [find_call(pipeline.database, call).id]
        else:
            with pipeline.database.reading() as session:
                ids = store.heard_calls(session)
        task = bar.add_task("Scoring again", total=len(ids), note=counted(len(ids), "call"))
        for call_id in ids:
            new = pipeline.rescore(call_id)
            bar.advance(task)
            if new:
                added[call_id] = new
    if as_json:
        results = [{"call": i, "evaluations": [evaluation_json(e) for e in new]} for i, new in added.items()]
        print_json({"calls": len(ids), "rescored": results})
    else:
        made = counted(sum(len(new) for new in added.values()), "new evaluation")
        click.echo(f"{made} on {len(added)} of {counted(len(ids), 'call')}; the others were up to date.")


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
    """Titles of the forms in use, by id, in the language of the scorecards."""
    from qm.install import open_forms
    from qm.settings import read_settings

    settings = read_settings()
    return {form.id: form.title[settings.language] for form in open_forms(settings)}, settings.language


def _database() -> "Database":
    """The installation's database, ready for use.

    Raises:
        DatabaseUnavailable: it cannot be reached, or needs an upgrade.
    """
    from qm.install import open_database
    from qm.settings import read_settings

    return open_database(read_settings())
