"""Finding recordings: which files are meant, whether they are complete, what they are."""

import hashlib
import os
import stat
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
    """files in folders that are hidden or, by their name, no recordings; metadata files not counted"""
    orphans: tuple[Path, ...]
    """metadata files in folders, by their name, that belong to no recording: nobody reads them"""
    links: tuple[Path, ...] = ()
    """links to folders, within folders: not followed, since they may lead round in a circle"""
    unreadable: tuple[Path, ...] = ()
    """folders that could not be looked into: what they hold was not taken"""


def find(paths: Iterable[Path]) -> Found:
    """The recordings among `paths`; folders are walked, hidden files left out, each file once.

    Paths come back absolute, so that a file has one name in the database from wherever it is named; links stay.
    What is named as a recording and is none (a pipe, a link to nothing) comes along: taking it in says why.

    Raises:
        UserError: a path does not exist or cannot be reached.
    """
    search = _Search()
    for path in map(_reached, paths):
        if _is_folder(path):
            search.walk(path)
        else:
            search.recordings[path] = None
    return search.found()


def _reached(path: Path) -> Path:
    """`path`, absolute, with something there."""
    try:
        absolute = path.absolute()
        absolute.lstat()
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; name a recording or a folder of recordings.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be reached: {error.strerror}; check its name and rights.") from error
    return absolute


class _Search:
    """Sorts what lies in folders; dictionaries are sets that keep the order."""

    def __init__(self) -> None:
        self.recordings: dict[Path, None] = {}
        self._metadata: dict[Path, None] = {}
        self._links: dict[Path, None] = {}
        self._unreadable: dict[Path, None] = {}
        self._ignored: dict[Path, None] = {}

    def walk(self, folder: Path) -> None:
        """Look at all that `folder` and the folders in it hold."""
        failures: list[OSError] = []
        files: list[Path] = []
        links: list[Path] = []
        for parent, folders, names in os.walk(folder, onerror=failures.append):
            files += [Path(parent, name) for name in names]
            links += [path for name in folders if _is_link(path := Path(parent, name))]
        unreadable = [Path(error.filename) for error in failures]
        for path in sorted(files):
            self._kind(path, folder)[path] = None
        self._links |= _shown(links, folder)
        self._unreadable |= _shown(unreadable, folder)

    def _kind(self, path: Path, folder: Path) -> dict[Path, None]:
        if not _is_hidden(path, folder):
            if path.suffix.lower() in AUDIO_SUFFIXES:
                return self.recordings
            if path.suffix.lower() == ".json":
                return self._metadata
        return self._ignored

    def found(self) -> Found:
        used = self.recordings.keys() | {recording.with_suffix(".json") for recording in self.recordings}
        return Found(
            recordings=tuple(self.recordings),
            ignored=len(self._ignored.keys() - used),
            orphans=tuple(path for path in self._metadata if path not in used),
            links=tuple(self._links),
            unreadable=tuple(self._unreadable),
        )


def _shown(paths: Iterable[Path], folder: Path) -> dict[Path, None]:
    return dict.fromkeys(path for path in sorted(paths) if not _is_hidden(path, folder))


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


# pathlib's own raise where a folder's entries may be listed and not looked at.


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112


def _is_link(path: Path) -> bool:
    return os.path.islink(path)  # noqa: PTH114


def is_stable(path: Path, *, wait: float = 0.5) -> bool:
    """Whether nobody writes to `path` any more: old enough, or unchanged for `wait` seconds.

    Raises:
        RecordingError: UNREADABLE.
    """
    try:
        before = _status(path)
        if time.time() - before.st_mtime > SETTLED:
            return True
        time.sleep(wait)
        after = _status(path)
    except OSError as error:
        raise RecordingError(Reason.UNREADABLE, error.strerror or "") from error
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


def fingerprint(path: Path) -> str:
    """SHA-256 of the bytes, in hex: the recording's id.

    Raises:
        RecordingError: EMPTY, UNREADABLE.
    """
    try:
        if _status(path).st_size == 0:
            raise RecordingError(Reason.EMPTY)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RecordingError(Reason.UNREADABLE, error.strerror or "") from error


def _status(path: Path) -> os.stat_result:
    """Of a regular file; to open another kind could wait for ever."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise RecordingError(Reason.UNREADABLE, "not a regular file")
    return status
