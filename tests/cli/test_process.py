"""`qm process`: whatever a person names, and whatever lies in a folder, becomes a call or is named."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from qm.demo import RECORDINGS
from tests.audio_files import vowels, write_wav
from tests.cli.conftest import Qm

PRIVILEGES = "-dac_override,-dac_read_search"


def recording(path: Path, *, seed: int = 0) -> Path:
    """A short call, old enough to be complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, vowels(2, seed=seed), vowels(2, seed=seed + 1))
    os.utime(path, (0, 0))
    return path


def refused(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The reason of each file that was refused, by its name; no traceback."""
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 1, done
    return {Path(entry["path"]).name: entry["reason"] for entry in json.loads(done.stdout)["quarantine"]}


def test_no_file_stops_the_others(qm: Qm, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    recording(calls / "good.wav")
    recording(calls / ("n" * 251 + ".wav"), seed=2)
    for name, metadata in {
        "early": '{"started_at": "0001-01-01T00:00:00+23:59"}',
        "late": '{"started_at": "9999-12-31T23:59:59-23:59"}',
        "nul": '{"agent_name": "x\\u0000"}',
        "twice": '{"agent_id": "x", "agent_id": "y"}',
    }.items():
        recording(calls / f"{name}.wav", seed=ord(name[0]))
        (calls / f"{name}.json").write_text(metadata)
    recording(calls / "unlinked.wav", seed=9)
    (calls / "unlinked.json").symlink_to("nowhere")
    (calls / "lost.wav").symlink_to("nowhere")
    os.mkfifo(calls / "pipe.wav")
    ogg = (RECORDINGS / "en-03-new-baby.ogg").read_bytes()
    (calls / "half.ogg").write_bytes(ogg[: len(ogg) // 2])

    done = qm("process", calls, "--json")

    assert refused(done) == {
        **{f"{name}.wav": "bad_sidecar" for name in ("early", "late", "nul", "twice", "unlinked")},
        "half.ogg": "truncated",
        "lost.wav": "unreadable",
        "pipe.wav": "unreadable",
    }
    states = {call["name"]: call["state"] for call in json.loads(done.stdout)["calls"]}
    assert states == {"good.wav": "done", "n" * 251 + ".wav": "done"}
    listed = qm("calls").stdout
    assert "half.ogg" in listed
    assert "pipe.wav" in listed


def test_what_is_left_alone_in_a_folder_is_said(qm: Qm, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    recording(calls / "good.wav")
    (calls / ".hidden.wav").touch()
    (calls / "elsewhere").symlink_to(tmp_path)

    done = qm("process", calls)

    assert done.returncode == 0, done
    assert f"{calls / 'elsewhere'} is a link to a folder and was not followed" in done.stderr
    assert "1 other file in the folders was left alone." in done.stderr
    assert "1 files" not in done.stderr


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv")
def test_a_folder_that_cannot_be_looked_into(qm: Qm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = tmp_path / "calls"
    good = recording(calls / "good.wav")
    locked = recording(calls / "locked" / "f.wav", seed=2)
    real = subprocess.run

    def unprivileged(command: list[str], **options: object) -> object:
        """Also root's rights are checked."""
        drop = ["setpriv", "--bounding-set", PRIVILEGES, "--inh-caps", PRIVILEGES] if os.getuid() == 0 else []
        return real([*drop, *command], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", unprivileged)
    locked.parent.chmod(0)
    try:
        done = qm("process", calls)
        assert done.returncode == 1, done
        assert f"{locked.parent} cannot be looked into, and nothing in it was taken" in done.stderr
        assert "good.wav" in done.stdout
        done = qm("process", locked.parent)
        assert done.returncode == 1, done
        assert "cannot be looked into" in done.stderr
        good.chmod(0)
        assert "The file cannot be read" in qm("process", good).stderr
        done = qm("process", locked)
        assert done.returncode == 1, done
        assert done.stderr == f"qm: {locked} cannot be reached: Permission denied; check its name and rights.\n"
    finally:
        locked.parent.chmod(0o700)


def test_paths_that_lead_nowhere(qm: Qm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording(tmp_path / "here" / "call.wav")
    monkeypatch.chdir(tmp_path / "here")
    for path, said in [("", "A path is empty"), ("n" * 300, "cannot be reached: File name too long")]:
        done = qm("process", path)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert done.stderr.count("\n") == 1, "one sentence"
    shutil.rmtree(tmp_path / "here")
    done = qm("process", ".")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert ". does not exist" in done.stderr
