"""Keeping bytes: complete or not at all, and said when the disk is full."""

import errno
import os
from hashlib import sha256
from pathlib import Path

import pytest

from qm.errors import Reason, RecordingError, StorageFull, Unavailable
from qm.intake import keep, place

SOUND = b"sound"
ID = sha256(SOUND).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "Call 1.WAV"
    path.write_bytes(SOUND)
    return path


@pytest.fixture
def target(tmp_path: Path, source: Path) -> Path:
    return tmp_path / "archive" / place(source, ID)


def kept(folder: Path) -> list[Path]:
    """Every file of the archive."""
    return [path for path in (folder / "archive").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "suffix"), [("Call 1.WAV", ".wav"), ("call.final", ""), ("call.\udce9", ""), ("call", "")]
)
def test_the_place_is_the_id_with_a_known_suffix(name: str, suffix: str) -> None:
    assert place(Path(name), ID) == Path(ID[:2]) / f"{ID}{suffix}"


def test_the_copy_is_complete(tmp_path: Path, source: Path, target: Path) -> None:
    assert keep(source, target, ID) == len(SOUND)
    assert target.read_bytes() == SOUND
    assert kept(tmp_path) == [target]


def test_a_copy_that_is_there_is_left_alone(source: Path, target: Path) -> None:
    keep(source, target, ID)
    before = target.stat().st_mtime_ns
    assert keep(source, target, ID) == len(SOUND)
    assert target.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("number", "kind", "said"),
    [(errno.ENOSPC, StorageFull, "No space is left"), (errno.EACCES, Unavailable, "cannot be written")],
)
def test_a_failed_copy_leaves_nothing(
    tmp_path: Path,
    source: Path,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[Exception],
    said: str,
) -> None:
    def fails(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("qm.intake.archive.os.fsync", fails)
    with pytest.raises(kind, match=said):
        keep(source, target, ID)
    assert kept(tmp_path) == []
    assert source.read_bytes() == SOUND


def test_bytes_that_changed_since_they_were_counted_are_not_kept(tmp_path: Path, source: Path, target: Path) -> None:
    source.write_bytes(SOUND + b" and more")
    with pytest.raises(RecordingError) as caught:
        keep(source, target, ID)
    assert caught.value.reason is Reason.STILL_WRITING
    assert kept(tmp_path) == []


def test_a_source_that_vanished_is_not_the_archive_s_fault(tmp_path: Path, source: Path, target: Path) -> None:
    source.unlink()
    with pytest.raises(RecordingError) as caught:
        keep(source, target, ID)
    assert caught.value.reason is Reason.UNREADABLE
    assert kept(tmp_path) == []


def test_an_archive_that_is_no_folder(tmp_path: Path, source: Path, target: Path) -> None:
    (tmp_path / "archive").touch()
    with pytest.raises(Unavailable, match="cannot be written"):
        keep(source, target, ID)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_really_full(
    tmp_path: Path, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def full(path: Path, mode: str = "r", **options: object) -> object:
        return real(Path("/dev/full") if path.name.endswith(".part") else path, mode)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageFull):
        keep(source, target, ID)
