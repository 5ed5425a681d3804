"""How well answers agree with labels: figures worked out by hand."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from qm.errors import FormError
from qm.evaluation import CriterionResult, Evaluation, Outcome, OutcomeResult, Verdict
from qm.rubric import EvaluationForm, load
from qm.training import LabelledCall, read_corpus
from qm.training.agreement import Judged, judged, summarise
from qm.transcript import quote
from tests.training.small_corpus import FORM, THINGS, calls, labelled_call, write_corpus, write_form

OF_ITS_OWN = FORM[: FORM.index("outcome:")]


@pytest.fixture
def form(tmp_path: Path) -> EvaluationForm:
    return load(write_form(tmp_path / "forms"))


def corpus(folder: Path, texts: dict[str, str]) -> tuple[LabelledCall, ...]:
    return read_corpus(write_corpus(folder / "calls", texts, "test"), "test")


def evaluation(call: LabelledCall, wishes: Verdict, turns: Sequence[int], outcome: Outcome) -> Evaluation:
    evidence = tuple(quote(call.transcript, turn) for turn in turns)
    result = CriterionResult("wishes", "Wish", wishes, 2, 1.0, "", evidence)
    greets = CriterionResult("greets", "Greeting", Verdict.MET, 1, 1.0, "")
    return Evaluation("small", "0", (result, greets), outcome=OutcomeResult(outcome, 1.0, ""))


def test_figures(tmp_path: Path, form: EvaluationForm) -> None:
    # Labels: met, not_met, met, not_met, …; resolved, resolved, unresolved, unresolved, …
    found = corpus(tmp_path, calls(("anna", "bram")))
    given = [
        (Verdict.MET, [4], Outcome.RESOLVED),  # right, and the labelled turn is quoted
        (Verdict.NOT_MET, [], Outcome.UNRESOLVED),  # right, without a turn; the outcome is flipped
        (Verdict.MET, [0, 2], Outcome.UNRESOLVED),  # right, but other turns are quoted
        (Verdict.MET, [4], Outcome.UNRESOLVED),  # wrong
        (Verdict.CANNOT_TELL, [], Outcome.RESOLVED),
        (Verdict.NOT_MET, [], Outcome.NOT_DETERMINABLE),  # right; the outcome is wrong
        (Verdict.MET, [2, 4], Outcome.UNRESOLVED),  # right, one of the turns is the labelled one
        (Verdict.NOT_MET, [], Outcome.UNRESOLVED),  # right
    ]
    pairs = [Judged(call, evaluation(call, *each)) for call, each in zip(found, given, strict=True)]
    summary = summarise(form, pairs)
    wishes, greets, outcome = summary.targets
    assert (summary.calls, summary.unlabelled) == (8, ("sings",))
    assert (wishes.labels, wishes.cannot_tell, wishes.accuracy) == (8, 1 / 8, 6 / 7)
    # met: 3 of 4 given right, 3 of 3 found; not_met: 3 of 3 right, 3 of 4 found.
    assert wishes.macro_f1 == pytest.approx((6 / 7 + 6 / 7) / 2)
    assert wishes.evidence == 2 / 3
    assert (greets.accuracy, greets.macro_f1, greets.evidence) == (1.0, 1.0, None)
    assert (outcome.target, outcome.accuracy) == ("outcome", 6 / 8)
    assert (summary.outcome_accuracy, summary.flips) == (6 / 8, 1 / 8)
    assert summary.mean_f1 == pytest.approx((6 / 7 + 1) / 2)
    assert summary.cannot_tell == pytest.approx((1 / 8 + 0) / 2)
    # Ranks: scores 100, 33, 100, 100, (too little), 33, 100, 33 beside impressions 8, 4, 8, 4, …, 4, 8, 4.
    assert summary.rank_correlation == pytest.approx(0.75)


def test_an_answer_with_few_labels_is_not_in_the_f1(tmp_path: Path, form: EvaluationForm) -> None:
    names = [(f"en-anna-{n}", n < 3) for n in range(5)]
    found = corpus(tmp_path, {name: labelled_call(name, "parcel", wished) for name, wished in names})
    pairs = [Judged(call, evaluation(call, Verdict.MET, [], Outcome.RESOLVED)) for call in found]
    (wishes, *_) = summarise(form, pairs).targets
    assert wishes.accuracy == 3 / 5
    assert wishes.macro_f1 == pytest.approx(2 * 3 / (2 * 3 + 2))
    assert summarise(form, pairs).rank_correlation is None, "all scores are alike"


def test_a_form_is_judged_call_by_call(tmp_path: Path, form: EvaluationForm) -> None:
    found = corpus(tmp_path, calls())
    done: list[None] = []
    summary = summarise(form, judged(form, found, lambda: done.append(None)))
    assert (len(done), summary.calls) == (12, 12)
    assert [each.accuracy for each in summary.targets] == [0.5, 1.0, 1.0]
    assert summary.rank_correlation is None


def test_calls_with_the_same_id_are_two_calls(tmp_path: Path, form: EvaluationForm) -> None:
    (call,) = corpus(tmp_path, {"en-anna-1": labelled_call("en-anna-1", "parcel", True)})
    assert summarise(form, judged(form, [call, call], lambda: None)).calls == 2


def test_a_form_without_outcome_that_only_some_calls_label(tmp_path: Path) -> None:
    form = load(write_form(tmp_path / "forms", OF_ITS_OWN))
    unlabelled = calls()["en-anna-01"].replace("  wishes: met 5\n  greets: met 1", "  other: met 1")
    found = corpus(tmp_path, {**calls(), "en-anna-01": unlabelled})
    summary = summarise(form, judged(form, found, lambda: None))
    assert summary.calls == 12
    assert [(each.target, each.labels) for each in summary.targets] == [("wishes", 11), ("greets", 11)]
    assert (summary.outcome_accuracy, summary.flips) == (None, None)


def test_a_form_that_no_call_labels_is_told(tmp_path: Path) -> None:
    text = OF_ITS_OWN.replace("id: wishes", "id: whistles").replace("id: greets", "id: grins")
    form = load(write_form(tmp_path / "forms", text))
    found = corpus(tmp_path, {"en-anna-1": labelled_call("en-anna-1", THINGS[0], True)})
    with pytest.raises(FormError, match="small: no labels for whistles, grins, sings; label the calls by this form"):
        summarise(form, judged(form, found, lambda: None))
