"""What all formats do with text and times."""

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from qm.call import Speaker
from qm.transcript import Turn, Word, turn_of

_DROPPED = {"Cc", "Cf", "Cs"}
"""Control; invisible formatting, which hides a word from search or turns a line around; half a character,
which no database stores."""


def clean(text: str) -> str:
    """Without control characters; those that separate words (tab, newline) become a space."""
    if text.isprintable():
        return text
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in _DROPPED)
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in kept)


def words_between(
    text: str, start: float | None, end: float | None, confidence: float | None = None
) -> tuple[Word, ...]:
    """The words of a piece of text, spread over its time; one word keeps its time to the digit."""
    if start is not None and end is not None:
        end = max(start, end)
    parts = text.split()
    if len(parts) == 1:
        return (Word(parts[0], start, end, confidence),)
    words = turn_of(Speaker.UNKNOWN, text, start, end).words
    return words if confidence is None else tuple(replace(word, confidence=confidence) for word in words)


def fill_times(words: Sequence[Word], start: float | None, end: float | None) -> tuple[Word, ...]:
    """Words without times get what lies between their neighbours, or the edges of the segment.

    WhisperX gives no times to what its aligner cannot spell, such as "25".
    """
    filled: list[Word] = []
    for timed, group in groupby(words, key=lambda word: word.start is not None and word.end is not None):
        run = list(group)
        if not timed:
            after = next((word.start for word in words[len(filled) + len(run) :]), end)
            run = _spread(run, filled[-1].end if filled else start, after)
        filled += run
    return tuple(filled)


def _spread(run: list[Word], start: float | None, end: float | None) -> list[Word]:
    if start is None or end is None:
        return run
    spread = words_between(" ".join(word.text for word in run), start, end)
    return [replace(word, start=new.start, end=new.end) for word, new in zip(run, spread, strict=True)]


def with_mark(word: Word, mark: str) -> Word:
    """A punctuation mark belongs to the word before it."""
    return replace(word, text=word.text + mark)


def in_order(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Turns by start, those that overlap included; one without a time stays behind the turn it followed."""
    return tuple(turn for _, turn in sorted(_dated(turns), key=lambda pair: pair[0]))


def _dated(turns: Iterable[Turn]) -> Iterator[tuple[float, Turn]]:
    at = -math.inf
    for turn in turns:
        at = at if turn.start is None else turn.start
        yield at, turn


def clock(text: str) -> float:
    """Seconds of `12:05`, `1:02:03` or `00:00:12.345`; a comma may stand for the point."""
    seconds = 0.0
    for part in text.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return round(seconds, 3)
