"""Why somebody called: the reason of the tree that most is said for, early in the call. Pure.

Each phrase of a reason counts once, where it counts most: in the customer's first words more than later ones, in a
marker more than in a hint; what the agent says back counts half. In an outbound call it is the agent who says why.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from qm.call import Direction, Language, Speaker
from qm.insight.phrases import PhraseIndex
from qm.rubric.reasons import OTHER, ContactReason, ReasonTree
from qm.signals import Phrases, Text
from qm.signals.text import Match
from qm.transcript import Evidence

_MARKER = 3.0
_HINT = 1.0
_HINTS = " hints"
"""after a path: the set of its hints; no path has a space"""
_ENOUGH = 0.9
"""score below which the reason is "other" """
_BY_TURN = (1.0, 0.9, 0.7, 0.55, 0.45, 0.35, 0.3, 0.25, 0.2, 0.2, 0.15, 0.15)
"""what words count in a speaker's first, second … turn that says something"""
_SAID_BACK = 0.5
"""what the agent's words count beside the customer's, where the customer called"""
_LONGEST = 60
"""words of a turn that count; people who talk on say why they call before that"""
_SHORTEST = 3
"""words of a turn below which it says nothing"""
_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the call took place."""

    path: str
    """in the tree, or "other" """
    confidence: float
    """0…1: how much more is said for it than for the next"""
    evidence: tuple[Evidence, ...]
    """the sentences that say so, those that count most first; none for "other" """
    runner_up: str | None
    """path of the next likely reason, if anything is said for one"""


NO_REASON = Reason(OTHER, 0.0, (), None)


@dataclass(slots=True)
class _Case:
    """What is said for one reason."""

    score: float
    matches: list[tuple[float, Match]]


def reason_of(text: Text, tree: ReasonTree, direction: Direction | None = None) -> Reason:
    """The reason for contact.

    Args:
        direction: who called; unknown, it is told from who says first why.
    """
    if text.language is None or not text.stems:
        return NO_REASON
    cases = _cases(text, tree, text.language, direction)
    ranked = sorted(cases, key=lambda path: (-cases[path].score, path))
    if not ranked or cases[ranked[0]].score < _ENOUGH:
        return Reason(OTHER, _confidence_of_other(text, cases, ranked), (), ranked[0] if ranked else None)
    best, *others = ranked
    runner_up = next((path for path in others if cases[path].score > 0), None)
    margin = cases[best].score - (cases[runner_up].score if runner_up else 0.0)
    confidence = round(min(0.95, 0.25 + 0.1 * margin), 2)
    return Reason(best, confidence, _quotes(text, cases[best]), runner_up)


def _confidence_of_other(text: Text, cases: Mapping[str, _Case], ranked: list[str]) -> float:
    """Low: that nothing is found may be the tree's fault; lower when little is said, or something is."""
    spoken = min(1.0, len(text.stems) / 100)
    said_for_another = cases[ranked[0]].score / _ENOUGH if ranked else 0.0
    return round(0.4 * spoken * (1 - 0.5 * said_for_another), 2)


def _quotes(text: Text, case: _Case) -> tuple[Evidence, ...]:
    matches = {match.sentence: match for _, match in sorted(case.matches, key=lambda each: each[0])}
    strongest = sorted(case.matches, key=lambda each: (-each[0], each[1].sentence))
    numbers = dict.fromkeys(match.sentence for _, match in strongest)
    return tuple(text.quote(matches[number]) for number in islice(numbers, _QUOTES))


def _cases(text: Text, tree: ReasonTree, language: Language, direction: Direction | None) -> dict[str, _Case]:
    index = _index(tree, language)
    best: dict[tuple[str, int], tuple[float, Match]] = {}
    for weight, sentences, limit in _stretches(text, direction):
        for entry, match in index.find(text, sentences):
            if match.first >= limit:
                continue
            key = entry.name, entry.number
            value = weight * (_HINT if entry.name.endswith(_HINTS) else _MARKER)
            if key not in best or best[key][0] < value:
                best[key] = value, match
    own: dict[str, _Case] = defaultdict(lambda: _Case(0.0, []))
    for (name, _), (value, match) in best.items():
        case = own[name.removesuffix(_HINTS)]
        case.score += value
        case.matches.append((value, match))
    return _with_what_is_said_above(own)


def _with_what_is_said_above(own: Mapping[str, _Case]) -> dict[str, _Case]:
    """What is said for a reason is said for those below it that have something said for themselves."""
    joined: dict[str, _Case] = {}
    for path, case in own.items():
        above = [own[each] for each in _above(path) if each in own]
        joined[path] = _Case(
            case.score + sum(each.score for each in above), case.matches + [m for each in above for m in each.matches]
        )
    return joined


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _stretches(text: Text, direction: Direction | None) -> Iterator[tuple[float, range, int]]:
    """What is listened to: how much it counts, the sentences, and the position where it ends."""
    for speaker, share in _shares(direction):
        turns = (n for n in text.turns if text.speaker(n) is speaker and len(text.turn(n).words) >= _SHORTEST)
        for weight, turn in zip(_BY_TURN, turns, strict=False):
            numbers = text.sentences_of(turn)
            low = text.sentences[numbers[0]].low
            yield weight * share, range(numbers[0], numbers[-1] + 1), low + _LONGEST


def _shares(direction: Direction | None) -> tuple[tuple[Speaker, float], ...]:
    agent = 1.0 if direction is Direction.OUTBOUND else _SAID_BACK
    customer = _SAID_BACK if direction is Direction.OUTBOUND else 1.0
    return (Speaker.CUSTOMER, customer), (Speaker.AGENT, agent), (Speaker.UNKNOWN, _SAID_BACK)


@lru_cache(maxsize=64)
def _index(tree: ReasonTree, language: Language) -> PhraseIndex:
    sets: dict[str, Phrases] = {}
    for each in tree.walk():
        sets |= _sets(each)
    return PhraseIndex(sets, language, frozenset(name for name in sets if name.endswith(_HINTS)))


def _sets(reason: ContactReason) -> dict[str, Phrases]:
    return {reason.path: reason.markers, reason.path + _HINTS: reason.hints}
