"""Keeping bytes: complete or not at all, and said when the disk is full."""

import errno
import os
from pathlib import Path

import pytest

from qm.errors import StorageFull, Unavailable
from qm.intake import keep

ID = "ab" * 32


def test_the_copy_stands_under_its_id(tmp_path: Path) -> None:
    source = tmp_path / "Call 1.WAV"
    source.write_bytes(b"sound")
    kept = keep(source, tmp_path / "archive", ID)
    assert kept == Path("ab") / f"{ID}.wav"
    assert (tmp_path / "archive" / kept).read_bytes() == source.read_bytes()


def test_a_copy_that_is_there_is_left_alone(tmp_path: Path) -> None:
    source = tmp_path / "a.wav"
    source.write_bytes(b"sound")
    first = tmp_path / "archive" / keep(source, tmp_path / "archive", ID)
    before = first.stat().st_mtime_ns
    keep(source, tmp_path / "archive", ID)
    assert first.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("number", "kind", "said"),
    [(errno.ENOSPC, StorageFull, "No space is left"), (errno.EACCES, Unavailable, "cannot be written")],
)
def test_a_failed_copy_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception], said: str
) -> None:
    def fails(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("qm.intake.archive.os.fsync", fails)
    source = tmp_path / "a.wav"
    source.write_bytes(b"sound")
    with pytest.raises(kind, match=said):
        keep(source, tmp_path / "archive", ID)
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == []
    assert source.read_bytes() == b"sound"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_really_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def full(path: Path, mode: str = "r", **options: object) -> object:
        return real(Path("/dev/full") if path.name.endswith(".part") else path, mode)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    source = tmp_path / "a.wav"
    source.write_bytes(b"s" * 100_000)
    with pytest.raises(StorageFull):
        keep(source, tmp_path / "archive", ID)
