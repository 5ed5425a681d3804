"""Finding recordings, and knowing when they are complete."""

import errno
import hashlib
import os
import time
from pathlib import Path

import pytest

from qm.errors import Reason, RecordingError, UserError
from qm.intake import Found, find, fingerprint, is_stable


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
    assert found.ignored == 2, "notes and the hidden file"


def test_metadata_without_a_recording_is_named(tmp_path: Path) -> None:
    recording = old(tmp_path / "call-17.wav")
    old(tmp_path / "call-17.json")
    lost = [old(tmp_path / name) for name in ("call-17.wav.json", "call-18.json", "call-19.JSON")]
    found = find([tmp_path])
    assert found.recordings == (recording,)
    assert found.orphans == tuple(lost)


def test_metadata_of_a_file_named_by_itself_is_no_orphan(tmp_path: Path) -> None:
    recording = old(tmp_path / "recording.dat")
    old(tmp_path / "recording.json")
    assert find([tmp_path]) == Found((), 1, (tmp_path / "recording.json",))
    assert find([tmp_path, recording]) == Found((recording,), 0, ())


def test_a_file_has_one_path_from_wherever_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = old(tmp_path / "day" / "a.wav")
    (tmp_path / "link").symlink_to("day")
    for folder, named in [(tmp_path, "day"), (tmp_path, "./day/a.wav"), (tmp_path / "day", "a.wav"), (tmp_path, "day")]:
        monkeypatch.chdir(folder)
        assert find([Path(named)]).recordings == (recording,)
    assert find([tmp_path / "link"]).recordings == (tmp_path / "link" / "a.wav",)


def test_a_file_named_by_itself_is_tried_whatever_its_name(tmp_path: Path) -> None:
    file = old(tmp_path / "recording.dat")
    assert find([file]).recordings == (file,)


def test_a_path_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        find([tmp_path / "nothing"])


def test_a_path_that_cannot_be_reached_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="cannot be reached: File name too long"):
        find([tmp_path / ("n" * 300)])
    with pytest.raises(UserError, match="cannot be reached: Not a directory"):
        find([old(tmp_path / "a.wav") / "b.wav"])
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UserError, match="does not exist"):
        find([Path()])


def test_what_is_named_as_a_recording_and_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lost.wav").symlink_to("nowhere")
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    found = find([tmp_path])
    assert [path.name for path in found.recordings] == ["loop.wav", "lost.wav", "pipe.wav"]
    assert find(found.recordings) == found, "also when named by themselves"
    for path in found.recordings:
        for look in (is_stable, fingerprint):
            with pytest.raises(RecordingError) as caught:
                look(path)
            assert caught.value.reason is Reason.UNREADABLE


def test_a_link_to_a_folder_is_named_and_not_followed(tmp_path: Path) -> None:
    recording = old(tmp_path / "day" / "a.wav")
    (tmp_path / "day.wav").symlink_to("day")
    (tmp_path / "day" / "up").symlink_to("..")
    found = find([tmp_path])
    assert found == Found((recording,), 0, (), links=(tmp_path / "day" / "up", tmp_path / "day.wav"))


def test_a_folder_that_cannot_be_looked_into_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root every folder can be: the system's answer is made up."""
    recording = old(tmp_path / "a.wav")
    locked = [tmp_path / name for name in ("locked", ".locked")]
    for folder in locked:
        old(folder / "b.wav")
    real = os.scandir

    def refusing(path: str) -> object:
        if Path(path) in locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setitem(os.walk.__globals__, "scandir", refusing)
    assert find([tmp_path]) == Found((recording,), 0, (), unreadable=(tmp_path / "locked",))


def test_an_old_file_is_stable_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited for a file that is old enough"))
    assert is_stable(old(tmp_path / "a.wav"))


def test_a_new_file_is_stable_when_nobody_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"x")
    assert is_stable(path, wait=0.05)


def test_a_file_that_grows_is_not_stable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"x")
    monkeypatch.setattr(time, "sleep", lambda _: path.write_bytes(b"xyz"))
    assert not is_stable(path)


def test_a_file_that_vanishes_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as caught:
        is_stable(tmp_path / "gone.wav")
    assert caught.value.reason is Reason.UNREADABLE


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
