"""What a judge model's opinion makes of an evaluation: verdicts, confidence, evidence, the record; and the rules alone.

The server is real, on this machine; what it says is checked in `test_judge.py`.
"""

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qm.assess import assess
from qm.call import CallMetadata
from qm.errors import SettingsError
from qm.evaluation import CriterionResult, Evaluation, JudgeRecord, Outcome, Verdict
from qm.judge import NOT_ASKED, NUMBER
from qm.rubric import EvaluationForm, load
from qm.rubric.reasons import load_tree, shipped_trees
from qm.scoring import evaluate
from qm.settings import Settings
from qm.transcript import Suppressed, Transcript, Turn, Word, quote, verify
from tests.judge_server import Reply, Server, answer, chat, said, status

FORM = """\
id: judged
title: {nl: Beoordeeld, en: Judged}
findings:
  hello: {signal: phrase, phrases: {nl: [hallo], en: [hello]}, speaker: agent}
  sorry: {signal: phrase, phrases: {nl: [sorry], en: [sorry]}, speaker: agent}
  refund: {signal: phrase, phrases: {nl: [terugbetaling], en: [refund]}, speaker: agent}
sections:
  - id: all
    title: {nl: Alles, en: All}
    criteria:
      - id: reads_back
        title: {nl: Herhaalt, en: Reads back}
        definition: The agent reads the order number back.
        weight: 2
        judge: decide
        verdict: {met: sorry, otherwise: not_met}
        coaching: {nl: Herhaal het nummer., en: Read the number back.}
      - id: greets
        title: {nl: Begroet, en: Greets}
        definition: The agent greets the customer.
        weight: 2
        judge: assist
        verdict: {met: hello, otherwise: not_met}
      - id: unjudged
        title: {nl: Zonder, en: Without}
        definition: A criterion for the rules alone.
        weight: 2
        verdict: {met: hello, otherwise: not_met}
outcome:
  judge: decide
  decide:
    resolved: {any: [refund]}
    otherwise: unresolved
"""
PLAIN = FORM.replace("id: judged", "id: plain").replace("judge: decide", "judge: off").replace("assist", "off")

CALL = said(
    "agent: Hello, this is Sanne.",
    "customer: Hi, my order is 4711.",
    "agent: So that is order 4711, thank you.",
    "customer: Yes.",
)
HELLO = {"turn": 1, "speaker": "agent", "words": "Hello, this is Sanne"}
READ = {"turn": 3, "speaker": "agent", "words": f"order {NUMBER} thank you"}
ORDER = {"turn": 2, "speaker": "customer", "words": f"my order is {NUMBER}"}

TRUTH = {
    "reads_back": answer("met", READ, why="The agent repeats it.", confidence=0.8),
    "greets": answer("met", HELLO, confidence=0.6),
    "outcome": answer("partly_resolved", ORDER, confidence=0.7),
}
FAIR = "The judge model says met: "

Assess = Callable[..., tuple[Evaluation, ...]]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings of this test only, and short pauses."""
    monkeypatch.setenv("QM_HOME", str(tmp_path))
    monkeypatch.setattr("qm.judge.client._BACKOFF_SECONDS", 0.01)


def read(folder: Path, text: str) -> EvaluationForm:
    path = folder / "form.yaml"
    path.write_text(text, "utf-8")
    return load(path)


@pytest.fixture
def form(tmp_path: Path) -> EvaluationForm:
    return read(tmp_path, FORM)


def evaluations(
    call: Transcript, forms: Sequence[EvaluationForm], note: str | None = None, **settings: Any
) -> tuple[Evaluation, ...]:
    reasons = load_tree(shipped_trees()["general"])
    return assess(call, CallMetadata(note=note), forms, reasons, Settings(**settings)).evaluations


@pytest.fixture
def assessed(server: Server, form: EvaluationForm) -> Assess:
    """The evaluations of `CALL`, or another, while the server gives this reply."""

    def assessed(
        reply: Reply, *forms: EvaluationForm, call: Transcript = CALL, note: str | None = None, **settings: Any
    ) -> tuple[Evaluation, ...]:
        server.replies = [reply]
        named: dict[str, Any] = {"judge_url": server.url, "judge_model": "tiny", "judge_retries": 0}
        return evaluations(call, forms or (form,), note, **(named | settings))

    return assessed


def criteria(evaluation: Evaluation) -> dict[str, CriterionResult]:
    return {each.id: each for each in evaluation.criteria}


def record(evaluation: Evaluation) -> JudgeRecord:
    assert evaluation.judge is not None
    return evaluation.judge


# -- what an opinion does -----------------------------------------------------------------------------


def test_a_judge_that_decides_gives_verdict_confidence_and_reason(assessed: Assess, form: EvaluationForm) -> None:
    [judged] = assessed(chat(TRUTH))
    alone = criteria(evaluate(CALL, form))["reads_back"]
    decided = criteria(judged)["reads_back"]
    assert (alone.verdict, alone.coaching) == (Verdict.NOT_MET, "Read the number back.")
    assert (decided.verdict, decided.confidence, decided.coaching) == (Verdict.MET, 0.8, "")
    assert decided.reason == f"{FAIR}The agent repeats it. {alone.reason}"
    assert (decided.title, decided.weight, decided.searched) == (alone.title, alone.weight, None)


def test_quotes_are_the_words_as_they_were_said(assessed: Assess, server: Server) -> None:
    [judged] = assessed(chat(TRUTH))
    assert b"4711" not in server.requests[0].raw
    assert judged.outcome is not None
    assert [each.quote for each in criteria(judged)["reads_back"].evidence] == ["order 4711, thank you."]
    assert [each.quote for each in judged.outcome.evidence] == ["my order is 4711."]
    cited = [*judged.outcome.evidence, *(each for result in judged.criteria for each in result.evidence)]
    assert all(verify(each, CALL) for each in cited)


def test_quotes_have_the_times_of_the_call(assessed: Assess) -> None:
    hello = Turn(CALL.turns[0].speaker, (Word("Hello,", 1.0, 1.5, 0.9), Word("12", 1.5, 2.0, 0.9)))
    timed = Transcript("en", (replace(hello, suppressed=Suppressed.LOOP), hello))
    words = {"turn": 2, "speaker": "agent", "words": f"hello {NUMBER}"}
    [judged] = assessed(chat({"reads_back": answer("met", words)}), call=timed)
    assert criteria(judged)["reads_back"].evidence == (quote(timed, 1),)


@pytest.mark.parametrize(("verdict", "confidence"), [("not_met", 0.9), ("cannot_tell", 0.9), ("met", 0.3)])
def test_without_a_quote_or_an_answer_the_searched_stretch_is_named(
    assessed: Assess, verdict: str, confidence: float
) -> None:
    quotes = [READ] if verdict == "met" else []
    [judged] = assessed(chat(TRUTH | {"reads_back": answer(verdict, *quotes, confidence=confidence)}))
    decided = criteria(judged)["reads_back"]
    assert decided.verdict == (verdict if verdict == "not_met" else Verdict.CANNOT_TELL)
    assert decided.evidence or (decided.searched is not None and decided.searched.turns == (0, 1, 2, 3))


def test_a_judge_that_agrees_raises_the_confidence_and_changes_nothing_else(
    assessed: Assess, form: EvaluationForm
) -> None:
    call = Transcript(
        "en", tuple(replace(t, words=tuple(replace(w, confidence=0.8) for w in t.words)) for t in CALL.turns)
    )
    alone = criteria(evaluate(call, form))["greets"]
    assisted = criteria(assessed(chat(TRUTH), call=call)[0])["greets"]
    assert assisted.confidence == pytest.approx(alone.confidence + 0.5 * 0.6 * (1 - alone.confidence), abs=0.001)
    assert assisted.confidence > alone.confidence
    assert assisted.reason == f"{FAIR}It was said. {alone.reason}"
    assert replace(assisted, confidence=alone.confidence, reason=alone.reason) == alone


def test_a_judge_that_disagrees_lowers_the_confidence(assessed: Assess, form: EvaluationForm) -> None:
    alone = criteria(evaluate(CALL, form))["greets"]
    assisted = criteria(assessed(chat(TRUTH | {"greets": answer("not_met", confidence=0.6)}))[0])["greets"]
    assert (assisted.verdict, assisted.evidence) == (Verdict.MET, alone.evidence)
    assert assisted.confidence == pytest.approx(0.7 * alone.confidence, abs=0.001)


def test_a_disagreement_below_the_threshold_cannot_tell(assessed: Assess, tmp_path: Path) -> None:
    strict = read(tmp_path, FORM.replace("findings:", "threshold: 0.8\nfindings:", 1))
    [judged] = assessed(chat(TRUTH | {"greets": answer("not_met", confidence=0.9)}), strict)
    assert criteria(judged)["greets"].verdict is Verdict.CANNOT_TELL
    assert criteria(judged)["unjudged"].verdict is Verdict.MET


def test_a_criterion_that_wants_no_judge_has_none(assessed: Assess, server: Server, form: EvaluationForm) -> None:
    [judged] = assessed(chat(TRUTH | {"unjudged": answer("not_met")}))
    assert criteria(judged)["unjudged"] == criteria(evaluate(CALL, form))["unjudged"]
    assert "unjudged" not in server.requests[0].schema["properties"]
    assert record(judged).dropped == {NOT_ASKED: "1 answers to what was not asked"}


def test_the_outcome_is_judged_too(assessed: Assess, form: EvaluationForm) -> None:
    [judged] = assessed(chat(TRUTH))
    alone = evaluate(CALL, form).outcome
    assert judged.outcome is not None
    assert alone is not None
    assert (alone.outcome, judged.outcome.outcome) == (Outcome.UNRESOLVED, Outcome.PARTLY_RESOLVED)
    assert judged.outcome.confidence == 0.7


def test_the_reasons_are_in_the_readers_language(assessed: Assess, server: Server) -> None:
    [judged] = assessed(chat(TRUTH), language="nl")
    assert criteria(judged)["greets"].reason.startswith("Het beoordelende model zegt voldaan: It was said. Gevonden: ")
    assert "one sentence in Dutch" in server.requests[0].body["messages"][0]["content"]


# -- the record ---------------------------------------------------------------------------------------


def test_the_record_says_what_judged_and_whether_it_agreed(assessed: Assess, server: Server) -> None:
    [judged] = assessed(chat(TRUTH))
    made = record(judged)
    assert (made.model, made.url) == ("tiny", f"{server.url}/chat/completions")
    assert (made.prompt_tokens, made.completion_tokens) == (321, 45)
    assert re.fullmatch("[0-9a-f]{12}", made.prompt_hash)
    assert 0 < made.seconds < 5
    assert made.agreed == {"reads_back": False, "greets": True, "outcome": False}
    assert (made.dropped, made.failure) == ({}, None)


def test_the_version_names_the_form_and_what_was_asked(assessed: Assess, form: EvaluationForm, tmp_path: Path) -> None:
    [judged] = assessed(chat(TRUTH))
    assert re.fullmatch(f"{form.version}-[0-9a-f]{{6}}", judged.version)
    assert assessed(chat(TRUTH), call=said("agent: Hello, this is Sanne."))[0].version == judged.version
    other = read(tmp_path, FORM.replace("greets the customer", "greets warmly"))
    assert assessed(chat(TRUTH), other)[0].version.split("-")[1] != judged.version.split("-")[1]


def test_only_forms_that_want_a_judge_have_one(
    assessed: Assess, server: Server, form: EvaluationForm, tmp_path: Path
) -> None:
    plain = read(tmp_path, PLAIN)
    judged, alone = assessed(chat(TRUTH), form, plain)
    assert len(server.requests) == 1
    assert criteria(judged)["reads_back"].verdict is Verdict.MET
    assert alone == evaluate(CALL, plain)


def test_each_form_is_asked_apart(assessed: Assess, server: Server, form: EvaluationForm) -> None:
    second = replace(form, id="second", outcome=None)
    one, two = assessed(chat(TRUTH), form, second)
    assert len(server.requests) == 2
    assert record(one).prompt_hash != record(two).prompt_hash
    assert (one.form, two.form) == ("judged", "second")
    assert two.outcome is None
    assert record(two).agreed == {"reads_back": False, "greets": True}


# -- the rules alone ----------------------------------------------------------------------------------

NEVER_SAID = {"turn": 3, "speaker": "agent", "words": "order 4711, thank you"}
"""the right words, which the judge was never shown"""


def test_a_lie_leaves_its_criterion_to_the_rules(assessed: Assess, form: EvaluationForm) -> None:
    alone = criteria(evaluate(CALL, form))
    [judged] = assessed(chat(TRUTH | {"reads_back": answer("met", NEVER_SAID)}))
    assert criteria(judged)["reads_back"] == alone["reads_back"]
    assert criteria(judged)["greets"].reason.startswith(FAIR)
    assert record(judged).dropped == {"reads_back": "a quote does not stand in the call"}
    assert record(judged).agreed == {"greets": True, "outcome": False}
    assert judged.version != form.version


def test_a_judge_that_only_lies_has_no_say(assessed: Assess, form: EvaluationForm) -> None:
    lies = {name: answer(each["answer"], NEVER_SAID) for name, each in TRUTH.items()}
    [judged] = assessed(chat(lies))
    assert replace(judged, judge=None) == evaluate(CALL, form)
    assert set(record(judged).dropped) == set(TRUTH)
    assert (record(judged).agreed, record(judged).failure) == ({}, None)


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (status(500), "busy or broken (HTTP 500)"),
        (status(401), "check QM_JUDGE_KEY"),
        (Reply(b"<html></html>"), "did not answer with a chat completion"),
        (chat("Met, I would say."), "is not the JSON object"),
        (Reply(b"", stalls=True), "did not answer within"),
    ],
)
def test_a_judge_that_fails_leaves_all_to_the_rules(
    assessed: Assess, form: EvaluationForm, reply: Reply, sentence: str
) -> None:
    [judged] = assessed(reply, judge_timeout=0.3)
    assert replace(judged, judge=None) == evaluate(CALL, form)
    assert sentence in (record(judged).failure or "")
    assert (record(judged).agreed, record(judged).dropped) == ({}, {})


def test_a_judge_that_is_down_leaves_all_to_the_rules(assessed: Assess, form: EvaluationForm) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    [judged] = assessed(chat(TRUTH), judge_url=f"http://127.0.0.1:{port}/v1")
    assert replace(judged, judge=None) == evaluate(CALL, form)
    assert "could not be reached" in (record(judged).failure or "")


def test_a_call_without_words_is_not_sent(assessed: Assess, server: Server, form: EvaluationForm) -> None:
    empty = Transcript("en", ())
    [judged] = assessed(chat(TRUTH), call=empty)
    assert replace(judged, judge=None) == evaluate(empty, form)
    assert record(judged).failure == "The call has no words to judge."
    assert server.requests == []


def test_without_a_server_nothing_is_asked(form: EvaluationForm, server: Server) -> None:
    assert evaluations(CALL, [form]) == (evaluate(CALL, form),)
    assert server.requests == []


def test_an_address_that_cannot_be_read_is_told(assessed: Assess) -> None:
    with pytest.raises(SettingsError, match="QM_JUDGE_URL"):
        assessed(chat(TRUTH), judge_url="http://☃.example/")


# -- the note -----------------------------------------------------------------------------------------


def test_a_note_is_for_the_rules_and_is_not_sent(assessed: Assess, server: Server, tmp_path: Path) -> None:
    noted = read(tmp_path, FORM.replace("judge: assist", "judge: assist\n        needs: note"))
    [without] = assessed(chat(TRUTH), noted)
    assert criteria(without)["greets"].verdict is Verdict.NOT_APPLICABLE
    [judged] = assessed(chat(TRUTH), noted, note="Secret remark.")
    assert criteria(judged)["greets"].verdict is Verdict.MET
    assert not any(b"Secret" in each.raw for each in server.requests)
