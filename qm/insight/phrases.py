"""Many named sets of phrases looked for in one pass over part of a text. Pure.

`Text.phrases` searches a whole call for one set; a tree of reasons has sixty, of which the first minutes matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qm.call import Language
from qm.signals import Phrases, Text
from qm.signals.lang import language_data
from qm.signals.pattern import Line, Pattern, Step, compile_patterns
from qm.signals.text import Match
from qm.signals.words import read


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase of a set."""

    name: str
    number: int
    """of the phrase, from 0; its spellings share it"""
    pattern: Pattern
    deniable: bool
    """a negation close by undoes a match"""
    before: frozenset[str] | None
    """stems of which one stands right before the anchor; None when something else may"""
    after: frozenset[str] | None
    """the same after it"""


class PhraseIndex:
    """Named phrases of one language, by the stems of their anchors."""

    def __init__(self, sets: Mapping[str, Phrases], language: Language, never_denied: frozenset[str] = frozenset()):
        """
        Args:
            never_denied: names of the sets that a negation does not undo.
        """
        self.language = language
        entries: dict[str, list[Entry]] = defaultdict(list)
        number = 0
        for name, phrases in sets.items():
            for phrase in phrases.get(language, ()):
                for stem, patterns in compile_patterns((phrase,), language).by_anchor.items():
                    deniable = name not in never_denied
                    entries[stem] += [
                        Entry(name, number, each, deniable, _beside(each.left), _beside(each.right))
                        for each in patterns
                    ]
                number += 1
        self._entries = dict(entries)
        data = language_data(language)
        self._negations = data.negations
        self._reach = data.negation_reach

    def find(self, text: Text, sentences: Iterable[int]) -> Iterator[tuple[Entry, Match]]:
        """What matches in the sentences, in their order; phrases may overlap."""
        stems, entries = text.stems, self._entries
        for number in sentences:
            sentence = text.sentences[number]
            line = Line(stems, sentence.low, sentence.high)
            where: list[Place] = []
            for at in range(sentence.low, sentence.high):
                for entry in entries.get(stems[at], ()):
                    # Most fail here, at a fraction of the cost of a match.
                    if entry.after is not None and (at + 1 == sentence.high or stems[at + 1] not in entry.after):
                        continue
                    if entry.before is not None and (at == sentence.low or stems[at - 1] not in entry.before):
                        continue
                    pattern = entry.pattern
                    ends = pattern.match(line, at) if pattern.left or pattern.right else (at, at)
                    if ends and not (entry.deniable and self._denied(text, pattern, Match(*ends, number), where)):
                        yield entry, Match(*ends, number)

    def _denied(self, text: Text, pattern: Pattern, match: Match, where: list["Place"]) -> bool:
        """Whether a negation stands close by in the clause, or in a gap of the phrase.

        Args:
            where: the places of the sentence's positions, filled when they are first needed.
        """
        if pattern.negated:
            return False
        sentence = text.sentences[match.sentence]
        low = max(sentence.low, match.first - self._reach[0])
        high = min(sentence.high, match.last + 1 + self._reach[1])
        near = [at for at in range(low, high) if text.plain[at] in self._negations]
        if not near or any(match.first <= at <= match.last for at in near):
            return bool(near)
        if not where:
            where += places(text, match.sentence)
        own = {where[end - sentence.low].clause for end in (match.first, match.last)}
        return any(where[at - sentence.low].clause in own for at in near)


def _beside(steps: Sequence[Step]) -> frozenset[str] | None:
    return steps[0].stems if steps and not steps[0].gap and not steps[0].optional else None


class Place(NamedTuple):
    """Where a position of a sentence stands."""

    word: int
    """of the turn"""
    clause: int
    """of the sentence"""


def places(text: Text, number: int) -> list[Place]:
    """The place of each position of a sentence, in order."""
    assert text.language is not None
    sentence = text.sentences[number]
    found: list[Place] = []
    clause = 0
    for index in range(sentence.first, sentence.last + 1):
        reading = read(text.turn(sentence.turn).words[index].text, text.language)
        clause += reading.starts_clause
        found += [Place(index, clause) for _ in reading.forms]
        clause += reading.ends_clause
    return found
