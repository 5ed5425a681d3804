"""The sound behind the words: `qm clip`."""

from pathlib import Path

import click

from qm.errors import Unavailable, UserError


def _seconds(_context: click.Context, _parameter: click.Parameter, value: str) -> float:
    """`1:07`, `1:00:07` or `67.5` in seconds."""
    try:
        total = 0.0
        for part in value.split(":"):
            total = total * 60 + float(part)
    except ValueError:
        raise click.BadParameter(f"{value} is no time; write 67.5 or 1:07.") from None
    return total


@click.command()
@click.argument("call")
@click.argument("start", callback=_seconds)
@click.argument("end", callback=_seconds)
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
def clip(call: str, start: float, end: float, target: Path) -> None:
    """Write the sound between two moments of a call into a WAV file.

    CALL is the beginning of its id or its file name; START and END are seconds, or minutes and seconds as
    `qm show` prints them (1:07).
    """
    from qm import audio, store
    from qm.cli.calls import find_call
    from qm.install import open_database
    from qm.settings import read_settings

    if end <= start:
        raise UserError(f"A clip ends after it starts; {end:g} s is not after {start:g} s.")
    settings = read_settings()
    with open_database(settings) as database:
        row = find_call(database, call)
        with database.reading() as session:
            recording = store.get_recording(session, row.id)
    assert recording is not None, "a listed call without its recording"
    sound = audio.clip(settings.archive / recording.path, start, end)
    try:
        sound.export(target, format="wav")
    except OSError as error:
        raise Unavailable(f"{target} cannot be written: {error.strerror}.") from error
    click.echo(f"{target}: {len(sound) / 1000:.1f} s of {row.name}.")
