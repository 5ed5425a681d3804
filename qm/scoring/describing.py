"""A form as a coach reads it: what each criterion asks, and when it gets which verdict. Pure."""

from dataclasses import dataclass

from qm.call import Language
from qm.evaluation import OUTCOME, ErrorClass, Verdict
from qm.rubric import Case, Criterion, EvaluationForm
from qm.scoring.reasons import Sayings


@dataclass(frozen=True, slots=True)
class Described:
    """One criterion, auto-fail, or the outcome, in the reader's language."""

    id: str
    title: str
    definition: str
    weight: float | None
    """None: it is no criterion"""
    error_class: ErrorClass | None
    rules: tuple[str, ...]
    """ "met when own name and offer to help", in the order in which they are tried"""
    coaching: str
    learned: bool
    """models of labelled calls have a say"""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section of the form; auto-fails and the outcome are one each."""

    title: str
    entries: tuple[Described, ...]


def describe(form: EvaluationForm, reader: Language) -> tuple[Chapter, ...]:
    """The sections in order, then auto-fails and the outcome, where the form has them."""
    say = Sayings(reader)
    models = form.learned.calls if form.learned else {}
    chapters = [
        Chapter(each.title[reader], tuple(_criterion(c, say, reader, c.id in models) for c in each.criteria))
        for each in form.sections
    ]
    if form.auto_fails:
        fails = tuple(
            Described(
                each.id,
                each.title[reader],
                " ".join(each.definition[reader].split()),
                None,
                each.error_class,
                (say.fails(each.when, each.findings),),
                "",
                False,
            )
            for each in form.auto_fails
        )
        chapters.append(Chapter(say.word("auto_fails"), fails))
    if form.outcome is not None:
        decision = form.outcome.decision
        rules = [say.case(case.answer, case.rule, form.outcome.findings) for case in decision.cases]
        rules.append(say.otherwise(decision.otherwise))
        outcome = say.word("outcome")
        entry = Described(OUTCOME, outcome, "", None, None, tuple(rules), "", OUTCOME in models)
        chapters.append(Chapter(outcome, (entry,)))
    return tuple(chapters)


def _criterion(criterion: Criterion, say: Sayings, reader: Language, learned: bool) -> Described:
    cases = criterion.verdict.cases
    if criterion.not_applicable is not None:
        cases = (Case(Verdict.NOT_APPLICABLE, criterion.not_applicable), *cases)
    rules = [say.case(case.answer, case.rule, criterion.findings) for case in cases]
    return Described(
        id=criterion.id,
        title=criterion.title[reader],
        definition=" ".join(criterion.definition[reader].split()),
        weight=criterion.weight,
        error_class=criterion.error_class,
        rules=(*rules, say.otherwise(criterion.verdict.otherwise)),
        coaching=criterion.coaching[reader] if criterion.coaching else "",
        learned=learned,
    )
