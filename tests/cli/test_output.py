"""What a person reads and keeps: nothing on the terminal that obeys a stranger, no file lost, no traceback."""

import json
import os
import subprocess
import sys
import unicodedata
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qm.cli.rendering import counted, visible
from qm.errors import Reason
from qm.install import open_forms, open_reasons, prepare
from qm.pipeline import Accepted, Pipeline
from qm.rubric import shipped
from qm.settings import Settings
from tests.audio_files import tone, write_wav
from tests.cli.conftest import Qm

HOSTILE = "\x1b[31mEve\x1b[2J\x1b]0;x\x07 \x9b1m \u202egpj\u2066"
SECONDS = 98


def unseen(text: str) -> set[str]:
    """The characters of `text` that a terminal obeys."""
    return {c for c in text if unicodedata.category(c) in {"Cc", "Cf"} and c != "\n"}


def assert_said(done: subprocess.CompletedProcess[str], *parts: str, status: int = 1) -> None:
    """One plain sentence on standard error."""
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    assert all(part in done.stderr for part in parts), done.stderr


def run(home: Path, *command: str, stdout: Any = subprocess.PIPE, **variables: str) -> subprocess.CompletedProcess[str]:
    """`qm` with another standard output or environment; what is not UTF-8 comes back as �."""
    return subprocess.run(
        [sys.executable, "-m", "qm.cli", *command],
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "QM_HOME": str(home), **variables},
        check=False,
    )


Ingest = Callable[..., str]


@pytest.fixture
def pipeline(home: Path) -> Iterator[Pipeline]:
    """This test's installation."""
    settings = Settings(home=home)
    with prepare(settings) as database:
        yield Pipeline(settings, database, open_forms(settings), open_reasons(settings))


@pytest.fixture
def ingest(pipeline: Pipeline, tmp_path: Path) -> Ingest:
    """Take a call in, of that file name and metadata; its id."""

    def run(name: str = "call.wav", seconds: float = 2, **metadata: str) -> str:
        path = write_wav(tmp_path / name, tone(seconds))
        if metadata:
            path.with_suffix(".json").write_text(json.dumps(metadata))
        for file in tmp_path.glob("*.*"):
            os.utime(file, (1e9, 1e9))
        taken = pipeline.ingest(path)
        assert isinstance(taken, Accepted), taken
        return taken.call_id

    return run


@pytest.fixture
def call(ingest: Ingest) -> str:
    """The id of a call of 1:38."""
    return ingest(seconds=SECONDS)


def test_a_clip_is_a_new_file(qm: Qm, call: str, tmp_path: Path) -> None:
    target = tmp_path / "clip.wav"
    done = qm("clip", call, "0:10", "12.5", target)
    assert done.returncode == 0, done
    with wave.open(str(target)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(3.5)
    before = target.read_bytes()
    assert_said(qm("clip", call, 0, 5, target), "exists already")
    assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["call.wav", "clip.wav", "home"]


@pytest.mark.parametrize("name", ["clip.mp3", "clip", "home/qm.sqlite3"])
def test_a_clip_has_the_name_of_a_wav_file(qm: Qm, call: str, tmp_path: Path, name: str) -> None:
    assert_said(qm("clip", call, 0, 5, tmp_path / name), "does not end in .wav")
    assert_said(qm("clip", call, 0, 5, "/dev/full"), "does not end in .wav")


def test_a_link_that_leads_nowhere_is_a_name_taken(qm: Qm, call: str, tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to(tmp_path / "elsewhere.wav")
    assert_said(qm("clip", call, 0, 5, tmp_path / "link.wav"), "exists already")
    assert not (tmp_path / "elsewhere.wav").exists()


@pytest.mark.parametrize(
    ("start", "end"), [("nan", "5"), ("0", "inf"), ("1e308", "1e309"), ("0:-5", "3"), ("0", "1:"), ("0", "9" * 400)]
)
def test_what_is_no_time(qm: Qm, call: str, tmp_path: Path, start: str, end: str) -> None:
    done = qm("clip", call, start, end, tmp_path / "clip.wav")
    assert_said(done, "is no time", status=2)
    assert not (tmp_path / "clip.wav").exists()


@pytest.mark.parametrize(("start", "end"), [("500", "600"), ("1:07:00", "1:08:00"), ("1:38", "1:39")])
def test_a_clip_from_after_the_call(qm: Qm, call: str, tmp_path: Path, start: str, end: str) -> None:
    assert_said(qm("clip", call, start, end, tmp_path / "clip.wav"), "only 1:38 long")
    assert not (tmp_path / "clip.wav").exists()


def test_a_clip_on_a_full_disk_leaves_nothing(
    qm: Qm, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_said(qm("clip", call, 0, 5, tmp_path / "nowhere" / "clip.wav"), "cannot be written", "No such file")
    at_start(
        monkeypatch,
        tmp_path,
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))",
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    assert_said(qm("clip", call, 0, 90, folder / "clip.wav"), "clip.wav cannot be written", "too large")
    assert not list(folder.iterdir())


def at_start(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Let each `qm` run `code` before anything of its own."""
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(site))


def test_names_from_outside_do_not_steer_the_terminal(qm: Qm, ingest: Ingest) -> None:
    name = f"a\n  b{HOSTILE}.wav"
    call = ingest(name, agent_id="7", language="nl")
    for done in (qm("calls"), qm("show", call), qm("clip", call, 0, 1, "/tmp/x/\x1b[2J.wav")):
        assert "�" in done.stdout + done.stderr
        assert not unseen(done.stdout + done.stderr)
    [row] = [line for line in qm("calls").stdout.splitlines() if line.startswith(call[:8])]
    assert "a�  b" in row
    listed = qm("calls", "--json").stdout
    assert not unseen(listed)
    assert json.loads(listed)["calls"][0]["name"] == name


def test_a_file_name_cannot_forge_a_line_of_the_failures(qm: Qm, tmp_path: Path) -> None:
    path = tmp_path / "a.wav\n  b.wav"
    path = path.with_name(f"{path.name}: The file is empty\x1b[2J.wav")
    path.write_bytes(b"")
    os.utime(path, (1e9, 1e9))
    assert qm("process", path).returncode == 1
    listed = qm("calls").stdout
    assert "1 file could not become a call:\n" in listed
    assert len(listed.split("call:\n")[1].splitlines()) == 1
    assert Reason.EMPTY.sentence in listed
    assert not unseen(listed)


def test_titles_of_forms_do_not_steer_the_terminal(qm: Qm, tmp_path: Path) -> None:
    form = tmp_path / "own.yaml"
    text = shipped()["resolution"].read_text("utf-8").replace("id: resolution", "id: own", 1)
    form.write_text(text.replace("en: Resolution", 'en: "\\e[2J\\u202EResolution"', 1), "utf-8")
    said = tmp_path / "call.txt"
    said.write_text("agent: Good morning.\ncustomer: Hello.\n")
    done = qm("score", said, "--form", form)
    assert "�[2J�Resolution" in done.stdout
    assert not unseen(done.stdout + done.stderr), done


def test_visible() -> None:
    assert visible("Zoë “€” 日本 🎧") == "Zoë “€” 日本 🎧"
    assert visible("a\tb\r\nc\x7f\x85\u2028\udc80") == "a�b��c����"
    assert not unseen(visible(HOSTILE))


def test_one_and_many() -> None:
    assert [counted(n, "file") for n in (0, 1, 2)] == ["0 files", "1 file", "2 files"]


def test_filters_that_match_no_call(qm: Qm, call: str) -> None:
    for option in (["--agent", "%"], ["--language", "nl"], ["--state", "failed"]):
        assert "No call matches" in qm("calls", *option).stdout


def test_an_empty_installation(qm: Qm) -> None:
    assert "No calls yet" in qm("calls").stdout


def test_a_limit_no_database_takes(qm: Qm) -> None:
    assert_said(qm("calls", "--limit", "9" * 20), "--limit", status=2)
    assert qm("calls", "--limit", 1_000_000).returncode == 0


@pytest.mark.parametrize(
    "variables", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin1"}, {"PYTHONUTF8": "0", "LC_ALL": "POSIX"}]
)
def test_terminals_without_unicode(home: Path, ingest: Ingest, variables: dict[str, str]) -> None:
    call = ingest("日本.wav")
    for command, status in ((["show", call], 0), (["calls"], 0), (["show", "日本"], 1)):
        done = run(home, *command, **variables)
        assert done.returncode == status, done
        assert "Traceback" not in done.stderr
    assert json.loads(run(home, "calls", "--json", **variables).stdout)["calls"][0]["name"] == "日本.wav"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [["calls"], ["calls", "--json"], ["--help"]])
def test_output_that_cannot_be_written(home: Path, call: str, command: list[str], unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(home, *command, stdout=full, PYTHONUNBUFFERED=unbuffered)
    assert_said(done, "Writing failed: No space left on device")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves(home: Path, call: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = run(home, "calls", "--json", stdout=pipe)
    assert done.stderr == ""


INTERRUPT = (
    "import os, signal; signal.signal(signal.SIGINT, signal.default_int_handler); os.kill(os.getpid(), signal.SIGINT)"
)
"""a job in the background has the signal ignored from its start"""


def test_an_interrupt_while_qm_works(qm: Qm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = f"def stop():\n    {INTERRUPT}\nimport qm.settings; qm.settings.read_settings = stop"
    at_start(monkeypatch, tmp_path, stop)
    assert_said(qm("process", tmp_path), "qm: stopped; qm process without paths goes on", status=130)
    assert_said(qm("calls"), "qm: stopped.", status=130)
