"""One plain sentence for every file that cannot be read, without a word of what was said."""

import contextlib
import json
import random

import pytest

from qm.errors import TranscriptError
from qm.formats import read_transcript

SECRET = "geheim"
"""stands in every file below where somebody speaks"""

QM = '{"format": "qm-transcript", "version": 1, '
WORD = '{"start": 1, "end": 2, "text": "geheim", "words": [{"word": "geheim", "start": 1, "end": 2, "score": 7}]}'

MALFORMED = [
    # name, content, parts of the sentence
    ("a.txt", "", ["a.txt is empty", "export the transcript again"]),
    ("a.txt", "\ufeff \r\n ", ["a.txt is empty"]),
    ("a.wav", "RIFF\0\0\0\0WAVEfmt \0\0", ["a.wav is not text", "qm transcribe"]),
    ("a.txt", "geheim\ngeheim", ["plain text", "no line begins with a speaker", "`agent: Good morning`"]),
    ("a.txt", "[00:01] geheim", ["no line begins with a speaker"]),
    ("a.txt", "Jan: geheim\nPiet: geheim", ["no line begins with a speaker"]),
    (
        "a.txt",
        "# x\ngeheim\nagent: geheim",
        ["plain text", "line 2", "before the first speaker", "begin it with agent:"],
    ),
    ("a.txt", "agent:\ncustomer:", ["plain text", "holds nothing that was said"]),
    ("a.json", "geheim", ["looks like JSON", "line 1, column 1 is not JSON"]),
    ("a.json", '{"segments": [\n{"text": "geheim}', ["looks like JSON", "line 2, column"]),
    ("a", '{"geheim": "geheim"}', ["looks like JSON", "none that qm knows", "WhisperX"]),
    ("a", "[" * 100_000 + "{", ["looks like"]),
    ("a", "{" * 100_000, ["looks like JSON"]),
    ("a", '{"segments": [{"text": "geheim", "start": %s}]}' % ("9" * 5000), ["looks like JSON", "too large"]),
    ("a", '{"segments": [{"text": "geheim", "start": 1e999}]}', ["segments[0].start is not a number"]),
    ("a", '{"segments": [{"text": "geheim", "start": "geheim"}]}', ["segments[0].start is not a number"]),
    ("a", '{"segments": [{"text": "geheim"}, {"text": "geheim", "end": true}]}', ["segments[1].end is not a number"]),
    ("a", '{"segments": [{"start": 1}]}', ["Whisper JSON", "segments[0].text is missing"]),
    ("a", '{"segments": ["geheim"]}', ["segments[0] is not an object"]),
    ("a", '["geheim"]', ["no line begins with a speaker"]),
    ("a", '[{"text": ["geheim"]}]', ["Whisper JSON", "[0].text is not text"]),
    ("a", '{"segments": {"text": "geheim"}}', ["segments is not a list"]),
    ("a", '{"segments": []}', ["Whisper JSON", "nothing that was said", "was transcribed"]),
    (
        "a",
        f'{{"word_segments": [], "segments": [{WORD}]}}',
        ["WhisperX", "segments[0].words[0].score", "0 and 1"],
    ),
    ("a", '{"word_segments": []}', ["WhisperX JSON", "segments is missing"]),
    ("a", '{"results": {"transcripts": []}}', ["Amazon Transcribe JSON", "results.items is missing"]),
    ("a", '{"results": {"items": [{"alternatives": []}]}}', ["results.items[0].alternatives is empty"]),
    ("a", '{"results": {"items": []}}', ["Amazon Transcribe JSON", "nothing that was said"]),
    ("a", '{"results": {"channels": [{"geheim": 1}]}}', ["looks like JSON", "none that qm knows"]),
    ("a", '{"Transcript": "geheim"}', ["Amazon Call Analytics JSON", "Transcript is not a list"]),
    ("a", '{"Transcript": [{"Content": 3}]}', ["Transcript[0].Content is not text"]),
    ("a", '{"Transcript": [{"Items": [{"Content": "x", "BeginOffsetMillis": "x"}]}]}', ["Items[0].BeginOffsetMillis"]),
    ("a", '{"format": "qm-transcript", "version": 2, "turns": []}', ["qm JSON", "version is not 1", "newer"]),
    ("a", '{"format": "qm-transcript"}', ["qm JSON", "version is missing"]),
    ("a", QM + '"language": "nl"}', ["qm JSON", "turns is missing"]),
    ("a", QM + '"turns": [{"words": [{"start": 1}]}]}', ["turns[0].words[0].text is missing"]),
    ("a", QM + '"turns": [{"words": [{"text": " "}]}]}', ["turns[0].words[0].text is missing or empty"]),
    ("a", QM + '"turns": [{"text": "geheim", "suppressed": "geheim"}]}', ["turns[0].suppressed", "hallucination"]),
    ("a", QM + '"turns": [], "provenance": {"options": {"a": []}}}', ["provenance.options is not an object"]),
    ("a.vtt", "geheim", ["WebVTT", "first line is not WEBVTT", "put WEBVTT"]),
    ("a", "1\n00:00:01,000 --> 00:00:02,000\ngeheim", ["WebVTT", "first line is not WEBVTT"]),
    ("a", "WEBVTT\n00:01.000 --> 00:02.000\ngeheim", ["WebVTT", "no empty line follows WEBVTT"]),
    ("a", "WEBVTT\n\n00:01.000 --> geheim\ngeheim", ["WebVTT", "line 3", "00:00:01.000 --> 00:00:04.000"]),
    ("a", "WEBVTT\n\nintro\n00:01 --> 00:02\ngeheim", ["line 4"]),
    ("a", "WEBVTT\n\n00:01.000 --> 00:02.000\ngeheim\n\ngeheim", ["line 6 has no times", "no empty line inside a cue"]),
]


@pytest.mark.parametrize(("name", "content", "parts"), MALFORMED)
def test_malformed_files(name: str, content: str, parts: list[str]) -> None:
    with pytest.raises(TranscriptError) as caught:
        read_transcript(content.encode(), name)
    sentence = str(caught.value)
    assert sentence.startswith(f"{name} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert SECRET not in sentence
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    for part in parts:
        assert part in sentence


SEEDS = [
    b"[00:12] agent: hi\nthere\nJan: x\n(1:02:03 - 1:02:09) klant: hello",
    b"WEBVTT\nLanguage: nl\n\nNOTE x\n\n1\n00:01.000 --> 00:02.000\n<v Agent>a &amp; <b>c</b>\n<v Klant>d",
    b'{"segments": [{"start": 1, "end": 2.5, "text": "a b", "speaker": "x", "words": [{"word": " a", "start": 1}]}]}',
    b'{"results": {"items": [{"start_time": "1.0", "type": "x", "alternatives": [{"confidence": "1", "content": "a"}]}'
    b'], "speaker_labels": {"segments": [{"items": [{"start_time": "1.0"}], "speaker_label": "spk_0"}]}}}',
    b'{"Transcript": [{"Content": "a", "BeginOffsetMillis": 1, "Items": [{"Content": "a", "Type": "punctuation"}]}]}',
    b'{"format": "qm-transcript", "version": 1, "provenance": {"options": {"a": 1}}, "turns": [{"words": [{"text": "a"'
    b'}], "speaker": "agent", "suppressed": "loop", "start": 1, "end": 2}]}',
]
PIECES = [
    b"",
    b"\0",
    b"\xff",
    b"{",
    b"]",
    b'"',
    b"null",
    b"NaN",
    b"-1",
    b"[]",
    b"{}",
    b"-->",
    b"<v",
    b"\n\n",
    b":",
    b"9",
]


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_damage_gives_a_transcript_or_a_sentence(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(400):
        first, last = sorted(chance.randrange(len(SEEDS[seed]) + 1) for _ in range(2))
        last = chance.choice([first, min(first + 3, last), last])
        damaged = SEEDS[seed][:first] + chance.choice(PIECES) + SEEDS[seed][last:]
        with contextlib.suppress(TranscriptError):
            read_transcript(damaged, "a")


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_null_is_absent_and_other_values_are_refused_anywhere(seed: int) -> None:
    """Each value in turn replaced by one of another kind."""
    if SEEDS[seed].startswith(b"{"):
        for value in (b"null", b"7", b'"x"', b"[]", b"{}", b"true", b"[null]", b'[{"a": 1}]'):
            for at in (i + 2 for i in range(len(SEEDS[seed])) if SEEDS[seed][i : i + 2] == b": "):
                _, length = json.JSONDecoder().raw_decode(SEEDS[seed][at:].decode())
                with contextlib.suppress(TranscriptError):
                    read_transcript(SEEDS[seed][:at] + value + SEEDS[seed][at + length :], "a")
