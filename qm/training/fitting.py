"""Fit a form's models to labelled calls. Seeded: the same calls give the same models. Needs scikit-learn.

1. Each turn is scored for what it shows, by ridge regression on the turns that the labels name. Every call is seen
   three times: as written, and twice with times as a recogniser gives it: without punctuation, and with words misheard.
2. Calls are scored by models of turns that never saw their hand (the writer), so that the second step learns from
   honest scores, and how sure it may be.
3. One logistic regression per criterion, and one for the outcome, over the best turns and the call's numbers. How
   well it does is told by leaving each hand out once more: the scores that it then learns from are the same, and
   those of the other hands' calls come from models of turns that saw this one.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn import __version__ as sklearn_version
from sklearn.linear_model import LogisticRegression, Ridge

from qm.errors import FormError
from qm.evaluation import OUTCOME, Verdict
from qm.learned import Learned, TurnFeature, call_features, turn_features
from qm.learned.model import CallModel, TurnModel, best_turns, softmax
from qm.rubric import EvaluationForm, definition_hash
from qm.scoring.rules import RuleBook
from qm.signals import Text
from qm.training.corpus import LabelledCall, label_of
from qm.training.noise import misheard, plain, timed
from qm.transcript import Transcript

Array = NDArray[np.float64]

NOISE = 0.12
"""of the words misheard in the third copy of a call"""
LEAST_TURNS = 4
"""in which a feature must stand to be known"""
LEAST_COPIES = 4
"""of calls in which a number must stand to be known"""
RIDGE = 120.0
"""regularisation of the turns' scores; found by leaving hands out"""
COST = 0.01
"""C of the calls' logistic regression; found by leaving hands out"""
OWN, OTHER = 1.5, 0.5
"""scale of the scores for the criterion itself, and for the other criteria; found by leaving hands out"""
OUTCOMES = 1.0
"""scale of all criteria's scores for the outcome"""
PRUNED = 0.003
"""weights of turns smaller than this are left out: they change no verdict, and most of the file would be theirs"""
MARKED = (Verdict.MET, Verdict.PARTLY_MET, Verdict.NOT_MET)
SUMS = ("t", "b", "l", "c")
"""what turns come to in `best_turns`; numbers of other kinds keep their scale"""
SCALES = {1: 1.0, 2: 0.5, 3: 0.5}
"""of a turn's features by the length of their place: its own, the turn before, the turn after"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One copy of a labelled call, as the models see it."""

    call: LabelledCall
    turns: list[list[TurnFeature]]
    numbers: Mapping[str, float]
    exact: bool
    """as written; not a copy made worse"""


@dataclass(frozen=True, slots=True)
class Held:
    """What models say of a call when its hand is left out."""

    call: LabelledCall
    probabilities: Mapping[str, Mapping[str, float]]
    """by target and answer; without the targets of which the other hands have no two different labels"""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A form's models and how they do."""

    models: Learned
    held: tuple[Held, ...]
    skipped: Mapping[str, str]
    """by target, why it has no model"""


READ, LEARNED = 0.25, 0.7
"""parts of the whole time at which the calls are read, and what turns show is learned"""
Progress = Callable[[str, float], None]
"""called with what is done, and the part of the whole, 0…1"""


def fit(form: EvaluationForm, calls: Sequence[LabelledCall], progress: Progress) -> Fitted:
    """Models for a form's criteria and outcome, and what they say of each call when its hand is left out.

    Raises:
        FormError: the calls are too few, of one hand, or have no two different labels for anything.
    """
    targets, skipped = _targets(form, calls)
    hands = _hands(calls)
    seen = [copy for at, call in enumerate(calls) for copy in _copies(call, form, at, len(calls), progress)]
    matrix = _TurnMatrix(seen, _shows([*targets, *skipped], calls))
    done, steps = count(), (len(hands) + 1) * len(matrix.shows)

    def each_step() -> None:
        progress("learning what turns show", READ + (LEARNED - READ) * next(done) / steps)

    owners = np.array([each.call.hand for each in seen])
    honest: list[Array] = [np.empty((0, 0))] * len(seen)
    for hand in hands:
        model = matrix.fitted(owners != hand, each_step)
        for n in np.flatnonzero(owners == hand):
            honest[n] = model.scores(seen[n].turns).astype(float)
    turns = matrix.fitted(owners != "", each_step)
    numbers = [{**each.numbers, **best_turns(matrix.shows, scores)} for each, scores in zip(seen, honest, strict=True)]
    models, held = _fit_calls(targets, seen, numbers, progress)
    learned = Learned(form.id, definitions(form), _provenance(form, calls), turns, models)
    return Fitted(learned, tuple(held), skipped)


def _hands(calls: Sequence[LabelledCall]) -> list[str]:
    hands = sorted({call.hand for call in calls})
    if len(hands) < 2:
        files = f"{calls[0].id}.yaml and the others" if len(calls) > 1 else f"{calls[0].id}.yaml"
        what = f"all calls are of one hand, '{hands[0]}', and models are tried on hands that they never saw"
        raise FormError(f"{files}: {what}; add calls of another hand, which is the middle of their id")
    return hands


def definitions(form: EvaluationForm) -> dict[str, str]:
    """The hash of each target's definition."""
    return {each.id: definition_hash(each.definition) for each in form.criteria} | {OUTCOME: definition_hash({})}


def see(transcript: Transcript, form: EvaluationForm) -> tuple[list[list[TurnFeature]], dict[str, float]]:
    """A transcript as the models see it: features of its turns, and the call's numbers."""
    rules = RuleBook(Text(transcript, form.brand), form)
    return turn_features(rules.text), call_features(rules.text, rules.answers(), rules.found())


def _copies(call: LabelledCall, form: EvaluationForm, at: int, of: int, progress: Progress) -> Iterable[Seen]:
    progress("reading calls", READ * at / of)
    said = call.transcript
    for exact, copy in ((True, said), (False, timed(plain(said))), (False, timed(misheard(said, NOISE, call.id)))):
        yield Seen(call, *see(copy, form), exact)


def _targets(form: EvaluationForm, calls: Sequence[LabelledCall]) -> tuple[list[str], dict[str, str]]:
    """What the labels tell something of; and what not, and why not."""
    if not calls:
        raise FormError(f"{form.id}: there are no labelled calls to learn from; name a folder that has some")
    all_targets = [each.id for each in form.criteria] + ([OUTCOME] if form.outcome else [])
    skipped = {}
    for target in all_targets:
        labels = {label for call in calls if (label := label_of(call, target)) is not None}
        if len(labels) < 2:
            skipped[target] = f"every label is {labels.pop()}" if labels else "it has no labels"
    targets = [each for each in all_targets if each not in skipped]
    if not targets:
        what = f"the calls have no two different labels for {', '.join(all_targets)}"
        raise FormError(f"{form.id}: {what}; label more calls by this form (the first is {calls[0].id}.yaml)")
    return targets, skipped


# -- turns --------------------------------------------------------------------------------------------


def _shows(targets: Iterable[str], calls: Sequence[LabelledCall]) -> tuple[str, ...]:
    """What a turn may show: a criterion's verdict that labels give turns for; a promise; a life event."""
    shown = {f"{t}:{c.verdicts[t].verdict}" for c in calls for t in c.verdicts if c.verdicts[t].turns}
    wanted = [f"{target}:{verdict}" for target in targets for verdict in MARKED]
    return (*(each for each in wanted if each in shown), "promise:dated", "promise:undated", "life_event:told")


def _shown(call: LabelledCall) -> Iterable[tuple[int, str]]:
    """Each turn with what it shows."""
    for target, label in call.verdicts.items():
        if label.verdict in MARKED:
            yield from ((turn, f"{target}:{label.verdict}") for turn in label.turns)
    for promise in call.promises:
        yield promise.turn, f"promise:{'dated' if promise.when else 'undated'}"
    for event in call.life_events:
        yield event.turn, "life_event:told"


class _TurnMatrix:
    """All turns of all copies: features, and what the labels say they show."""

    def __init__(self, seen: Sequence[Seen], shows: tuple[str, ...]) -> None:
        self.shows = shows
        counts = Counter(feature for each in seen if each.exact for turn in each.turns for feature in turn)
        self.features = [feature for feature, count in sorted(counts.items()) if count >= LEAST_TURNS]
        if not self.features:
            what = f"no word stands in {LEAST_TURNS} turns of these calls"
            raise FormError(f"{seen[0].call.id}.yaml and the others: {what}; add more calls to learn from")
        self.owner = np.array([at for at, each in enumerate(seen) for _ in each.turns])
        self.counts = np.array([each.call.weight for each in seen])[self.owner]
        self.x = self._inputs(seen)
        self.y = np.zeros((len(self.owner), len(shows)))
        first = 0
        for each in seen:
            for turn, what in _shown(each.call):
                if what in shows:
                    self.y[first + turn, shows.index(what)] = 1.0
            first += len(each.turns)

    def _inputs(self, seen: Sequence[Seen]) -> sparse.csr_matrix:
        places = {feature: at for at, feature in enumerate(self.features)}
        rows, columns = [], []
        for row, turn in enumerate(chain.from_iterable(each.turns for each in seen)):
            known = [places[feature] for feature in turn if feature in places]
            columns += known
            rows += [row] * len(known)
        values = np.array([SCALES[min(3, len(self.features[at][0]))] for at in columns])
        return sparse.csr_matrix((values, (rows, columns)), shape=(len(self.owner), len(self.features)))

    def fitted(self, copies: NDArray[np.bool_], each_step: Callable[[], None]) -> TurnModel:
        """Ridge regression over the turns of some copies; scores are in spreads of what is shown.

        Args:
            each_step: called before each thing that a turn may show.
        """
        turns = copies[self.owner]
        x, y, counts = self.x[turns], self.y[turns], self.counts[turns]
        spread = self.y.std(axis=0) + 1e-9
        weights, bias = np.zeros((len(self.features), len(self.shows))), np.zeros(len(self.shows))
        for at in range(len(self.shows)):
            each_step()
            # From zero by conjugate gradients: a fixed number of steps gives the same result every time.
            ridge = Ridge(alpha=RIDGE, solver="sparse_cg", max_iter=60, tol=1e-3).fit(x, y[:, at], counts)
            weights[:, at], bias[at] = ridge.coef_ / spread[at], ridge.intercept_ / spread[at]
        return TurnModel(self.shows, tuple(map(float, bias)), self._kept(weights))

    def _kept(self, weights: Array) -> dict[TurnFeature, dict[int, float]]:
        scaled = {}
        for at, feature in enumerate(self.features):
            row = weights[at] * SCALES[min(3, len(feature[0]))]
            strong = np.flatnonzero(np.abs(row) >= PRUNED)
            if len(strong):
                scaled[feature] = {int(column): float(row[column]) for column in strong}
        return scaled


# -- calls --------------------------------------------------------------------------------------------


def _fit_calls(
    targets: Sequence[str],
    seen: Sequence[Seen],
    numbers: Sequence[Mapping[str, float]],
    progress: Progress,
) -> tuple[dict[str, CallModel], list[Held]]:
    models: dict[str, CallModel] = {}
    held: dict[str, dict[str, Mapping[str, float]]] = {each.call.id: {} for each in seen}
    for at, target in enumerate(targets):
        progress(f"fitting {target}", LEARNED + (1 - LEARNED) * at / len(targets))
        labelled = [n for n, each in enumerate(seen) if label_of(each.call, target) is not None]
        data = _CallData(target, [seen[n] for n in labelled], [numbers[n] for n in labelled])
        models[target], honest = data.fitted()
        for each, probabilities in zip(data.seen, honest, strict=True):
            if each.exact and probabilities is not None:
                held[each.call.id][target] = probabilities
    calls = [each.call for each in seen if each.exact]
    return models, [Held(call, held[call.id]) for call in calls]


class _CallData:
    """The calls with a label for one target."""

    def __init__(self, target: str, seen: Sequence[Seen], numbers: Sequence[Mapping[str, float]]) -> None:
        self.seen = seen
        self.labels = np.array([str(label_of(each.call, target)) for each in seen])
        self.counts = np.array([each.call.weight for each in seen])
        counts = Counter(name for each in numbers for name in each)
        self.names = sorted(name for name, count in counts.items() if count >= LEAST_COPIES)
        values = np.array([[each.get(name, 0.0) for name in self.names] for each in numbers])
        self.mean, self.spread = self._scales(values, target)
        self.x = (values - self.mean) / self.spread

    def _scales(self, values: Array, target: str) -> tuple[Array, Array]:
        """Scores of turns are brought to one spread, times what the criterion makes of them; numbers stay."""
        mean, spread = np.zeros(len(self.names)), np.ones(len(self.names))
        for at, name in enumerate(self.names):
            if name.split(":")[0] in SUMS:
                own = OWN if name[2:].startswith(f"{target}:") else OTHER
                mean[at] = values[:, at].mean()
                spread[at] = (values[:, at].std() + 1e-9) / (OUTCOMES if target == OUTCOME else own)
        return mean, spread

    def fitted(self) -> tuple[CallModel, list[dict[str, float] | None]]:
        """The model of all calls, and each call's probabilities with its hand left out."""
        hands = np.array([each.call.hand for each in self.seen])
        honest = np.zeros((len(self.labels), len(set(self.labels))))
        known = np.zeros(len(self.labels), dtype=bool)
        answers = sorted(set(self.labels))
        for hand in sorted(set(hands)):
            out = hands == hand
            if len(set(self.labels[~out])) < 2:
                continue
            part = self._regression(~out)
            columns = [answers.index(each) for each in part.classes_]
            honest[np.ix_(out, columns)] = _scores(part, self.x[out])
            known |= out
        truth = np.array([answers.index(each) for each in self.labels])
        temperature = _temperature(honest[known], truth[known]) if known.any() else 1.0
        model = self._regression(np.ones(len(self.labels), dtype=bool))
        chances = [dict(zip(answers, softmax(list(row / temperature)), strict=True)) for row in honest]
        held = [each if tried else None for each, tried in zip(chances, known, strict=True)]
        return self._model(model, temperature), held

    def _regression(self, rows: NDArray[np.bool_]) -> LogisticRegression:
        regression = LogisticRegression(C=COST, class_weight="balanced", max_iter=1000)
        return regression.fit(self.x[rows], self.labels[rows], self.counts[rows])

    def _model(self, fitted: LogisticRegression, temperature: float) -> CallModel:
        weights, bias = fitted.coef_, fitted.intercept_
        if len(fitted.classes_) == 2:  # one row says how much the second answer is preferred
            weights, bias = np.vstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
        weights = weights / self.spread
        bias = bias - weights @ self.mean
        named = {name: tuple(map(float, weights[:, at])) for at, name in enumerate(self.names)}
        return CallModel(tuple(map(str, fitted.classes_)), tuple(map(float, bias)), named, temperature)


def _scores(fitted: LogisticRegression, x: Array) -> Array:
    """A column for each answer."""
    scores = fitted.decision_function(x)
    return scores if scores.ndim == 2 else np.column_stack([-scores / 2, scores / 2])


def _temperature(scores: Array, truth: NDArray[np.int_]) -> float:
    """What divides the scores so that the likelihood of the truth is highest (Guo et al. 2017, section 4.2)."""

    def surprise(temperature: float) -> float:
        scaled = scores / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        chances = np.exp(scaled) / np.exp(scaled).sum(axis=1, keepdims=True)
        return float(-np.log(chances[np.arange(len(truth)), truth] + 1e-12).mean())

    return min((math.exp(step / 20) for step in range(-30, 31)), key=surprise)


def _provenance(form: EvaluationForm, calls: Sequence[LabelledCall]) -> dict[str, Any]:
    said = hashlib.sha256(json.dumps([_content(call) for call in calls]).encode())
    return {
        "calls": len(calls),
        "by_language": dict(sorted(Counter(call.language for call in calls).items())),
        "hands": len({call.hand for call in calls}),
        "shortest": min(len(call.transcript.turns) for call in calls),
        "corpus": said.hexdigest()[:12],
        "form_title": form.title["en"],
        "scikit_learn": sklearn_version,
    }


def _content(call: LabelledCall) -> list[object]:
    """All of a call that models learn from: its words and its labels."""
    return [
        call.id,
        call.language,
        [[turn.speaker, turn.text] for turn in call.transcript.turns],
        {criterion: [label.verdict, label.turns] for criterion, label in sorted(call.verdicts.items())},
        call.outcome,
        [[promise.turn, bool(promise.when)] for promise in call.promises],
        [event.turn for event in call.life_events],
    ]
