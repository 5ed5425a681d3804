"""Calls as a recogniser would have written them."""

import pytest
from rapidfuzz.distance import Levenshtein

from qm.formats import read_transcript
from qm.training import read_corpus, shipped_corpus
from qm.training.noise import misheard, plain
from qm.transcript import Transcript

SAID = b"""# language: en
agent: Good morning, "Acme" here. How may I help (you)?
customer: It's my e-mail... It does NOT work!
agent: ...
customer: Mr. Smith, that is 3.5 per cent.
"""


def call() -> Transcript:
    return read_transcript(SAID, "call.txt")


def test_plain_words_have_neither_capitals_nor_punctuation() -> None:
    assert [turn.text for turn in plain(call()).turns] == [
        "good morning acme here how may i help you",
        "it's my e-mail it does not work",
        "eh",
        "mr smith that is 3.5 per cent",
    ]


def test_the_same_seed_gives_the_same_errors_and_another_one_others() -> None:
    assert misheard(call(), 0.3, "a") == misheard(call(), 0.3, "a")
    assert misheard(call(), 0.3, "a") != misheard(call(), 0.3, "b")
    assert misheard(call(), 0.0, "a") == plain(call())


@pytest.mark.parametrize("rate", [0.05, 0.12, 0.3])
def test_about_so_many_words_are_wrong(rate: float) -> None:
    wrong = words = 0
    for labelled in read_corpus(shipped_corpus(), "train")[:40]:
        for said, heard in zip(
            plain(labelled.transcript).turns, misheard(labelled.transcript, rate, labelled.id).turns, strict=True
        ):
            wrong += Levenshtein.distance(said.text.split(), heard.text.split())
            words += len(said.words)
            assert heard.text == heard.text.lower()
    assert 0.85 * rate < wrong / words < 1.25 * rate


def test_every_turn_keeps_its_place_and_speaker() -> None:
    lost = misheard(call(), 1.0, "seed")
    assert [turn.speaker for turn in lost.turns] == [turn.speaker for turn in call().turns]
    assert all(turn.words for turn in lost.turns)
