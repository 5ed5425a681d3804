"""Signals of what the customer makes of it: sentiment and its course, effort, requests, corrections. Pure.

Sentiment is read from words only, never from a voice. Irony is left out rather than guessed.
"""

from typing import Literal

from qm.signals.dialogue import is_answered
from qm.signals.finding import Finding
from qm.signals.registry import Count, MarkerSet, signal
from qm.signals.text import Match, Stretch, Text
from qm.signals.wording import ABSENT, FOUND, found

Tone = Literal["negative", "positive"]

_STRONG = 2
"""what a sentence counts in a course when its words are strong or strengthened; others count 1"""
_SWING = 1
"""difference of tone between the first and the last third from which it counts as a course"""
_EFFORTS = {
    "repeat": ("repeat_contact", "tells_again"),
    "transfer": ("passed_on",),
    "deflection": ("sent_away",),
    "waiting": ("waiting",),
    "menu": ("menu",),
    "channel": ("channel",),
}
"""the marker sets of each kind of effort"""


@signal(needs_speakers=True)
def customer_sentiment(text: Text, *, tone: Tone, at_least: Count = 1) -> Finding:
    """The customer says something displeased or pleased, in words; irony and mixed sentences count as neither pleased.

    Args:
        tone: which of the two.
        at_least: sentences needed.

    >>> customer_sentiment(call("agent: Hi.", "customer: I'm really not happy with this."), tone="negative")
    found "I'm really not happy with this."
    """
    within = text.stretch("customer")
    return found(text, _of_tone(text, within, tone), within, at_least)


def _of_tone(text: Text, within: Stretch, tone: Tone) -> list[Match]:
    displeased = text.markers(MarkerSet("displeased"), within)
    if tone == "negative":
        return displeased
    spoilt = {each.sentence for each in (*displeased, *text.markers(MarkerSet("irony"), within))}
    return [each for each in text.markers(MarkerSet("pleased"), within) if each.sentence not in spoilt]


@signal(needs_speakers=True)
def sentiment_course(text: Text, *, course: Literal["better", "worse", "stays"]) -> Finding:
    """How the customer's tone goes from the first third of their turns to the last; quotes the clearest words of both.

    It stays when both thirds have the same tone; without such words in the call there is no course.

    >>> sentiment_course(call("customer: This is ridiculous.", "agent: I fixed it.", "customer: Okay.",
    ...                       "agent: Anything else?", "customer: No, brilliant, thank you."), course="better")
    found "This is ridiculous." "No, brilliant, thank you."
    """
    turns = text.by("customer")
    third = max(1, len(turns) // 3)
    first, last = (_weighed(text, each) for each in (turns[:third], turns[-third:]))
    swing = sum(first.values()) - sum(last.values())
    found_course = "stays" if abs(swing) < _SWING else "worse" if swing > 0 else "better"
    quoted = [_clearest(each) for each in (first, last) if each]
    if found_course != course or not quoted or (course == "stays" and len(quoted) < 2) or len(turns) < 2:
        return Finding((), ABSENT, text.searched(text.stretch("customer")))
    evidence = tuple(text.quote_sentence(number) for number in dict.fromkeys(quoted))
    return Finding(evidence, FOUND - 0.2, text.searched(text.stretch("customer")))


def _weighed(text: Text, turns: list[int]) -> dict[int, int]:
    """Tone of each sentence that has one: above 0 pleased, below displeased."""
    within = Stretch(frozenset(turns), "")
    strong = {each.sentence for each in text.markers(MarkerSet("strong"), within)}
    signs = {each.sentence: 1 for each in _of_tone(text, within, "positive")}
    signs |= {each.sentence: -1 for each in _of_tone(text, within, "negative")}
    return {number: sign * (_STRONG if number in strong else 1) for number, sign in signs.items()}


def _clearest(tones: dict[int, int]) -> int:
    return max(tones, key=lambda number: abs(tones[number]))


@signal(needs_speakers=True)
def effort(
    text: Text,
    *,
    kind: Literal["any", "repeat", "transfer", "deflection", "waiting", "menu", "channel"] = "any",
    at_least: Count = 1,
) -> Finding:
    """What the customer says they had to go through: calling or telling again, being passed on or sent away, waiting.

    Args:
        kind: `repeat` calls or tells it again, `transfer` was passed on, `deflection` was sent elsewhere,
            `waiting` had to wait, `menu` got lost in a phone menu, `channel` another channel failed.
        at_least: sentences needed.

    >>> effort(call("agent: Hi.", "customer: I've been on hold for forty minutes."), kind="waiting")
    found "I've been on hold for forty minutes."
    """
    within = text.stretch("customer")
    names = [name for each, names in _EFFORTS.items() if kind in ("any", each) for name in names]
    return found(text, [match for name in names for match in text.markers(MarkerSet(name), within)], within, at_least)


@signal(needs_speakers=True)
def requests(text: Text, *, at_least: Count = 1) -> Finding:
    """What the customer asks or asks for; the same thing asked again counts once.

    >>> requests(call("agent: Hi.", "customer: I'd like to move my delivery. And what does it cost?"), at_least=2)
    found "I'd like to move my delivery." "And what does it cost?"
    """
    within = text.stretch("customer")
    asked = {each.sentence: each for each in (*_questions(text), *text.markers(MarkerSet("request"), within))}
    distinct: list[Match] = []
    heard: list[set[str]] = []
    for number in sorted(asked):
        words = text.content(text.sentences[number].low, text.sentences[number].high)
        if words and not any(2 * len(words & other) >= min(len(words), len(other)) for other in heard):
            distinct.append(asked[number])
            heard.append(words)
    return found(text, distinct, within, at_least)


@signal(needs_speakers=True)
def question_answered(text: Text, *, at_least: Count = 1) -> Finding:
    """Questions of the customer that the agent's reply takes up or answers; the opposite of `unanswered`.

    >>> question_answered(call("customer: When does it arrive?", "agent: It arrives on Tuesday before noon."))
    found "When does it arrive?"
    """
    answered = [
        each
        for each in _questions(text)
        if text.next_by("agent", text.sentences[each.sentence].turn, 1) and is_answered(text, each.sentence)
    ]
    return found(text, answered, text.stretch("customer"), at_least)


def _questions(text: Text) -> list[Match]:
    own = set(text.by("customer"))
    return [text.whole(n) for n, each in enumerate(text.sentences) if each.question and each.turn in own]


@signal(needs_speakers=True)
def customer_corrects(text: Text, *, at_least: Count = 1) -> Finding:
    """The customer puts right what the agent just said or understood; quotes both.

    >>> customer_corrects(call("customer: It's the gas.", "agent: So the electricity stopped?",
    ...                        "customer: No, I mean the gas."))
    found "So the electricity stopped?" "No, I mean the gas."
    """
    within = text.stretch("customer")
    matches = text.markers(MarkerSet("correction"), within) + text.markers(MarkerSet("misunderstood"), within)
    by_turn = {text.sentences[match.sentence].turn: match for match in sorted(matches, key=lambda each: -each.first)}
    evidence = [
        cited
        for turn in sorted(by_turn)
        for before in text.previous_by("agent", turn, 1)
        for cited in (text.quote_sentence(text.sentences_of(before)[-1]), text.quote(by_turn[turn]))
    ]
    if len(evidence) < 2 * at_least:
        return Finding((), ABSENT, text.searched(within))
    strength = min(match.strength for match in by_turn.values())
    return Finding(tuple(evidence), round(FOUND * strength, 3), text.searched(within))
