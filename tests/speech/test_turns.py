"""Words of two channels as turns."""

import random

import pytest

from qm.call import Speaker
from qm.speech.recogniser import Segment
from qm.speech.turns import merge
from qm.transcript import Suppressed, Turn, Word

A, C = Speaker.AGENT, Speaker.CUSTOMER


def said(line: str, suppressed: Suppressed | None = None) -> Segment:
    """A segment from `text@start-end` words."""
    words = []
    for part in line.split():
        text, _, times = part.partition("@")
        start, _, end = times.partition("-")
        words.append(Word(text, float(start), float(end)))
    return Segment(tuple(words), suppressed)


def shape(turns: tuple[Turn, ...]) -> list[tuple[Speaker, str]]:
    return [(turn.speaker, turn.text) for turn in turns]


CASES = [
    pytest.param("", "", [], id="nobody"),
    pytest.param("hello@0-1 there@1.2-2", "", [(A, "hello there")], id="one speaker"),
    pytest.param("one@0-1 two@1.8-2", "", [(A, "one two")], id="a pause of 0.8 s stays inside"),
    pytest.param("one@0-1 two@1.9-2", "", [(A, "one"), (A, "two")], id="a longer pause ends the turn"),
    pytest.param("hello@0-1 yes@4-5", "hi@2-3", [(A, "hello"), (C, "hi"), (A, "yes")], id="taking turns"),
    pytest.param("hello@2-3", "hi@0-1", [(C, "hi"), (A, "hello")], id="the second channel speaks first"),
    pytest.param(
        "may@0-0.3 I@0.4-0.5 ask@1.2-1.5",
        "ja@0.6-0.9",
        [(A, "may I"), (C, "ja"), (A, "ask")],
        id="a word in a short pause",
    ),
    pytest.param(
        "I@0-0.2 will@0.2-0.5 help@0.5-0.9 you@0.9-1.2",
        "ja@0.4-0.7",
        [(A, "I will help you"), (C, "ja")],
        id="a back-channel over speech does not break it",
    ),
    pytest.param(
        "I@0-0.2 will@0.25-0.5 help@0.55-0.9",
        "no@0.3-0.6 no@0.6-0.8 stop@0.85-1.2",
        [(A, "I will help"), (C, "no no stop")],
        id="both at once: both stay whole",
    ),
    pytest.param("yes@1-2", "yes@1-2", [(A, "yes"), (C, "yes")], id="the same moment: the first channel first"),
]


@pytest.mark.parametrize(("agent", "customer", "expected"), CASES)
def test_turns(agent: str, customer: str, expected: list[tuple[Speaker, str]]) -> None:
    assert shape(merge([(A, [said(agent)]), (C, [said(customer)])])) == expected


def test_segments_of_one_breath_are_one_turn() -> None:
    assert shape(merge([(A, [said("one@0-1"), said("two@1.1-2")])])) == [(A, "one two")]


def test_suppressed_segments_are_turns_of_their_own_and_end_nobodys() -> None:
    invented = said("subtitles@0.5-0.6 by@0.6-0.7", Suppressed.HALLUCINATION)

    turns = merge([(A, [said("one@0-0.4 two@0.9-2")]), (C, [invented])])

    assert shape(turns) == [(A, "one two"), (C, "subtitles by")]
    assert [turn.suppressed for turn in turns] == [None, Suppressed.HALLUCINATION]


def test_every_word_is_kept_once_and_order_is_by_start() -> None:
    chance = random.Random(0)
    channels = []
    for speaker in (A, C):
        at, words = 0.0, []
        for i in range(300):
            at += chance.choice([0.0, 0.05, 0.3, 1.0])
            words.append(Word(f"{speaker}{i}", round(at, 2), round(at + 0.25, 2)))
            at += 0.25
        channels.append((speaker, [Segment(tuple(words[i : i + 10])) for i in range(0, 300, 10)]))

    turns = merge(channels)

    assert turns == merge(channels)
    assert [turn.start for turn in turns] == sorted(turn.start for turn in turns)
    for speaker, segments in channels:
        said_words = [word for segment in segments for word in segment.words]
        assert [word for turn in turns if turn.speaker is speaker for word in turn.words] == said_words
