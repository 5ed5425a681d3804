"""What is written can be read back: all of it from qm JSON, as much as they hold from WebVTT and text."""

import json
import random
from dataclasses import replace

import pytest

from qm.call import LANGUAGES, Speaker
from qm.errors import TranscriptError
from qm.formats import read_transcript, to_json, to_text, to_vtt
from qm.transcript import Provenance, Suppressed, Transcript, Turn, Word, turn_of

WORDS = (
    *"goedemorgen, e-mail €12,50 d'r één 你好 🙂 : - \\".split(),
    *"<v> & &amp; --> <b>x</b> agent: klant: [00:12] # WEBVTT NOTE".split(),
)
SEEDS = range(60)


def random_transcript(seed: int, timed: bool = True) -> Transcript:
    chance = random.Random(seed)
    at, turns = 0.0, []
    for _ in range(chance.randrange(8)):
        words = []
        for _ in range(chance.randrange(1, 6)):
            start = round(at + chance.random(), 3)
            at = round(start + chance.uniform(0.01, 900), 3)
            sure = chance.choice([None, 0.0, 1.0, chance.random()])
            words.append(Word(chance.choice(WORDS), start, at, sure) if timed else Word(chance.choice(WORDS)))
        suppressed = chance.choice([None, None, None, *Suppressed])
        turns.append(Turn(chance.choice(list(Speaker)), tuple(words), suppressed))
    provenance = Provenance("faster-whisper", "small", "ab12", {"beam": 5, "vad": True, "t": 0.5, "p": "x"})
    return Transcript(
        language=chance.choice([None, *LANGUAGES]),
        turns=tuple(turns),
        duration=chance.choice([None, at + 1]),
        provenance=chance.choice([None, provenance]),
    )


def through_json(transcript: Transcript) -> Transcript:
    return read_transcript(json.dumps(to_json(transcript)).encode(), "call.json")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("timed", [True, False])
def test_qm_json_gives_back_everything(seed: int, timed: bool) -> None:
    transcript = random_transcript(seed, timed)
    assert through_json(transcript) == transcript


def test_qm_json_keeps_what_is_odd() -> None:
    """Turns out of order, without words, with half a time: evidence counts on their numbers."""
    words = (Word("a\u00a0b", 9.0), Word(" c "), Word("-", None, 3.25, 1.0))
    transcript = Transcript("nl", (Turn(Speaker.AGENT, words), Turn(Speaker.CUSTOMER, ()), turn_of(Speaker.AGENT, "x")))
    assert through_json(transcript) == transcript


def test_qm_json_in_full() -> None:
    word = Word("Hi", 1.0, 1.5, 0.9)
    provenance = Provenance("demo", "nl-en", "ab12", {"beam": 5})
    turn = Turn(Speaker.AGENT, (word, Word("there")), Suppressed.LOOP)
    assert to_json(Transcript("en", (turn,), 12.5, provenance)) == {
        "format": "qm-transcript",
        "version": 1,
        "language": "en",
        "duration": 12.5,
        "provenance": {"engine": "demo", "model": "nl-en", "model_hash": "ab12", "options": {"beam": 5}},
        "turns": [
            {
                "speaker": "agent",
                "start": 1.0,
                "end": None,
                "text": "Hi there",
                "suppressed": "loop",
                "words": [
                    {"text": "Hi", "start": 1.0, "end": 1.5, "confidence": 0.9},
                    {"text": "there", "start": None, "end": None, "confidence": None},
                ],
            }
        ],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_webvtt_gives_back_speakers_words_and_turn_times(seed: int) -> None:
    transcript = random_transcript(seed)
    again = read_transcript(to_vtt(transcript).encode(), "call.vtt")
    spoken = transcript.spoken().turns
    assert [(t.speaker, t.text, t.start) for t in again.turns] == [(t.speaker, t.text, t.start) for t in spoken]
    assert [t.end for t in again.turns] == pytest.approx([t.end for t in spoken], abs=0.0011)
    assert again.language == transcript.language


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("timed", [True, False])
def test_text_gives_back_speakers_words_and_seconds(seed: int, timed: bool) -> None:
    transcript = random_transcript(seed, timed)
    spoken = transcript.spoken().turns
    if spoken:
        again = read_transcript(to_text(transcript).encode(), "call.txt")
        expected = [(t.speaker, t.text, None if t.start is None else int(t.start)) for t in spoken]
        assert [(t.speaker, t.text, t.start) for t in again.turns] == expected
    else:
        assert to_text(transcript) == ""


CALL = Transcript(
    "en",
    (
        turn_of(Speaker.AGENT, "Good morning, a < b & c", 12.3456, 14.0),
        turn_of(Speaker.CUSTOMER, "Hello", 3725.0, 3725.0),
        replace(turn_of(Speaker.AGENT, "Thanks for watching", 3730.0, 3731.0), suppressed=Suppressed.HALLUCINATION),
        Turn(Speaker.UNKNOWN, ()),
    ),
)


def test_webvtt_in_full() -> None:
    assert to_vtt(CALL) == (
        "WEBVTT\nLanguage: en\n"
        "\n00:00:12.346 --> 00:00:14.000\n<v Agent>Good morning, a &lt; b &amp; c\n"
        "\n01:02:05.000 --> 01:02:05.001\n<v Customer>Hello\n"
    )


def test_text_in_full() -> None:
    assert to_text(CALL) == "[00:12] agent: Good morning, a < b & c\n[1:02:05] customer: Hello\n"
    assert to_text(Transcript(None, (turn_of(Speaker.UNKNOWN, "Hello"),))) == "unknown: Hello\n"


def test_an_empty_transcript() -> None:
    assert to_vtt(Transcript(None, ())) == "WEBVTT\n"
    assert to_text(Transcript(None, ())) == ""
    assert through_json(Transcript(None, ())) == Transcript(None, ())


def test_webvtt_needs_times() -> None:
    with pytest.raises(TranscriptError, match="without times cannot become WebVTT; export it as text"):
        to_vtt(Transcript("nl", (turn_of(Speaker.AGENT, "hallo"),)))
