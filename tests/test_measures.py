"""Measures of a call: each on a call small enough to count by hand."""

from collections.abc import Callable

import pytest

from qm.measures import measure
from qm.signals import Text

CALL = (
    "agent 0-4: Good morning, this is Sam.",
    "customer 4.5-10.5: My parcel has not come and I need it.",
    "agent 14-16: Your name please.",
    "customer 15.2-17: It is urgent, you see.",
    "agent 41-43: Still nothing here I am afraid.",
)


def test_talk_times_and_shares(call: Callable[..., Text]) -> None:
    measures = measure(call(*CALL))
    assert measures.agent.seconds == pytest.approx(8.0)
    assert measures.customer.seconds == pytest.approx(7.8)
    assert measures.agent_share_of_talk == pytest.approx(8 / 15.8, abs=0.001)
    assert measures.agent_share_of_call == pytest.approx(8 / 43, abs=0.001)
    assert measures.agent.longest_turn == pytest.approx(4.0)


def test_speed(call: Callable[..., Text]) -> None:
    agent = measure(call("agent 0-6: one two three four five six", "customer 7-8: yes")).agent
    assert agent.words_per_minute == pytest.approx(60.0)
    assert agent.syllables_per_second == pytest.approx(8 / 6, abs=0.2)


def test_silences_are_counted_by_length(call: Callable[..., Text]) -> None:
    measures = measure(call(*CALL))
    assert measures.non_talk == pytest.approx(0.5 + 3.5 + 24.0)
    counted = (measures.pauses, measures.long_pauses, measures.unannounced_silences, measures.dead_air)
    assert counted == (2, 1, 1, 1)


def test_hold_is_no_silence(call: Callable[..., Text]) -> None:
    lines = ("agent 0-3: May I put you on hold for a minute?", "customer 3-4: Sure.", "agent 64-66: There you are.")
    measures = measure(call(*lines))
    assert (measures.hold, measures.non_talk, measures.dead_air) == (60.0, 0.0, 0)


def test_talk_over_and_interruption(call: Callable[..., Text]) -> None:
    measures = measure(call("customer 0-5: But what I wanted to say was", "agent 3-8: No no, listen to me."))
    assert (measures.talk_overs, measures.talk_over_seconds) == (1, 2.0)
    assert (measures.agent.interruptions, measures.customer.interruptions) == (1, 0)


def test_listening_sounds_do_not_interrupt(call: Callable[..., Text]) -> None:
    measures = measure(call("customer 0-5: But what I wanted to say was", "agent 3-4.5: Mm-hm.", "customer 5-6: this."))
    assert measures.agent.interruptions == 0


def test_without_times_words_are_counted(call: Callable[..., Text]) -> None:
    measures = measure(call("agent: one two three", "customer: yes"))
    assert (measures.agent.words, measures.agent_share_of_talk) == (3, 0.75)
    assert measures.non_talk is measures.hold is measures.dead_air is measures.agent.seconds is None


def test_a_call_in_which_nobody_speaks(call: Callable[..., Text]) -> None:
    measures = measure(call())
    assert (measures.agent.words, measures.agent_share_of_talk, measures.talk_overs) == (0, None, None)
