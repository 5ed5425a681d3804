"""Judging: rules to verdicts, abstaining, evidence, outcome, and calls at the edge."""

from dataclasses import replace
from pathlib import Path

import pytest

from qm.call import Language, Speaker
from qm.evaluation import Evaluation, Outcome, Verdict
from qm.rubric import EvaluationForm, load, shipped
from qm.scoring import UnverifiedEvidence, evaluate
from qm.signals import SIGNALS, Finding
from qm.transcript import Evidence, Suppressed, Transcript, Turn, Word, turn_of, verify

FORM = """\
id: small
title: {{nl: Klein, en: Small}}
findings:
  hello: {{signal: phrase, phrases: {{nl: [hallo], en: [hello]}}, speaker: agent}}
  bye: {{signal: phrase, phrases: {{nl: [dag], en: [bye]}}, speaker: agent}}
  anyone_thanks: {{signal: phrase, markers: thanks}}
  pause: {{signal: silence, seconds: 5}}
sections:
  - id: all
    title: {{nl: Alles, en: All}}
    criteria:
      - id: only
        title: {{nl: Enige, en: Only}}
        definition: One criterion.
        weight: 2
        verdict: {verdict}
"""


@pytest.fixture(scope="module")
def forms() -> dict[str, EvaluationForm]:
    return {name: load(path) for name, path in shipped().items()}


def form_with(folder: Path, verdict: str) -> EvaluationForm:
    path = folder / "small.yaml"
    path.write_text(FORM.format(verdict=verdict), "utf-8")
    return load(path)


def said(*lines: str, language: Language | None = "en") -> Transcript:
    """`agent: …` lines without times."""
    turns = (line.split(": ", 1) for line in lines)
    return Transcript(language, tuple(turn_of(Speaker(speaker), words) for speaker, words in turns))


HELLO = ("agent: Hello there.", "customer: Morning to you.")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("{met: hello, otherwise: not_met}", Verdict.MET),
        ("{met: bye, otherwise: not_met}", Verdict.NOT_MET),
        ("{met: {all: [hello, bye]}, partly_met: {any: [hello, bye]}, otherwise: not_met}", Verdict.PARTLY_MET),
        ("{met: {none: [bye]}, otherwise: not_met}", Verdict.MET),
        ("{met: {all: [hello], none: [bye]}, otherwise: not_met}", Verdict.MET),
        ("{met: {at_least: {count: 2, of: [hello, bye, anyone_thanks]}}, otherwise: not_met}", Verdict.NOT_MET),
        ("{not_met: hello, met: hello, otherwise: not_met}", Verdict.NOT_MET),
        ("{met: hello, not_applicable: {none: [bye]}, otherwise: not_met}", Verdict.NOT_APPLICABLE),
        ("{met: pause, otherwise: not_met}", Verdict.CANNOT_TELL),
        ("{met: {any: [hello, pause]}, otherwise: not_met}", Verdict.MET),
        ("{met: {all: [bye, pause]}, otherwise: not_met}", Verdict.NOT_MET),
        ("{met: hello, not_met: pause, otherwise: not_met}", Verdict.MET),
        ("{not_applicable: {none: [pause]}, met: hello, otherwise: not_met}", Verdict.CANNOT_TELL),
        ("{otherwise: cannot_tell}", Verdict.CANNOT_TELL),
    ],
)
def test_rules(tmp_path: Path, verdict: str, expected: Verdict) -> None:
    (result,) = evaluate(said(*HELLO), form_with(tmp_path, verdict)).criteria
    assert result.verdict is expected
    assert result.evidence or result.searched
    assert result.reason.endswith(".")


def test_the_reason_tells_what_was_found_and_where_it_was_not(tmp_path: Path) -> None:
    form = form_with(tmp_path, "{met: {all: [hello, bye]}, partly_met: {any: [hello, bye]}, otherwise: not_met}")
    (result,) = evaluate(said(*HELLO), form).criteria
    assert result.reason == "Found: hello. Not found in the agent's turns: bye."
    assert [each.quote for each in result.evidence] == ["Hello there."]
    assert result.searched is not None
    assert result.searched.turns == (0,)


def test_the_title_is_in_the_readers_language(tmp_path: Path) -> None:
    form = form_with(tmp_path, "{met: hello, otherwise: not_met}")
    assert [evaluate(said(*HELLO), form, each).criteria[0].title for each in ("nl", "en")] == ["Enige", "Only"]


@pytest.mark.parametrize(("confidence", "expected"), [(0.9, Verdict.MET), (0.3, Verdict.CANNOT_TELL)])
def test_badly_recognised_words_decide_nothing(tmp_path: Path, confidence: float, expected: Verdict) -> None:
    words = (Word("Hello", confidence=confidence), Word("there.", confidence=confidence))
    transcript = Transcript("en", (Turn(Speaker.AGENT, words),))
    (result,) = evaluate(transcript, form_with(tmp_path, "{met: hello, otherwise: not_met}")).criteria
    assert result.verdict is expected


def test_absence_in_badly_recognised_speech_decides_nothing(tmp_path: Path) -> None:
    transcript = Transcript("en", (Turn(Speaker.AGENT, (Word("mumble", confidence=0.2),)),))
    (result,) = evaluate(transcript, form_with(tmp_path, "{met: hello, otherwise: not_met}")).criteria
    assert result.verdict is Verdict.CANNOT_TELL
    assert "confidence" in result.reason


def test_a_signal_that_misquotes_is_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Evidence(0, Speaker.AGENT, "Goodbye.", None, None, 0, 0)
    monkeypatch.setitem(SIGNALS, "phrase", replace(SIGNALS["phrase"], function=lambda *_, **__: Finding((wrong,), 1.0)))
    with pytest.raises(UnverifiedEvidence):
        evaluate(said(*HELLO), form_with(tmp_path, "{met: hello, otherwise: not_met}"))


OUTCOMES: list[tuple[str, tuple[str, ...], Outcome]] = [
    (
        "a polite goodbye does not solve anything",
        (
            "customer: My heating does not work.",
            "agent: I can't help you with that, you'll have to call the other number.",
            "customer: Right. Never mind.",
            "agent: Thank you for calling, and have a lovely day.",
            "customer: Thanks, bye.",
        ),
        Outcome.UNRESOLVED,
    ),
    (
        "an angry customer can be helped",
        (
            "customer: This is ridiculous, you charged me twice and I am furious.",
            "agent: I'm sorry. I've refunded the second payment just now. Does that sort it out for you?",
            "customer: Yes, it's sorted. It should never have happened.",
        ),
        Outcome.RESOLVED,
    ),
    (
        "a dated call-back is pending",
        (
            "customer: My order has not arrived.",
            "agent: I'll find out where it is, and I'll call you back tomorrow before noon.",
            "customer: Okay, I'll wait for that.",
        ),
        Outcome.PENDING_WITH_COMMITMENT,
    ),
    (
        "half of it is partly",
        (
            "customer: Please cancel the trip and book the one in May.",
            "agent: That's cancelled. New bookings are best done online.",
            "customer: Oh. Okay.",
        ),
        Outcome.PARTLY_RESOLVED,
    ),
    ("nothing tells", ("customer: Hello.", "agent: Hello."), Outcome.NOT_DETERMINABLE),
]


@pytest.mark.parametrize(("lines", "expected"), [case[1:] for case in OUTCOMES], ids=[case[0] for case in OUTCOMES])
def test_outcome(forms: dict[str, EvaluationForm], lines: tuple[str, ...], expected: Outcome) -> None:
    result = evaluate(said(*lines), forms["resolution"]).outcome
    assert result is not None
    assert result.outcome is expected, result.reason
    assert result.evidence or result.searched


@pytest.mark.parametrize(
    ("lines", "language", "failed"),
    [
        (("agent: Are you deaf?", "customer: Excuse me?"), "en", True),
        (("agent: Bent u doof of zo?", "customer: Pardon?"), "nl", True),
        (("agent: Hello.", "customer: Your colleague told me to shut up, that was rude."), "en", False),
        (("agent: Goedemiddag.", "customer: Uw collega zei dat ik een idioot was."), "nl", False),
        (("agent: That lamp is stupidly heavy, I agree.", "customer: It is."), "en", False),
        (("agent: Rustig maar, we zoeken het uit.", "customer: Dank u."), "nl", False),
    ],
)
def test_only_a_disrespectful_agent_fails(
    forms: dict[str, EvaluationForm], lines: tuple[str, ...], language: Language, failed: bool
) -> None:
    evaluation = evaluate(said(*lines, language=language), forms["brand_values"])
    assert evaluation.failed == failed, evaluation.auto_fails


@pytest.mark.parametrize(
    ("lines", "failed"),
    [
        (("agent: You live at twelve Mill Lane.", "customer: Yes."), True),
        (("agent: Your date of birth, please?", "customer: May.", "agent: You live at twelve Mill Lane."), False),
        (("agent: How can I help?", "customer: My postcode is A B.", "agent: Your balance is ten pounds."), False),
        (("agent: Where do you live?", "customer: At twelve Mill Lane."), False),
    ],
)
def test_disclosure_before_identification(
    forms: dict[str, EvaluationForm], lines: tuple[str, ...], failed: bool
) -> None:
    assert evaluate(said(*lines), forms["resolution"]).failed == failed


CALL = (
    "agent: Good morning, Brightline, this is Oliver. What can I do for you?",
    "customer: Hello, you have charged me twice and I am really worried about my rent.",
    "agent: I'm sorry about the rent. I've refunded it just now, you'll see it by six. Does that sort it out?",
    "customer: Yes, that's sorted, thank you.",
    "agent: So one payment back by six. Anything else? Thanks for calling, have a good day.",
)


def both(transcript: Transcript, forms: dict[str, EvaluationForm]) -> list[Evaluation]:
    evaluations = [evaluate(transcript, form) for form in forms.values()]
    for evaluation in evaluations:
        for result in (*evaluation.criteria, evaluation.outcome):
            if result is not None:
                assert result.evidence or result.searched
                assert all(verify(each, transcript) for each in result.evidence)
                assert 0 <= result.confidence <= 1
    return evaluations


def verdicts(evaluation: Evaluation) -> dict[str, Verdict]:
    return {result.id: result.verdict for result in evaluation.criteria}


@pytest.mark.parametrize(
    "transcript",
    [
        Transcript("nl", ()),
        Transcript(None, ()),
        Transcript("nl", (Turn(Speaker.AGENT, ()),)),
        Transcript("nl", (Turn(Speaker.AGENT, (Word("Bedankt."),), Suppressed.HALLUCINATION),)),
        said("agent: ...", "customer: —", language="nl"),
        said("agent: Guten Tag, hier Braun.", "customer: Mein Paket fehlt seit Montag.", language=None),
        said(*(line.replace("agent", "unknown").replace("customer", "unknown") for line in CALL)),
    ],
    ids=["no turns", "no turns, no language", "no words", "all suppressed", "no letters", "German", "mono"],
)
def test_what_cannot_be_judged_is_not_scored(transcript: Transcript, forms: dict[str, EvaluationForm]) -> None:
    for evaluation in both(transcript, forms):
        assert evaluation.score is None
        assert not evaluation.failed
        assert Verdict.NOT_MET not in verdicts(evaluation).values()


def test_mono_says_why_it_cannot_tell(forms: dict[str, EvaluationForm]) -> None:
    mono = said(*(line.replace("agent", "unknown").replace("customer", "unknown") for line in CALL))
    result = evaluate(mono, forms["brand_values"]).criteria[0]
    assert "it is unknown who speaks" in result.reason


def test_mono_may_still_tell_the_outcome_with_less_confidence(forms: dict[str, EvaluationForm]) -> None:
    mono = said(*(line.replace("agent", "unknown").replace("customer", "unknown") for line in CALL))
    told, heard = (evaluate(each, forms["resolution"]).outcome for each in (mono, said(*CALL)))
    assert told is not None
    assert heard is not None
    assert told.outcome is heard.outcome is Outcome.RESOLVED
    assert told.confidence < heard.confidence


def test_only_the_agent_is_heard(forms: dict[str, EvaluationForm]) -> None:
    evaluation, _ = both(said(*(line for line in CALL if line.startswith("agent"))), forms)
    assert verdicts(evaluation)["warm_welcome"] is Verdict.MET
    assert verdicts(evaluation)["listens"] is Verdict.CANNOT_TELL
    assert evaluation.score is None


def test_without_times_only_what_needs_them_cannot_tell(forms: dict[str, EvaluationForm]) -> None:
    rules = {name: form.without_models() for name, form in forms.items()}
    brand_values, resolution = both(said(*CALL), rules)
    unknown = [name for name, verdict in verdicts(brand_values).items() if verdict is Verdict.CANNOT_TELL]
    assert unknown == ["calm_and_hold"]
    assert resolution.outcome is not None
    assert resolution.outcome.outcome is Outcome.RESOLVED


def test_an_unknown_language_is_guessed(forms: dict[str, EvaluationForm]) -> None:
    named, guessed = (both(said(*CALL, language=each), forms) for each in ("en", None))
    assert named == guessed


def long_call(turns: int) -> Transcript:
    lines = [*CALL, "customer: And when does the next payment go out?", "agent: On the first of the month, as always."]
    spoken: list[Turn] = []
    for n in range(turns):
        speaker, words = lines[n % len(lines)].split(": ", 1)
        spoken.append(turn_of(Speaker(speaker), words, n * 5.0, n * 5.0 + 4))
    return Transcript("en", tuple(spoken))


def test_fifty_thousand_words(forms: dict[str, EvaluationForm]) -> None:
    transcript = long_call(4400)
    assert sum(len(turn.words) for turn in transcript.turns) > 45_000
    for evaluation in both(transcript, forms):
        assert evaluation.criteria


def test_the_same_call_is_judged_the_same(forms: dict[str, EvaluationForm]) -> None:
    assert both(said(*CALL), forms) == both(said(*CALL), forms)
