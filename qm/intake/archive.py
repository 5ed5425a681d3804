"""Keeping the bytes: complete or not at all."""

import errno
import os
import shutil
from pathlib import Path

from qm.errors import StorageFull, Unavailable

FULL = {errno.ENOSPC, errno.EDQUOT}


def keep(source: Path, archive: Path, recording_id: str) -> Path:
    """Copy `source` into `archive` under its id and return the path relative to `archive`.

    The copy has its final name only when it is complete and on the disk; a copy that is there already is
    left alone.

    Raises:
        StorageFull: no space is left.
        Unavailable: the archive cannot be written.
    """
    relative = Path(recording_id[:2]) / f"{recording_id}{source.suffix.lower()}"
    target = archive / relative
    if target.exists():
        return relative
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as original, partial.open("wb") as copy:
            shutil.copyfileobj(original, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        partial.rename(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        if error.errno in FULL:
            raise StorageFull(f"No space is left in {archive}; free some and process the file again.") from error
        raise Unavailable(f"{archive} cannot be written: {error.strerror}; check its owner and rights.") from error
    return relative
