"""Models beside the rules: what they see of a call, what they say, what their files may hold."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from qm.learned import Learned, ModelError, call_features, from_json, to_json, turn_features
from qm.learned.model import CallModel, TurnModel, softmax
from qm.signals import Text

GREETS = TurnModel(
    ("greets:met", "greets:not_met"),
    (-0.5, 0.1),
    {("a", "hello"): {0: 2.0}, ("a", "hi"): {0: 0.2}, ("c", "hello"): {0: -1.0, 1: 0.25}},
)
CALLS = {
    "greets": CallModel(("met", "not_met"), (0.25, -0.25), {"t:greets:met": (1.0, -1.0), "n:size": (0.5, 0.0)}, 2.0),
    "outcome": CallModel(("resolved", "unresolved", "pending"), (0.0, 0.0, 0.5), {}, 1.0),
}
MODELS = Learned("small", {"greets": "0" * 12}, {"calls": 12}, GREETS, CALLS)

AGENT_HELLO, AGENT_HI, CUSTOMER_HELLO, SILENT = [("a", "hello")], [("a", "hi")], [("c", "hello"), ("c", "x")], []


# -- scores and opinions ------------------------------------------------------------------------------


def test_a_turn_is_scored_by_the_features_that_are_known() -> None:
    scores = GREETS.scores([AGENT_HELLO, CUSTOMER_HELLO, SILENT])
    assert scores.tolist() == [
        pytest.approx([1.5, 0.1]),
        pytest.approx([-1.5, 0.35]),
        pytest.approx([-0.5, 0.1]),
    ]
    assert GREETS.weight(("a", "hello"), "greets:met") == 2.0
    assert GREETS.weight(("a", "hello"), "greets:partly_met") == GREETS.weight(("a", "x"), "greets:met") == 0.0


def test_probabilities_are_of_the_best_turn_and_the_numbers() -> None:
    said = MODELS.opinions([SILENT, AGENT_HELLO], {"n:size": 1.0, "n:unknown": 5.0})
    assert set(said) == {"greets", "outcome"}
    # Best turn 1.5: met 1.5 + 0.5 + 0.25 = 2.25, not met -1.5 - 0.25 = -1.75; both halved by the temperature.
    assert said["greets"].probability == pytest.approx(1 / (1 + math.exp((-1.75 - 2.25) / 2)), abs=1e-6)
    assert said["greets"].answer == "met"
    assert said["outcome"].answer == "pending"
    for each in said.values():
        assert sum(each.probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("turns", "shown"),
    [
        ([SILENT, AGENT_HELLO, CUSTOMER_HELLO], (1,)),
        ([AGENT_HELLO, SILENT, AGENT_HELLO, AGENT_HELLO], (0, 2)),
        ([[*AGENT_HELLO, *AGENT_HI], SILENT, AGENT_HELLO], (0, 2)),
        ([AGENT_HELLO, SILENT, [*AGENT_HELLO, *AGENT_HI]], (2, 0)),
    ],
)
def test_the_turns_that_show_the_answer_best_are_cited(turns: Any, shown: tuple[int, ...]) -> None:
    opinion = MODELS.opinions(turns, {"n:size": 3.0})["greets"]
    assert (opinion.answer, opinion.turns) == ("met", shown)


def test_an_absence_cites_nothing() -> None:
    turns = TurnModel(("greets:met",), (-0.5,), {("a", "hello"): {0: 2.0}})
    opinion = Learned("small", {}, {}, turns, CALLS).opinions([SILENT, AGENT_HI], {})["greets"]
    assert (opinion.answer, opinion.turns) == ("not_met", ())


def test_chances_of_large_scores_are_numbers() -> None:
    assert softmax([1e6, 0.0]) == [1.0, 0.0]
    assert softmax([-1e6, -1e6]) == [0.5, 0.5]


# -- features -----------------------------------------------------------------------------------------


def test_a_turn_has_its_words_those_before_it_and_its_place(text_of: Callable[..., Text]) -> None:
    text = text_of("agent: Hello there.", "customer: My router is broken.", "agent: Thank you.", language="en")
    first, second, third = turn_features(text)
    assert {("a", "hello"), ("at", "a:first"), ("long", "a:0")} <= set(first)
    assert [place for place, _ in second if place == "ac"]
    assert ("c", "router") in second
    assert {(place, word) for place, word in third if place == "ca" and word == "router"}
    assert ("at", "a:last") in third
    assert any(place == "a" and said == "#thanks" for place, said in third)
    assert any(place == "ca>" and said == "#thanks" for place, said in second)
    assert any(place == "c" and "|" in said for place, said in second), "two words in a row"
    assert all(len(set(turn)) == len(turn) for turn in (first, second, third))


def test_a_call_has_numbers_of_markers_answers_findings_and_sizes(text_of: Callable[..., Text]) -> None:
    text = text_of("agent: Thank you, thank you, thanks. Thanks!", "customer: Is it done?", language="en")
    numbers = call_features(text, ["greets:met"], ["greeting"])
    assert numbers["m:thanks:a"] == pytest.approx(math.sqrt(3)), "more than three say no more"
    assert numbers["r:greets:met"] == numbers["f:greeting"] == numbers["n:language:en"] == 1.0
    assert numbers["n:turns"] == pytest.approx(math.log(2) / 4)
    assert numbers["n:customer_questions"] == 0.5
    assert numbers["n:agent_ends"] == 0.0
    assert all(math.isfinite(each) for each in numbers.values())


# -- files --------------------------------------------------------------------------------------------


def content() -> Any:
    return json.loads(json.dumps(to_json(MODELS)))


def test_what_is_written_is_read_back() -> None:
    again = from_json(content())
    assert (again.form, again.definitions, again.provenance) == ("small", {"greets": "0" * 12}, {"calls": 12})
    assert (again.turns, again.calls) == (GREETS, CALLS)
    assert to_json(again) == content()


def test_what_comes_to_nothing_is_not_written() -> None:
    turns = TurnModel(("a:met",), (0.0,), {("a", "x"): {0: 0.0004}, ("a", "y"): {0: 0.0006}})
    calls = {"a": CallModel(("met", "not_met"), (0.0, 0.0), {"n:x": (0.0, 0.0004), "n:y": (0.0, 0.001)}, 1.0)}
    written = to_json(Learned("small", {}, {}, turns, calls))
    assert written["turns"]["weights"] == {"a": {"y": [[0], [1]]}}
    assert written["calls"]["a"]["weights"] == {"n:y": [0, 1]}


WRONG = {
    "its content is no mapping": lambda _: [],
    "it has format 2, this qm reads 1": lambda raw: raw | {"format": 2},
    "it is not a file of learned models: 'turns' is missing": lambda raw: raw.pop("turns") and raw,
    "the form is no text": lambda raw: raw | {"form": 7},
    "the definitions is no mapping": lambda raw: raw | {"definitions": []},
    "a definition is no text": lambda raw: raw | {"definitions": {"greets": 1}},
    "the provenance is no mapping": lambda raw: raw | {"provenance": "here"},
    "the models is no mapping": lambda raw: raw | {"calls": []},
    "it has no model of any criterion": lambda raw: raw | {"calls": {}},
}
WRONG_CALL = [
    ({"temperature": 0}, "the model of 'greets' has the temperature 0, not one from 0.01 to 100"),
    ({"temperature": -1.0}, "the temperature -1.0"),
    ({"temperature": math.nan}, "the temperature nan"),
    ({"temperature": True}, "the temperature True"),
    ({"temperature": "1"}, "the temperature '1'"),
    ({"answers": ["met"]}, "has fewer than two answers"),
    ({"answers": ["met", "met"]}, "the answers of the model of 'greets' is no list of different texts"),
    ({"answers": "met"}, "no list of different texts"),
    ({"answers": ["met", "not_met", "cannot_tell"]}, "has not one weight for each answer"),
    ({"bias": [0]}, "has not one weight for each answer"),
    ({"bias": [0, math.inf]}, "has a weight that is no number"),
    ({"bias": [0, 10**400]}, "has a weight that is no number"),
    ({"bias": [0, False]}, "has a weight that is no number"),
    ({"weights": {"n:size": [1]}}, "has not one weight for each answer"),
    ({"weights": {"n:size": [1, math.nan]}}, "has a weight that is no number"),
    ({"weights": []}, "is no mapping"),
]
WRONG_TURNS = [
    ({"shows": "greets:met"}, "what turns show is no list of different texts"),
    ({"shows": ["greets:met"] * 2}, "what turns show is no list of different texts"),
    ({"bias": [0]}, "the model of turns has not one weight"),
    ({"weights": []}, "the weights of turns is no mapping"),
    ({"weights": {"a": []}}, "the weights of 'a' is no mapping"),
    ({"weights": {"a": {"x": [0, 1]}}}, "'a x' has no pair of columns and weights"),
    ({"weights": {"a": {"x": [[0]]}}}, "'a x' has no pair of columns and weights"),
    ({"weights": {"a": {"x": [[-1], [5]]}}}, "'a x' has a weight for something that no turn shows"),
    ({"weights": {"a": {"x": [[2], [5]]}}}, "'a x' has a weight for something that no turn shows"),
    ({"weights": {"a": {"x": [[0.0], [5]]}}}, "'a x' has a weight for something that no turn shows"),
    ({"weights": {"a": {"x": [[0, 0], [5, 5]]}}}, "or two for the same"),
    ({"weights": {"a": {"x": [[0, 1], [5]]}}}, "'a x' has not one weight"),
    ({"weights": {"a": {"x": [[0], [math.nan]]}}}, "'a x' has a weight that is no number"),
]


@pytest.mark.parametrize("message", WRONG)
def test_a_file_that_holds_no_models_is_refused(message: str) -> None:
    with pytest.raises(ModelError) as caught:
        from_json(WRONG[message](content()))
    assert message in str(caught.value)


@pytest.mark.parametrize(("change", "message"), WRONG_CALL)
def test_a_model_of_calls_that_cannot_be_reckoned_with_is_refused(change: dict[str, Any], message: str) -> None:
    raw = content()
    raw["calls"]["greets"] |= change
    with pytest.raises(ModelError) as caught:
        from_json(raw)
    assert message in str(caught.value)


@pytest.mark.parametrize(("change", "message"), WRONG_TURNS)
def test_a_model_of_turns_that_cannot_be_reckoned_with_is_refused(change: dict[str, Any], message: str) -> None:
    raw = content()
    raw["turns"] |= change
    with pytest.raises(ModelError) as caught:
        from_json(raw)
    assert message in str(caught.value)
