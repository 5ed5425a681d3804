"""The weights of one form's models, and what they say of a call.

Two steps. A linear model scores each turn for what it shows: `empathy:met`, `empathy:not_met`, … The best turns'
scores, beside the numbers of the call, go into one multinomial logistic regression per criterion and one for the
outcome. So an opinion knows the turns that it rests on. Weights are kept as whole thousandths.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qm.learned.features import TurnFeature

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.floating]

FORMAT = 1
BEST = 3
"""turns whose mean score counts beside the best one's"""
SHOWN_FROM, STEEPNESS = 1.0, 3.0
"""a turn counts as showing a thing from about this score on, in spreads of what is shown; found by leaving hands out"""
SHOWN = 2
"""turns quoted for an opinion"""
_LEAST = 0.25
"""of the best turn's score, from which a second one is quoted, too"""
_LARGEST = 1e9
"""of a file's numbers: far beyond any weight, and sums of such are numbers still"""
_TEMPERATURES = (0.01, 100.0)


class ModelError(ValueError):
    """The file of a model cannot be used; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the models say of one criterion, or of the outcome."""

    probabilities: Mapping[str, float]
    """by answer; calibrated, they add up to 1"""
    turns: tuple[int, ...]
    """positions, among the turns that count, of those that show the likeliest answer, the strongest first; none for
    an absence"""

    @property
    def answer(self) -> str:
        return max(self.probabilities, key=lambda answer: self.probabilities[answer])

    @property
    def probability(self) -> float:
        """Of the answer."""
        return max(self.probabilities.values())


@dataclass(frozen=True)
class TurnModel:
    """Scores of a turn for each thing it may show."""

    shows: tuple[str, ...]
    """`criterion:answer`, or another thing that labels name, such as `promise:dated`"""
    bias: tuple[float, ...]
    weights: Mapping[TurnFeature, Mapping[int, float]]
    """by feature; by position in `shows`, those that are not 0"""

    @cached_property
    def _rows(self) -> tuple[Mapping[TurnFeature, int], "Array"]:
        """The row of each feature; the first row is the bias, which every turn has."""
        import numpy as np  # not by the process that forks workers: it starts threads

        rows = np.zeros((len(self.weights) + 1, len(self.shows)), dtype=np.float32)
        rows[0] = self.bias
        for at, weights in enumerate(self.weights.values(), start=1):
            for column, weight in weights.items():
                rows[at, column] = weight
        return {feature: at for at, feature in enumerate(self.weights, start=1)}, rows

    def weight(self, feature: TurnFeature, what: str) -> float:
        """How much a feature speaks for what a turn may show; 0 when it is not known."""
        return self.weights.get(feature, {}).get(self.shows.index(what), 0.0) if what in self.shows else 0.0

    def scores(self, turns: Sequence[Sequence[TurnFeature]]) -> "Array":
        """A row for each turn, a column for each thing it may show."""
        import numpy as np

        places, rows = self._rows
        known: list[int] = []
        starts = []
        for features in turns:
            starts.append(len(known))
            known.append(0)
            known += [place for feature in features if (place := places.get(feature)) is not None]
        return np.add.reduceat(rows[known], starts, axis=0)


@dataclass(frozen=True, slots=True)
class CallModel:
    """One target's logistic regression over the call's numbers and its best turns."""

    answers: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]
    """by name of a number, one for each answer; `t:empathy:met` is the best turn's score, `b:empathy:met` the mean of
    the best three"""
    temperature: float
    """over 1: scores are drawn closer together, because they were found too sure of themselves"""

    def probabilities(self, scores: Sequence[float]) -> dict[str, float]:
        """By answer, from what its weights add up to."""
        chances = softmax([(score + bias) / self.temperature for score, bias in zip(scores, self.bias, strict=True)])
        return dict(zip(self.answers, chances, strict=True))


@dataclass(frozen=True)
class Learned:
    """A form's models."""

    form: str
    definitions: Mapping[str, str]
    """by target, the hash of the definition that was learned; a criterion that was redefined is left to the rules"""
    provenance: Mapping[str, Any]
    """what it was made of: how many calls and hands, in which languages, a hash of what they say and of their labels,
    the form's title, the version of scikit-learn"""
    turns: TurnModel
    calls: Mapping[str, CallModel]

    def opinions(self, turns: Sequence[Sequence[TurnFeature]], numbers: Mapping[str, float]) -> dict[str, Opinion]:
        """What the models say of a call with at least one turn."""
        scores = self.turns.scores(turns)
        said = self._probabilities({**numbers, **best_turns(self.turns.shows, scores)})
        return {target: self._opinion(target, probabilities, scores) for target, probabilities in said.items()}

    @property
    def shortest(self) -> int:
        """Turns of the shortest call that was learned from; 0 when that is not known."""
        shortest = self.provenance.get("shortest", 0)
        return shortest if isinstance(shortest, int) else 0

    @cached_property
    def _columns(self) -> tuple[Mapping[str, int], "Array"]:
        """The place of each number, and the weights of all calls' models beside each other."""
        import numpy as np

        names = sorted({name for model in self.calls.values() for name in model.weights})
        beside = []
        for model in self.calls.values():
            nothing = (0.0,) * len(model.answers)
            weights = [model.weights.get(name, nothing) for name in names]
            beside.append(np.array(weights, dtype=np.float32).reshape(len(names), len(model.answers)))
        return {name: at for at, name in enumerate(names)}, np.hstack(beside)

    def _probabilities(self, numbers: Mapping[str, float]) -> dict[str, dict[str, float]]:
        import numpy as np

        places, weights = self._columns
        known = [(places[name], value) for name, value in numbers.items() if name in places]
        values = np.array([value for _, value in known], dtype=np.float32)
        rows = weights[np.array([at for at, _ in known], dtype=np.intp)]
        scores = (values @ rows).tolist()
        said, first = {}, 0
        for target, model in self.calls.items():
            last = first + len(model.answers)
            said[target] = model.probabilities(scores[first:last])
            first = last
        return said

    def _opinion(self, target: str, probabilities: Mapping[str, float], scores: "Array") -> Opinion:
        answer = max(probabilities, key=lambda each: probabilities[each])
        return Opinion(probabilities, self._showing(f"{target}:{answer}", scores))

    def _showing(self, what: str, scores: "Array") -> tuple[int, ...]:
        if what not in self.turns.shows:
            return ()
        column = scores[:, self.turns.shows.index(what)]
        best = sorted(range(len(column)), key=lambda at: (-column[at], at))[:SHOWN]
        return tuple(at for at in best if column[at] > max(0.0, _LEAST * column[best[0]]))


def best_turns(shows: Sequence[str], scores: "Array") -> dict[str, float]:
    """What the turns come to, for each thing that a turn may show.

    `t:` the best turn's score, `b:` the mean of the best three, `l:` the best of the last third of the call, `c:`
    about how many turns show it.
    """
    import numpy as np

    best = -np.sort(-scores, axis=0)[:BEST]
    last = scores[-max(BEST, len(scores) // 3) :].max(axis=0)
    away = np.clip(STEEPNESS * (SHOWN_FROM - scores), -30, 30)  # beyond that nothing changes, and exp overflows
    count = (1 / (1 + np.exp(away))).sum(axis=0)
    sums = {"t": best[0], "b": best.mean(axis=0), "l": last, "c": count}
    return {f"{kind}:{name}": float(values[at]) for kind, values in sums.items() for at, name in enumerate(shows)}


def softmax(scores: Sequence[float]) -> list[float]:
    """Scores as probabilities."""
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    return [power / sum(powers) for power in powers]


# -- files --------------------------------------------------------------------------------------------


def from_json(raw: Any) -> Learned:
    """The models of a file's content.

    Raises:
        ModelError: it is no such file, of another format, or holds what cannot be reckoned with.
    """
    try:
        if _mapping(raw, "its content")["format"] != FORMAT:
            raise ModelError(f"it has format {raw['format']}, this qm reads {FORMAT}")
        models = Learned(
            form=_text(raw["form"], "the form"),
            definitions=_definitions(raw["definitions"]),
            provenance=_mapping(raw["provenance"], "the provenance"),
            turns=_turn_model(_mapping(raw["turns"], "the model of turns")),
            calls={name: _call_model(name, each) for name, each in _mapping(raw["calls"], "the models").items()},
        )
    except KeyError as error:
        raise ModelError(f"it is not a file of learned models: {error} is missing") from error
    if not models.calls:
        raise ModelError("it has no model of any criterion")
    return models


def _definitions(raw: Any) -> dict[str, str]:
    return {name: _text(each, "a definition") for name, each in _mapping(raw, "the definitions").items()}


def _turn_model(raw: Mapping[str, Any]) -> TurnModel:
    shows = _names(raw["shows"], "what turns show")
    weights = {
        (place, said): _columns(entry, len(shows), f"'{place} {said}'")
        for place, words in _mapping(raw["weights"], "the weights of turns").items()
        for said, entry in _mapping(words, f"the weights of '{place}'").items()
    }
    return TurnModel(shows, _weights(raw["bias"], len(shows), "the model of turns"), weights)


def _call_model(name: str, content: Any) -> CallModel:
    whose = f"the model of '{name}'"
    raw = _mapping(content, whose)
    answers = _names(raw["answers"], f"the answers of {whose}")
    if len(answers) < 2:
        raise ModelError(f"{whose} has fewer than two answers")
    weights = _mapping(raw["weights"], f"the weights of {whose}")
    temperature = raw["temperature"]
    if not _is_number(temperature) or not _TEMPERATURES[0] <= temperature <= _TEMPERATURES[1]:
        raise ModelError(f"{whose} has the temperature {temperature!r}, not one from 0.01 to 100")
    return CallModel(
        answers,
        _weights(raw["bias"], len(answers), whose),
        {key: _weights(each, len(answers), whose) for key, each in weights.items()},
        float(temperature),
    )


def _columns(entry: Any, columns: int, whose: str) -> dict[int, float]:
    """Weights by column: the columns, and a weight for each."""
    if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], list):
        raise ModelError(f"{whose} has no pair of columns and weights")
    places, values = entry
    if not all(type(at) is int and 0 <= at < columns for at in places) or len(set(places)) < len(places):
        raise ModelError(f"{whose} has a weight for something that no turn shows, or two for the same")
    return dict(zip(places, _weights(values, len(places), whose), strict=True))


def _weights(raw: Any, number: int, whose: str) -> tuple[float, ...]:
    """So many whole thousandths as numbers."""
    if not isinstance(raw, list) or len(raw) != number:
        raise ModelError(f"{whose} has not one weight for each answer")
    if not all(map(_is_number, raw)):
        raise ModelError(f"{whose} has a weight that is no number")
    return tuple(each / 1000 for each in raw)


def _is_number(value: Any) -> bool:
    """Whether it can be reckoned with: not infinite, not "not a number"."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST <= value <= _LARGEST


def _names(raw: Any, what: str) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw) or len(set(raw)) < len(raw):
        raise ModelError(f"{what} is no list of different texts")
    return tuple(raw)


def _mapping(raw: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise ModelError(f"{what} is no mapping from names")
    return raw


def _text(raw: Any, what: str) -> str:
    if not isinstance(raw, str):
        raise ModelError(f"{what} is no text")
    return raw


def to_json(models: Learned) -> dict[str, Any]:
    """The content of a file; `from_json` reads it back."""
    places: dict[str, dict[str, list[list[int]]]] = {}
    for place, said in sorted(models.turns.weights):
        kept = {at: _thousandths(w) for at, w in models.turns.weights[place, said].items() if _thousandths(w)}
        if kept:
            places.setdefault(place, {})[said] = [list(kept), list(kept.values())]
    return {
        "format": FORMAT,
        "form": models.form,
        "definitions": dict(models.definitions),
        "provenance": dict(models.provenance),
        "calls": {
            name: {
                "answers": list(model.answers),
                "bias": [_thousandths(each) for each in model.bias],
                "temperature": round(model.temperature, 3),
                "weights": {
                    key: [_thousandths(each) for each in model.weights[key]]
                    for key in sorted(model.weights)
                    if any(_thousandths(each) for each in model.weights[key])
                },
            }
            for name, model in models.calls.items()
        },
        "turns": {
            "shows": list(models.turns.shows),
            "bias": [_thousandths(each) for each in models.turns.bias],
            "weights": places,
        },
    }


def _thousandths(weight: float) -> int:
    return round(1000 * weight)
