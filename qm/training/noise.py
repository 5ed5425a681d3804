"""Calls as a recogniser would have written them: no capitals, no punctuation, words misheard. Pure, seeded."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from qm.transcript import Transcript, Turn, Word

_MARKS = re.compile(r"[.,?!;:…—–\"“”()]+(?=\s|$)|^[\"“(]+")
SECONDS_PER_WORD = 0.4
"""150 words a minute, an unhurried pace on the telephone"""
SECONDS_BETWEEN = 0.4
"""from one turn to the next"""
_SIMILAR = 0.5
"""of the errors that are another word that sounds or looks alike"""
_LOST = 0.3
"""of the errors that are a word left out; the rest are words of the call in the wrong place"""


def plain(transcript: Transcript) -> Transcript:
    """The same words in lower case without punctuation."""
    return _each_turn(transcript, lambda words: [_MARKS.sub("", word).lower() for word in words])


def timed(transcript: Transcript) -> Transcript:
    """The same call with times, as a recogniser gives: one turn after the other, at an even pace."""
    at, turns = 0.0, []
    for turn in transcript.turns:
        ends = [at + SECONDS_PER_WORD * (n + 1) for n in range(len(turn.words))]
        words = (
            replace(w, start=round(end - SECONDS_PER_WORD, 3), end=round(end, 3))
            for w, end in zip(turn.words, ends, strict=True)
        )
        turns.append(replace(turn, words=tuple(words)))
        at = (ends[-1] if ends else at) + SECONDS_BETWEEN
    return replace(transcript, turns=tuple(turns), duration=at)


def misheard(transcript: Transcript, rate: float, seed: str) -> Transcript:
    """`plain`, with about `rate` of the words wrong: word error rate, 0…1.

    The same seed gives the same errors on every machine.
    """
    said = plain(transcript)
    chance = random.Random(seed)
    vocabulary = sorted({word.text for turn in said.turns for word in turn.words})
    return _each_turn(said, lambda words: [heard for word in words for heard in _heard(word, rate, vocabulary, chance)])


def _heard(word: str, rate: float, vocabulary: Sequence[str], chance: random.Random) -> list[str]:
    if chance.random() >= rate:
        return [word]
    kind = chance.random()
    if kind < _SIMILAR:
        return [_altered(word, chance)]
    if kind < _SIMILAR + _LOST:
        return []
    return [chance.choice(vocabulary)]


def _altered(word: str, chance: random.Random) -> str:
    """A letter lost, doubled or exchanged, or the word split in two."""
    if len(word) < 3:
        return word + chance.choice("ent")
    at = chance.randrange(1, len(word))
    before, after = word[:at], word[at + 1 :]
    return chance.choice((before + after, before + chance.choice("aeioudtnsr") + after, f"{before} {word[at:]}"))


def _each_turn(transcript: Transcript, change: Callable[[list[str]], list[str]]) -> Transcript:
    turns = []
    for turn in transcript.turns:
        words = " ".join(change([word.text for word in turn.words])).split()
        # A turn of which nothing is left keeps its place, so that labels point to the same turns.
        turns.append(Turn(turn.speaker, tuple(Word(word) for word in words or ["eh"]), turn.suppressed))
    return replace(transcript, turns=tuple(turns))
