"""Words of all channels as turns, in the order in which people spoke. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from qm.call import Speaker
from qm.speech.recogniser import Segment
from qm.transcript import Turn, Word

PAUSE = 0.8
"""Seconds of silence that end a turn: longer than the pauses within a sentence, shorter than a hesitation
before an answer."""


def merge(channels: Sequence[tuple[Speaker, Sequence[Segment]]]) -> tuple[Turn, ...]:
    """Turns of all speakers by start time. A channel's segments must be in order, as it was heard.

    A turn ends at a pause of more than 0.8 s, or at a shorter one in which somebody else says a whole word.
    Who speaks while another goes on ("ja", "okay") gets a turn of their own and does not end the other's.
    Suppressed segments become suppressed turns, one each, and end nobody's turn.
    """
    spoken = [_spoken(segments) for _, segments in channels]
    turns = []
    for i, (speaker, segments) in enumerate(channels):
        others = sorted((_start(word), _end(word)) for j, words in enumerate(spoken) if j != i for word in words)
        turns += [Turn(speaker, words) for words in _utterances(spoken[i], others)]
        turns += [Turn(speaker, s.words, s.suppressed) for s in segments if s.suppressed and s.words]
    # Sorting is stable: of two turns at one moment, the earlier channel's comes first.
    return tuple(sorted(turns, key=lambda turn: (turn.start, turn.end)))


def _spoken(segments: Sequence[Segment]) -> list[Word]:
    return [word for segment in segments if segment.suppressed is None for word in segment.words]


def _utterances(words: Sequence[Word], others: Sequence[tuple[float, float]]) -> Iterator[tuple[Word, ...]]:
    """The words of one channel, divided; `others` are the times of everybody else's words, by start."""
    first = 0
    for i, (before, after) in enumerate(pairwise(words), start=1):
        if _start(after) - _end(before) > PAUSE or _interrupted(_end(before), _start(after), others):
            yield tuple(words[first:i])
            first = i
    if words:
        yield tuple(words[first:])


def _interrupted(start: float, end: float, others: Sequence[tuple[float, float]]) -> bool:
    """Whether a whole word of somebody else lies between `start` and `end`."""
    i = bisect_left(others, (start, start))
    return i < len(others) and others[i][1] <= end


def _start(word: Word) -> float:
    assert word.start is not None
    return word.start


def _end(word: Word) -> float:
    assert word.end is not None
    return word.end
