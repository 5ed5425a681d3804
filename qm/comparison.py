"""What changes when calls are judged anew: verdicts, outcomes and scores, before and after. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from qm.evaluation import Evaluation

Changes = Counter[tuple[str, str]]
"""how often an answer became another: (before, after)"""


@dataclass(slots=True)
class Comparison:
    """One form's new version against what counted before. Grows call by call."""

    form: str
    versions: set[str] = field(default_factory=set)
    """of the new evaluations; several when a judge model had a say in some"""
    calls: int = 0
    """judged anew"""
    first: int = 0
    """of those, the ones that this form had never judged"""
    changed: int = 0
    """of those, the ones in which a verdict, the outcome or a critical error is another"""
    criteria: dict[str, Changes] = field(default_factory=dict)
    """by criterion; a criterion that is new or gone says so with an empty word"""
    outcomes: Changes = field(default_factory=Counter)
    failed: Changes = field(default_factory=Counter)
    """"passed" and "failed" """
    scores: list[tuple[float, float]] = field(default_factory=list)
    """before and after, where both have one"""

    def add(self, before: Evaluation | None, after: Evaluation) -> None:
        """Take one call's evaluations in."""
        self.versions.add(after.version)
        self.calls += 1
        if before is None:
            self.first += 1
            return
        differences = [*self._verdicts(before, after), *self._rest(before, after)]
        self.changed += bool(differences)
        if before.score is not None and after.score is not None:
            self.scores.append((before.score, after.score))

    def _verdicts(self, before: Evaluation, after: Evaluation) -> list[str]:
        then, now = _verdicts(before), _verdicts(after)
        different = [name for name in {**then, **now} if then.get(name, "") != now.get(name, "")]
        for name in different:
            self.criteria.setdefault(name, Counter())[then.get(name, ""), now.get(name, "")] += 1
        return different

    def _rest(self, before: Evaluation, after: Evaluation) -> list[str]:
        different = []
        then, now = _outcome(before), _outcome(after)
        if then != now:
            self.outcomes[then, now] += 1
            different.append("outcome")
        if before.failed != after.failed:
            self.failed[_word(before.failed), _word(after.failed)] += 1
            different.append("failed")
        return different

    @property
    def mean_scores(self) -> tuple[float, float] | None:
        """Before and after, over the calls that have both."""
        if not self.scores:
            return None
        before, after = zip(*self.scores, strict=True)
        return sum(before) / len(before), sum(after) / len(after)


def _verdicts(evaluation: Evaluation) -> Mapping[str, str]:
    return {each.id: each.verdict for each in evaluation.criteria}


def _outcome(evaluation: Evaluation) -> str:
    return evaluation.outcome.outcome if evaluation.outcome else ""


def _word(failed: bool) -> str:
    return "failed" if failed else "passed"
