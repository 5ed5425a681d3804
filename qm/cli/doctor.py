"""Is everything in place? `qm doctor`: one check a part, each with its cure."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from qm.errors import QmError

if TYPE_CHECKING:
    from qm.settings import Settings

ROOM = 1 << 30
"""bytes that should be free for recordings and the database"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One part's state in a sentence; when it is not sound, the sentence says what to do."""

    part: str
    sound: bool
    sentence: str


def examine(settings: "Settings") -> list[Finding]:
    """Every part, in the order in which a call needs them."""
    parts: dict[str, Callable[[Settings], str]] = {
        "disk": _disk,
        "database": _database,
        "broker": _broker,
        "model": _model,
        "forms": _forms,
    }
    return [_finding(part, look, settings) for part, look in parts.items()]


def _finding(part: str, look: Callable[["Settings"], str], settings: "Settings") -> Finding:
    try:
        return Finding(part, True, look(settings))
    except QmError as error:
        return Finding(part, False, str(error))


def _disk(settings: "Settings") -> str:
    place = settings.home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < ROOM:
        raise QmError(f"{settings.home} has {free / 1e9:.1f} GB left; free some, or set QM_HOME elsewhere.")
    return f"{free / 1e9:.0f} GB free for {settings.home}."


def _database(settings: "Settings") -> str:
    from qm.install import open_database

    if settings.database_url is None and not (settings.home / "qm.sqlite3").exists():
        return "None yet; qm process makes it."
    with open_database(settings) as database:
        return f"{database.place}, revision {database.revision()}."


def _broker(settings: "Settings") -> str:
    from workers.broker import ping, server_program

    if settings.broker_url is not None:
        ping(settings.broker_url)
        return "Redis answers."
    program = server_program()
    if program is None:
        return "No Redis program here: messages will be files, which is slow. Install redis-server for more."
    return f"Embedded Redis, {program}."


def _model(settings: "Settings") -> str:
    from qm.speech import check_model, open_recogniser

    said = check_model(settings, fetch=False)
    # Its provenance is known only once it is loaded, and only loading shows a file that was cut off.
    return f"{said} Version {open_recogniser(settings).provenance.model_hash}."


def _forms(settings: "Settings") -> str:
    from qm.install import open_forms

    return ", ".join(f"{form.id} {form.version}" for form in open_forms(settings)) + "."


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(as_json: bool) -> None:
    """Check disk, database, broker, speech model and forms; what is wrong comes with its cure."""
    from qm.cli.rendering import print_json
    from qm.settings import read_settings

    findings = examine(read_settings())
    if as_json:
        print_json([{"part": f.part, "sound": f.sound, "sentence": f.sentence} for f in findings])
    else:
        for finding in findings:
            click.echo(f"{'ok' if finding.sound else 'WRONG':5}  {finding.part:9} {finding.sentence}")
    if not all(finding.sound for finding in findings):
        raise click.exceptions.Exit(1)
