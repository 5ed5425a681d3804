"""What a new version of a form changes, counted."""

from collections import Counter

from qm.comparison import Comparison
from qm.evaluation import AutoFail, CriterionResult, ErrorClass, Evaluation, Outcome, OutcomeResult, Verdict


def judged(verdict: Verdict, outcome: Outcome = Outcome.RESOLVED, failed: bool = False) -> Evaluation:
    criteria = (CriterionResult("a", "A", Verdict.MET, 1, 1, ""), CriterionResult("b", "B", verdict, 1, 1, ""))
    fails = (AutoFail("x", "X", ErrorClass.CUSTOMER_CRITICAL, "", ()),) if failed else ()
    return Evaluation("form", "v", criteria, fails, OutcomeResult(outcome, 1, ""))


def test_changes_are_counted_by_criterion() -> None:
    comparison = Comparison("form")
    comparison.add(judged(Verdict.MET), judged(Verdict.NOT_MET))
    comparison.add(judged(Verdict.MET), judged(Verdict.NOT_MET, Outcome.UNRESOLVED, failed=True))
    comparison.add(judged(Verdict.MET), judged(Verdict.MET))
    comparison.add(None, judged(Verdict.MET))
    assert (comparison.calls, comparison.first, comparison.changed) == (4, 1, 2)
    assert comparison.criteria == {"b": Counter({("met", "not_met"): 2})}
    assert comparison.outcomes == Counter({("resolved", "unresolved"): 1})
    assert comparison.failed == Counter({("passed", "failed"): 1})
    assert comparison.mean_scores == (100.0, (50 + 50 + 100) / 3)


def test_a_criterion_that_is_new_says_so() -> None:
    comparison = Comparison("form")
    before = Evaluation("form", "v", (CriterionResult("a", "A", Verdict.MET, 1, 1, ""),))
    comparison.add(before, judged(Verdict.MET, Outcome.RESOLVED))
    assert comparison.criteria == {"b": Counter({("", "met"): 1})}


def test_without_scores_there_is_no_mean() -> None:
    assert Comparison("form").mean_scores is None
