"""What is wrong with a form that can be read: verdicts no call can get, examples that come out otherwise. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from qm.evaluation import OUTCOME, Evaluation, Verdict
from qm.formats import read_transcript
from qm.rubric import (
    Answer,
    Combination,
    Combine,
    Criterion,
    Decision,
    EvaluationForm,
    Example,
    Findings,
    Place,
    Recipe,
    Rule,
    definition_hash,
)
from qm.scoring.deciding import Scoring
from qm.scoring.opinions import Reading
from qm.scoring.rules import RuleBook
from qm.signals import SIGNALS, Text
from qm.transcript import Transcript

_MOST_FINDINGS = 14
"""of one criterion, up to which every combination of found and not found is tried: 16,384"""
_HEAVY = 0.5
"""share of all weight from which one criterion decides the score alone"""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to look at."""

    file: str | None
    """that of the form, or one that it extends"""
    line: int | None
    """from 1"""
    what: str
    cure: str
    mistake: bool
    """the form does not do what it says; otherwise only something to think about"""


def check(form: EvaluationForm) -> list[Remark]:
    """What can be said of a form without calls, mistakes first."""
    remarks = [*_unreachable(form), *_examples(form), *_weights(form), *_unused(form), *_redefined(form)]
    return sorted(remarks, key=lambda each: (not each.mistake, each.file or "", each.line or 0))


def _remark(place: Place | None, what: str, cure: str, mistake: bool) -> Remark:
    return Remark(place.file if place else None, place.line if place else None, what, cure, mistake)


def check_on(form: EvaluationForm, calls: Sequence[Transcript]) -> list[Remark]:
    """What sample calls show: findings that none of them has, criteria that judge all alike."""
    verdicts: dict[str, Counter[str]] = {each.id: Counter() for each in form.criteria}
    found: set[str] = set()
    for call in calls:
        rules = RuleBook(Text(call, form.brand), form)
        found |= set(rules.found())
        for criterion in form.criteria:
            verdicts[criterion.id][rules.verdict(criterion).answer or Verdict.CANNOT_TELL] += 1
    names = dict.fromkeys(name for scope in _scopes(form) for name in scope)
    remarks = [
        _remark(None, f"'{name}' is found in none of {len(calls)} sample calls", "try it on a call that has it", False)
        for name in names
        if name not in found
    ]
    for criterion in form.criteria:
        counts = verdicts[criterion.id]
        if len(counts) == 1 and _judges(criterion):
            what = f"the rules of '{criterion.id}' say {next(iter(counts))} of all {len(calls)} sample calls"
            remarks.append(_remark(criterion.place, what, "a criterion that never differs tells nothing", False))
    return remarks


def _judges(criterion: Criterion) -> bool:
    return bool(criterion.verdict.cases) and not criterion.needs_note


# -- verdicts that cannot be given --------------------------------------------------------------------


def _unreachable(form: EvaluationForm) -> Iterable[Remark]:
    for criterion in form.criteria:
        before = [criterion.not_applicable] if criterion.not_applicable is not None else []
        yield from _dead_cases(criterion.id, criterion.verdict, criterion.findings, before)
    if form.outcome:
        yield from _dead_cases(OUTCOME, form.outcome.decision, form.outcome.findings, [])


def _dead_cases(name: str, decision: Decision[Answer], findings: Findings, before: list[Rule]) -> Iterable[Remark]:
    """Cases before which another always holds, or that contradict themselves."""
    rules = [*before, *(case.rule for case in decision.cases)]
    leaves = list(dict.fromkeys(leaf for rule in rules for leaf in _leaves(rule, findings)))
    if len(leaves) > _MOST_FINDINGS:
        return
    reached = set()
    for values in product((False, True), repeat=len(leaves)):
        truth = dict(zip(leaves, values, strict=True))
        reached.add(next((at for at, rule in enumerate(rules) if _holds(rule, findings, truth)), len(rules)))
    cure = "an earlier case holds whenever it does, or it contradicts itself; mend the rule or its place"
    for at, case in enumerate(decision.cases, start=len(before)):
        if at not in reached:
            yield _remark(case.place, f"'{name}' can never be {case.answer}", cure, True)
    if len(rules) not in reached and rules:
        what = f"'{name}' can never be {decision.otherwise}, its 'otherwise'"
        yield _remark(decision.place, what, "the cases before it hold for every call; make one of them narrower", True)


def _leaves(rule: Rule, findings: Findings) -> Iterable[Rule]:
    """The findings by signals on which a rule rests, and the orders in which they may come."""
    if isinstance(rule, Combination):
        if rule.combine is Combine.IN_ORDER:
            yield rule
        for part in rule.rules:
            yield from _leaves(part, findings)
    elif isinstance(findings[rule].made, Recipe):
        yield rule
    else:
        yield from _leaves(findings[rule].made, findings)  # type: ignore[arg-type]  # not a recipe: a rule


def _holds(rule: Rule, findings: Findings, truth: Mapping[Rule, bool]) -> bool:
    if not isinstance(rule, Combination):
        made = findings[rule].made
        return truth[rule] if isinstance(made, Recipe) else _holds(made, findings, truth)
    parts = [_holds(part, findings, truth) for part in rule.rules]
    if rule.combine is Combine.NONE:
        return not any(parts)
    if rule.combine is Combine.IN_ORDER:
        return truth[rule] and all(parts)
    least = {Combine.ANY: 1, Combine.AT_LEAST: rule.count}.get(rule.combine, len(parts))
    return sum(parts) >= least


# -- examples -----------------------------------------------------------------------------------------


def _examples(form: EvaluationForm) -> Iterable[Remark]:
    """An example tries the rules: the models learned from whole calls, and know nothing of a piece of one."""
    rules_only = form.without_models()
    for criterion in form.criteria:
        for example in criterion.examples:
            yield from _tried(rules_only, criterion.id, example)
    if form.outcome:
        for each in form.outcome.examples:
            yield from _tried(rules_only, OUTCOME, each)


def _tried(form: EvaluationForm, name: str, example: Example[Answer]) -> Iterable[Remark]:
    said = read_transcript(f"# language: {example.language}\n{example.call}".encode(), "example.txt")
    text = Text(said, form.brand, note=example.note)
    given = _answer(Scoring(Reading(text), RuleBook(text, form), {}).evaluation(), name)
    if given != example.expect:
        what = f"the example of '{name}' should be {example.expect} and is {given}"
        yield _remark(example.place, what, "see why with qm score --explain; mend the rule or the example", True)


def _answer(evaluation: Evaluation, name: str) -> str:
    if name == OUTCOME:
        return evaluation.outcome.outcome if evaluation.outcome else ""
    return next(each.verdict for each in evaluation.criteria if each.id == name)


# -- the rest -----------------------------------------------------------------------------------------


def _weights(form: EvaluationForm) -> Iterable[Remark]:
    total = sum(each.weight for each in form.criteria)
    if not total:
        yield _remark(None, "every criterion has weight 0", "give one a weight, or there is no score", True)
        return
    for each in form.criteria:
        if each.weight / total > _HEAVY and len(form.criteria) > 1:
            what = f"'{each.id}' has {each.weight / total:.0%} of all weight"
            yield _remark(each.place, what, "it decides the score alone; is that meant?", False)


def _scopes(form: EvaluationForm) -> list[Findings]:
    scopes = [each.findings for each in form.criteria] + [each.findings for each in form.auto_fails]
    return [*scopes, form.outcome.findings] if form.outcome else scopes


def _unused(form: EvaluationForm) -> Iterable[Remark]:
    used: set[str] = set()
    for criterion in form.criteria:
        rules = [case.rule for case in criterion.verdict.cases]
        rules += [criterion.not_applicable] if criterion.not_applicable is not None else []
        used |= {name for rule in rules for name in _named(rule, criterion.findings)}
    for fail in form.auto_fails:
        used |= set(_named(fail.when, fail.findings))
    if form.outcome:
        cases = form.outcome.decision.cases
        used |= {name for case in cases for name in _named(case.rule, form.outcome.findings)}
    for name in dict.fromkeys(name for scope in _scopes(form) for name in scope):
        if name not in used:
            yield _remark(None, f"the finding '{name}' is used by no rule", "use it or take it out", False)


def _named(rule: Rule, findings: Findings) -> Iterable[str]:
    """Every finding that a rule rests on, also by way of others."""
    if isinstance(rule, Combination):
        for part in rule.rules:
            yield from _named(part, findings)
        return
    yield rule
    made = findings[rule].made
    if isinstance(made, Recipe):
        for key, value in made.parameters.items():
            if SIGNALS[made.signal].parameters[key].is_finding:
                yield from _named(str(value), findings)
    else:
        yield from _named(made, findings)


def _redefined(form: EvaluationForm) -> Iterable[Remark]:
    if form.learned is None:
        return
    for each in form.criteria:
        learned = form.learned.definitions.get(each.id)
        if learned and each.id in form.learned.calls and learned != definition_hash(each.definition):
            what = f"the definition of '{each.id}' is not the one its model learned; only the rules judge it"
            yield _remark(each.place, what, "label calls by the new definition and run qm forms train", False)
