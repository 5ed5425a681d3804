"""Judge one transcript by one form. Pure.

Each criterion's findings are looked up, its rules are tried in order, and the first that holds gives the verdict.
A rule may be undecided because a finding is unknown; then the verdict is *cannot tell*, never a guess. Every
verdict carries evidence or names what was searched, and every quote is verified before the evaluation is returned.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

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
from qm.rubric import (
    AutoFailRule,
    Combination,
    Combine,
    Criterion,
    EvaluationForm,
    Findings,
    OutcomeRules,
    Recipe,
    Rule,
)
from qm.signals import SIGNALS, Argument, Finding, Text, Unknown
from qm.transcript import Evidence, Transcript, verify

MOST_EVIDENCE = 8
"""quotes shown with one verdict"""
UNATTRIBUTED = 0.7
"""factor on the confidence of a quote whose speaker is unknown"""


class UnverifiedEvidence(AssertionError):
    """A signal cited words that do not stand in the transcript: a bug in the signal, not a verdict."""


def evaluate(transcript: Transcript, form: EvaluationForm, reader: Language = "en") -> Evaluation:
    """The verdicts, auto-fails and outcome of a transcript.

    Args:
        reader: language of the titles in the result; reasons are in English.

    Raises:
        UnverifiedEvidence: a quote does not stand where it says.
    """
    judge = _Judge(Text(transcript), form.threshold, reader)
    evaluation = Evaluation(
        form=form.id,
        version=form.version,
        criteria=tuple(judge.criterion(each) for each in form.criteria),
        auto_fails=tuple(fail for each in form.auto_fails if (fail := judge.auto_fail(each)) is not None),
        outcome=judge.outcome(form.outcome) if form.outcome else None,
    )
    _verify(evaluation, transcript)
    return evaluation


def _verify(evaluation: Evaluation, transcript: Transcript) -> None:
    cited = {each.id: each.evidence for each in evaluation.criteria}
    cited |= {each.id: each.evidence for each in evaluation.auto_fails}
    if evaluation.outcome is not None:
        cited["outcome"] = evaluation.outcome.evidence
    for name, evidence in cited.items():
        if not all(verify(each, transcript) for each in evidence):
            raise UnverifiedEvidence(f"{evaluation.form}: the evidence of '{name}' does not stand in the transcript")


@dataclass(frozen=True, slots=True)
class _Truth:
    """A rule's truth, None when undecided, with the findings that made it so."""

    value: bool | None
    used: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What an answer rests on."""

    found: dict[str, Finding] = field(default_factory=dict)
    missing: dict[str, Finding] = field(default_factory=dict)
    unknown: dict[str, Unknown] = field(default_factory=dict)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Quotes in the order of the call, each once; the first ones of each finding when there are many."""
        cited = dict.fromkeys(each for finding in self.found.values() for each in finding.evidence)
        kept = sorted(cited, key=lambda each: (each.turn, each.first))
        return tuple(kept[:MOST_EVIDENCE])

    @property
    def searched(self) -> Searched | None:
        return next((each.searched for each in self.missing.values() if each.searched), None)

    def reason(self) -> str:
        """A sentence a coach can check: what was found, what was not and where, what cannot be known."""
        parts = []
        if self.found:
            parts.append(f"Found: {_listed(self.found)}.")
        places: dict[str, list[str]] = {}
        for name, finding in self.missing.items():
            places.setdefault(finding.searched.what if finding.searched else "the whole call", []).append(name)
        parts += [f"Not found in {place}: {_listed(names)}." for place, names in places.items()]
        return " ".join(parts) or "No rule of the form needed a finding."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


class _Judge:
    """One text under one form; a finding that several criteria share is looked up once."""

    def __init__(self, text: Text, threshold: float, reader: Language) -> None:
        self.text = text
        self.threshold = threshold
        self.reader = reader
        self._known: dict[tuple[str, int], Finding | Unknown] = {}

    # -- results --------------------------------------------------------------------------------------

    def criterion(self, criterion: Criterion) -> CriterionResult:
        verdict, grounds = self._verdict(criterion)
        confidence = self._confidence(grounds)
        reason = grounds.reason()
        if verdict is Verdict.CANNOT_TELL:
            reason = self._why_not(grounds)
        elif confidence < self.threshold:
            verdict = Verdict.CANNOT_TELL
            reason = f"Cannot tell: confidence {confidence:.2f} is below the form's {self.threshold:.2f}. {reason}"
        evidence = grounds.evidence
        return CriterionResult(
            id=criterion.id,
            title=criterion.title[self.reader],
            verdict=verdict,
            weight=criterion.weight,
            confidence=confidence,
            reason=reason,
            evidence=evidence,
            searched=grounds.searched or (None if evidence else self._whole_call()),
            error_class=criterion.error_class,
        )

    def auto_fail(self, rule: AutoFailRule) -> AutoFail | None:
        """The critical error, when it is found with enough confidence; an unknown finding never fails a call."""
        truth = self._truth(rule.when, rule.findings)
        grounds = self._grounds(truth.used, rule.findings)
        if truth.value is not True or self._confidence(grounds) < self.threshold:
            return None
        return AutoFail(rule.id, rule.title[self.reader], rule.error_class, grounds.reason(), grounds.evidence)

    def outcome(self, rules: OutcomeRules) -> OutcomeResult:
        outcome, grounds = self._outcome(rules)
        confidence = self._confidence(grounds)
        reason = grounds.reason()
        if outcome is Outcome.NOT_DETERMINABLE and grounds.unknown:
            reason = self._why_not(grounds)
        elif confidence < self.threshold:
            outcome = Outcome.NOT_DETERMINABLE
            reason = f"Not determinable: confidence {confidence:.2f} is below the form's {self.threshold:.2f}. {reason}"
        evidence = grounds.evidence
        searched = grounds.searched or (None if evidence else self._whole_call())
        return OutcomeResult(outcome, confidence, reason, evidence, searched)

    # -- deciding -------------------------------------------------------------------------------------

    def _verdict(self, criterion: Criterion) -> tuple[Verdict, _Grounds]:
        """Not applicable first, then the cases in order; an undecided rule on the way cannot tell."""
        used: tuple[str, ...] = ()
        if criterion.not_applicable is not None:
            applies = self._truth(criterion.not_applicable, criterion.findings)
            if applies.value is not False:
                verdict = Verdict.NOT_APPLICABLE if applies.value else Verdict.CANNOT_TELL
                return verdict, self._grounds(applies.used, criterion.findings)
        for case in criterion.verdict.cases:
            truth = self._truth(case.rule, criterion.findings)
            used += truth.used
            if truth.value is not False:
                return case.answer if truth.value else Verdict.CANNOT_TELL, self._grounds(used, criterion.findings)
        return criterion.verdict.otherwise, self._grounds(used, criterion.findings)

    def _outcome(self, rules: OutcomeRules) -> tuple[Outcome, _Grounds]:
        """As a verdict, but a later rule may still tell where an earlier one is undecided."""
        undecided: tuple[str, ...] = ()
        used: tuple[str, ...] = ()
        for case in rules.decision.cases:
            truth = self._truth(case.rule, rules.findings)
            if truth.value:
                return case.answer, self._grounds(truth.used, rules.findings)
            if truth.value is None:
                undecided += truth.used
            used += truth.used
        if undecided:
            return Outcome.NOT_DETERMINABLE, self._grounds(undecided, rules.findings)
        return rules.decision.otherwise, self._grounds(used, rules.findings)

    def _truth(self, rule: Rule, findings: Findings) -> _Truth:
        """Three-valued: an unknown finding leaves undecided only what depends on it."""
        if isinstance(rule, Combination):
            return _combined(rule, [self._truth(each, findings) for each in rule.rules])
        made = findings[rule]
        if not isinstance(made, Recipe):
            return self._truth(made, findings)
        finding = self._finding(rule, findings)
        return _Truth(None if isinstance(finding, Unknown) else bool(finding), (rule,))

    def _finding(self, name: str, findings: Findings) -> Finding | Unknown:
        recipe = findings[name]
        key = (name, id(recipe))  # a criterion's own finding may bear a name that another criterion uses
        if key not in self._known:
            self._known[key] = self._look_up(recipe, findings)
        return self._known[key]

    def _look_up(self, recipe: Recipe | Rule, findings: Findings) -> Finding | Unknown:
        if not isinstance(recipe, Recipe):
            return self._conclusion(recipe, findings)
        signal = SIGNALS[recipe.signal]
        arguments: dict[str, Argument] = {}
        for key, value in recipe.parameters.items():
            if not signal.parameters[key].is_finding:
                arguments[key] = value
                continue
            referred = self._finding(str(value), findings)
            if isinstance(referred, Unknown):
                return referred
            arguments[key] = referred
        return signal(self.text, **arguments)

    def _conclusion(self, rule: Rule, findings: Findings) -> Finding | Unknown:
        """A rule over findings as a finding itself: all that was found for it."""
        truth = self._truth(rule, findings)
        grounds = self._grounds(truth.used, findings)
        if truth.value is None:
            return next(iter(grounds.unknown.values()))
        strength = min((each.confidence for each in grounds.found.values()), default=0.0)
        cited = sorted(
            {each for finding in grounds.found.values() for each in finding.evidence},
            key=lambda each: (each.turn, each.first),
        )
        return Finding(tuple(cited) if truth.value else (), strength, grounds.searched)

    # -- grounds --------------------------------------------------------------------------------------

    def _grounds(self, names: Iterable[str], findings: Findings) -> _Grounds:
        grounds = _Grounds()
        for name in dict.fromkeys(names):
            finding = self._finding(name, findings)
            if isinstance(finding, Unknown):
                grounds.unknown[name] = finding
            elif finding:
                grounds.found[name] = finding
            else:
                grounds.missing[name] = finding
        return grounds

    def _why_not(self, grounds: _Grounds) -> str:
        if not grounds.unknown:
            return "Cannot tell from the call alone: this needs a person or a source of facts."
        reasons = dict.fromkeys(each.reason for each in grounds.unknown.values())
        return f"Cannot tell, because {' and '.join(reasons)}: needed for {_listed(grounds.unknown)}."

    def _confidence(self, grounds: _Grounds) -> float:
        """Signal strength × how well the words were recognised × how surely they are the speaker's."""
        findings = [*grounds.found.values(), *grounds.missing.values()]
        if not findings:
            return 0.0
        strength = min(each.confidence for each in findings)
        evidence = grounds.evidence
        recognised = self._recognised(evidence) if evidence else self._recognised_in(grounds.searched)
        attributed = UNATTRIBUTED if any(each.speaker is Speaker.UNKNOWN for each in evidence) else 1.0
        return round(strength * recognised * attributed, 3)

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


def _combined(rule: Combination, parts: list[_Truth]) -> _Truth:
    if rule.combine is Combine.NONE:
        return _negated(_at_least(1, parts))
    needed = {Combine.ALL: len(parts), Combine.ANY: 1, Combine.AT_LEAST: rule.count}[rule.combine]
    return _at_least(needed, parts)


def _at_least(needed: int, parts: list[_Truth]) -> _Truth:
    """Whether so many parts hold; the parts that settle it are the ones used."""
    true = [part for part in parts if part.value]
    unknown = [part for part in parts if part.value is None]
    if len(true) >= needed:
        return _Truth(True, _used(true))
    if len(true) + len(unknown) >= needed:
        return _Truth(None, _used(unknown))
    return _Truth(False, _used(part for part in parts if part.value is False))


def _negated(truth: _Truth) -> _Truth:
    return _Truth(None if truth.value is None else not truth.value, truth.used)


def _used(parts: Iterable[_Truth]) -> tuple[str, ...]:
    return tuple(name for part in parts for name in part.used)
