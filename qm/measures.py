"""How a call went in numbers: who spoke how long, silence, hold, talk-over, speed. Pure; diagnostic, never a score.

Seconds come from the words' times. Without times only words are counted, and the rest is None.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

from qm.call import Speaker
from qm.signals import Text
from qm.signals.timing import gaps, overlaps

PAUSE = 3.0
"""seconds from which non-talk time is reported"""
LONG_PAUSE = 5.0
UNANNOUNCED = 10.0
"""seconds of silence that an agent should have announced"""
DEAD_AIR = 20.0
TALK_OVER = 0.5
"""seconds from which two voices at once are reported; shorter ones belong to any conversation"""

_VOWELS = re.compile(r"[aeiouyáàâäéèêëíìîïóòôöúùûü]+")


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker's share of a call."""

    words: int
    turns: int
    seconds: float | None
    """of speech; pauses within a turn included"""
    longest_turn: float | None
    """seconds"""
    words_per_minute: float | None
    syllables_per_second: float | None
    """vowel groups, an estimate; Dutch compounds depress words per minute, not this"""
    interruptions: int
    """of the other, see `qm.signals.timing.overlaps`; without times only those that leave a sentence unfinished"""


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one call; seconds are None for a transcript without times."""

    agent: Voice
    customer: Voice
    agent_share_of_talk: float | None
    """agent's seconds / both speakers' seconds, 0…1; by words without times; None when nobody is told apart"""
    agent_share_of_call: float | None
    """agent's seconds / duration, 0…1"""
    non_talk: float | None
    """seconds in which nobody speaks, hold left out"""
    hold: float | None
    """seconds after the agent put the customer on hold"""
    pauses: int | None
    """longer than 3 s, hold left out; so are the next three"""
    long_pauses: int | None
    """longer than 5 s"""
    unannounced_silences: int | None
    """longer than 10 s, of which the agent had said nothing"""
    dead_air: int | None
    """longer than 20 s"""
    talk_overs: int | None
    """both voices at once for half a second or longer"""
    talk_over_seconds: float | None


_TIMED = tuple(each.name for each in fields(Measures))[3:]
"""what only times can tell"""


def measure(text: Text) -> Measures:
    """The measures of a call."""
    agent, customer = (_voice(text, speaker) for speaker in (Speaker.AGENT, Speaker.CUSTOMER))
    talk = [each.seconds for each in (agent, customer)]
    duration = text.transcript.duration or max((text.turn(n).end or 0.0 for n in text.turns), default=0.0)
    if not text.timed or not text.turns:
        share = _share(agent.words, agent.words + customer.words)
        return Measures(agent, customer, share, **dict.fromkeys(_TIMED))
    silences = gaps(text, 0.0)
    waiting = [each for each in silences if not each.hold]
    both = [each.seconds for each in overlaps(text) if each.seconds >= TALK_OVER]
    return Measures(
        agent=agent,
        customer=customer,
        agent_share_of_talk=_share(agent.seconds, sum(each or 0.0 for each in talk)),
        agent_share_of_call=_share(agent.seconds, duration),
        non_talk=round(sum(each.seconds for each in waiting), 2),
        hold=round(sum(each.seconds for each in silences if each.hold), 2),
        pauses=_count(each.seconds > PAUSE for each in waiting),
        long_pauses=_count(each.seconds > LONG_PAUSE for each in waiting),
        unannounced_silences=_count(each.seconds > UNANNOUNCED and not each.announced for each in waiting),
        dead_air=_count(each.seconds > DEAD_AIR for each in waiting),
        talk_overs=len(both),
        talk_over_seconds=round(sum(both), 2),
    )


def _voice(text: Text, speaker: Speaker) -> Voice:
    turns = [text.turn(n) for n in text.turns if text.speaker(n) is speaker]
    words = [word for turn in turns for word in turn.words]
    broken_in = _count(e.breaks_in and text.speaker(e.following) is speaker for e in overlaps(text))
    if not text.timed or not turns:
        return Voice(len(words), len(turns), None, None, None, None, broken_in)
    lengths = [(turn.end or 0.0) - (turn.start or 0.0) for turn in turns]
    seconds = sum(lengths)
    syllables = sum(len(_VOWELS.findall(word.text.lower())) for word in words)
    return Voice(
        words=len(words),
        turns=len(turns),
        seconds=round(seconds, 2),
        longest_turn=round(max(lengths), 2),
        words_per_minute=round(60 * len(words) / seconds, 1) if seconds else None,
        syllables_per_second=round(syllables / seconds, 2) if seconds else None,
        interruptions=broken_in,
    )


def _share(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else round(part / whole, 3)


def _count(true: Iterable[bool]) -> int:
    return sum(1 for each in true if each)
