"""Finding recordings: which files are meant, whether they are complete, what they are."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from qm.errors import Reason, RecordingError, UserError

AUDIO_SUFFIXES = frozenset(
    ".wav .wave .mp3 .ogg .oga .opus .gsm .flac .m4a .mp4 .aac .amr .awb .webm .wma .au .aif .aiff".split()
)
"""which files of a folder are taken; a file named by itself is always tried"""
SETTLED = 2.0
"""seconds: a file that was not written for this long is complete"""


@dataclass(frozen=True, slots=True)
class Found:
    """What a person meant with some paths."""

    recordings: tuple[Path, ...]
    ignored: int
    """files in folders that are no recordings by their name, metadata files not counted"""


def find(paths: Iterable[Path]) -> Found:
    """The recordings among `paths`; folders are walked, hidden files left out, each file once.

    Raises:
        UserError: a path does not exist.
    """
    recordings: dict[Path, None] = {}
    ignored = 0
    for path in paths:
        if not path.exists():
            raise UserError(f"{path} does not exist; name a recording or a folder of recordings.")
        if path.is_file():
            recordings[path] = None
            continue
        for file in sorted(path.rglob("*")):
            if not file.is_file() or any(part.startswith(".") for part in file.relative_to(path).parts):
                continue
            if file.suffix.lower() in AUDIO_SUFFIXES:
                recordings[file] = None
            elif file.suffix.lower() != ".json":
                ignored += 1
    return Found(tuple(recordings), ignored)


def is_stable(path: Path, *, wait: float = 0.5) -> bool:
    """Whether nobody writes to `path` any more: old enough, or unchanged for `wait` seconds."""
    before = path.stat()
    if time.time() - before.st_mtime > SETTLED:
        return True
    time.sleep(wait)
    after = path.stat()
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


def fingerprint(path: Path) -> str:
    """SHA-256 of the bytes, in hex: the recording's id.

    Raises:
        RecordingError: EMPTY, UNREADABLE.
    """
    try:
        if path.stat().st_size == 0:
            raise RecordingError(Reason.EMPTY)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RecordingError(Reason.UNREADABLE, error.strerror or "") from error
