"""`make demo`, as a new user sees it: real recordings, real recogniser, real Redis, real worker."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from qm.audio import survey
from qm.call import CallMetadata
from qm.demo import CALLS, MODEL, RECORDINGS, SHOWN
from qm.intake import read_metadata

pytestmark = pytest.mark.xdist_group("demo")

NAMES = sorted(path.stem for path in CALLS.glob("*.yaml"))
Qm = Callable[..., subprocess.CompletedProcess[str]]


def script(name: str) -> dict[str, Any]:
    """What is said in a demo call, and what is expected of it."""
    loaded: dict[str, Any] = yaml.safe_load((CALLS / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def recording(name: str) -> Path:
    """The rendered call."""
    (path,) = (file for file in RECORDINGS.glob(f"{name}.*") if file.suffix != ".json")
    return path


@pytest.fixture(scope="module")
def qm(tmp_path_factory: pytest.TempPathFactory) -> Qm:
    """`qm` on a data folder in which `qm demo` has run."""
    home = tmp_path_factory.mktemp("demo") / "home"

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("QM_")}
        command = [sys.executable, "-m", "qm.cli", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment | {"QM_HOME": str(home)}, timeout=400, check=False
        )

    first = run("demo")
    assert first.returncode == 0, first.stderr
    assert SHOWN in first.stdout
    assert "Brand values" in first.stdout
    return run


def test_there_are_six_calls_a_language() -> None:
    assert [name[:2] for name in NAMES] == ["en"] * 6 + ["nl"] * 6
    assert sum(bool(script(name).get("mono")) for name in NAMES) == 1


def test_the_repository_stays_small() -> None:
    files = [path for folder in (MODEL, RECORDINGS) for path in folder.iterdir()]
    assert sum(path.stat().st_size for path in files) <= 25_000_000


def test_recorders_write_many_formats() -> None:
    codecs = {survey(recording(name)).codec for name in NAMES}
    assert codecs == {"pcm_alaw", "pcm_mulaw", "mp3float", "opus", "gsm_ms"}


@pytest.mark.parametrize("name", NAMES)
def test_each_recording_is_its_script(name: str) -> None:
    expected, found, metadata = script(name), survey(recording(name)), read_metadata(recording(name))
    assert 40 <= found.duration <= 120
    assert found.separated != bool(expected.get("mono"))
    assert metadata != CallMetadata()
    assert (metadata.language, metadata.direction) == (expected["language"], expected["direction"])
    assert metadata.agent_name == expected["agent"]["name"]


def test_all_twelve_are_scored(qm: Qm) -> None:
    calls = json.loads(qm("calls", "--json").stdout)["calls"]
    assert sorted(Path(call["name"]).stem for call in calls) == NAMES
    for call in calls:
        assert (call["stage"], call["state"]) == ("score", "done")
        assert call["language"] == call["name"][:2]
        assert set(call["scores"]) == {"brand_values", "resolution"}


def test_a_call_can_be_shown(qm: Qm) -> None:
    shown = qm("show", SHOWN, "--transcript")
    assert shown.returncode == 0
    assert "Resolution" in shown.stdout
    assert "agent" in shown.stdout
    call = json.loads(qm("show", SHOWN, "--json").stdout)
    assert call["call"]["name"] == SHOWN
    assert call["transcript"]["provenance"]["engine"] == "faster-whisper"
    turns = call["transcript"]["turns"]
    for evaluation in call["evaluations"]:
        for criterion in evaluation["criteria"]:
            for evidence in criterion["evidence"]:
                turn = turns[evidence["turn"]]
                assert evidence["quote"] in turn["text"]
                assert evidence["speaker"] == turn["speaker"]
                assert turn["start"] - 0.01 <= evidence["start"] <= evidence["end"] <= turn["end"] + 0.01


def test_mono_speakers_are_unknown(qm: Qm) -> None:
    (mono,) = (name for name in NAMES if script(name).get("mono"))
    call = json.loads(qm("show", recording(mono).name, "--json").stdout)
    assert {turn["speaker"] for turn in call["transcript"]["turns"]} == {"unknown"}


def test_nothing_is_done_twice(qm: Qm) -> None:
    again = json.loads(qm("process", RECORDINGS, "--json").stdout)
    assert len(again["duplicates"]) == len(NAMES)


def test_scoring_again_by_the_same_forms_adds_nothing(qm: Qm) -> None:
    assert json.loads(qm("rescore", "--json").stdout) == {"calls": 12, "rescored": [], "published": 0}


def test_a_stored_transcript_scores_the_same_from_a_file(qm: Qm, tmp_path: Path) -> None:
    call = json.loads(qm("show", SHOWN, "--json").stdout)
    file = tmp_path / "call.json"
    file.write_text(json.dumps(call["transcript"]), encoding="utf-8")
    scored = json.loads(qm("score", file, "--json").stdout)
    assert scored["evaluations"] == call["evaluations"]


def test_one_recording_can_be_transcribed(qm: Qm) -> None:
    (mono,) = (name for name in NAMES if script(name).get("mono"))
    done = qm("transcribe", recording(mono), "--vtt")
    assert done.returncode == 0
    assert done.stdout.startswith("WEBVTT")


def test_the_sound_behind_a_quote_can_be_cut_out(qm: Qm, tmp_path: Path) -> None:
    target = tmp_path / "clip.wav"
    done = qm("clip", SHOWN, "0:10", "12.5", target)
    assert done.returncode == 0, done.stderr
    assert survey(target).duration == pytest.approx(3.5, abs=0.01), "with half a second around it"
    assert qm("clip", SHOWN, "5", "4", target).returncode == 1
