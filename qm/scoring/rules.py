"""What the rules of a form say of one text: findings looked up, rules tried in order, the first that holds. Pure.

A rule may be undecided because a finding is unknown; then the answer is *cannot tell*, never a guess.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic

from qm.evaluation import OUTCOME, Outcome, Searched, Verdict
from qm.rubric import (
    Answer,
    Case,
    Combination,
    Combine,
    Criterion,
    Definition,
    EvaluationForm,
    Findings,
    OutcomeRules,
    Recipe,
    Rule,
)
from qm.signals import SIGNALS, Argument, Finding, Text, Unknown
from qm.transcript import Evidence

MOST_EVIDENCE = 8
"""quotes shown with one verdict"""


@dataclass(frozen=True, slots=True)
class Truth:
    """A rule's truth, None when undecided, with the findings that made it so."""

    value: bool | None
    used: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried(Generic[Answer]):
    """One rule of a decision and whether it held."""

    case: Case[Answer]
    truth: Truth


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on: findings by name."""

    found: dict[str, Finding] = field(default_factory=dict)
    missing: dict[str, Finding] = field(default_factory=dict)
    unknown: dict[str, Unknown] = field(default_factory=dict)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Quotes in the order of the call, each once; the first ones of each finding when there are many."""
        cited = dict.fromkeys(each for finding in self.found.values() for each in finding.evidence)
        return tuple(sorted(cited, key=_place)[:MOST_EVIDENCE])

    @property
    def searched(self) -> Searched | None:
        return next((each.searched for each in self.missing.values() if each.searched), None)

    @property
    def strength(self) -> float:
        """Of the weakest finding, 0…1; 0 without any."""
        return min((each.confidence for each in (*self.found.values(), *self.missing.values())), default=0.0)


@dataclass(frozen=True, slots=True)
class Ruling(Generic[Answer]):
    """What the rules answer, and how they came to it."""

    answer: Answer | None
    """None: the rules cannot tell"""
    grounds: Grounds
    tried: tuple[Tried[Answer], ...]
    """in order; the last one decided, unless all were false"""


class RuleBook:
    """The rules of one form over one text; a finding that several rules share is looked up once."""

    def __init__(self, text: Text, form: EvaluationForm) -> None:
        self.text = text
        self.form = form
        self._known: dict[tuple[str, int], Finding | Unknown] = {}
        self._verdicts: dict[str, Ruling[Verdict]] = {}

    def verdict(self, criterion: Criterion) -> Ruling[Verdict]:
        """Not applicable first, then the cases in order; an undecided rule on the way cannot tell."""
        if criterion.id not in self._verdicts:
            self._verdicts[criterion.id] = self._verdict(criterion)
        return self._verdicts[criterion.id]

    def _verdict(self, criterion: Criterion) -> Ruling[Verdict]:
        if criterion.needs_note and not self.text.note:
            return Ruling(Verdict.NOT_APPLICABLE, Grounds(), ())
        cases = criterion.verdict.cases
        if criterion.not_applicable is not None:
            cases = (Case(Verdict.NOT_APPLICABLE, criterion.not_applicable), *cases)
        tried: list[Tried[Verdict]] = []
        for case in cases:
            truth = self.truth(case.rule, criterion.findings)
            tried.append(Tried(case, truth))
            if truth.value is not False:
                break
        else:
            return self._ruling(criterion.verdict.otherwise, tried, criterion.findings)
        # What does not apply needs no further reason; a verdict rests on the rules before it, too.
        own = tried[-1:] if case.answer is Verdict.NOT_APPLICABLE else _after_applicable(tried)
        answer = case.answer if truth.value else None
        grounds = self.grounds(_used(own), criterion.findings)
        return Ruling(answer if answer is not Verdict.CANNOT_TELL else None, grounds, tuple(tried))

    def outcome(self, rules: OutcomeRules) -> Ruling[Outcome]:
        """As a verdict, but a later rule may still tell where an earlier one is undecided."""
        tried: list[Tried[Outcome]] = []
        for case in rules.decision.cases:
            truth = self.truth(case.rule, rules.findings)
            tried.append(Tried(case, truth))
            if truth.value:
                return Ruling(case.answer, self.grounds(truth.used, rules.findings), tuple(tried))
        undecided = [each for each in tried if each.truth.value is None]
        if undecided:
            return Ruling(None, self.grounds(_used(undecided), rules.findings), tuple(tried))
        return self._ruling(rules.decision.otherwise, tried, rules.findings)

    def _ruling(self, otherwise: Answer, tried: list[Tried[Answer]], findings: Findings) -> Ruling[Answer]:
        answer = None if otherwise is Verdict.CANNOT_TELL else otherwise
        return Ruling(answer, self.grounds(_used(_after_applicable(tried)), findings), tuple(tried))

    def answers(self) -> list[str]:
        """`criterion:answer` of every criterion and of the outcome; `None` for what the rules cannot tell."""
        answers = [f"{each.id}:{self.verdict(each).answer}" for each in self.form.criteria]
        return [*answers, f"{OUTCOME}:{self.outcome(self.form.outcome).answer}"] if self.form.outcome else answers

    def found(self) -> list[str]:
        """Names of the findings that were found, in the order of the form."""
        scopes = [each.findings for each in self.form.criteria]
        scopes += [each.findings for each in self.form.auto_fails]
        scopes += [self.form.outcome.findings] if self.form.outcome else []
        definitions = {(name, id(scope[name])): scope for scope in scopes for name in scope}
        names = (name for (name, _), scope in definitions.items() if _is_found(self.finding(name, scope)))
        return list(dict.fromkeys(names))

    # -- truth ----------------------------------------------------------------------------------------

    def truth(self, rule: Rule, findings: Findings) -> Truth:
        """Three-valued: an unknown finding leaves undecided only what depends on it."""
        if isinstance(rule, Combination):
            if rule.combine is Combine.IN_ORDER:
                return self._in_order([str(each) for each in rule.rules], findings)
            return _combined(rule, [self.truth(each, findings) for each in rule.rules])
        made = findings[rule].made
        if not isinstance(made, Recipe):
            return self.truth(made, findings)
        finding = self.finding(rule, findings)
        return Truth(None if isinstance(finding, Unknown) else bool(finding), (rule,))

    def _in_order(self, names: list[str], findings: Findings) -> Truth:
        made = [self.finding(name, findings) for name in names]
        if any(isinstance(each, Unknown) for each in made):
            return Truth(None, tuple(n for n, each in zip(names, made, strict=True) if isinstance(each, Unknown)))
        starts = [min(map(_place, each.evidence), default=None) for each in made if isinstance(each, Finding)]
        absent = tuple(name for name, start in zip(names, starts, strict=True) if start is None)
        if absent:
            return Truth(False, absent)
        places = [start for start in starts if start is not None]
        return Truth(all(first < second for first, second in pairwise(places)), tuple(names))

    # -- findings -------------------------------------------------------------------------------------

    def finding(self, name: str, findings: Findings) -> Finding | Unknown:
        """What a finding's signal, or its rule, found."""
        definition = findings[name]
        key = (name, id(definition))  # a criterion's own finding may bear a name that another criterion uses
        if key not in self._known:
            self._known[key] = self._look_up(definition, findings)
        return self._known[key]

    def _look_up(self, definition: Definition, findings: Findings) -> Finding | Unknown:
        recipe = definition.made
        if not isinstance(recipe, Recipe):
            return self._conclusion(recipe, findings)
        signal = SIGNALS[recipe.signal]
        arguments: dict[str, Argument] = {}
        for key, value in recipe.parameters.items():
            if not signal.parameters[key].is_finding:
                arguments[key] = value
                continue
            referred = self.finding(str(value), findings)
            if isinstance(referred, Unknown):
                return referred
            arguments[key] = referred
        return signal(self.text, **arguments)

    def _conclusion(self, rule: Rule, findings: Findings) -> Finding | Unknown:
        """A rule over findings as a finding itself: all that was found for it."""
        truth = self.truth(rule, findings)
        grounds = self.grounds(truth.used, findings)
        if truth.value is None:
            return next(iter(grounds.unknown.values()))
        strength = min((each.confidence for each in grounds.found.values()), default=0.0)
        cited = sorted({each for finding in grounds.found.values() for each in finding.evidence}, key=_place)
        return Finding(tuple(cited) if truth.value else (), strength, grounds.searched)

    def grounds(self, names: Iterable[str], findings: Findings) -> Grounds:
        """The findings of these names, by what became of them."""
        grounds = Grounds()
        for name in dict.fromkeys(names):
            finding = self.finding(name, findings)
            if isinstance(finding, Unknown):
                grounds.unknown[name] = finding
            elif finding:
                grounds.found[name] = finding
            else:
                grounds.missing[name] = finding
        return grounds


def _is_found(finding: Finding | Unknown) -> bool:
    return isinstance(finding, Finding) and bool(finding)


def _place(evidence: Evidence) -> tuple[int, int]:
    return evidence.turn, evidence.first


def _after_applicable(tried: list[Tried[Answer]]) -> list[Tried[Answer]]:
    """That a criterion applies is no reason for its verdict."""
    return [each for each in tried if each.case.answer is not Verdict.NOT_APPLICABLE]


def _combined(rule: Combination, parts: list[Truth]) -> Truth:
    if rule.combine is Combine.NONE:
        return _negated(_at_least(1, parts))
    needed = {Combine.ALL: len(parts), Combine.ANY: 1, Combine.AT_LEAST: rule.count}[rule.combine]
    return _at_least(needed, parts)


def _at_least(needed: int, parts: list[Truth]) -> Truth:
    """Whether so many parts hold; the parts that settle it are the ones used."""
    true = [part for part in parts if part.value]
    unknown = [part for part in parts if part.value is None]
    if len(true) >= needed:
        return Truth(True, _names(true))
    if len(true) + len(unknown) >= needed:
        return Truth(None, _names(unknown))
    return Truth(False, _names(part for part in parts if part.value is False))


def _negated(truth: Truth) -> Truth:
    return Truth(None if truth.value is None else not truth.value, truth.used)


def _names(parts: Iterable[Truth]) -> tuple[str, ...]:
    return tuple(name for part in parts for name in part.used)


def _used(tried: Iterable[Tried[Answer]]) -> tuple[str, ...]:
    return _names(each.truth for each in tried)
