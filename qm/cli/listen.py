"""The sound behind the words: `qm clip`."""

import io
import os
import re
from contextlib import suppress
from pathlib import Path

import click

from qm.errors import Unavailable, UserError

_TIME = re.compile(r"(?:(?:\d{1,4}:)?\d{1,4}:)?\d{1,6}(?:\.\d{1,9})?", re.ASCII)


def _seconds(_context: click.Context, _parameter: click.Parameter, value: str) -> float:
    """`1:07`, `1:00:07` or `67.5` in seconds."""
    if not _TIME.fullmatch(value):
        raise click.BadParameter(f"{value!r} is no time; write 67.5 or 1:07.")
    total = 0.0
    for part in value.split(":"):
        total = total * 60 + float(part)
    return total


@click.command()
@click.argument("call")
@click.argument("start", callback=_seconds)
@click.argument("end", callback=_seconds)
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
def clip(call: str, start: float, end: float, target: Path) -> None:
    """Write the sound between two moments of a call into a new WAV file.

    CALL is the beginning of its id or its file name; START and END are seconds, or minutes and seconds as
    `qm show` prints them (1:07).
    """
    from qm import audio, store
    from qm.cli.calls import find_call
    from qm.cli.rendering import clock, say
    from qm.install import open_database
    from qm.settings import read_settings

    _check_target(target)
    if end <= start:
        raise UserError(f"A clip ends after it starts; {end:g} s is not after {start:g} s.")
    settings = read_settings()
    with open_database(settings) as database:
        row = find_call(database, call)
        with database.reading() as session:
            recording = store.get_recording(session, row.id)
    assert recording is not None, "a listed call without its recording"
    if start >= row.duration:
        raise UserError(f"{row.name} is only {clock(row.duration)} long; a clip cannot start at {clock(start)}.")
    sound = audio.clip(settings.archive / recording.path, start, end)
    wav = io.BytesIO()
    sound.export(wav, format="wav")
    _write(target, wav.getvalue())
    say(f"{target}: {len(sound) / 1000:.1f} s of {row.name}.")


def _check_target(target: Path) -> None:
    """Only a new file: what is there may be the recording itself.

    Raises:
        UserError: the name does not end in .wav, or is taken.
    """
    if target.suffix.lower() != ".wav":
        raise UserError(f"{target} does not end in .wav; a clip is always a WAV file.")
    if os.path.lexists(target):
        raise UserError(f"{target} exists already; name a new file, or remove this one first.")


def _write(target: Path, data: bytes) -> None:
    """All of `data` or nothing: a disk that runs full leaves no half a clip.

    Raises:
        Unavailable: the folder does not exist or cannot be written, or the disk is full.
    """
    partial = target.with_name(f".qm-clip-{os.getpid()}")
    try:
        with partial.open("xb") as file:
            file.write(data)
        partial.rename(target)
    except OSError as error:
        raise Unavailable(f"{target} cannot be written: {error.strerror}; choose another place for it.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
