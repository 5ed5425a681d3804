"""Keeping the bytes: complete or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from qm.errors import Reason, RecordingError, StorageFull, Unavailable
from qm.intake.files import AUDIO_SUFFIXES

FULL = {errno.ENOSPC, errno.EDQUOT}


def place(source: Path, recording_id: str) -> Path:
    """Where a recording belongs, relative to the archive; only a known suffix says anything, and is kept."""
    suffix = source.suffix.lower()
    return Path(recording_id[:2]) / f"{recording_id}{suffix if suffix in AUDIO_SUFFIXES else ''}"


def keep(source: Path, target: Path, recording_id: str) -> int:
    """Copy `source` to `target`, which has its name only when it is complete and on the disk.

    A copy that is there already is left alone.

    Returns:
        How many bytes it holds.

    Raises:
        RecordingError: UNREADABLE, or STILL_WRITING when these are not the bytes that gave the id.
        StorageFull: no space is left.
        Unavailable: the archive cannot be written.
    """
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            if _copy(source, partial) != recording_id:
                raise RecordingError(Reason.STILL_WRITING)
            partial.rename(target)
        return target.stat().st_size
    except OSError as error:
        raise _fault(error, target.parent) from error
    finally:
        # What hindered the copy can hinder this, too, and is the error to tell.
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> str:
    """Write the bytes through to the disk; their SHA-256, in hex."""
    digest = sha256()
    with target.open("wb") as copy:
        for chunk in _chunks(source):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _chunks(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as file:
            while chunk := file.read(1 << 20):
                yield chunk
    except OSError as error:
        raise RecordingError(Reason.UNREADABLE, error.strerror or "") from error


def _fault(error: OSError, folder: Path) -> Unavailable:
    if error.errno in FULL:
        return StorageFull(f"No space is left in {folder}; free some and process the file again.")
    return Unavailable(f"{folder} cannot be written: {error.strerror}; check its owner and rights.")
