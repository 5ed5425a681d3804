"""Finding recordings, and knowing when they are complete."""

import hashlib
import os
import threading
import time
from pathlib import Path

import pytest

from qm.errors import Reason, RecordingError, UserError
from qm.intake import find, fingerprint, is_stable


def old(path: Path, data: bytes = b"x") -> Path:
    """A file nobody has written to for a minute."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    past = time.time() - 60
    os.utime(path, (past, past))
    return path


def test_a_folder_is_walked_and_each_file_taken_once(tmp_path: Path) -> None:
    first, second = old(tmp_path / "a.wav"), old(tmp_path / "day" / "b.OGG")
    old(tmp_path / "a.json"), old(tmp_path / "notes.txt"), old(tmp_path / ".hidden" / "c.wav")
    found = find([tmp_path, first])
    assert found.recordings == (first, second)
    assert found.ignored == 1


def test_a_file_named_by_itself_is_tried_whatever_its_name(tmp_path: Path) -> None:
    file = old(tmp_path / "recording.dat")
    assert find([file]).recordings == (file,)


def test_a_path_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        find([tmp_path / "nothing"])


def test_an_old_file_is_stable_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    assert is_stable(old(tmp_path / "a.wav"), wait=5)
    assert time.monotonic() - began < 1


def test_a_new_file_is_stable_when_nobody_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"x")
    assert is_stable(path, wait=0.05)


def test_a_file_that_grows_is_not_stable(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"x")
    writer = threading.Timer(0.05, lambda: path.write_bytes(b"xyz"))
    writer.start()
    assert not is_stable(path, wait=0.3)
    writer.join()


def test_the_id_is_the_sha256_of_the_bytes(tmp_path: Path) -> None:
    assert fingerprint(old(tmp_path / "a.wav", b"sound")) == hashlib.sha256(b"sound").hexdigest()


@pytest.mark.parametrize(("data", "reason"), [(b"", Reason.EMPTY), (None, Reason.UNREADABLE)])
def test_a_file_without_bytes_has_a_reason(tmp_path: Path, data: bytes | None, reason: Reason) -> None:
    path = tmp_path / "a.wav"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(RecordingError) as caught:
        fingerprint(path)
    assert caught.value.reason is reason
