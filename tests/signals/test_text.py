"""The index: what counts, whose it is, where it stands."""

from collections.abc import Callable

import pytest

from qm.call import Speaker
from qm.signals import SIGNALS, Finding, Text, Unknown
from qm.transcript import Suppressed, Transcript, Turn, turn_of, verify, words_of


def test_suppressed_turns_are_left_out_and_numbers_stay() -> None:
    transcript = Transcript(
        "nl",
        (
            Turn(Speaker.AGENT, words_of("Bedankt voor het kijken."), Suppressed.HALLUCINATION),
            turn_of(Speaker.AGENT, "Bedankt voor het wachten."),
        ),
    )
    finding = SIGNALS["phrase"](Text(transcript), markers="thanks")
    assert isinstance(finding, Finding)
    assert [each.turn for each in finding.evidence] == [1]
    assert all(verify(each, transcript) for each in finding.evidence)


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Ik wil graag weten waar mijn pakje is.", "nl"),
        ("I would like to know where my parcel is.", "en"),
        ("Guten Tag, mein Paket fehlt seit Montag.", None),
        ("", None),
    ],
)
def test_language_is_guessed_or_left_unknown(sentence: str, language: str | None) -> None:
    assert Text(Transcript(None, (turn_of(Speaker.AGENT, sentence),))).language == language


def test_long_turn_without_punctuation_is_quoted_around_the_match(call: Callable[..., Text]) -> None:
    text = call("agent: " + "bla " * 40 + "ik bel u morgen terug " + "bla " * 40, language="nl")
    finding = SIGNALS["phrase"](text, markers="promise")
    assert isinstance(finding, Finding)
    assert 0 < len(finding.evidence[0].quote.split()) < 28


@pytest.mark.parametrize(
    ("lines", "signal", "arguments", "reason"),
    [
        (["unknown: Hallo, waarmee kan ik u helpen?"], "phrase", {"markers": "thanks", "speaker": "agent"}, "who"),
        (["agent: Hallo, waarmee kan ik u helpen?"], "jargon", {}, "customer is not heard"),
        (["agent: Hallo, wie bent u?", "customer: Ik ben het."], "silence", {}, "times"),
        (["agent: Xyzzy plugh."], "phrase", {"markers": "thanks"}, "language"),
    ],
)
def test_cannot_tell_without_what_it_needs(
    call: Callable[..., Text], lines: list[str], signal: str, arguments: dict, reason: str
) -> None:
    answer = SIGNALS[signal](call(*lines), **arguments)
    assert isinstance(answer, Unknown)
    assert reason in answer.reason


def test_first_turns_and_last_fraction_limit_the_search(call: Callable[..., Text]) -> None:
    text = call("agent: Bedankt.", "customer: Ja.", "agent: Nee.", "customer: Bedankt.", language="nl")
    early = SIGNALS["phrase"](text, markers="thanks", first_turns=1)
    late = SIGNALS["phrase"](text, markers="thanks", last_fraction=0.5)
    assert [each.turn for each in early.evidence] == [0]
    assert [each.turn for each in late.evidence] == [3]
    assert early.searched.what == "the first turn"


def test_after_a_finding_that_is_absent_nothing_is_found(call: Callable[..., Text]) -> None:
    text = call("agent: Bedankt.", language="nl")
    absent = Finding((), 0.8)
    assert not SIGNALS["phrase"](text, markers="thanks", after=absent)
    assert SIGNALS["phrase"](text, markers="thanks", before=absent)
