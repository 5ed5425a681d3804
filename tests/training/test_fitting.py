"""Models of a small form from twelve calls: what they learn, that they are the same each time, what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qm.errors import FormError
from qm.evaluation import OUTCOME, Verdict
from qm.formats import read_transcript
from qm.learned import from_json, to_json
from qm.rubric import EvaluationForm, load, models_of
from qm.scoring import evaluate
from qm.training import LabelledCall, read_corpus
from qm.training.agreement import held_out
from qm.training.fitting import Fitted, fit
from tests.training.small_corpus import FORM, WISH, calls, labelled_call, write_corpus, write_form


def told(_what: str, _part: float) -> None:
    """Progress that nobody looks at."""


def two_turns(text: str) -> str:
    """A call of which only the first two turns are left."""
    lines = text.replace("met 5", "met 1").splitlines(keepends=True)
    first = lines.index("call: |\n") + 1
    return "".join(lines[: first + 2] + lines[first + 6 :])


@pytest.fixture
def form(tmp_path: Path) -> EvaluationForm:
    return load(write_form(tmp_path / "forms"))


@pytest.fixture
def corpus(tmp_path: Path) -> tuple[LabelledCall, ...]:
    return read_corpus(write_corpus(tmp_path / "calls", calls()), "train")


@pytest.fixture
def fitted(form: EvaluationForm, corpus: tuple[LabelledCall, ...]) -> Fitted:
    return fit(form, corpus, told)


def test_there_is_a_model_for_what_the_labels_tell_apart_and_the_rest_is_told(fitted: Fitted) -> None:
    assert set(fitted.models.calls) == {"wishes", OUTCOME}
    assert fitted.skipped == {"greets": "every label is met", "sings": "it has no labels"}
    assert len(fitted.held) == 12
    assert all(set(each.probabilities) == {"wishes", OUTCOME} for each in fitted.held)


def test_the_same_calls_give_the_same_models(
    form: EvaluationForm, corpus: tuple[LabelledCall, ...], fitted: Fitted
) -> None:
    assert json.dumps(to_json(fit(form, corpus, told).models)) == json.dumps(to_json(fitted.models))


def test_the_file_holds_what_was_fitted(fitted: Fitted) -> None:
    content = to_json(fitted.models)
    assert to_json(from_json(json.loads(json.dumps(content)))) == content


def test_what_the_rules_do_not_know_is_learned_and_quoted(tmp_path: Path, form: EvaluationForm) -> None:
    learned = fit(form, read_corpus(write_corpus(tmp_path / "c", calls()), "train"), told).models
    file = models_of(tmp_path / "forms" / "small.yaml")
    assert file is not None
    file.parent.mkdir()
    file.write_text(json.dumps(to_json(learned)), "utf-8")
    judging = load(tmp_path / "forms" / "small.yaml")
    said = "agent: Hello.\ncustomer: My bicycle is late.\nagent: I see.\ncustomer: Right.\nagent: {}\ncustomer: Bye."
    for last, verdict in ((WISH, Verdict.MET), ("No more from me.", Verdict.NOT_MET)):
        call = read_transcript(f"# language: en\n{said.format(last)}".encode(), "call.txt")
        wishes = evaluate(call, judging).criteria[0]
        assert wishes.verdict is verdict
        assert [each.turn for each in wishes.evidence] == ([4] if verdict is Verdict.MET else [])
        assert evaluate(call, judging.without_models()).criteria[0].verdict is Verdict.NOT_MET


def test_a_hand_that_is_left_out_is_judged_by_the_others(fitted: Fitted) -> None:
    assert held_out(fitted.held)["wishes"] == (1.0, 1.0)
    for each in fitted.held:
        assert sum(each.probabilities["wishes"].values()) == pytest.approx(1)


def test_a_hand_without_which_one_label_is_left_is_not_tried(tmp_path: Path, form: EvaluationForm) -> None:
    texts = {n: t for n, t in calls(("anna", "bram")).items() if "bram" not in n or "  wishes: met" in t}
    held = fit(form, read_corpus(write_corpus(tmp_path, texts), "train"), told).held
    assert {"wishes" in each.probabilities for each in held if each.call.hand == "anna"} == {False}
    assert {"wishes" in each.probabilities for each in held if each.call.hand == "bram"} == {True}


def test_progress_goes_from_nothing_to_all_and_moves_while_turns_are_learned(
    form: EvaluationForm, corpus: tuple[LabelledCall, ...]
) -> None:
    seen: list[tuple[str, float]] = []
    fit(form, corpus, lambda what, part: seen.append((what, part)))
    parts = [part for _, part in seen]
    assert parts == sorted(parts)
    assert parts[0] == 0
    assert parts[-1] < 1
    assert len([part for what, part in seen if what == "learning what turns show"]) >= 4 * 4


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("Right, I see.", "Right, I understand."),
        lambda text: text.replace("greets: met 1", "greets: not_met"),
        lambda text: text.replace("promises: []", "promises: [{turn: 3, who: agent, what: it, when: }]"),
    ],
)
def test_the_provenance_tells_words_and_labels(
    tmp_path: Path, form: EvaluationForm, fitted: Fitted, change: Callable[[str], str]
) -> None:
    texts = calls()
    texts["en-anna-01"] = change(texts["en-anna-01"])
    other = fit(form, read_corpus(write_corpus(tmp_path / "other", texts), "train"), told).models.provenance
    ours = fitted.models.provenance
    assert ours["corpus"] != other["corpus"]
    assert (ours["calls"], ours["hands"], ours["by_language"], ours["form_title"]) == (12, 3, {"en": 12}, "Small")


# -- what cannot be learned from ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "form_text", "message"),
    [
        (calls(("anna",)), FORM, "en-anna-01.yaml and the others: all calls are of one hand, 'anna'"),
        ({"en-anna-01": calls()["en-anna-01"]}, FORM, "small: the calls have no two different labels for wishes"),
        (
            calls(),
            FORM[: FORM.index("outcome:")].replace("id: wishes", "id: whistles"),
            "small: the calls have no two different labels for whistles, greets, sings; label more calls",
        ),
        (
            {f"en-{hand}-1": two_turns(labelled_call(f"en-{hand}-1", hand, hand == "x")) for hand in ("x", "y")},
            FORM,
            "no word stands in 4 turns of these calls; add more calls",
        ),
    ],
)
def test_calls_that_nothing_can_be_learned_from_are_told(
    tmp_path: Path, texts: dict[str, str], form_text: str, message: str
) -> None:
    corpus = read_corpus(write_corpus(tmp_path, texts), "train")
    with pytest.raises(FormError) as caught:
        fit(load(write_form(tmp_path, form_text)), corpus, told)
    assert message in str(caught.value)


def test_no_calls_are_told(form: EvaluationForm) -> None:
    with pytest.raises(FormError, match="there are no labelled calls to learn from"):
        fit(form, (), told)
