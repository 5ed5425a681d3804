"""Signals of who speaks when: interruptions, talk-over, silence, the customer's share. Pure.

Text and times only; nothing is read from the sound of a voice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from qm.call import Speaker
from qm.signals.finding import Finding
from qm.signals.lang import language_data
from qm.signals.registry import Count, MarkerSet, Pace, Seconds, signal
from qm.signals.text import Stretch, Text, Voice
from qm.signals.wording import ABSENT, FOUND
from qm.transcript import Evidence, Turn

_BRIEF_OVERLAP = 0.3
"""seconds that are enough when the interrupted sentence stays unfinished"""
_WORDS_PER_SECOND = 2.5
_PUNCTUATED = 0.75
"""share of turns that end in punctuation, from which a missing full stop means something"""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two turns that follow each other and are spoken at once for a while."""

    turn: int
    following: int
    """begins while `turn` is spoken"""
    seconds: float
    breaks_in: bool
    """the first speaker stops, and has not finished"""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch between two turns in which nobody speaks."""

    turn: int
    following: int
    seconds: float
    announced: bool
    """the agent said just before that it would come"""
    hold: bool
    """the agent put the customer on hold"""


def overlaps(text: Text, seconds: float = 1.0) -> list[Overlap]:
    """Where the speaker changes and both speak at once, or one breaks in. Listening sounds ("ja", "mm-hm") don't count.

    An overlap of `seconds` in which the first speaker stops is an interruption; a shorter one when that speaker's
    sentence stays unfinished. Without times only unfinished sentences tell.
    """
    punctuated = _punctuated(text)
    found = []
    for n, following in pairwise(text.turns):
        if text.speaker(n) is text.speaker(following) or _is_backchannel(text, following):
            continue
        overlap = _overlap(text.turn(n), text.turn(following))
        breaks_in = _breaks_in(text.turn(n), text.turn(following), seconds, punctuated)
        if overlap > 0 or breaks_in:
            found.append(Overlap(n, following, overlap, breaks_in))
    return found


def gaps(text: Text, seconds: float) -> list[Gap]:
    """Where nobody speaks for longer than `seconds`. The transcript must have times."""
    found = []
    heard_until = 0.0
    for previous, n in pairwise(text.turns):
        heard_until = max(heard_until, text.turn(previous).end or 0.0)
        silent = (text.turn(n).start or 0.0) - heard_until
        if silent > seconds:
            hold = _said_before(text, previous, "hold")
            found.append(Gap(previous, n, silent, hold or _said_before(text, previous, "moment"), hold))
    return found


@signal(needs_speakers=True)
def interruptions(text: Text, *, seconds: Seconds = 1.0, at_least: Count = 1) -> Finding:
    """The agent breaks in on the customer: an overlap of `seconds` in which the customer stops.

    A shorter overlap counts when the customer's sentence stays unfinished. Without times only unfinished
    sentences tell. Listening sounds ("ja", "mm-hm") never interrupt.

    >>> interruptions(call("agent: Hi.", "customer: I had a lamp and the glass is", "agent: You dropped it.",
    ...                    "customer: No.", "agent: Yes."))
    found "I had a lamp and the glass is" "You dropped it."
    """
    breaks = [each for each in overlaps(text, seconds) if each.breaks_in]
    evidence = _around(text, [each for each in breaks if text.speaker(each.turn) is Speaker.CUSTOMER])
    enough = evidence if len(evidence) >= 2 * at_least else ()
    strength = FOUND if text.timed else FOUND - 0.2
    return Finding(enough, strength if enough else ABSENT, text.searched(text.stretch()))


@signal(needs_times=True, needs_speakers=True)
def talk_over(text: Text, *, seconds: Seconds = 0.5, at_least: Count = 1) -> Finding:
    """Both speak at once for `seconds` or longer, whoever began.

    >>> talk_over(call("agent 0-4: As I was saying to you.", "customer 3-5: But I asked."))
    found "As I was saying to you." "But I asked."
    """
    evidence = _around(text, [each for each in overlaps(text) if each.seconds >= seconds])
    return Finding(evidence if len(evidence) >= 2 * at_least else (), FOUND, text.searched(text.stretch()))


@signal(needs_times=True, needs_speakers=True)
def silence(text: Text, *, seconds: Seconds = 10.0, announced: Literal["either", "yes", "no"] = "either") -> Finding:
    """Nobody speaks for longer than `seconds`; announced when the agent said so just before.

    >>> silence(call("agent 0-3: Let me see.", "customer 4-5: Okay.", "agent 25-27: There it is."), seconds=10)
    found "Okay." "There it is."
    """
    fitting = [each for each in gaps(text, seconds) if announced == "either" or each.announced == (announced == "yes")]
    return Finding(_around(text, fitting), FOUND, text.searched(text.stretch()))


def _around(text: Text, moments: Sequence[Overlap | Gap]) -> tuple[Evidence, ...]:
    """For each moment the last sentence before it and the first after."""
    return tuple(
        quoted
        for each in moments
        for quoted in (
            text.quote_sentence(text.sentences_of(each.turn)[-1]),
            text.quote_sentence(text.sentences_of(each.following)[0]),
        )
    )


def _overlap(turn: Turn, following: Turn) -> float:
    """Seconds in which both are spoken; 0 without times."""
    if turn.end is None or following.start is None or following.end is None:
        return 0.0
    return max(0.0, min(turn.end, following.end) - following.start)


def _breaks_in(turn: Turn, following: Turn, seconds: float, punctuated: bool) -> bool:
    unfinished = punctuated and len(turn.words) >= 4 and turn.words[-1].text[-1].isalnum()
    if turn.end is None or following.end is None:
        return unfinished
    overlap = _overlap(turn, following)
    return (overlap >= seconds and turn.end <= following.end) or (overlap >= _BRIEF_OVERLAP and unfinished)


def _punctuated(text: Text) -> bool:
    ends = [not text.turn(n).words[-1].text[-1:].isalnum() for n in text.turns]
    return sum(ends) >= _PUNCTUATED * len(ends)


def _is_backchannel(text: Text, turn: int) -> bool:
    if text.language is None:
        return False
    data = language_data(text.language)
    first, last = text.sentences_of(turn)[0], text.sentences_of(turn)[-1]
    words = text.words_in(text.sentences[first].low, text.sentences[last].high)
    return len(words) <= 3 and all(word in data.backchannels for word in words)


def _said_before(text: Text, turn: int, markers: str) -> bool:
    """Whether the agent said so in one of the two turns that end at `turn`."""
    turns = frozenset([turn, *text.previous_by("agent", turn + 1, 2)])
    within = Stretch(frozenset(n for n in turns if text.speaker(n) is Speaker.AGENT), "")
    return bool(text.markers(MarkerSet(markers), within))


@signal(needs_speakers=True)
def customer_talk(text: Text, *, seconds: Seconds = 15.0) -> Finding:
    """The customer speaks for at least so many seconds; without times, so many words as that takes.

    >>> customer_talk(call("agent: Hi.", "customer: Where is my parcel now?"), seconds=2)
    found "Where is my parcel now?"
    """
    turns = text.by("customer")
    spoken = sum(_seconds(text.turn(n)) for n in turns)
    within = text.stretch("customer")
    if spoken < seconds:
        return Finding((), FOUND, text.searched(within))
    longest = max(turns, key=lambda n: len(text.turn(n).words))
    return Finding((text.quote(text.whole(text.sentences_of(longest)[0])),), FOUND, text.searched(within))


@signal(needs_times=True, needs_speakers=True)
def talk_speed(text: Text, *, speaker: Voice = "agent", above: Pace = 0.0, below: Pace = 0.0) -> Finding:
    """A speaker's words per minute of speech over the whole call; quotes the speaker's longest turn.

    Args:
        above: found when faster than so many words a minute; 0 for no such limit.
        below: found when slower than that; 0 for no such limit.

    >>> talk_speed(call("agent 0-2: Let me just quickly read all of this to you now.", "customer 3-4: Okay."),
    ...            above=200)
    found "Let me just quickly read all of this to you now."
    """
    turns = text.by(speaker)
    words, seconds = sum(len(text.turn(n).words) for n in turns), sum(_seconds(text.turn(n)) for n in turns)
    pace = 60 * words / seconds if seconds else 0.0
    within = text.stretch(speaker)
    if not seconds or not ((above and pace > above) or (below and pace < below)):
        return Finding((), FOUND, text.searched(within))
    longest = max(turns, key=lambda n: len(text.turn(n).words))
    return Finding((text.quote_sentence(text.sentences_of(longest)[0]),), FOUND, text.searched(within))


def _seconds(turn: Turn) -> float:
    if turn.start is None or turn.end is None:
        return len(turn.words) / _WORDS_PER_SECOND
    return turn.end - turn.start
