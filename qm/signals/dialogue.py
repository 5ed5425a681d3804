"""Signals of how one turn answers another: acknowledging, restating, answering, confirming, offering. Pure."""

from itertools import pairwise
from typing import Literal

from qm.signals.finding import Finding
from qm.signals.registry import Count, Fraction, MarkerSet, signal
from qm.signals.text import Match, Stretch, Text
from qm.signals.wording import ABSENT, FOUND, found
from qm.transcript import Evidence

_SHORT = 5
"""words; a reply of at least so many is taken to say something"""
_CHECK_WITHIN = 3
"""sentences after a restatement in which it may be put to the customer; unpunctuated speech has short ones"""
_SIDE_REMARK = 5
"""words; a shorter remark after a question does not bury it"""


def _turns(*numbers: int) -> Stretch:
    return Stretch(frozenset(numbers), "")


def _said(text: Text, markers: str, *turns: int) -> list[Match]:
    return text.markers(MarkerSet(markers), _turns(*turns))


def _content(text: Text, turns: list[int]) -> set[str]:
    return set().union(*(text.content_of(n) for n in turns))


@signal(needs_speakers=True)
def acknowledgement(text: Text, *, of: Finding, specific: bool = False) -> Finding:
    """The agent recognises what happened to the customer within two turns of hearing it.

    Args:
        of: the setbacks or events that the customer tells of.
        specific: only when it takes up the customer's own words, or could be said of nothing else
            (congratulations, condolences); a formula ("sorry for any inconvenience") never does.

    >>> acknowledgement(call("customer: My rent goes out tomorrow and I'm short.",
    ...                      "agent: With the rent due tomorrow, no wonder."), of=everything, specific=True)
    found "With the rent due tomorrow, no wonder."
    """
    matches: list[Match] = []
    for turn in dict.fromkeys(each.turn for each in of.evidence):
        heard = _content(text, [*text.previous_by("customer", turn, 2), turn])
        for reply in text.next_by("agent", turn, 2):
            for match in _said(text, "empathy", reply):
                if not specific or _is_specific(text, match, reply, heard):
                    matches.append(match)
    return found(text, matches, text.stretch("agent"))


@signal(needs_speakers=True)
def formula_empathy(text: Text, *, of: Finding) -> Finding:
    """The agent answers what happened to the customer with a set phrase, and with nothing of this customer beside it.

    Args:
        of: the setbacks or events that the customer tells of.

    >>> formula_empathy(call("customer: My mother's ring is gone.",
    ...                      "agent: We apologise for any inconvenience."), of=everything)
    found "We apologise for any inconvenience."
    """
    matches: list[Match] = []
    for turn in dict.fromkeys(each.turn for each in of.evidence):
        heard = _content(text, [*text.previous_by("customer", turn, 2), turn])
        for reply in text.next_by("agent", turn, 2):
            empathy = _said(text, "empathy", reply)
            specific = any(_takes_up_words(text, match, reply, heard) for match in empathy)
            matches += [] if specific else _said(text, "formula", reply)
    return found(text, matches, text.stretch("agent"))


def _is_specific(text: Text, match: Match, reply: int, heard: set[str]) -> bool:
    if _said(text, "formula", reply):
        return False
    return _takes_up_words(text, match, reply, heard)


def _takes_up_words(text: Text, match: Match, reply: int, heard: set[str]) -> bool:
    """Whether the words beside an acknowledgement are the customer's, or could be said of nothing else."""
    if text.has("event_empathy", match.first, match.last + 1):
        return True
    numbers = [n for n in text.sentences_of(reply) if abs(n - match.sentence) <= 1]
    return any(text.content(text.sentences[n].low, text.sentences[n].high) & heard for n in numbers)


@signal(needs_speakers=True)
def paraphrase(text: Text, *, checked: bool = False) -> Finding:
    """The agent says the customer's question back; `checked` when it is put as a question or confirmed.

    >>> paraphrase(call("customer: Friday's payment was taken twice.",
    ...                 "agent: So the payment on Friday came twice?"), checked=True)
    found "So the payment on Friday came twice?"
    """
    within = text.stretch("agent")
    matches = []
    for match in text.markers(MarkerSet("restatement"), within):
        sentence = text.sentences[match.sentence]
        heard = _content(text, text.previous_by("customer", sentence.turn, 4))
        beside = [n for n in text.sentences_of(sentence.turn) if 0 <= n - match.sentence <= 1]
        taken_up = text.content(sentence.low, text.sentences[beside[-1]].high) & heard
        if not taken_up and not text.has("explicit_check", sentence.low, sentence.high):
            continue
        if not checked or _is_checked(text, match.sentence):
            matches.append(match)
    return found(text, matches, within)


def _is_checked(text: Text, number: int) -> bool:
    turn = text.sentences[number].turn
    if text.sentences[number].question:
        return True
    if any(text.sentences[n].question and 0 < n - number <= _CHECK_WITHIN for n in text.sentences_of(turn)):
        return bool(_said(text, "check", turn))
    return any(_said(text, "agreement", reply) for reply in text.next_by("customer", turn, 1))


@signal(needs_speakers=True)
def recap(text: Text, *, last_fraction: Fraction = 0.4) -> Finding:
    """Towards the end the agent sums up what was done or agreed.

    >>> recap(call("customer: Fine.", "agent: So that's eighty-four pounds back by six."), last_fraction=1.0)
    found "So that's eighty-four pounds back by six."
    """
    within = text.stretch("agent", last_fraction=last_fraction)
    matches = [
        match
        for name in ("restatement", "summary")
        for match in text.markers(MarkerSet(name), within)
        if text.sentences[match.sentence].high - text.sentences[match.sentence].low >= 4
    ]
    return found(text, matches, within)


@signal(needs_speakers=True)
def unanswered(text: Text, *, at_least: Count = 1) -> Finding:
    """Questions of the customer that the agent passes over, puts off for good, or sends elsewhere.

    A question that ends the customer's turn is answered by a reply that says something; one buried in a longer
    turn, or asked along with another, needs a reply that takes up its words.

    >>> unanswered(call("customer: The price went up. And why does your app fail? It is awful to use for me.",
    ...                 "agent: Let me start with the price."))
    found "And why does your app fail?"
    """
    open_ = [
        text.whole(number)
        for number, each in enumerate(text.sentences)
        if each.question and text.speaker(each.turn).value == "customer" and not is_answered(text, number)
    ]
    return found(text, open_, text.stretch("customer"), at_least)


def is_answered(text: Text, number: int) -> bool:
    """Whether the agent's replies answer the customer's question in a sentence."""
    question = text.sentences[number]
    asked = text.content(question.low, question.high)
    replies = text.next_by("agent", question.turn, 1)
    if not replies:
        return True  # the customer's last words need no answer that a transcript could show
    reply = replies[0]
    if _said(text, "deflection", reply) or _said(text, "deferral", reply):
        later = text.next_by("agent", reply, 6)
        return bool(asked) and any(_takes_up(text, asked, n) for n in later)
    if asked & text.content_of(reply):
        return True
    if _is_last_word(text, number):
        return _says_something(text, reply)
    return any(_takes_up(text, asked, n) for n in text.next_by("agent", reply, 8)) or not asked


def _takes_up(text: Text, asked: set[str], turn: int) -> bool:
    shared = asked & text.content_of(turn)
    return 2 * len(shared) >= len(asked) and not _said(text, "deflection", turn)


def _is_last_word(text: Text, number: int) -> bool:
    """Whether at most another question or a short remark follows in the turn."""
    numbers = text.sentences_of(text.sentences[number].turn)
    after = [text.sentences[n] for n in numbers if n > number and not text.sentences[n].question]
    return sum(each.high - each.low for each in after) <= _SIDE_REMARK


def _says_something(text: Text, turn: int) -> bool:
    numbers = text.sentences_of(turn)
    words = sum(text.sentences[n].high - text.sentences[n].low for n in numbers if not text.sentences[n].question)
    return words >= _SHORT or bool(_said(text, "agreement", turn)) or bool(_said(text, "when", turn))


@signal(needs_speakers=True)
def asked_again(text: Text) -> Finding:
    """The customer asks the same thing twice, so was not answered or not heard the first time.

    >>> asked_again(call("customer: When does my parcel arrive?", "agent: Right, your name.",
    ...                  "customer: So when does that parcel arrive?"))
    found "So when does that parcel arrive?"
    """
    questions = [
        (number, text.content(each.low, each.high))
        for number, each in enumerate(text.sentences)
        if each.question and text.speaker(each.turn).value == "customer"
    ]
    again = [
        text.whole(number)
        for (earlier, before), (number, now) in pairwise(questions)
        if text.sentences[number].turn > text.sentences[earlier].turn
        and len(before & now) >= 2
        and 2 * len(before & now) >= len(before | now)
    ]
    return found(text, again, text.stretch("customer"))


@signal(needs_speakers=True)
def customer_confirms(text: Text, *, how: Literal["in_substance", "lukewarmly"]) -> Finding:
    """The agent asks whether it is solved and the customer's answer says so.

    In substance: in words of their own, or plainly solved. Lukewarm: politeness, a shrug, half of it.

    >>> customer_confirms(call("agent: Does that sort it out for you?", "customer: Yes, that's sorted, thanks."),
    ...                   how="in_substance")
    found "Does that sort it out for you?" "Yes, that's sorted, thanks."
    """
    evidence: list[Evidence] = []
    for match in text.markers(MarkerSet("closing_check"), text.stretch("agent"), "question"):
        for reply in text.next_by("customer", text.sentences[match.sentence].turn, 1):
            if _confirmation(text, reply) == how:
                sentence = max(text.sentences_of(reply), key=lambda n: text.sentences[n].high - text.sentences[n].low)
                evidence += [text.quote(match), text.quote_sentence(sentence)]
    return Finding(tuple(evidence), FOUND if evidence else ABSENT, text.searched(text.stretch()))


def _confirmation(text: Text, turn: int) -> str | None:
    if _said(text, "unsolved", turn) or _asks(text, turn):
        return None
    if _said(text, "lukewarm", turn):
        return "lukewarmly"
    if _said(text, "solved", turn) or len(text.content_of(turn)) >= 3:
        return "in_substance"
    return "lukewarmly"


def _asks(text: Text, turn: int) -> bool:
    return any(text.sentences[n].question for n in text.sentences_of(turn))


@signal(needs_speakers=True, needs_note=True)
def note_agrees(text: Text, *, of: Finding) -> Finding:
    """The agent's note of the call takes up what was said: at least two of its words, or half of them.

    Args:
        of: the sentences that the note should say again, such as the reason of the call or a promise.

    >>> note_agrees(call("customer: My parcel never came.", "agent: Oh.", note="Parcel not received, sent again"),
    ...             of=everything)
    found "My parcel never came."
    """
    written = text.content_of_note()
    again = tuple(each for each in of.evidence if _takes_over(text.content_of(each.turn), written))
    return Finding(again, FOUND if again else ABSENT, of.searched)


def _takes_over(said: set[str], written: set[str]) -> bool:
    shared = said & written
    return bool(shared) and (len(shared) >= 2 or 2 * len(shared) >= len(said))


@signal(needs_speakers=True)
def linked_offer(text: Text, *, to: Finding) -> Finding:
    """After the customer told of something, the agent offers what follows from it.

    Linked: the offer takes up the customer's words, or says so ("nu u toch verhuist", "since you mentioned").

    >>> linked_offer(call("customer: We are moving house in May.",
    ...                   "agent: Shall I move your home cover to the new house as well?"), to=everything)
    found "Shall I move your home cover to the new house as well?"
    """
    within = text.stretch("agent", after=to.evidence)
    if not to:
        return Finding((), ABSENT, text.searched(within))
    told = _content(text, sorted({each.turn for each in to.evidence}))
    linked = [
        match
        for match in text.markers(MarkerSet("offer"), within)
        if _is_linked(text, text.sentences[match.sentence].turn, told)
    ]
    return found(text, linked, within)


def _is_linked(text: Text, turn: int, told: set[str]) -> bool:
    turns = [*text.previous_by("agent", turn, 1), turn]
    return bool(_said(text, "link", *turns)) or bool(told & text.content_of(turn))
