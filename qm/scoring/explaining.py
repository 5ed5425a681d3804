"""How each answer came about: the rules tried, what was looked for and where, what the models say. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from qm.evaluation import OUTCOME
from qm.rubric import Answer, Findings
from qm.scoring.deciding import Scoring
from qm.scoring.reasons import ANSWERS
from qm.scoring.rules import Ruling
from qm.signals import Finding
from qm.transcript import Evidence


@dataclass(frozen=True, slots=True)
class Looked:
    """One finding as it came out."""

    name: str
    title: str
    found: bool | None
    """None: it cannot be known"""
    searched: str
    """where, or why it cannot be known"""
    quotes: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one answer came about."""

    id: str
    title: str
    answer: str
    reason: str
    rules: tuple[tuple[str, bool | None], ...]
    """each rule tried, in order, and whether it held; the last that held decided"""
    findings: tuple[Looked, ...]
    """everything the rules looked at"""
    learned: tuple[tuple[str, float], ...]
    """answers with the models' probabilities, the likeliest first; empty without models"""


def explained(scoring: Scoring) -> tuple[Explanation, ...]:
    """Every criterion of the form, then the outcome."""
    form = scoring.form
    explanations = []
    for criterion in form.criteria:
        result, ruling = scoring.criterion(criterion), scoring.rules.verdict(criterion)
        rules = _rules(scoring, ruling, criterion.findings, criterion.verdict.otherwise)
        looked = _looked(scoring, ruling, criterion.findings)
        answer = ANSWERS[scoring.reader][result.verdict]
        learned = _learned(scoring, criterion.id)
        explanations.append(Explanation(criterion.id, result.title, answer, result.reason, rules, looked, learned))
    if form.outcome is not None:
        outcome, decided = scoring.outcome(form.outcome), scoring.rules.outcome(form.outcome)
        rules = _rules(scoring, decided, form.outcome.findings, form.outcome.decision.otherwise)
        looked = _looked(scoring, decided, form.outcome.findings)
        answer = ANSWERS[scoring.reader][outcome.outcome]
        title, learned = scoring.say.word("outcome"), _learned(scoring, OUTCOME)
        explanations.append(Explanation(OUTCOME, title, answer, outcome.reason, rules, looked, learned))
    return tuple(explanations)


def _rules(
    scoring: Scoring, ruling: Ruling[Answer], findings: Findings, otherwise: StrEnum
) -> tuple[tuple[str, bool | None], ...]:
    tried = [(scoring.say.case(each.case.answer, each.case.rule, findings), each.truth.value) for each in ruling.tried]
    decided = any(value for _, value in tried) or (ruling.answer is None and any(v is None for _, v in tried))
    return tuple(tried) if decided else (*tried, (scoring.say.otherwise(otherwise), True))


def _looked(scoring: Scoring, ruling: Ruling[Answer], findings: Findings) -> tuple[Looked, ...]:
    names = dict.fromkeys(name for each in ruling.tried for name in each.truth.used)
    return tuple(_look(scoring, name, findings) for name in names)


def _look(scoring: Scoring, name: str, findings: Findings) -> Looked:
    finding = scoring.rules.finding(name, findings)
    title = scoring.say.title(name, findings)
    if not isinstance(finding, Finding):
        return Looked(name, title, None, finding.reason, ())
    return Looked(name, title, bool(finding), finding.searched.what if finding.searched else "", finding.evidence)


def _learned(scoring: Scoring, target: str) -> tuple[tuple[str, float], ...]:
    opinion = scoring.opinions.get(target)
    if opinion is None:
        return ()
    chances = sorted(opinion.probabilities.items(), key=lambda pair: -pair[1])
    return tuple((ANSWERS[scoring.reader][answer], chance) for answer, chance in chances)
