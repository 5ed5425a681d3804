"""One answer from what the rules, the learned models and a judge model say. Pure.

Without models the rules decide. With models the likeliest answer counts: they have heard the rules, too. Where the
rules answer otherwise, or a likelihood is middling, the confidence falls; below the form's threshold nothing is
told. A judge assists or decides, as the form says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic

from qm.call import Speaker
from qm.evaluation import (
    OUTCOME,
    AutoFail,
    CriterionResult,
    Evaluation,
    Judgement,
    Outcome,
    OutcomeResult,
    Searched,
    Verdict,
)
from qm.learned import Opinion
from qm.rubric import Answer, AutoFailRule, Criterion, Findings, JudgeUse, OutcomeRules
from qm.scoring.opinions import Reading, opinions, quotes
from qm.scoring.reasons import Sayings
from qm.scoring.rules import MOST_EVIDENCE, RuleBook, Ruling
from qm.transcript import Evidence

UNATTRIBUTED = 0.7
"""factor on the confidence of a quote whose speaker is unknown"""
CONTRADICTED = 0.9
"""factor on the confidence of the models where the rules answer otherwise"""
JUDGED = 0.5
"""how far a judge that assists moves the confidence towards 1, or towards 0"""


@dataclass(frozen=True, slots=True)
class Decided(Generic[Answer]):
    """An answer with its grounds."""

    answer: Answer | None
    """None: cannot tell"""
    confidence: float
    reason: str
    evidence: tuple[Evidence, ...]
    searched: Searched | None


class Scoring:
    """One text under one form."""

    def __init__(self, reading: Reading, rules: RuleBook, judged: Mapping[str, Judgement]) -> None:
        self.reading = reading
        self.rules = rules
        self.text = rules.text
        self.form = rules.form
        self.reader = rules.text.reader
        self.say = Sayings(self.reader)
        self.opinions = opinions(reading, rules)
        self.judged = judged

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
        if criterion.needs_note and not self.text.note:
            return self._result(criterion, Decided(ruling.answer, 1.0, self.say.no_note(), (), self._whole_call()))
        decided = self._decided(criterion.id, ruling, criterion.findings, Verdict)
        return self._result(criterion, self._with_judge(decided, criterion.id, criterion.judge, Verdict))

    def _result(self, criterion: Criterion, decided: Decided[Verdict]) -> CriterionResult:
        return CriterionResult(
            id=criterion.id,
            title=criterion.title[self.reader],
            verdict=decided.answer or Verdict.CANNOT_TELL,
            weight=criterion.weight,
            confidence=decided.confidence,
            reason=decided.reason,
            evidence=decided.evidence,
            searched=decided.searched,
            error_class=criterion.error_class,
            coaching=self._coaching(criterion, decided.answer),
        )

    def _coaching(self, criterion: Criterion, verdict: Verdict | None) -> str:
        wanting = verdict in (Verdict.PARTLY_MET, Verdict.NOT_MET)
        return criterion.coaching[self.reader] if wanting and criterion.coaching else ""

    def auto_fail(self, rule: AutoFailRule) -> AutoFail | None:
        """The critical error, when it is found with enough confidence; an unknown finding never fails a call."""
        truth = self.rules.truth(rule.when, rule.findings)
        grounds = self.rules.grounds(truth.used, rule.findings)
        if truth.value is not True or self._heard(grounds.strength, grounds.evidence, None) < self.form.threshold:
            return None
        reason = self.say.reason(grounds, rule.findings)
        return AutoFail(rule.id, rule.title[self.reader], rule.error_class, reason, grounds.evidence)

    def outcome(self, rules: OutcomeRules) -> OutcomeResult:
        decided = self._decided(OUTCOME, self.rules.outcome(rules), rules.findings, Outcome)
        decided = self._with_judge(decided, OUTCOME, rules.judge, Outcome)
        answer = decided.answer or Outcome.NOT_DETERMINABLE
        return OutcomeResult(answer, decided.confidence, decided.reason, decided.evidence, decided.searched)

    # -- deciding -------------------------------------------------------------------------------------

    def _decided(
        self, target: str, ruling: Ruling[Answer], findings: Findings, answers: type[Answer]
    ) -> Decided[Answer]:
        opinion = self.opinions.get(target)
        if opinion is None:
            decided = self._by_rules(ruling, findings)
        else:
            decided = self._by_opinion(target, opinion, ruling, findings, answers)
        return self._sure_enough(decided)

    def _by_rules(self, ruling: Ruling[Answer], findings: Findings) -> Decided[Answer]:
        grounds = ruling.grounds
        say = self.say.reason if ruling.answer is not None else self.say.why_not
        searched = grounds.searched or (None if grounds.evidence else self._whole_call())
        confidence = self._heard(grounds.strength, grounds.evidence, grounds.searched)
        return Decided(ruling.answer, confidence, say(grounds, findings), grounds.evidence, searched)

    def _by_opinion(
        self, target: str, opinion: Opinion, ruling: Ruling[Answer], findings: Findings, answers: type[Answer]
    ) -> Decided[Answer]:
        assert self.form.learned is not None, "an opinion without models"
        answer = answers(opinion.answer)
        agreed = ruling.answer is answer
        shown = quotes(self.text, opinion, target, self.form.learned)
        evidence = _joined(shown, ruling.grounds.evidence if agreed else ())
        searched = None if evidence else (ruling.grounds.searched if agreed else None) or self._whole_call()
        strength = opinion.probability * (1.0 if agreed or ruling.answer is None else CONTRADICTED)
        calls = self.form.learned.provenance.get("calls", 0)
        reason = self.say.learned(calls, answer, opinion.probability)
        if agreed:
            reason = f"{reason} {self.say.reason(ruling.grounds, findings)}"
        elif ruling.answer is not None:
            reason = f"{reason} {self.say.contradicted(ruling.answer, ruling.grounds, findings)}"
        return Decided(answer, self._heard(strength, evidence, searched), reason, evidence, searched)

    def _with_judge(
        self, decided: Decided[Answer], target: str, use: JudgeUse, answers: type[Answer]
    ) -> Decided[Answer]:
        judgement = self.judged.get(target)
        if judgement is None or use is JudgeUse.OFF or judgement.answer not in set(answers):
            return decided
        said = f"{self.say.judged(judgement.answer, judgement.why)} {decided.reason}"
        abstains = judgement.answer in (Verdict.CANNOT_TELL, Outcome.NOT_DETERMINABLE)
        answer = None if abstains else answers(judgement.answer)
        if use is JudgeUse.DECIDE:
            evidence = _joined(judgement.evidence, decided.evidence if answer is decided.answer else ())
            searched = None if evidence else self._whole_call()
            return self._sure_enough(Decided(answer, round(judgement.confidence, 3), said, evidence, searched))
        if answer is None:  # a judge that cannot tell says nothing against what is told
            return replace(decided, reason=said)
        rest = 1 - decided.confidence if answer is decided.answer else -decided.confidence
        confidence = round(decided.confidence + JUDGED * judgement.confidence * rest, 3)
        return self._sure_enough(replace(decided, confidence=confidence, reason=said))

    def _sure_enough(self, decided: Decided[Answer]) -> Decided[Answer]:
        """The same, or without its answer where the confidence is below the form's threshold."""
        if decided.answer is None or decided.confidence >= self.form.threshold:
            return decided
        reason = self.say.unsure(decided.confidence, self.form.threshold, decided.reason)
        return replace(decided, answer=None, reason=reason)

    # -- confidence -----------------------------------------------------------------------------------

    def _heard(self, strength: float, evidence: tuple[Evidence, ...], searched: Searched | None) -> float:
        """Strength × how well the words were recognised × how surely they are the speaker's."""
        recognised = self._recognised(evidence) if evidence else self._recognised_in(searched)
        attributed = UNATTRIBUTED if any(each.speaker is Speaker.UNKNOWN for each in evidence) else 1.0
        return round(strength * recognised * attributed, 3)

    def _recognised(self, evidence: Iterable[Evidence]) -> float:
        words = [word for each in evidence for word in self.text.turn(each.turn).words[each.first : each.last + 1]]
        return _mean([word.confidence for word in words if word.confidence is not None])

    def _recognised_in(self, searched: Searched | None) -> float:
        known = self.reading.confidences
        return _mean([each for n in (searched.turns if searched else self.text.turns) for each in known[n]])

    def _whole_call(self) -> Searched:
        return self.text.searched(self.text.stretch())


def _joined(first: tuple[Evidence, ...], more: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Quotes in the order of the call, no words twice."""
    quoted = [*first, *(each for each in more if not any(_overlap(each, other) for other in first))]
    return tuple(sorted(quoted[:MOST_EVIDENCE], key=lambda each: (each.turn, each.first)))


def _overlap(one: Evidence, other: Evidence) -> bool:
    return one.turn == other.turn and one.first <= other.last and other.first <= one.last


def _mean(confidences: Sequence[float]) -> float:
    """A transcript without confidences (typed text) is taken at its word."""
    return sum(confidences) / len(confidences) if confidences else 1.0
