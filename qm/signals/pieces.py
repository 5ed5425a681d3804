"""Sentences of a turn that a recogniser wrote without punctuation: where one begins, and whether it asks. Pure.

A piece begins at a conjunction with its subject ("maar ik", "and then"), at a question's own word order ("wat kost",
"can you") and after an acknowledgement that opens the turn ("ja", "okay"). Every cue is in the language files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from qm.call import Language
from qm.signals.lang import LanguageData, language_data
from qm.signals.pattern import Line, PatternSet, compile_patterns

_BEFORE = 3
"""words that a piece has before another begins"""
_AFTER = 2
"""words that a piece has at least"""
_RUN_UP = 4
"""words before a question's first ("yes okay and what"), at most"""
_REACH = 7
"""words at the beginning or the end of a piece that tell whether it asks"""
_CONDITION = 2
"""words within which a piece shows that it is a condition ("als u belt kunt u", "if you call can you")"""


@dataclass(frozen=True, slots=True)
class Cues:
    """What a language shows without punctuation."""

    starters: PatternSet
    openers: PatternSet
    first_words: PatternSet
    endings: PatternSet
    exclamations: PatternSet


@cache
def _cues(language: Language) -> Cues:
    data = language_data(language)
    sets = (
        data.piece_starters,
        data.question_openers,
        data.question_openers + data.question_starters,
        data.question_endings,
        data.exclamations,
    )
    return Cues(*(compile_patterns(phrases, language) for phrases in sets))


def starts(stems: Sequence[str], plain: Sequence[str], language: Language) -> list[int]:
    """Where the pieces of a turn begin, its first word left out.

    Args:
        stems, plain: of the words of the turn.
    """
    cues, data = _cues(language), language_data(language)
    line = Line(stems, 0, len(stems))
    first = _opening(plain, data.openings)
    found = [first] if first else []
    last = first
    begins = {at: False for at, _ in _spans(cues.openers, line)} | {at: True for at, _ in _spans(cues.starters, line)}
    for at in sorted(begins):
        if at - last < _BEFORE or at > len(stems) - _AFTER:
            continue
        conjunction = plain[at] in data.conjunctions
        if not conjunction and plain[at - 1] in data.fronts:
            continue  # "dan kunt u", "what i have": word order of another kind
        if not begins[at] and not _is_over(plain[last:at], data):
            continue
        found.append(at)
        last = at
    return found


def _is_over(piece: Sequence[str], data: LanguageData) -> bool:
    """Whether a question may follow: a condition, and in Dutch what has no verb yet, go on in the same word order."""
    verb = not data.finite_verbs or not data.finite_verbs.isdisjoint(piece)
    return verb and data.conditions.isdisjoint(piece[:_CONDITION])


def _opening(plain: Sequence[str], openings: frozenset[str]) -> int:
    """How many words of acknowledgement open the turn; 0 when hardly anything follows them."""
    at = next((n for n, word in enumerate(plain) if word not in openings), len(plain))
    return at if len(plain) - at >= _BEFORE else 0


def asks(stems: Sequence[str], plain: Sequence[str], language: Language) -> bool:
    """Whether a piece without a mark is a question."""
    cues, data = _cues(language), language_data(language)
    count = len(stems)
    tail = Line(stems, max(0, count - _REACH), count)
    if count >= _BEFORE and any(end == count - 1 for _, end in _spans(cues.endings, tail)):
        return True
    first = next((n for n, word in enumerate(plain) if word not in data.run_up or n == _RUN_UP), 0)
    head = Line(stems, first, min(first + _REACH, count))
    if any(at == first for at, _ in _spans(cues.exclamations, head)):
        return False
    return any(at == first for at, _ in _spans(cues.first_words, head))


def _spans(patterns: PatternSet, line: Line) -> Iterator[tuple[int, int]]:
    """First and last word of each match."""
    by_anchor = patterns.by_anchor
    for at in range(line.low, line.high):
        if line.stems[at] in by_anchor:
            for pattern in by_anchor[line.stems[at]]:
                ends = pattern.match(line, at)
                if ends is not None:
                    yield ends
