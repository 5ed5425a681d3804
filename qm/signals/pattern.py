"""Phrase patterns that a coach can read, compiled to match by stem. Pure.

ik ... regel          words match by stem; `...` is a gap of at most four words
terug|opnieuw bellen  either word; words that belong together are tied: `weer_eens|nog_een_keer`
dat is heel? fijn     the word may be missing
uiterlijk {day}       any word of a class in the language file
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

from qm.call import Language
from qm.signals.forms import forms
from qm.signals.lang import language_data

GAP = 4
"""words that `...` may span"""


class PatternError(ValueError):
    """A pattern that cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One word of a pattern, seen from the word matched before it."""

    stems: frozenset[str]
    gap: int
    """words that may stand before it"""
    optional: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase, split at its rarest word (the anchor), so that matching begins where it is likely to end."""

    left: tuple[Step, ...]
    """steps before the anchor, nearest first"""
    right: tuple[Step, ...]
    anchor: frozenset[str]
    negated: bool
    """the pattern itself contains a negation"""

    def possible(self, stems: Collection[str]) -> bool:
        """Whether a text with these stems has every word that the phrase requires."""
        return all(
            step.optional or not step.stems.isdisjoint(stems) for steps in (self.left, self.right) for step in steps
        )

    def match(self, line: "Line", at: int) -> tuple[int, int] | None:
        """First and last position of the phrase around the anchor at `at`."""
        first = _walk(self.left, line, at, -1)
        if first is None:
            return None
        last = _walk(self.right, line, at, 1)
        return None if last is None else (first, last)


class Line(NamedTuple):
    """The stems of a text, with the part a phrase may lie in."""

    stems: Sequence[str]
    low: int
    high: int
    """exclusive"""


@dataclass(frozen=True, slots=True, eq=False)
class PatternSet:
    """Patterns of one language, by the stems of their anchors. Compared by identity: a key for found matches."""

    by_anchor: dict[str, tuple[Pattern, ...]]


Named = tuple[str, Pattern]
"""a pattern with the name of its set"""


@dataclass(frozen=True, slots=True)
class Anchored:
    """The patterns of one anchor, by the word that must stand right beside it: few are tried at each place."""

    before: dict[str, tuple[Named, ...]]
    after: dict[str, tuple[Named, ...]]
    loose: tuple[Named, ...]
    """with a gap or an optional word on both sides, or nothing but the anchor"""


def anchored(by_anchor: Mapping[str, Iterable[Named]]) -> dict[str, Anchored]:
    """Named patterns by the stems of their anchors, ready to be searched for in one pass."""
    return {stem: _beside(patterns) for stem, patterns in by_anchor.items()}


def _beside(patterns: Iterable[Named]) -> Anchored:
    before: dict[str, list[Named]] = defaultdict(list)
    after: dict[str, list[Named]] = defaultdict(list)
    loose = []
    for each in patterns:
        left, right = each[1].left[:1], each[1].right[:1]
        if left and not left[0].gap and not left[0].optional:
            for stem in left[0].stems:
                before[stem].append(each)
        elif right and not right[0].gap and not right[0].optional:
            for stem in right[0].stems:
                after[stem].append(each)
        else:
            loose.append(each)
    return Anchored(_tuples(before), _tuples(after), tuple(loose))


def _tuples(lists: Mapping[str, list[Named]]) -> dict[str, tuple[Named, ...]]:
    return {stem: tuple(patterns) for stem, patterns in lists.items()}


def _walk(steps: tuple[Step, ...], line: Line, at: int, direction: int, carried: int = 0) -> int | None:
    """Position of the last step matched, going from `at`; None when a required step fails.

    Args:
        carried: the gap of an optional word that was passed over.
    """
    if not steps:
        return at
    step, rest = steps[0], steps[1:]
    gap = step.gap if step.gap > carried else carried
    for there in range(at + direction, at + direction * (gap + 2), direction):
        if not line.low <= there < line.high:
            break
        if line.stems[there] in step.stems:
            end = _walk(rest, line, there, direction)
            if end is not None:
                return end
    return _walk(rest, line, at, direction, gap) if step.optional else None


@lru_cache(maxsize=4096)
def compile_patterns(phrases: tuple[str, ...], language: Language) -> PatternSet:
    """The phrases, ready to be searched for.

    Raises:
        PatternError: a phrase is empty, begins or ends with a gap, or names an unknown class.
    """
    by_anchor: dict[str, list[Pattern]] = defaultdict(list)
    for phrase in phrases:
        for pattern in _compile(phrase, language):
            for stem in pattern.anchor:
                by_anchor[stem].append(pattern)
    return PatternSet({stem: tuple(patterns) for stem, patterns in by_anchor.items()})


@cache
def compile_markers(language: Language) -> dict[str, Anchored]:
    """All marker sets of a language, ready to be searched for in one pass."""
    by_anchor: dict[str, list[Named]] = defaultdict(list)
    for name, phrases in language_data(language).markers.items():
        for stem, patterns in compile_patterns(phrases, language).by_anchor.items():
            by_anchor[stem] += [(name, pattern) for pattern in patterns]
    return anchored(by_anchor)


@lru_cache(maxsize=1024)
def compile_phrases(phrases: tuple[str, ...], language: Language) -> dict[str, Anchored]:
    """Phrases of a form or a brand, as one set without a name.

    Raises:
        PatternError: as `compile_patterns`.
    """
    by_anchor = compile_patterns(phrases, language).by_anchor
    return anchored({stem: [("", pattern) for pattern in patterns] for stem, patterns in by_anchor.items()})


def _compile(phrase: str, language: Language) -> Iterable[Pattern]:
    """One pattern per way to open the contractions in it."""
    parts = [part for part in phrase.split() if part not in language_data(language).fillers]
    slots = [_alternatives(part, language, phrase) for part in parts if part != "..."]
    gaps = _gaps(parts, phrase)
    negations = language_data(language).negations
    for choice in product(*slots):
        steps: list[Step] = []
        plain: set[str] = set()
        for sequence, gap in zip(choice, gaps, strict=True):
            for n, (words, stems, optional) in enumerate(sequence):
                steps.append(Step(stems, gap if n == 0 else 0, optional))
                plain |= words
        yield _anchored(steps, bool(plain & negations), language, phrase)


_Slot = tuple[frozenset[str], frozenset[str], bool]


def _gaps(parts: Sequence[str], phrase: str) -> list[int]:
    """For each word of the pattern, how many words may stand before it."""
    if not parts:
        raise PatternError(f"the phrase '{phrase}' has no word that counts; write at least one that is no filler")
    if "..." in (parts[0], parts[-1]):
        raise PatternError(f"the phrase '{phrase}' begins or ends with a gap; leave out the outer '...'")
    return [GAP if n and parts[n - 1] == "..." else 0 for n, part in enumerate(parts) if part != "..."]


def _alternatives(part: str, language: Language, phrase: str) -> list[tuple[_Slot, ...]]:
    """The ways to read one part: all single words together, and each contraction apart."""
    optional = part.endswith("?")
    words: set[str] = set()
    stems: set[str] = set()
    sequences: list[tuple[_Slot, ...]] = []
    for alternative in _expand(part.removesuffix("?"), language, phrase):
        opened = forms(alternative, language)
        if not opened:
            raise PatternError(f"'{part}' in the phrase '{phrase}' is not a word; remove the punctuation")
        if len(opened) == 1:
            words.add(opened[0].plain)
            stems.add(opened[0].stem)
        else:
            sequences.append(tuple((frozenset({f.plain}), frozenset({f.stem}), optional) for f in opened))
    if words:
        sequences.append(((frozenset(words), frozenset(stems), optional),))
    return sequences


def _expand(part: str, language: Language, phrase: str) -> Iterable[str]:
    classes = language_data(language).classes
    for alternative in part.split("|"):
        named = re.fullmatch(r"\{(\w+)\}", alternative)
        if named is None:
            yield alternative
        elif named[1] in classes:
            yield from classes[named[1]]
        else:
            known = ", ".join(sorted(classes))
            raise PatternError(f"unknown word class in the phrase '{phrase}'; the classes are {known}")


def _anchored(steps: list[Step], negated: bool, language: Language, phrase: str) -> Pattern:
    required = [n for n, step in enumerate(steps) if not step.optional]
    if not required:
        raise PatternError(f"every word of the phrase '{phrase}' is optional; make one required")
    at = max(required, key=lambda n: _rarity(steps[n], language))
    left = [Step(steps[n].stems, steps[n + 1].gap, steps[n].optional) for n in range(at - 1, -1, -1)]
    return Pattern(tuple(left), tuple(steps[at + 1 :]), steps[at].stems, negated)


def _rarity(step: Step, language: Language) -> tuple[bool, int, int]:
    """Content words before function words, few alternatives before many, long words before short ones."""
    grammar = any(stem in language_data(language).function_words for stem in step.stems)
    return (not grammar, -len(step.stems), min(map(len, step.stems)))
