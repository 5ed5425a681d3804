"""Finding recordings: which files are meant, whether they are complete, what they are."""

import hashlib
import time
from collections.abc import Iterable, Iterator
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
    orphans: tuple[Path, ...]
    """metadata files in folders, by their name, that belong to no recording: nobody reads them"""


def find(paths: Iterable[Path]) -> Found:
    """The recordings among `paths`; folders are walked, hidden files left out, each file once.

    Paths come back absolute, so that a file has one name in the database from wherever it is named; links stay.

    Raises:
        UserError: a path does not exist.
    """
    recordings: dict[Path, None] = {}
    metadata: dict[Path, None] = {}
    ignored: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise UserError(f"{path} does not exist; name a recording or a folder of recordings.")
        if path.is_file():
            recordings[path.absolute()] = None
            continue
        for file in _walk(path.absolute()):
            if file.suffix.lower() in AUDIO_SUFFIXES:
                recordings[file] = None
            elif file.suffix.lower() == ".json":
                metadata[file] = None
            else:
                ignored.add(file)
    used = recordings.keys() | {recording.with_suffix(".json") for recording in recordings}
    return Found(tuple(recordings), len(ignored - used), tuple(file for file in metadata if file not in used))


def _walk(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts):
            yield file


def is_stable(path: Path, *, wait: float = 0.5) -> bool:
    """Whether nobody writes to `path` any more: old enough, or unchanged for `wait` seconds.

    Raises:
        RecordingError: UNREADABLE.
    """
    try:
        before = path.stat()
        if time.time() - before.st_mtime > SETTLED:
            return True
        time.sleep(wait)
        after = path.stat()
    except OSError as error:
        raise RecordingError(Reason.UNREADABLE, error.strerror or "") from error
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
