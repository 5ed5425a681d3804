"""Signals of what the agent takes on or turns down: commitments, vague promises, refusals. Pure."""

from typing import Literal

from qm.signals.finding import Finding
from qm.signals.registry import Count, MarkerSet, signal
from qm.signals.text import Match, Stretch, Text
from qm.signals.wording import found

PROMISE = MarkerSet("promise")
REFUSAL = MarkerSet("refusal")


@signal(needs_speakers=True)
def commitment(text: Text, *, markers: MarkerSet = PROMISE, concrete: bool = True) -> Finding:
    """The agent says who will do what; `concrete` when a time is named with it.

    Args:
        markers: which promises count: `promise` for all, `follow_up` for work that goes on after the call.
        concrete: only promises with a day, a time or a term in the same turn.

    >>> commitment(call("customer: And then?", "agent: I'll call you back tomorrow before noon."))
    found "I'll call you back tomorrow before noon."
    """
    within = text.stretch("agent")
    matches = [match for match in text.markers(markers, within, "statement") if not concrete or _is_dated(text, match)]
    return found(text, matches, within)


@signal(needs_speakers=True)
def vague_commitment(text: Text) -> Finding:
    """A promise without owner or time: "someone will contact you", "zo snel mogelijk".

    >>> vague_commitment(call("customer: And then?", "agent: Someone will contact you about it."))
    found "Someone will contact you about it."
    """
    within = text.stretch("agent")
    matches = [
        match for match in text.markers(MarkerSet("vague_promise"), within, "statement") if not _is_dated(text, match)
    ]
    return found(text, matches, within)


def _is_dated(text: Text, match: Match) -> bool:
    turn = text.sentences[match.sentence].turn
    return bool(text.markers(MarkerSet("when"), Stretch(frozenset([turn]), "")))


@signal(needs_speakers=True)
def refusal(
    text: Text,
    *,
    markers: MarkerSet = REFUSAL,
    given: Literal["any", "reason", "no_reason", "alternative", "no_alternative"] = "any",
    at_least: Count = 1,
) -> Finding:
    """The agent says that something cannot be done, by what comes with it.

    A reason stands in the same turn; an alternative in the same turn or the agent's next.

    Args:
        markers: what counts: `refusal`, or `obstacle` for all that cannot be had, or not yet.
        given: what it must come with.

    >>> refusal(call("customer: Can you?", "agent: I can't do that, because the ticket is fixed."), given="reason")
    found "I can't do that, because the ticket is fixed."
    """
    within = text.stretch("agent")
    matches = [
        match
        for match in text.markers(markers, within, "statement")
        if _comes_with(text, text.sentences[match.sentence].turn, given)
    ]
    return found(text, matches, within, at_least)


def _comes_with(text: Text, turn: int, given: str) -> bool:
    if given == "any":
        return True
    what = given.removeprefix("no_")
    turns = {turn} if what == "reason" else {turn, *text.next_by("agent", turn, 1)}
    has = bool(text.markers(MarkerSet(what), Stretch(frozenset(turns), "")))
    return has != given.startswith("no_")
