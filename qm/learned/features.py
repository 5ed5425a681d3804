"""A call as the models see it: what each turn has, and what the whole call has. Pure.

A turn has binary features, each a pair of a place and what stands there:

    ("a", "terug")           a word of the agent; "c" of the customer
    ("a", "bel|terug")       two words in a row
    ("a", "#promise")        a marker set
    ("ca", "kapot")          a word of the customer's turn before this turn of the agent; so "#setback" there
    ("ac>", "#thanks")       a marker set of the customer's turn after it
    ("at", "a:first")        where the turn stands in the call; ("long", "a:3") how long it is

A call has numbers by name: `m:promise:c` marker sets, `f:own_name` findings, `r:empathy:met` what the rules answer,
`n:…` sizes.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from qm.call import Speaker
from qm.signals import Text

TurnFeature = tuple[str, str]

VOICES = {Speaker.AGENT: "a", Speaker.CUSTOMER: "c", Speaker.UNKNOWN: "u"}
_LENGTHS = (3, 6, 11, 21, 41)
"""words of a turn from which it counts as longer"""
_MOST = 3
"""occurrences of a marker set beyond which more say no more"""


def turn_features(text: Text) -> list[list[TurnFeature]]:
    """The features of each turn, in the order of `text.turns`."""
    marked = _marked(text)
    words = [_words(text, turn) for turn in text.turns]
    voices = [VOICES[text.speaker(turn)] for turn in text.turns]
    turns = []
    for at, turn in enumerate(text.turns):
        voice = voices[at]
        own = [(voice, each) for each in dict.fromkeys(words[at])]
        own += [(voice, f"{first}|{second}") for first, second in dict.fromkeys(pairwise(words[at]))]
        own += [(voice, f"#{name}") for name in marked[turn]]
        if at:
            before = voices[at - 1] + voice
            own += [(before, each) for each in dict.fromkeys(words[at - 1])]
            own += [(before, f"#{name}") for name in marked[text.turns[at - 1]]]
        if at + 1 < len(text.turns):
            own += [(f"{voice}{voices[at + 1]}>", f"#{name}") for name in marked[text.turns[at + 1]]]
        own.append(("at", f"{voice}:{_place(at, len(text.turns))}"))
        own.append(("long", f"{voice}:{sum(len(words[at]) >= least for least in _LENGTHS)}"))
        turns.append(own)
    return turns


def _words(text: Text, turn: int) -> Sequence[str]:
    numbers = text.sentences_of(turn)
    return text.words_in(text.sentences[numbers[0]].low, text.sentences[numbers[-1]].high)


def _marked(text: Text) -> Mapping[int, Sequence[str]]:
    """For each turn the marker sets that match in it."""
    marked: dict[int, dict[str, None]] = defaultdict(dict)
    for name, matches in text.marked_by.items():
        for match in matches:
            marked[text.sentences[match.sentence].turn][name] = None
    return defaultdict(tuple, {turn: tuple(names) for turn, names in marked.items()})


def _place(at: int, turns: int) -> str:
    """The first and the last two turns are the greeting and the goodbye; three more open, four more close."""
    if at < 2:
        return "first"
    if at >= turns - 2:
        return "last"
    return "opening" if at < 5 else "closing" if at >= turns - 6 else "middle"


def call_features(text: Text, answers: Iterable[str], findings: Iterable[str]) -> dict[str, float]:
    """The numbers of a call.

    Args:
        answers: `criterion:answer` of the form's rules.
        findings: names of the form's findings that were found.
    """
    counts: dict[str, int] = defaultdict(int)
    for name, matches in text.marked_by.items():
        for match in matches:
            counts[f"m:{name}:{VOICES[text.speaker(text.sentences[match.sentence].turn)]}"] += 1
    values = {key: math.sqrt(min(count, _MOST)) for key, count in counts.items()}
    values |= {f"r:{answer}": 1.0 for answer in answers}
    values |= {f"f:{name}": 1.0 for name in findings}
    return values | _sizes(text)


def _sizes(text: Text) -> dict[str, float]:
    """Sizes, scaled to about 0…1."""
    by = {"a": text.by("agent"), "c": text.by("customer")}
    words = {voice: [len(text.turn(n).words) for n in turns] for voice, turns in by.items()}
    total = sum(words["a"]) + sum(words["c"])
    questions = [text.speaker(each.turn) for each in text.sentences if each.question]
    last = text.turns[-1]
    return {
        f"n:language:{text.language}": 1.0,
        "n:turns": math.log(len(text.turns)) / 4,
        "n:agent_words": math.log1p(sum(words["a"])) / 7,
        "n:customer_words": math.log1p(sum(words["c"])) / 7,
        "n:agent_share": sum(words["a"]) / (total + 1),
        "n:agent_turn": _mean(words["a"]) / 20,
        "n:customer_turn": _mean(words["c"]) / 20,
        "n:agent_questions": questions.count(Speaker.AGENT) / (len(by["a"]) + 1),
        "n:customer_questions": questions.count(Speaker.CUSTOMER) / (len(by["c"]) + 1),
        "n:first_agent_turn": min(words["a"][0], 30) / 30 if words["a"] else 0.0,
        "n:agent_ends": float(text.speaker(last) is Speaker.AGENT),
        "n:last_turn": min(len(text.turn(last).words), 30) / 30,
    }


def _mean(numbers: Sequence[int]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0
