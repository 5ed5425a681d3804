"""The wrap-up that agents otherwise type: why the call took place, what was said of it, what is promised. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from qm.call import Direction, Language, Speaker
from qm.insight.phrases import PhraseIndex
from qm.insight.promises import Promise, promises_of
from qm.insight.reasons import Reason, reason_of
from qm.rubric.reasons import ReasonTree
from qm.signals import Text
from qm.signals.lang import language_data
from qm.transcript import Evidence, quote

_LONG = 28
"""words; of a longer sentence only the first so many are quoted"""
_FIRST_TURNS = 4
"""of the customer, in which they say why they call"""
_LAST_TURNS = 4
"""of the customer, in which they say what they think of the result"""
_SAYS_SOMETHING = 3
"""words with meaning that a sentence needs to be worth quoting"""
_WEIGHTS: Mapping[str, float] = {"completed": 3.0, "summary": 1.5, "refusal": 2.0}
"""what marker sets of the language files tell of a result"""
_PROMISED = 1.5
"""what a promise tells of it"""
_LATE = 0.3
"""part of the call before which nothing is decided"""
_SPEAKERS: Mapping[Language, Mapping[Speaker, str]] = {
    "nl": {Speaker.CUSTOMER: "Klant", Speaker.AGENT: "Medewerker"},
    "en": {Speaker.CUSTOMER: "Customer", Speaker.AGENT: "Agent"},
}


@dataclass(frozen=True, slots=True)
class Summary:
    """The call in at most three quotes."""

    sentence: str
    """the quotes as a reader reads them: "Customer: “…” Agent: “…” "; empty without any"""
    evidence: tuple[Evidence, ...]
    """what the customer calls for, what was done or decided, the customer's last word on it; in this order, as far
    as each was said"""


@dataclass(frozen=True, slots=True)
class WrapUp:
    """What there is to note of a call."""

    reason: Reason
    summary: Summary
    promises: tuple[Promise, ...]
    next_step: Promise | None
    """the promise that is due first; without a dated one, the first of the others"""


def wrap_up(text: Text, tree: ReasonTree, called_at: datetime | None, direction: Direction | None = None) -> WrapUp:
    """The wrap-up of a call, with its summary in the language of the text's reader.

    Args:
        called_at: when the call was; without it, no promise has a moment.
        direction: who called, if that is known.
    """
    reason = reason_of(text, tree, direction)
    promises = promises_of(text, called_at)
    return WrapUp(reason, _summary(text, reason, promises), promises, _next_step(promises))


def _next_step(promises: Sequence[Promise]) -> Promise | None:
    dated = [each for each in promises if each.due is not None]
    timed = [(moment, n) for n, each in enumerate(dated) if (moment := _moment(each)) is not None]
    if timed:
        return dated[min(timed)[1]]
    return next(iter([*dated, *promises]), None)


def _moment(promise: Promise) -> datetime | None:
    assert promise.due is not None
    return promise.due.latest or promise.due.earliest


def _summary(text: Text, reason: Reason, promises: Sequence[Promise]) -> Summary:
    if text.language is None:
        return Summary("", ())
    quotes = [each for each in (_request(text, reason), _result(text, promises), _last_word(text)) if each is not None]
    evidence = tuple(dict.fromkeys(quotes))
    words = _SPEAKERS[text.reader]
    return Summary(" ".join(f"{words[each.speaker]}: “{each.quote}”" for each in evidence), evidence)


def _request(text: Text, reason: Reason) -> Evidence | None:
    """The customer's sentence that says why they call."""
    said = next((each for each in reason.evidence if each.speaker is Speaker.CUSTOMER), None)
    if said is not None:
        return said
    numbers = _sentences(text, text.by("customer")[:_FIRST_TURNS])
    telling = [n for n in numbers if len(_content(text, n)) >= _SAYS_SOMETHING]
    if not telling:
        return None
    assert text.language is not None
    asked = {match.sentence for _, match in _index(text.language).find(text, telling) if _.name == "request"}
    return _quoted(text, max(telling, key=lambda n: (n in asked, len(_content(text, n)), -n)))


def _result(text: Text, promises: Sequence[Promise]) -> Evidence | None:
    """The agent's sentence that says most of what was done, decided or refused; of two, the later one."""
    assert text.language is not None
    late = int(len(text.turns) * _LATE)
    turns = set(text.turns[late:])
    numbers = _sentences(text, [turn for turn in text.by("agent") if turn in turns])
    scores: dict[int, dict[str, float]] = {}
    for entry, match in _index(text.language).find(text, numbers):
        if entry.name in _WEIGHTS and not text.sentences[match.sentence].question:
            scores.setdefault(match.sentence, {})[entry.name] = _WEIGHTS[entry.name]
    for number in _sentences_of(text, promises, turns):
        scores.setdefault(number, {})["promise"] = _PROMISED
    told = {
        n: sum(weights.values()) + min(1.5, len(_content(text, n)) / 6)
        for n, weights in scores.items()
        if len(_content(text, n)) >= _SAYS_SOMETHING
    }
    return _quoted(text, max(told, key=lambda n: (told[n], n))) if told else None


def _sentences_of(text: Text, promises: Sequence[Promise], turns: set[int]) -> list[int]:
    """The sentences in which something is promised."""
    places = {(each.evidence[0].turn, each.evidence[0].first) for each in promises if each.evidence[0].turn in turns}
    return [
        number
        for turn, first in sorted(places)
        for number in text.sentences_of(turn)
        if text.sentences[number].first <= first <= text.sentences[number].last
    ]


def _last_word(text: Text) -> Evidence | None:
    """The customer's last sentence that says something: not a thank you, not a goodbye."""
    assert text.language is not None
    turns = text.by("customer")
    numbers = _sentences(text, turns[max(_FIRST_TURNS, len(turns) - _LAST_TURNS) :])
    judged = {m.sentence for e, m in _index(text.language).find(text, numbers) if e.name in ("solved", "unsolved")}
    for number in reversed(numbers):
        content = _content(text, number)
        if len(content) >= _SAYS_SOMETHING or (number in judged and content):
            return _quoted(text, number)
    return None


def _sentences(text: Text, turns: Iterable[int]) -> list[int]:
    return [number for turn in turns for number in text.sentences_of(turn)]


def _content(text: Text, number: int) -> set[str]:
    sentence = text.sentences[number]
    return text.content(sentence.low, sentence.high)


def _quoted(text: Text, number: int) -> Evidence:
    sentence = text.sentences[number]
    return quote(text.transcript, sentence.turn, sentence.first, min(sentence.last, sentence.first + _LONG - 1))


@cache
def _index(language: Language) -> PhraseIndex:
    markers = language_data(language).markers
    sets = {name: {language: markers[name]} for name in (*_WEIGHTS, "request", "solved", "unsolved")}
    return PhraseIndex(sets, language, frozenset({"unsolved", "refusal"}))
