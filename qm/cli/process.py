"""Recordings to scorecards: `qm process` and `qm demo`."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qm.cli.rendering import counted, say
from qm.errors import UserError

if TYPE_CHECKING:
    from qm.intake import Found
    from qm.pipeline import Accepted, Duplicate
    from qm.settings import Settings
    from qm.store import CallRow
    from workers.completion import Report, Watched


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(readable=False))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def process(paths: tuple[str, ...], as_json: bool) -> None:
    """Transcribe and score recordings, to completion.

    PATHS are recordings or folders of them. The files stay as they are; a file qm knows is not done twice.
    Without PATHS, qm goes on with the calls that it has not finished.
    """
    from qm.settings import read_settings

    if "" in paths:  # pathlib would take it for the current folder
        raise UserError("A path is empty (a shell variable that is not set?); name a recording or a folder.")
    settings = read_settings()
    found = _find([Path(path) for path in paths])
    report = run(settings, found)
    _print_report(settings, report, as_json)
    _end(report, found)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def demo(as_json: bool) -> None:
    """Process the twelve bundled calls and show what comes out."""
    from qm.cli.calls import find_call, form_titles
    from qm.cli.rendering import print_scorecard
    from qm.demo import RECORDINGS, SHOWN
    from qm.install import open_database
    from qm.settings import read_settings
    from qm.store import latest_evaluations

    settings = read_settings()
    found = _find([RECORDINGS])
    report = run(settings, found)
    _print_report(settings, report, as_json)
    if not as_json:
        with open_database(settings) as database:
            row = find_call(database, SHOWN)
            with database.reading() as session:
                evaluations = [e.evaluation for e in latest_evaluations(session, row.id)]
        print_scorecard(row, evaluations, *form_titles())
        click.echo(f"\nNext: qm show CALL, qm process FOLDER. The data is in {settings.home}.")
    _end(report, found)


def _find(paths: Sequence[Path]) -> "Found | None":
    """The recordings that a person named; None if no path was."""
    from qm.intake import find

    if not paths:
        return None
    found = find(paths)
    if not found.recordings:
        _print_left(found)
        raise UserError(f"No recordings in {', '.join(map(str, paths))}; qm reads wav, mp3, ogg, opus, flac, m4a, gsm.")
    return found


def run(settings: "Settings", found: "Found | None") -> "Report":
    """Take what was found in (None: go on) and wait until all is done, with progress on standard error.

    Raises:
        Unavailable: the model, the broker, the database or the disk is not usable.
    """
    from qm.install import prepare
    from qm.pipeline import Pipeline
    from qm.speech import check_model
    from workers.completion import go_on, take_in, wait_until_finished
    from workers.embedded import fleet

    check_model(settings, fetch=True)
    prepare(settings).close()
    with Pipeline.open(settings) as pipeline, fleet(settings) as running, _Bars() as bars:
        if running.slow:
            click.echo(running.slow, err=True)
        if found:
            report = take_in(pipeline, running, found.recordings, bars.taking(len(found.recordings)))
        else:
            report = go_on(pipeline, running)
        wait_until_finished(pipeline, running, report, bars.working(report))
    if found:
        _print_left(found)
    _print_ignored_metadata(report)
    return report


def _end(report: "Report", found: "Found | None") -> None:
    """Exit status 1 unless everything that was named is a scored call."""
    if not report.complete or (found and found.unreadable):
        raise click.exceptions.Exit(1)


class _Bars:
    """Progress on standard error: files taken in, then sound heard, with the rate."""

    def __init__(self) -> None:
        from qm.cli.rendering import progress

        self._progress = progress()

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def taking(self, files: int) -> Callable[[object], None]:
        """To be called after each file."""
        task = self._progress.add_task("Taking in", total=files, note=counted(files, "file"))

        def taken(_result: object) -> None:
            self._progress.advance(task)

        return taken

    def working(self, report: "Report") -> Callable[["Watched"], None]:
        """To be called with where the calls stand."""
        seconds = sum(accepted.duration for accepted in report.accepted)
        task = self._progress.add_task("Listening", total=seconds or 1, note="starting")
        began = time.monotonic()

        def watch(state: "Watched") -> None:
            rate = (state.seconds_heard - state.seconds_before) / max(time.monotonic() - began, 0.001)
            note = f"{state.finished} of {counted(state.total, 'call')}, {rate:.0f} × real time"
            if state.delayed:
                note += f", waiting: {state.delayed}"
            whole = state.finished == state.total
            self._progress.update(task, completed=(seconds or 1) if whole else state.seconds_heard, note=note)

        return watch


def _print_left(found: "Found") -> None:
    """What a person may not have meant: files and folders left alone."""
    for folder in found.unreadable:
        say(f"{folder} cannot be looked into, and nothing in it was taken; check its rights.", err=True)
    for link in found.links:
        say(f"{link} is a link to a folder and was not followed; name it by itself to take it in.", err=True)
    if found.ignored:
        was = "was" if found.ignored == 1 else "were"
        click.echo(f"{counted(found.ignored, 'other file')} in the folders {was} left alone.", err=True)
    for orphan in found.orphans:
        say(f"{orphan} belongs to no recording; call-17.wav has call-17.json.", err=True)


def _print_ignored_metadata(report: "Report") -> None:
    """Metadata that changed nothing."""
    calls: list[Accepted | Duplicate] = [*report.accepted, *report.duplicates]
    for call in calls:
        if call.metadata_ignored:
            say(
                f"{call.name}: its metadata file says something else than when it was taken in; qm keeps that.",
                err=True,
            )


def _print_report(settings: "Settings", report: "Report", as_json: bool) -> None:
    from qm import store
    from qm.cli.rendering import call_table, console, print_json
    from qm.install import open_database
    from qm.views import call_json

    rows: list[CallRow] = []
    with open_database(settings) as database, database.reading() as session:
        calls: list[Accepted | Duplicate] = [*report.accepted, *report.duplicates]
        for call_id in dict.fromkeys(call.call_id for call in calls):
            rows += store.find_calls(session, call_id)
    if as_json:
        print_json(
            {
                "calls": [call_json(row) for row in rows],
                "duplicates": [duplicate.call_id for duplicate in report.duplicates],
                "quarantine": [
                    {"path": str(r.path), "reason": r.reason, "detail": r.detail, "sentence": r.reason.sentence}
                    for r in report.refused
                ],
            }
        )
        return
    console().print(call_table(rows))
    if report.duplicates:
        were = "it was" if len(report.duplicates) == 1 else "they were"
        click.echo(f"\n{len(report.duplicates)} of them qm had already; {were} not done again.")
    for row in rows:
        if row.reason:
            say(f"{row.name}: {row.reason.sentence} {row.detail or ''}", err=True)
    for refused in report.refused:
        detail = f" ({refused.detail})" if refused.detail else ""
        say(f"{refused.path}: {refused.reason.sentence}{detail}", err=True)
