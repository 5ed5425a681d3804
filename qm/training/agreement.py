"""How well a form's answers agree with labels. Needs scikit-learn."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scipy.stats import spearmanr
from sklearn.metrics import f1_score

from qm.errors import FormError
from qm.evaluation import OUTCOME, Evaluation, Outcome, Verdict
from qm.rubric import EvaluationForm
from qm.scoring import evaluate
from qm.training.corpus import LabelledCall, label_of
from qm.training.fitting import Held

FEWEST = 3
"""labels of an answer from which it counts in a macro-F1: the F1 of one or two calls says nothing"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled call and what the form makes of it."""

    call: LabelledCall
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer beside its label."""

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
    unlabelled: tuple[str, ...]
    """criteria of which no call says what is right"""
    mean_f1: float
    """of the criteria"""
    cannot_tell: float
    """share of all criteria, 0…1"""
    outcome_accuracy: float | None
    flips: float | None
    """share of calls that are resolved and called unresolved, or the other way round"""
    rank_correlation: float | None
    """Spearman's, of the score with the labels' overall impression"""


def judged(form: EvaluationForm, calls: Iterable[LabelledCall], done: Callable[[], None]) -> list[Judged]:
    """What the form makes of each call."""
    pairs = []
    for call in calls:
        pairs.append(Judged(call, evaluate(call.transcript, form)))
        done()
    return pairs


def summarise(form: EvaluationForm, pairs: Sequence[Judged]) -> Summary:
    """The figures of a form.

    Raises:
        FormError: the calls have no label for anything that the form judges.
    """
    order = [each.id for each in form.criteria] + ([OUTCOME] if form.outcome else [])
    rows: dict[str, list[Answer]] = {target: [] for target in order}
    for pair in pairs:
        for answer in _beside_labels(pair):
            rows[answer.target].append(answer)
    targets = [_agreement(target, found) for target, found in rows.items() if found]
    if not targets:
        raise FormError(f"{form.id}: no labels for {', '.join(order)}; label the calls by this form, or name others")
    criteria = [each for each in targets if each.target != OUTCOME]
    outcomes = rows.get(OUTCOME, [])
    return Summary(
        form=form.id,
        calls=len(pairs),
        targets=tuple(targets),
        unlabelled=tuple(target for target, found in rows.items() if not found),
        mean_f1=_mean(each.macro_f1 for each in criteria),
        cannot_tell=_mean(each.cannot_tell for each in criteria),
        outcome_accuracy=_mean(each.label == each.given for each in outcomes) if outcomes else None,
        flips=_mean({each.label, each.given} == _FLIPPED for each in outcomes) if outcomes else None,
        rank_correlation=_rank_correlation(pairs),
    )


_FLIPPED = {Outcome.RESOLVED.value, Outcome.UNRESOLVED.value}


def held_out(held: Sequence[Held]) -> dict[str, tuple[float, float]]:
    """By target, the accuracy and the macro-F1 on calls whose hand was left out; nothing is left untold."""
    figures = {}
    for target in dict.fromkeys(target for each in held for target in each.probabilities):
        rows = [
            Answer(target, str(label_of(each.call, target)), max(chances, key=lambda answer: chances[answer]), None)
            for each in held
            if (chances := dict(each.probabilities.get(target, {})))
        ]
        figure = _agreement(target, rows)
        figures[target] = (figure.accuracy, figure.macro_f1)
    return figures


def _beside_labels(pair: Judged) -> Iterable[Answer]:
    for result in pair.evaluation.criteria:
        label = pair.call.verdicts.get(result.id)
        if label is not None:
            quoted = {each.turn for each in result.evidence}
            shown = bool(quoted & set(label.turns)) if quoted and label.turns else None
            yield Answer(result.id, label.verdict, result.verdict, shown)
    if pair.evaluation.outcome is not None:
        yield Answer(OUTCOME, pair.call.outcome, pair.evaluation.outcome.outcome, None)


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


def _rank_correlation(pairs: Iterable[Judged]) -> float | None:
    """None when there are too few calls to rank, or all have the same score or impression."""
    scored = [(each.evaluation.score, each.call.impression) for each in pairs if each.evaluation.score is not None]
    if len(scored) < 3 or any(len(set(figures)) < 2 for figures in zip(*scored, strict=True)):
        return None
    return float(spearmanr(*zip(*scored, strict=True)).statistic)


def _mean(numbers: Iterable[float]) -> float:
    known = list(numbers)
    return sum(known) / len(known) if known else 0.0
