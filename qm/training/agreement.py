"""How well a form's answers agree with the labels of people. Needs scikit-learn."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from scipy.stats import spearmanr
from sklearn.metrics import f1_score

from qm.evaluation import Evaluation, Outcome, Verdict
from qm.learned.model import OUTCOME
from qm.rubric import EvaluationForm
from qm.scoring import evaluate
from qm.training.corpus import LabelledCall
from qm.training.fitting import Held

FEWEST = 3
"""labels of an answer from which it counts in a macro-F1: the F1 of one or two calls says nothing"""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer beside its label."""

    call: LabelledCall
    target: str
    """a criterion, or `outcome`"""
    label: str
    given: str
    shown: bool | None
    """whether a quoted turn is one that the label names; None when one of them names none"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The figures of one target."""

    target: str
    labels: int
    cannot_tell: float
    """share, 0…1"""
    accuracy: float
    """of the answers given"""
    macro_f1: float
    """mean F1 of the label's answers, each alike; of the answers given"""
    evidence: float | None
    """share of right answers of which a quoted turn is one that the label names"""


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a form."""

    form: str
    calls: int
    targets: tuple[Agreement, ...]
    mean_f1: float
    """of the criteria"""
    cannot_tell: float
    """share of all criteria, 0…1"""
    outcome_accuracy: float | None
    flips: float | None
    """share of calls that are resolved and called unresolved, or the other way round"""
    rank_correlation: float | None
    """Spearman's, of the score with the labels' overall impression"""


def answers(
    form: EvaluationForm, calls: Sequence[LabelledCall], done: Callable[[], None]
) -> tuple[list[Answer], list[Evaluation]]:
    """What the form answers for each label of each call."""
    found, evaluations = [], []
    for call in calls:
        evaluation = evaluate(call.transcript, form)
        evaluations.append(evaluation)
        found += list(_beside_labels(call, evaluation))
        done()
    return found, evaluations


def _beside_labels(call: LabelledCall, evaluation: Evaluation) -> Iterable[Answer]:
    for result in evaluation.criteria:
        label = call.verdicts.get(result.id)
        if label is not None:
            quoted = {each.turn for each in result.evidence}
            shown = bool(quoted & set(label.turns)) if quoted and label.turns else None
            yield Answer(call, result.id, label.verdict, result.verdict, shown)
    if evaluation.outcome is not None:
        yield Answer(call, "outcome", call.outcome, evaluation.outcome.outcome, None)


def held_out(held: Sequence[Held]) -> dict[str, tuple[float, float]]:
    """By target, the accuracy and the macro-F1 of models on hands that they never saw; nothing is left untold."""
    figures = {}
    for target in dict.fromkeys(target for each in held for target in each.probabilities):
        rows = [
            Answer(each.call, target, label_of(each.call, target), max(chances, key=lambda a: chances[a]), None)
            for each in held
            if (chances := dict(each.probabilities.get(target, {})))
        ]
        figure = _agreement(target, rows)
        figures[target] = (figure.accuracy, figure.macro_f1)
    return figures


def label_of(call: LabelledCall, target: str) -> str:
    """What people say: a verdict, or the outcome."""
    return call.outcome if target == OUTCOME else call.verdicts[target].verdict


def summarise(form: EvaluationForm, found: Sequence[Answer], evaluations: Sequence[Evaluation]) -> Summary:
    """The figures of what `answers` found."""
    order = {each.id: at for at, each in enumerate(form.criteria)} | {"outcome": len(form.criteria)}
    by_target = groupby(sorted(found, key=lambda each: order[each.target]), key=lambda each: each.target)
    targets = [_agreement(target, list(rows)) for target, rows in by_target]
    criteria = [each for each in targets if each.target != "outcome"]
    outcomes = [each for each in found if each.target == "outcome"]
    calls = list({each.call.id: each.call for each in found}.values())
    scored = [(e.score, c.impression) for e, c in zip(evaluations, calls, strict=True) if e.score is not None]
    return Summary(
        form=form.id,
        calls=len(calls),
        targets=tuple(targets),
        mean_f1=_mean(each.macro_f1 for each in criteria),
        cannot_tell=_mean(each.cannot_tell for each in criteria),
        outcome_accuracy=_mean(each.label == each.given for each in outcomes) if outcomes else None,
        flips=_mean({each.label, each.given} == _FLIPPED for each in outcomes) if outcomes else None,
        rank_correlation=float(spearmanr(*zip(*scored, strict=True)).statistic) if len(scored) > 2 else None,
    )


_FLIPPED = {Outcome.RESOLVED.value, Outcome.UNRESOLVED.value}


def _agreement(target: str, rows: Sequence[Answer]) -> Agreement:
    given = [row for row in rows if row.given != Verdict.CANNOT_TELL]
    counts = Counter(row.label for row in given)
    classes = sorted(label for label, count in counts.items() if count >= FEWEST)
    labels, answered = [row.label for row in given], [row.given for row in given]
    f1 = f1_score(labels, answered, labels=classes, average="macro", zero_division=0) if classes else 0.0
    shown = [row.shown for row in given if row.shown is not None and row.given == row.label]
    return Agreement(
        target=target,
        labels=len(rows),
        cannot_tell=1 - len(given) / len(rows),
        accuracy=_mean(label == answer for label, answer in zip(labels, answered, strict=True)),
        macro_f1=float(f1),
        evidence=_mean(shown) if shown else None,
    )


def by_rules_only(form: EvaluationForm) -> EvaluationForm:
    """The form without its learned models."""
    return replace(form, learned=None)


def _mean(numbers: Iterable[float]) -> float:
    known = list(numbers)
    return sum(known) / len(known) if known else 0.0
