"""A transcript made searchable: one pass builds an index from stem to positions. Pure.

Suppressed turns are left out, but turn numbers are those of the transcript, so that evidence points into it.
A position counts the compared words of the whole call; hesitations ("eh") have none.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Literal

from qm.brand import Brand
from qm.call import LANGUAGES, Language, Speaker
from qm.evaluation import Searched
from qm.signals import pieces, saying, tolerance
from qm.signals.finding import Finding, Unknown
from qm.signals.lang import language_data
from qm.signals.pattern import Anchored, Line, compile_markers, compile_phrases
from qm.signals.words import read
from qm.transcript import Evidence, Transcript, Turn, Word, quote

Voice = Literal["agent", "customer", "anyone"]
Kind = Literal["any", "statement", "question"]

NO_BRAND = Brand("none", "")

_LONG = 28
"""words; a longer sentence is quoted around the match only"""
_AROUND = 8
_EXACT = frozenset({"insult", "disrespect", "impatience", "disclosure"})
"""marker sets that a misheard word never makes: a call may fail on them"""
_LEAST_FUNCTION_WORDS = 0.2
"""share of function words below which a text is in neither language; running text has about 0.45"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Part of a turn up to a full stop, question mark or exclamation mark."""

    turn: int
    first: int
    """word of the turn"""
    last: int
    low: int
    """position"""
    high: int
    """position after the last"""
    question: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: positions `first`…`last` in sentence number `sentence`."""

    first: int
    last: int
    sentence: int
    strength: float = 1.0
    """0…1: how surely these are the words of the phrase; below 1 when one was misheard"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The turns a signal looks through, with the words for it in a reason."""

    turns: frozenset[int]
    what: str
    low: int = 0
    """first position"""
    high: int | None = None
    """position after the last"""


class Text:
    """The index of one transcript.

    Attributes:
        language: of the transcript, or guessed from its function words; None when it is neither.
        brand: whose vocabulary is looked for.
        reader: the language in which a search is described.
        answered: what signals have answered of this text, by name and arguments.
        note: what the agent wrote of the call; None without.
        turns: numbers of the turns that count, in order.
        stems: stem of each position.
        sentences: in order.
    """

    def __init__(
        self, transcript: Transcript, brand: Brand = NO_BRAND, reader: Language = "en", note: str | None = None
    ) -> None:
        self.transcript = transcript
        self.brand = brand
        self.reader = reader
        self.note = note
        self.turns = tuple(n for n, turn in enumerate(transcript.turns) if turn.suppressed is None and turn.words)
        self.language = transcript.language or _guess(transcript.turns[n] for n in self.turns)
        self.stems: list[str] = []
        self.plain: list[str] = []
        self._content: list[bool] = []
        self.sentences: list[Sentence] = []
        self._sentence: list[int] = []
        self._clause: list[int] = []
        self._word: list[int] = []
        self._positions: dict[str, list[int]] = defaultdict(list)
        self._of_turn: dict[int, list[int]] = {}
        self._by: dict[Voice, list[int]] = {
            "agent": [n for n in self.turns if self.speaker(n) is Speaker.AGENT],
            "customer": [n for n in self.turns if self.speaker(n) is Speaker.CUSTOMER],
            "anyone": list(self.turns),
        }
        self._odd: list[int] = []
        self._parted: dict[int, float] = {}
        self._found: dict[tuple[str, ...], list[Match]] = {}
        self._stretches: dict[tuple[Voice, int, float], Stretch] = {}
        self._searched: dict[Stretch, Searched] = {}
        self.answered: dict[tuple[Hashable, ...], Finding | Unknown] = {}
        if self.language is not None:
            self._read(self.language)

    # -- building -------------------------------------------------------------------------------------

    def _read(self, language: Language) -> None:
        self.marked = any("?" in word.text for n in self.turns for word in self.transcript.turns[n].words)
        clause = 0
        for n in self.turns:
            clause = self._read_turn(n, clause + 1, language)
        for position, each in enumerate(self.stems):
            self._positions[each].append(position)
        data = language_data(language)
        self._negations = [at for at, word in enumerate(self.plain) if word in data.negations]
        self._reach = data.negation_reach

    def _read_turn(self, n: int, clause: int, language: Language) -> int:
        """Index one turn; the number of its last clause."""
        words = self.transcript.turns[n].words
        begin = len(self.stems)
        ends: list[int] = []
        for index, word in enumerate(words):
            reading = read(word.text, language)
            clause += reading.starts_clause
            if reading.odd and not _is_name(words, index):
                self._odd.append(len(self.stems))
            if reading.joined:
                self._parted |= dict.fromkeys(range(len(self.stems), len(self.stems) + 2), tolerance.PARTED)
            for form in reading.forms:
                self.stems.append(form.stem)
                self.plain.append(form.plain)
                self._content.append(form.content)
                self._clause.append(clause)
                self._word.append(index)
            clause += reading.ends_clause
            if reading.ends_sentence:
                ends.append(index)
        cuts = [] if ends else self._cuts(begin, language)
        for more, at in enumerate(cuts, 1):
            until = cuts[more] if more < len(cuts) else len(self.stems)
            self._clause[at:until] = [each + more for each in self._clause[at:until]]
        self._of_turn[n] = []
        self._end_sentences(n, begin, ends or [self._word[at] - 1 for at in cuts], bool(ends))
        return clause + len(cuts)

    def _cuts(self, begin: int, language: Language) -> list[int]:
        """Positions at which a sentence begins in an unpunctuated turn, the first left out."""
        found = pieces.starts(self.stems[begin:], self.plain[begin:], language)
        return [begin + at for at in found if self._word[begin + at] > self._word[begin + at - 1]]

    def _end_sentences(self, turn: int, begin: int, ends: Sequence[int], marked: bool) -> None:
        """Make the sentences of a turn.

        Args:
            begin: the turn's first position.
            ends: words after which a sentence ends.
            marked: the turn has punctuation.
        """
        words = self.transcript.turns[turn].words
        first, low = 0, begin
        for last in dict.fromkeys((*ends, len(words) - 1)):
            high = bisect_right(self._word, last, low)
            question = "?" in words[last].text
            if not question and self.language and not (marked and self.marked):
                question = pieces.asks(self.stems[low:high], self.plain[low:high], self.language)
            self._of_turn[turn].append(len(self.sentences))
            self._sentence += [len(self.sentences)] * (high - low)
            self.sentences.append(Sentence(turn, first, last, low, high, question))
            first, low = last + 1, high

    # -- who and when ---------------------------------------------------------------------------------

    def turn(self, number: int) -> Turn:
        return self.transcript.turns[number]

    def speaker(self, number: int) -> Speaker:
        return self.transcript.turns[number].speaker

    @cached_property
    def voices(self) -> Counter[Speaker]:
        """Words per speaker."""
        words: Counter[Speaker] = Counter()
        for n in self.turns:
            words[self.speaker(n)] += len(self.turn(n).words)
        return words

    @property
    def attributed(self) -> bool:
        """Whether it is known of most words who spoke them."""
        return self.voices[Speaker.UNKNOWN] * 2 < self.voices.total()

    @cached_property
    def timed(self) -> bool:
        return all(self.turn(n).start is not None and self.turn(n).end is not None for n in self.turns)

    def by(self, voice: Voice) -> list[int]:
        """The turns of a speaker; all of them for "anyone"."""
        return self._by[voice]

    # -- sentences ------------------------------------------------------------------------------------

    def sentences_of(self, turn: int) -> Sequence[int]:
        """Numbers of the turn's sentences."""
        return self._of_turn[turn]

    def words_in(self, low: int, high: int) -> Sequence[str]:
        """Plain words at the positions."""
        return self.plain[low:high]

    def spoken(self, turn: int) -> list[tuple[str, int]]:
        """The plain words of a turn, each with the number of the written word it comes from."""
        numbers = self._of_turn[turn]
        low, high = self.sentences[numbers[0]].low, self.sentences[numbers[-1]].high
        return list(zip(self.plain[low:high], self._word[low:high], strict=True))

    def is_content(self, at: int) -> bool:
        """Whether the word at a position carries meaning: no grammatical word, no number."""
        return 0 <= at < len(self._content) and self._content[at]

    def content(self, low: int, high: int) -> set[str]:
        """Stems that carry meaning at the positions."""
        return {stem for stem, carries in zip(self.stems[low:high], self._content[low:high], strict=True) if carries}

    def content_of(self, turn: int) -> set[str]:
        """Stems that carry meaning in a turn."""
        numbers = self._of_turn[turn]
        return self.content(self.sentences[numbers[0]].low, self.sentences[numbers[-1]].high)

    # -- searching ------------------------------------------------------------------------------------

    def markers(self, name: str, within: Stretch, kind: Kind = "any") -> list[Match]:
        """Matches of a named marker set of the text's language."""
        return self._within(self.marked_by.get(name, ()), within, kind)

    def phrases(self, phrases: Mapping[Language, Sequence[str]], within: Stretch, kind: Kind = "any") -> list[Match]:
        """Matches of phrases of the text's language."""
        if self.language is None or not phrases.get(self.language):
            return []
        own = tuple(phrases[self.language])
        if own not in self._found:
            words = tolerance.words_of(own, self.language)
            self._found[own] = self._search(compile_phrases(own, self.language), words, {}).get("", [])
        return self._within(self._found[own], within, kind)

    def has(self, name: str, low: int, high: int) -> bool:
        """Whether a marker set matches at the positions."""
        matches = self.marked_by.get(name, ())
        first = bisect_left(matches, low, key=attrgetter("first"))
        return any(match.last < high for match in matches[first : bisect_left(matches, high, key=attrgetter("first"))])

    @cached_property
    def marked_by(self) -> Mapping[str, Sequence[Match]]:
        """The matches of every marker set that has any, in order; found in one pass over the text."""
        if not self.language:
            return {}
        by_anchor = compile_markers(self.language)
        found = self._search(by_anchor, tolerance.marker_words(self.language), self._compounds(self.language))
        for name in _EXACT & found.keys():
            found[name] = [match for match in found[name] if match.strength == 1.0]
        return {name: matches for name, matches in found.items() if matches}

    def _compounds(self, language: Language) -> dict[str, list[int]]:
        """Compounds of the patterns that were written as two words: stem → first position."""
        found: dict[str, list[int]] = defaultdict(list)
        odd = set(self._odd)
        for at in range(len(self.stems) - 1):
            if self._content[at] or at in odd:
                whole = tolerance.compound(self.plain[at], self.plain[at + 1], language)
                if whole and (self._content[at + 1] or at in odd) and self._sentence[at] == self._sentence[at + 1]:
                    found[whole].append(at)
        return found

    def _within(self, matches: Iterable[Match], within: Stretch, kind: Kind) -> list[Match]:
        high = len(self.stems) if within.high is None else within.high
        if not matches:
            return []
        return [
            match
            for match in matches
            if self.sentences[match.sentence].turn in within.turns
            and within.low <= match.first
            and match.last < high
            and (kind == "any" or self.sentences[match.sentence].question == (kind == "question"))
        ]

    def _search(
        self,
        by_anchor: Mapping[str, Anchored],
        among: frozenset[str],
        compounds: Mapping[str, Sequence[int]],
    ) -> dict[str, list[Match]]:
        """Matches of named patterns without those that a negation undoes; the longest where they overlap.

        Args:
            among: the words that a misheard word may stand for.
            compounds: more positions of a stem, at which it was written as two words.
        """
        found: dict[str, set[Match]] = defaultdict(set)
        stems, weak, more = self._heard_as(among)
        weak |= self._parted
        for stem, positions in compounds.items():
            more[stem] += positions
        present = {*self._positions, *more}  # a set: a view of keys is slower to compare with
        for anchor in by_anchor.keys() & present:
            beside = by_anchor[anchor]
            loose = [each for each in beside.loose if each[1].possible(present)]
            parted = compounds.get(anchor, ())
            for at in (*self._positions.get(anchor, ()), *more.get(anchor, ())):
                number = self._sentence[at]
                line = Line(stems, self.sentences[number].low, self.sentences[number].high)
                before = beside.before.get(stems[at - 1], ()) if at > line.low else ()
                after = beside.after.get(stems[at + 1], ()) if at + 1 < line.high else ()
                for name, pattern in (*loose, *before, *after):
                    ends = pattern.match(line, at)
                    if ends and (pattern.negated or not self._denied(*ends)):
                        strength = tolerance.PARTED if at in parted else 1.0
                        if weak:
                            strength = min(weak.get(n, strength) for n in range(ends[0], ends[1] + 1))
                        found[name].add(Match(*ends, number, strength))
        return {name: _without_overlap(matches) for name, matches in found.items()}

    def _heard_as(self, among: frozenset[str]) -> tuple[Sequence[str], dict[int, float], dict[str, list[int]]]:
        """The stems with the words of `among` in the place of words misheard; their strengths; their positions."""
        stems: list[str] = self.stems
        weak: dict[int, float] = {}
        more: dict[str, list[int]] = defaultdict(list)
        for at in self._odd if self.language else ():
            meant = tolerance.stand_in(self.plain[at], self.language, among, self._is_doubtful(at))
            if meant is not None:
                stems = list(stems) if stems is self.stems else stems
                stems[at] = meant.stem
                weak[at] = meant.strength
                more[meant.stem].append(at)
        return stems, weak, more

    def _is_doubtful(self, at: int) -> bool:
        """Whether the recogniser was unsure of the word at a position."""
        word = self.turn(self.sentences[self._sentence[at]].turn).words[self._word[at]]
        return word.confidence is not None and word.confidence < tolerance.DOUBTFUL

    def _denied(self, first: int, last: int) -> bool:
        """Whether a negation stands close by in the clause, or in a gap of the phrase."""
        before, after = self._reach
        low = bisect_left(self._negations, first - before)
        high = bisect_right(self._negations, last + after)
        return any(
            first <= at <= last or self._clause[at] == self._clause[first if at < first else last]
            for at in self._negations[low:high]
        )

    # -- what was searched, what was found ------------------------------------------------------------

    def stretch(
        self,
        voice: Voice = "anyone",
        first_turns: int = 0,
        last_fraction: float = 1.0,
        after: Sequence[Evidence] = (),
        before: Sequence[Evidence] = (),
    ) -> Stretch:
        """The turns to look through: a speaker's, the first few of them, the last part of the call."""
        key = (voice, first_turns, last_fraction)
        if key not in self._stretches:
            self._stretches[key] = self._stretch(voice, first_turns, last_fraction)
        whole = self._stretches[key]
        if not after and not before:
            return whole
        low, high, what = whole.low, len(self.stems), whole.what
        if after:
            low = self._position(after[0].turn, after[0].last) + 1
            what += saying.limit("after", after[0].turn, self.reader)
        if before:
            high = self._position(before[0].turn, before[0].first)
            what += saying.limit("before", before[0].turn, self.reader)
        return Stretch(frozenset(n for n in whole.turns if self._overlaps(n, low, high)), what, low, high)

    def _stretch(self, voice: Voice, first_turns: int, last_fraction: float) -> Stretch:
        turns = self.by(voice)
        if first_turns:
            turns = turns[:first_turns]
        if last_fraction < 1 and self.turns:
            start = self.turns[int(len(self.turns) * (1 - last_fraction))]
            turns = [n for n in turns if n >= start]
        what = saying.turns_of(voice, first_turns, last_fraction, self.reader)
        return Stretch(frozenset(turns), what, 0, len(self.stems))

    def _overlaps(self, turn: int, low: int, high: int) -> bool:
        numbers = self._of_turn[turn]
        return self.sentences[numbers[0]].low < high and self.sentences[numbers[-1]].high > low

    def _position(self, turn: int, word: int) -> int:
        """Last position at or before a word of a turn."""
        numbers = self._of_turn[turn]
        low, high = self.sentences[numbers[0]].low, self.sentences[numbers[-1]].high
        return max(low, low + bisect_right(self._word[low:high], word) - 1)

    def searched(self, stretch: Stretch) -> Searched:
        """The stretch as a coach reads it."""
        if stretch not in self._searched:
            turns = tuple(sorted(stretch.turns))
            start = min((self._starts[n] for n in turns if n in self._starts), default=None)
            end = max((self._ends[n] for n in turns if n in self._ends), default=None)
            self._searched[stretch] = Searched(turns, start, end, stretch.what)
        return self._searched[stretch]

    @cached_property
    def _starts(self) -> Mapping[int, float]:
        """First moment of each turn that has one, in seconds."""
        return {n: start for n in self.turns if (start := self.turn(n).start) is not None}

    @cached_property
    def _ends(self) -> Mapping[int, float]:
        """Last moment of each turn that has one, in seconds."""
        return {n: end for n in self.turns if (end := self.turn(n).end) is not None}

    def quote(self, match: Match) -> Evidence:
        """The sentence around a match; of a very long one only the words nearby."""
        sentence = self.sentences[match.sentence]
        if sentence.last - sentence.first < _LONG:
            return self.quote_sentence(match.sentence)
        first = max(sentence.first, self._word[match.first] - _AROUND)
        last = min(sentence.last, self._word[match.last] + _AROUND)
        return quote(self.transcript, sentence.turn, first, last)

    def whole(self, number: int) -> Match:
        """A sentence as a match."""
        sentence = self.sentences[number]
        return Match(sentence.low, max(sentence.low, sentence.high - 1), number)

    def quote_sentence(self, number: int) -> Evidence:
        sentence = self.sentences[number]
        return quote(self.transcript, sentence.turn, sentence.first, sentence.last)

    def content_of_note(self) -> set[str]:
        """Stems that carry meaning in the agent's note, in the language of the call."""
        if self.note is None or self.language is None:
            return set()
        found = (form for word in self.note.split() for form in read(word, self.language).forms)
        return {form.stem for form in found if form.content}

    def next_by(self, voice: Voice, after: int, count: int) -> list[int]:
        """The speaker's next turns after a turn."""
        turns = self.by(voice)
        at = bisect_right(turns, after)
        return turns[at : at + count]

    def previous_by(self, voice: Voice, before: int, count: int) -> list[int]:
        """The speaker's last turns before a turn, in order."""
        turns = self.by(voice)
        at = bisect_left(turns, before)
        return turns[max(0, at - count) : at]


def _is_name(words: Sequence[Word], index: int) -> bool:
    """Whether a capital in the middle of a sentence makes a word a name."""
    return index > 0 and words[index].text[:1].isupper() and words[index - 1].text[-1:] not in ".?!…"


def _without_overlap(found: Iterable[Match]) -> list[Match]:
    kept: list[Match] = []
    for match in sorted(found, key=lambda m: (m.first, -m.last, -m.strength)):
        if not kept or match.first > kept[-1].last:
            kept.append(match)
    return kept


def _guess(turns: Iterable[Turn]) -> Language | None:
    """The language whose function words occur most; None when neither language's do."""
    words = [word.text.lower().strip(".,?!") for turn in turns for word in turn.words]
    shares = {each: _share(words, each) for each in LANGUAGES}
    best = max(LANGUAGES, key=lambda each: shares[each])
    return best if shares[best] >= _LEAST_FUNCTION_WORDS else None


def _share(words: Sequence[str], language: Language) -> float:
    known = language_data(language).function_words
    return sum(word in known for word in words) / len(words) if words else 0.0
