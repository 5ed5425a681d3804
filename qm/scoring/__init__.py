"""Judge one transcript by one form. Pure.

rules     what the form's rules say of the text
reasons   the sentences that a coach reads

Every verdict carries evidence or names what was searched, and every quote is verified before the evaluation is
returned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qm.call import Language, Speaker
from qm.evaluation import (
    AutoFail,
    CriterionResult,
    Evaluation,
    Outcome,
    OutcomeResult,
    Searched,
    Verdict,
)
from qm.rubric import AutoFailRule, Criterion, EvaluationForm, Findings, OutcomeRules
from qm.scoring.reasons import ANSWERS, Sayings
from qm.scoring.rules import Grounds, RuleBook
from qm.signals import Finding, Text
from qm.transcript import Evidence, Transcript, verify

__all__ = [
    "ANSWERS",
    "Explanation",
    "UnverifiedEvidence",
    "evaluate",
    "evaluate_all",
    "explain",
]

UNATTRIBUTED = 0.7
"""factor on the confidence of a quote whose speaker is unknown"""


class UnverifiedEvidence(AssertionError):
    """A signal cited words that do not stand in the transcript: a bug in the signal, not a verdict."""


def evaluate(transcript: Transcript, form: EvaluationForm, reader: Language = "en") -> Evaluation:
    """The verdicts, auto-fails and outcome of a transcript by one form.

    Args:
        reader: language of titles, reasons and coaching tips.

    Raises:
        UnverifiedEvidence: a quote does not stand where it says.
    """
    return evaluate_all(transcript, [form], reader)[0]


def evaluate_all(
    transcript: Transcript, forms: Sequence[EvaluationForm], reader: Language = "en"
) -> tuple[Evaluation, ...]:
    """`evaluate` by several forms, which share the work of searching the text.

    Raises:
        UnverifiedEvidence: a quote does not stand where it says.
    """
    texts: dict[str, Text] = {}
    evaluations = []
    for form in forms:
        if form.brand.id not in texts:
            texts[form.brand.id] = Text(transcript, form.brand, reader)
        evaluations.append(_Scoring(RuleBook(texts[form.brand.id], form)).evaluation())
    for evaluation in evaluations:
        _verify(evaluation, transcript)
    return tuple(evaluations)


def _verify(evaluation: Evaluation, transcript: Transcript) -> None:
    cited = {each.id: each.evidence for each in evaluation.criteria}
    cited |= {each.id: each.evidence for each in evaluation.auto_fails}
    if evaluation.outcome is not None:
        cited["outcome"] = evaluation.outcome.evidence
    for name, evidence in cited.items():
        if not all(verify(each, transcript) for each in evidence):
            raise UnverifiedEvidence(f"{evaluation.form}: the evidence of '{name}' does not stand in the transcript")


class _Scoring:
    """One text under one form: rulings made into results."""

    def __init__(self, rules: RuleBook) -> None:
        self.rules = rules
        self.text = rules.text
        self.form = rules.form
        self.reader = rules.text.reader
        self.say = Sayings(self.reader)

    def evaluation(self) -> Evaluation:
        return Evaluation(
            form=self.form.id,
            version=self.form.version,
            criteria=tuple(self.criterion(each) for each in self.form.criteria),
            auto_fails=tuple(fail for each in self.form.auto_fails if (fail := self.auto_fail(each)) is not None),
            outcome=self.outcome(self.form.outcome) if self.form.outcome else None,
        )

    def criterion(self, criterion: Criterion) -> CriterionResult:
        ruling = self.rules.verdict(criterion)
        verdict, grounds = ruling.answer, ruling.grounds
        confidence = self._confidence(grounds)
        reason = self.say.reason(grounds, criterion.findings)
        if verdict is None:
            reason = self.say.why_not(grounds, criterion.findings)
        elif confidence < self.form.threshold:
            verdict = None
            reason = self.say.unsure(confidence, self.form.threshold, reason)
        evidence = grounds.evidence
        return CriterionResult(
            id=criterion.id,
            title=criterion.title[self.reader],
            verdict=verdict or Verdict.CANNOT_TELL,
            weight=criterion.weight,
            confidence=confidence,
            reason=reason,
            evidence=evidence,
            searched=grounds.searched or (None if evidence else self._whole_call()),
            error_class=criterion.error_class,
            coaching=self._coaching(criterion, verdict),
        )

    def _coaching(self, criterion: Criterion, verdict: Verdict | None) -> str:
        wanting = verdict in (Verdict.PARTLY_MET, Verdict.NOT_MET)
        return criterion.coaching[self.reader] if wanting and criterion.coaching else ""

    def auto_fail(self, rule: AutoFailRule) -> AutoFail | None:
        """The critical error, when it is found with enough confidence; an unknown finding never fails a call."""
        truth = self.rules.truth(rule.when, rule.findings)
        grounds = self.rules.grounds(truth.used, rule.findings)
        if truth.value is not True or self._confidence(grounds) < self.form.threshold:
            return None
        reason = self.say.reason(grounds, rule.findings)
        return AutoFail(rule.id, rule.title[self.reader], rule.error_class, reason, grounds.evidence)

    def outcome(self, rules: OutcomeRules) -> OutcomeResult:
        ruling = self.rules.outcome(rules)
        outcome, grounds = ruling.answer, ruling.grounds
        confidence = self._confidence(grounds)
        reason = self.say.reason(grounds, rules.findings)
        if outcome is None:
            reason = self.say.why_not(grounds, rules.findings)
        elif confidence < self.form.threshold:
            outcome = None
            reason = self.say.unsure(confidence, self.form.threshold, reason)
        evidence = grounds.evidence
        searched = grounds.searched or (None if evidence else self._whole_call())
        return OutcomeResult(outcome or Outcome.NOT_DETERMINABLE, confidence, reason, evidence, searched)

    # -- confidence -----------------------------------------------------------------------------------

    def _confidence(self, grounds: Grounds) -> float:
        """Signal strength × how well the words were recognised × how surely they are the speaker's."""
        evidence = grounds.evidence
        recognised = self._recognised(evidence) if evidence else self._recognised_in(grounds.searched)
        attributed = UNATTRIBUTED if any(each.speaker is Speaker.UNKNOWN for each in evidence) else 1.0
        return round(grounds.strength * recognised * attributed, 3)

    def _recognised(self, evidence: Iterable[Evidence]) -> float:
        words = [word for each in evidence for word in self.text.turn(each.turn).words[each.first : each.last + 1]]
        return _mean(word.confidence for word in words)

    def _recognised_in(self, searched: Searched | None) -> float:
        turns = searched.turns if searched else self.text.turns
        return _mean(word.confidence for n in turns for word in self.text.turn(n).words)

    def _whole_call(self) -> Searched:
        return self.text.searched(self.text.stretch())


def _mean(confidences: Iterable[float | None]) -> float:
    """Mean of the known confidences; a transcript without them (typed text) is taken at its word."""
    known = [each for each in confidences if each is not None]
    return sum(known) / len(known) if known else 1.0


# -- explanation --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Looked:
    """One finding as it came out."""

    name: str
    title: str
    found: bool | None
    """None: it cannot be known"""
    searched: str
    quotes: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one answer came about."""

    id: str
    title: str
    definition: str
    answer: str
    rules: tuple[tuple[str, bool | None], ...]
    """each rule tried, in order, and whether it held; the last that held decided"""
    findings: tuple[Looked, ...]
    """everything the rules looked at"""


def explain(transcript: Transcript, form: EvaluationForm, reader: Language = "en") -> tuple[Explanation, ...]:
    """Which rule decided each verdict and the outcome, and what was looked for and where."""
    scoring = _Scoring(RuleBook(Text(transcript, form.brand, reader), form))
    explained = [_explained_criterion(scoring, each) for each in form.criteria]
    if form.outcome is not None:
        explained.append(_explained_outcome(scoring, form.outcome))
    return tuple(explained)


def _explained_criterion(scoring: _Scoring, criterion: Criterion) -> Explanation:
    ruling, result = scoring.rules.verdict(criterion), scoring.criterion(criterion)
    rules = [(scoring.say.case(t.case.answer, t.case.rule, criterion.findings), t.truth.value) for t in ruling.tried]
    if not any(value is not False for _, value in rules):
        rules.append((scoring.say.otherwise(criterion.verdict.otherwise), True))
    used = dict.fromkeys(name for each in ruling.tried for name in each.truth.used)
    return Explanation(
        id=criterion.id,
        title=result.title,
        definition=criterion.definition,
        answer=ANSWERS[scoring.reader][result.verdict],
        rules=tuple(rules),
        findings=tuple(_looked(scoring, name, criterion.findings) for name in used),
    )


def _explained_outcome(scoring: _Scoring, rules: OutcomeRules) -> Explanation:
    ruling, result = scoring.rules.outcome(rules), scoring.outcome(rules)
    tried = [(scoring.say.case(t.case.answer, t.case.rule, rules.findings), t.truth.value) for t in ruling.tried]
    if not any(value for _, value in tried):
        tried.append((scoring.say.otherwise(rules.decision.otherwise), True))
    used = dict.fromkeys(name for each in ruling.tried for name in each.truth.used)
    return Explanation(
        id="outcome",
        title={"en": "Outcome", "nl": "Uitkomst"}[scoring.reader],
        definition="",
        answer=ANSWERS[scoring.reader][result.outcome],
        rules=tuple(tried),
        findings=tuple(_looked(scoring, name, rules.findings) for name in used),
    )


def _looked(scoring: _Scoring, name: str, findings: Findings) -> Looked:
    finding = scoring.rules.finding(name, findings)
    title = scoring.say.title(name, findings)
    if not isinstance(finding, Finding):
        return Looked(name, title, None, finding.reason, ())
    return Looked(name, title, bool(finding), finding.searched.what if finding.searched else "", finding.evidence)
