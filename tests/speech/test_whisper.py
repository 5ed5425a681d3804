"""faster-whisper behind the Recogniser protocol: finding models, joining words, and the bundled model itself."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faster_whisper
import numpy as np
import pytest
import yaml
from faster_whisper.transcribe import Segment as WhisperSegment
from faster_whisper.transcribe import Word as WhisperWord

from qm.audio import RATE, survey
from qm.call import CallMetadata, Language, Speaker
from qm.errors import ModelUnavailable
from qm.intake import read_metadata
from qm.settings import Settings
from qm.speech import Recogniser, check_model, hear, open_recogniser
from qm.speech.whisper import FasterWhisper, Options, find_model, model_hash
from qm.transcript import Transcript, Word

DEMO = Path(__file__).parents[2] / "qm" / "demo"
FILES = ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json", "vocabulary.json")


def test_importing_loads_nothing_native() -> None:
    """A process that forks workers imports it."""
    check = "import sys, qm.speech.whisper; print(*{'numpy', 'av', 'ctranslate2', 'onnxruntime'} & set(sys.modules))"

    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == ""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with all files of a model, without a model in them."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text("{}")
    return folder


def test_finds_a_complete_directory(directory: Path) -> None:
    assert find_model(str(directory)) == directory


def test_an_old_vocabulary_will_do(directory: Path) -> None:
    (directory / "vocabulary.json").rename(directory / "vocabulary.txt")

    assert find_model(str(directory)) == directory


@pytest.mark.parametrize("name", FILES)
def test_says_which_file_is_missing(directory: Path, name: str) -> None:
    (directory / name).unlink()

    with pytest.raises(ModelUnavailable, match=rf"lacks {re.escape(name)}\. .*QM_MODEL"):
        find_model(str(directory))


def test_says_which_file_is_damaged(directory: Path) -> None:
    (directory / "tokenizer.json").write_bytes(b'{"half')

    with pytest.raises(ModelUnavailable, match=r"tokenizer\.json of the speech model is damaged"):
        find_model(str(directory))


@pytest.mark.parametrize("name", ["models/whisper", "./model", "someone/whisper-small", "smal"])
def test_a_path_that_does_not_exist_is_never_looked_for_on_the_hub(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(faster_whisper, "download_model", lambda name: pytest.fail(f"asked the hub for {name}"))

    with pytest.raises(ModelUnavailable, match="neither a directory nor one of the known sizes"):
        find_model(name)


def test_says_that_the_hub_cannot_be_reached() -> None:
    """A port nobody listens on, in a process of its own: the hub's address is read on import."""
    script = """
from qm.speech.whisper import find_model
try:
    find_model("small")
except Exception as error:
    print(type(error).__name__, error)
"""
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": "/nonexistent", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}

    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)

    assert "ModelUnavailable The speech model small cannot be fetched: no connection" in found.stdout
    assert "put the model in a directory and set QM_MODEL" in found.stdout


def test_a_model_that_is_none_is_unavailable(directory: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be loaded on cpu as int8"):
        FasterWhisper(directory, device="cpu", compute_type="int8").load()


def test_the_hash_follows_the_file(directory: Path) -> None:
    before = model_hash(directory)
    (directory / "model.bin").write_bytes(b"other weights")

    assert re.fullmatch("[0-9a-f]{16}", before)
    assert model_hash(directory) != before


class Stub:
    """Stands in for faster_whisper.WhisperModel and notes how it was called."""

    asked: dict[str, Any]
    segments: list[WhisperSegment]
    probabilities: list[list[tuple[str, float]]]
    model = SimpleNamespace(is_multilingual=True)

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def transcribe(self, _: np.ndarray, **asked: Any) -> tuple[list[WhisperSegment], None]:
        Stub.asked = asked
        return Stub.segments, None

    def detect_language(self, audio: np.ndarray) -> tuple[str, float, list[tuple[str, float]]]:
        assert len(audio) <= 30 * RATE
        return "de", 0.5, Stub.probabilities.pop(0)


@pytest.fixture
def stubbed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> FasterWhisper:
    monkeypatch.setattr(faster_whisper, "WhisperModel", Stub)
    return FasterWhisper(directory, options=Options(beam_size=2, hotwords="Veldkamp"))


def whisper_segment(text: str, words: list[tuple[str, float, float, float]]) -> WhisperSegment:
    return WhisperSegment(
        1,
        0,
        0.5,
        2.5,
        text,
        [],
        -0.25,
        1.0,
        0.125,
        [WhisperWord(start, end, word, p) for word, start, end, p in words],
        0.0,
    )


def test_parts_of_a_word_are_one_word(stubbed: FasterWhisper) -> None:
    parts = [(" De", 0.5, 0.75, 0.9), (" klant", 0.75, 1.0, 0.8), ("'s", 1.0, 1.25, 0.5), (" e", 1.25, 1.5, 0.7)]
    Stub.segments = [whisper_segment("", [*parts, ("-mail.", 1.5, 2.5, 0.9)])]

    (segment,) = stubbed.recognise(np.zeros(RATE, np.float32), "nl")

    assert segment.words == (
        Word("De", 0.5, 0.75, 0.9),
        Word("klant's", 0.75, 1.25, 0.5),
        Word("e-mail.", 1.25, 2.5, 0.7),
    )
    assert (segment.avg_logprob, segment.no_speech, segment.suppressed) == (-0.25, 0.125, None)


def test_text_without_word_times_is_spread_and_not_lost(stubbed: FasterWhisper) -> None:
    Stub.segments = [whisper_segment(" Goedemorgen mevrouw", [])]

    (segment,) = stubbed.recognise(np.zeros(RATE, np.float32), "nl")

    assert segment.text == "Goedemorgen mevrouw"
    assert (segment.words[0].start, segment.words[-1].end) == (0.5, 2.5)


def test_decodes_so_that_nothing_is_dropped_unseen(stubbed: FasterWhisper) -> None:
    Stub.segments = []

    assert stubbed.recognise(np.zeros(RATE, np.float32), "nl") == []
    assert Stub.asked == {
        "language": "nl",
        "beam_size": 2,
        "temperature": (0.0,),
        "hotwords": "Veldkamp",
        "word_timestamps": True,
        "condition_on_previous_text": False,
        "no_speech_threshold": None,
    }


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([[("de", 0.6), ("nl", 0.3), ("en", 0.1)]], ("nl", 0.75)),
        ([[("en", 0.6), ("nl", 0.2)], [("nl", 0.9), ("en", 0.05)]], ("en", 0.635)),  # 30 s and 5 s
    ],
)
def test_only_qms_languages_are_detected(
    stubbed: FasterWhisper, probabilities: list[list[tuple[str, float]]], expected: tuple[Language, float]
) -> None:
    Stub.probabilities = probabilities.copy()
    seconds = 30 if len(probabilities) == 1 else 35

    language, share = stubbed.detect_language(np.zeros(seconds * RATE, np.float32))

    assert (language, share) == (expected[0], pytest.approx(expected[1], abs=0.01))


def test_provenance_names_model_and_options(stubbed: FasterWhisper, directory: Path) -> None:
    provenance = stubbed.provenance

    assert (provenance.engine, provenance.model, provenance.model_hash) == (
        "faster-whisper",
        "model",
        model_hash(directory),
    )
    assert provenance.options["beam_size"] == 2
    json.dumps(provenance.options)


# The bundled model


@pytest.fixture(scope="module")
def demo() -> Recogniser:
    return open_recogniser(Settings(model="demo", device="cpu"))


@pytest.mark.parametrize("name", ["nl-01-moving-house", "en-02-wrong-team"])
def test_the_demo_model_hears_a_call(demo: Recogniser, name: str) -> None:
    """Most words of the script, in its language, each on the side that said it."""
    script = yaml.safe_load((DEMO / "calls" / f"{name}.yaml").read_text("utf-8"))
    (path,) = (file for file in (DEMO / "recordings").glob(f"{name}.*") if file.suffix != ".json")

    metadata = replace(read_metadata(path), language=None)

    transcript = hear(path, metadata, survey(path).sound, demo, lambda _: None)

    assert transcript.language == script["language"]
    assert transcript.timed
    for speaker in (Speaker.AGENT, Speaker.CUSTOMER):
        said = _words(" ".join(turn["text"] for turn in script["turns"] if turn["speaker"] == speaker))
        heard = _words(_text(transcript, speaker))
        assert len([word for word in said if word in heard]) > 0.6 * len(said)


def test_the_demo_model_gives_the_same_twice(demo: Recogniser) -> None:
    path = DEMO / "recordings" / "nl-06-outbound-renewal.wav"

    first, second = (
        hear(path, CallMetadata(language="nl"), survey(path).sound, demo, lambda _: None) for _ in range(2)
    )

    assert first == second


def test_the_demo_model_is_checked_without_loading_it(demo: Recogniser) -> None:
    assert re.fullmatch(r"Model demo, \d+ MB, int8 on auto\.", check_model(Settings(model="demo"), fetch=False))


def test_a_copy_of_the_demo_model_is_the_same_model(demo: Recogniser, tmp_path: Path) -> None:
    copy = shutil.copytree(DEMO / "model", tmp_path / "copy")

    assert FasterWhisper(copy, device="cpu").provenance.model_hash == demo.provenance.model_hash


def _text(transcript: Transcript, speaker: Speaker) -> str:
    return " ".join(turn.text for turn in transcript.turns if turn.speaker is speaker and not turn.suppressed)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
