"""Signals of who speaks when: interruptions, talk-over, silence, the customer's share. Pure.

Text and times only; nothing is read from the sound of a voice.
"""

from itertools import pairwise
from typing import Literal

from qm.call import Speaker
from qm.signals.finding import Finding
from qm.signals.lang import language_data
from qm.signals.registry import Count, MarkerSet, Seconds, signal
from qm.signals.text import Match, Stretch, Text
from qm.signals.wording import ABSENT, FOUND
from qm.transcript import Evidence, Turn

_BRIEF_OVERLAP = 0.3
"""seconds that are enough when the interrupted sentence stays unfinished"""
_WORDS_PER_SECOND = 2.5
_PUNCTUATED = 0.75
"""share of turns that end in punctuation, from which a missing full stop means something"""


@signal(needs_speakers=True)
def interruptions(text: Text, *, seconds: Seconds = 1.0, at_least: Count = 1) -> Finding:
    """The agent breaks in on the customer: an overlap of `seconds` in which the customer stops.

    A shorter overlap counts when the customer's sentence stays unfinished. Without times only unfinished
    sentences tell. Listening sounds ("ja", "mm-hm") never interrupt.

    >>> interruptions(call("agent: Hi.", "customer: I had a lamp and the glass is", "agent: You dropped it.",
    ...                    "customer: No.", "agent: Yes."))
    found "I had a lamp and the glass is" "You dropped it."
    """
    punctuated = _punctuated(text)
    evidence: list[Evidence] = []
    for n, following in pairwise(text.turns):
        if text.speaker(n) is not Speaker.CUSTOMER or text.speaker(following) is not Speaker.AGENT:
            continue
        if _is_backchannel(text, following):
            continue
        if _breaks_in(text.turn(n), text.turn(following), seconds, punctuated):
            evidence += [
                text.quote_sentence(text.sentences_of(n)[-1]),
                text.quote_sentence(text.sentences_of(following)[0]),
            ]
    enough = tuple(evidence) if len(evidence) >= 2 * at_least else ()
    strength = FOUND if text.timed else FOUND - 0.2
    return Finding(enough, strength if enough else ABSENT, text.searched(text.stretch()))


def _breaks_in(turn: Turn, following: Turn, seconds: float, punctuated: bool) -> bool:
    unfinished = punctuated and len(turn.words) >= 4 and turn.words[-1].text[-1].isalnum()
    if turn.end is None or following.start is None or following.end is None:
        return unfinished
    overlap = min(turn.end, following.end) - following.start
    stops = turn.end <= following.end
    return (overlap >= seconds and stops) or (overlap >= _BRIEF_OVERLAP and unfinished)


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


@signal(needs_times=True, needs_speakers=True)
def talk_over(text: Text, *, seconds: Seconds = 0.5, at_least: Count = 1) -> Finding:
    """Both speak at once for `seconds` or longer, whoever began.

    >>> talk_over(call("agent 0-4: As I was saying to you.", "customer 3-5: But I asked."))
    found "As I was saying to you." "But I asked."
    """
    evidence: list[Evidence] = []
    for n, following in pairwise(text.turns):
        first, second = text.turn(n), text.turn(following)
        if text.speaker(n) is text.speaker(following) or first.end is None or second.start is None:
            continue
        if first.end - second.start >= seconds and not _is_backchannel(text, following):
            evidence += [
                text.quote_sentence(text.sentences_of(n)[-1]),
                text.quote_sentence(text.sentences_of(following)[0]),
            ]
    enough = tuple(evidence) if len(evidence) >= 2 * at_least else ()
    return Finding(enough, FOUND, text.searched(text.stretch()))


@signal(needs_times=True, needs_speakers=True)
def silence(text: Text, *, seconds: Seconds = 10.0, announced: Literal["either", "yes", "no"] = "either") -> Finding:
    """Nobody speaks for longer than `seconds`; announced when the agent said so just before.

    >>> silence(call("agent 0-3: Let me see.", "customer 4-5: Okay.", "agent 25-27: There it is."), seconds=10)
    found "Okay." "There it is."
    """
    evidence: list[Evidence] = []
    heard_until = 0.0
    for previous, n in pairwise(text.turns):
        heard_until = max(heard_until, text.turn(previous).end or 0.0)
        if (text.turn(n).start or 0.0) - heard_until <= seconds:
            continue
        if announced == "either" or _announced(text, previous) == (announced == "yes"):
            evidence += [
                text.quote_sentence(text.sentences_of(previous)[-1]),
                text.quote_sentence(text.sentences_of(n)[0]),
            ]
    return Finding(tuple(evidence), FOUND, text.searched(text.stretch()))


def _announced(text: Text, turn: int) -> bool:
    turns = frozenset([turn, *text.previous_by("agent", turn + 1, 2)])
    within = Stretch(frozenset(n for n in turns if text.speaker(n) is Speaker.AGENT), "")
    return bool(text.markers(MarkerSet("hold"), within) or text.markers(MarkerSet("moment"), within))


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
    sentence = text.sentences[text.sentences_of(longest)[0]]
    match = Match(sentence.low, max(sentence.low, sentence.high - 1), text.sentences_of(longest)[0])
    return Finding((text.quote(match),), FOUND, text.searched(within))


def _seconds(turn: Turn) -> float:
    if turn.start is None or turn.end is None:
        return len(turn.words) / _WORDS_PER_SECOND
    return turn.end - turn.start
