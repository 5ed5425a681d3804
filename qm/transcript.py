"""What was said, by whom and when: words, turns, a transcript; and evidence that points into it. Pure.

Times are seconds from the start of the recording. A transcript that came as plain text has no times: they
are None, and what needs them cannot tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from qm.call import Language, Speaker


class Suppressed(StrEnum):
    """Why recognised text is kept but neither scored nor searched."""

    HALLUCINATION = "hallucination"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Word:
    """One word as recognised, punctuation included."""

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    """0…1, the recogniser's own probability"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's words until somebody else speaks or a pause ends them."""

    speaker: Speaker
    words: tuple[Word, ...]
    suppressed: Suppressed | None = None

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def start(self) -> float | None:
        return self.words[0].start if self.words else None

    @property
    def end(self) -> float | None:
        return self.words[-1].end if self.words else None

    @property
    def confidence(self) -> float | None:
        """Mean confidence of the words that have one."""
        known = [word.confidence for word in self.words if word.confidence is not None]
        return sum(known) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a transcript: enough to make it again."""

    engine: str
    model: str
    model_hash: str
    options: dict[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transcript:
    """An immutable version of what was said in one call."""

    language: Language | None
    turns: tuple[Turn, ...]
    duration: float | None = None
    """seconds of the recording, not of the speech"""
    provenance: Provenance | None = None

    @property
    def timed(self) -> bool:
        """Whether every spoken turn has times."""
        return all(t.start is not None and t.end is not None for t in self.turns if t.words)

    def spoken(self) -> "Transcript":
        """The same transcript without suppressed text; turn numbers change, so use it for reading only."""
        return replace(self, turns=tuple(t for t in self.turns if t.suppressed is None))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote that can be found again: the words `first`…`last` (inclusive) of turn `turn`, from 0."""

    turn: int
    speaker: Speaker
    quote: str
    start: float | None
    end: float | None
    first: int
    last: int


def quote(transcript: Transcript, turn: int, first: int = 0, last: int | None = None) -> Evidence:
    """The words `first`…`last` of a turn as evidence; the whole turn by default."""
    source = transcript.turns[turn]
    last = len(source.words) - 1 if last is None else last
    words = source.words[first : last + 1]
    return Evidence(
        turn=turn,
        speaker=source.speaker,
        quote=" ".join(word.text for word in words),
        start=words[0].start,
        end=words[-1].end,
        first=first,
        last=last,
    )


def verify(evidence: Evidence, transcript: Transcript) -> bool:
    """Whether the quote stands in the cited turn, of that speaker, at that time, and may be used."""
    if not 0 <= evidence.turn < len(transcript.turns):
        return False
    turn = transcript.turns[evidence.turn]
    if turn.suppressed is not None or not 0 <= evidence.first <= evidence.last < len(turn.words):
        return False
    return evidence == quote(transcript, evidence.turn, evidence.first, evidence.last)


def words_of(text: str) -> tuple[Word, ...]:
    """Untimed words of plain text."""
    return tuple(Word(part) for part in text.split())


def turn_of(speaker: Speaker, text: str, start: float | None = None, end: float | None = None) -> Turn:
    """A turn of plain text; with times, they are spread over the words by length."""
    parts = text.split()
    if start is None or end is None or not parts:
        return Turn(speaker, words_of(text))
    return Turn(speaker, _spread(parts, start, end))


def _spread(parts: Sequence[str], start: float, end: float) -> tuple[Word, ...]:
    total = sum(len(part) + 1 for part in parts)
    words = []
    at = start
    for part in parts:
        until = at + (end - start) * (len(part) + 1) / total
        words.append(Word(part, round(at, 3), round(until, 3)))
        at = until
    return tuple(words)
