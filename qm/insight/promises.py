"""What the agent says will be done after the call: by whom, in which words, by when. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal

from qm.call import Language
from qm.insight.due import Due, DuePlace, dues_in, may_name_time
from qm.insight.phrases import PhraseIndex, Place, places
from qm.insight.promise_words import WORDS
from qm.signals import Text
from qm.signals.text import Match
from qm.transcript import Evidence, quote

Who = Literal["agent", "organisation", "unnamed"]

_DATED = "_dated"
_OWNERS: dict[str, Who] = {
    "agent": "agent",
    "agent_dated": "agent",
    "organisation": "organisation",
    "organisation_dated": "organisation",
    "unnamed": "unnamed",
}
_SURE = tuple(name for name in _OWNERS if not name.endswith(_DATED))
_CONTEXT = ("none", "vague")
_LONG = 28
"""words; of a longer sentence only those around the promise are quoted"""
_AROUND = 8
_APART = 3
"""words between two promises of one sentence; closer, they are one"""
_FAR = 14
"""words between a promise and its time in one sentence"""
_STRETCH = 400
"""words of a sentence that are looked at together; without punctuation a turn is one sentence"""
_ASIDE = 8
"""words of a neighbouring sentence that is the promise's time: "Thursday, before noon." """


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that somebody on the organisation's side will do."""

    who: Who
    """the first person is the agent; we, a colleague, the engineer the organisation; "someone" and the passive are
    unnamed"""
    action: str
    """the words that say what, as quoted in the evidence"""
    due: Due | None
    vague: bool
    """nobody can be held to it: no time, or one with "perhaps" or "as soon as possible" """
    evidence: tuple[Evidence, ...]
    """the words of the promise, then those of its time when they stand in another sentence"""


@dataclass(frozen=True, slots=True)
class _Said:
    """A promise found in a sentence; words are numbered in the turn."""

    name: str
    match: Match
    first: int
    last: int
    vague: bool


def promises_of(text: Text, called_at: datetime | None) -> tuple[Promise, ...]:
    """What the agent promises, in order; nothing when it is unknown who speaks.

    Args:
        called_at: when the call was, for the days that "morgen" and "vrijdag" are.
    """
    if text.language is None:
        return ()
    numbers = [n for turn in text.by("agent") for n in text.sentences_of(turn)]
    # Without question marks a whole turn is one sentence, and how it begins says little of the rest.
    statements = [n for n in numbers if not (text.marked and text.sentences[n].question)]
    timed = {number for number in statements if _may_name_time(text, number)}
    found: dict[int, list[tuple[str, Match]]] = defaultdict(list)
    for names, where in ((tuple(_OWNERS), timed), (_SURE, set(statements) - timed)):
        for entry, match in _index(text.language, names).find(text, sorted(where)):
            found[match.sentence].append((entry.name, match))
    dues = {number: _dues(text, number, called_at) for number in found}
    worth = sorted(n for n, matches in found.items() if dues[n] or any(name in _SURE for name, _ in matches))
    for entry, match in _index(text.language, _CONTEXT).find(text, worth):
        found[match.sentence].append((entry.name, match))
    return tuple(
        promise for number in worth for promise in _of_sentence(text, number, found[number], dues[number], called_at)
    )


@cache
def _index(language: Language, names: tuple[str, ...]) -> PhraseIndex:
    return PhraseIndex({name: WORDS[name] for name in names}, language, frozenset(_CONTEXT))


def _of_sentence(
    text: Text,
    number: int,
    matches: Sequence[tuple[str, Match]],
    dues: Sequence[DuePlace],
    called_at: datetime | None,
) -> list[Promise]:
    low = text.sentences[number].low
    where = places(text, number)
    kept: list[tuple[_Said, DuePlace | None]] = []
    for stretch in sorted({(match.first - low) // _STRETCH for _, match in matches}):
        first, last = stretch * _STRETCH, min((stretch + 1) * _STRETCH, len(where)) - 1
        within = [(name, match) for name, match in matches if first <= match.first - low <= last]
        near = [each for each in dues if where[first].word <= each.first <= where[last].word]
        kept += _kept(_said(within, where, low), near)
    following = [*(said for said, _ in kept[1:]), None]
    return [
        _promise(text, number, said, due, following=after, called_at=called_at)
        for (said, due), after in zip(kept, following, strict=False)
    ]


def _kept(said: Sequence[_Said], dues: Sequence[DuePlace]) -> list[tuple[_Said, DuePlace | None]]:
    """The promises that count, with their times: the sure ones, and of the others those that a time makes sure."""
    sure = _apart([each for each in said if not each.name.endswith(_DATED)])
    taken = [_nearest(each, dues) for each in sure]
    free = [due for due in dues if due not in taken and not due.at_once]
    dated = [each for each in said if each.name.endswith(_DATED) and _nearest(each, free)]
    kept = _apart(sorted(sure + _one_each(dated, free), key=lambda each: each.first), sure)
    return [(each, _nearest(each, dues)) for each in kept]


def _said(matches: Sequence[tuple[str, Match]], where: Sequence[Place], low: int) -> list[_Said]:
    """The promises among the matches, in order; without those that are none.

    Args:
        low: the position of the sentence's first word.
    """
    none = [match for name, match in matches if name == "none"]
    vague = [match for name, match in matches if name == "vague"]
    said = [
        _Said(name, match, first, last, any(_is_near(match, each, where, low) for each in vague))
        for name, match in matches
        for first, last in [(where[match.first - low].word, where[match.last - low].word)]
        if name in _OWNERS and not any(each.first <= match.first + 1 and match.first <= each.last for each in none)
    ]
    return sorted(said, key=lambda each: (each.first, each.name.endswith(_DATED), -each.last, each.name))


def _is_near(match: Match, other: Match, where: Sequence[Place], low: int) -> bool:
    return abs(where[match.first - low].clause - where[other.first - low].clause) <= 1 and (
        abs(match.first - other.first) <= _FAR
    )


def _dues(text: Text, number: int, called_at: datetime | None) -> list[DuePlace]:
    """The times named in a sentence; words are numbered in the turn."""
    assert text.language is not None
    sentence = text.sentences[number]
    if not _may_name_time(text, number):
        return []
    words = [word.text for word in text.turn(sentence.turn).words[sentence.first : sentence.last + 1]]
    return [
        DuePlace(each.due, each.first + sentence.first, each.last + sentence.first, each.at_once)
        for each in dues_in(words, text.language, called_at)
    ]


def _may_name_time(text: Text, number: int) -> bool:
    assert text.language is not None
    sentence = text.sentences[number]
    return may_name_time(text.plain[sentence.low : sentence.high], text.language)


def _nearest(said: _Said, dues: Sequence[DuePlace]) -> DuePlace | None:
    """The time that stands nearest to a promise; "now" only when there is no other."""
    near = [(each.at_once, _distance(said, each), each.first, each) for each in dues]
    return min((each for each in near if each[1] <= _FAR), key=lambda each: each[:3], default=(0, 0, 0, None))[3]


def _distance(said: _Said, due: DuePlace) -> int:
    if due.first > said.last:
        return due.first - said.last
    return max(0, said.first - due.last)


def _apart(said: Sequence[_Said], always: Sequence[_Said] = ()) -> list[_Said]:
    """Of those that overlap or stand close together the first, or one of `always`."""
    kept: list[_Said] = []
    for each in said:
        if kept and each.first <= kept[-1].last + _APART:
            if each in always and kept[-1] not in always:
                kept[-1] = each
            continue
        kept.append(each)
    return kept


def _one_each(said: Sequence[_Said], dues: Sequence[DuePlace]) -> list[_Said]:
    """For each time the promise that stands nearest to it."""
    nearest = [
        min((each for each in said if _nearest(each, dues) is due), key=lambda each: _distance(each, due), default=None)
        for due in dues
    ]
    return [each for each in nearest if each is not None]


def _promise(  # noqa: PLR0913  what is known of one promise
    text: Text,
    number: int,
    said: _Said,
    due: DuePlace | None,
    *,
    following: _Said | None,
    called_at: datetime | None,
) -> Promise:
    sentence = text.sentences[number]
    end = following.first - 1 if following else sentence.last
    first, last = sentence.first, sentence.last
    if last - first >= _LONG:
        first = max(first, said.first - _AROUND)
        last = min(last, end, said.last + 2 * _AROUND)
        if due is not None:
            first, last = min(first, due.first), max(last, due.last)
    evidence = [quote(text.transcript, sentence.turn, first, last)]
    action = quote(text.transcript, sentence.turn, said.first, max(said.last, min(last, end))).quote
    if due is None or due.at_once:
        aside = _aside(text, number, called_at)
        if aside is not None:
            due, place = aside
            evidence.append(place)
    vague = due is None or said.vague
    return Promise(_OWNERS[said.name], action.rstrip(" ,;"), due.due if due else None, vague, tuple(evidence))


def _aside(text: Text, number: int, called_at: datetime | None) -> tuple[DuePlace, Evidence] | None:
    """The time of a promise in a short sentence beside it: "Thursday, before noon." """
    turn = text.sentences[number].turn
    for beside in (number + 1, number - 1):
        if not 0 <= beside < len(text.sentences) or text.sentences[beside].turn != turn:
            continue
        sentence = text.sentences[beside]
        if sentence.question or sentence.last - sentence.first >= _ASIDE:
            continue
        dues = [each for each in _dues(text, beside, called_at) if not each.at_once]
        if dues:
            return dues[0], text.quote_sentence(beside)
    return None
