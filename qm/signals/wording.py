"""Signals of what is said: phrases, questions, jargon, forms of address, names. Pure."""

import re

from qm.brand import Tone
from qm.call import LANGUAGES
from qm.signals.finding import Finding
from qm.signals.lang import language_data
from qm.signals.registry import Count, FirstTurns, Fraction, MarkerSet, Phrases, signal
from qm.signals.text import Kind, Match, Stretch, Text, Voice
from qm.transcript import quote

FOUND = 0.9
"""strength of words found by a pattern: nearly always meant so"""
ABSENT = 0.8
"""strength of not finding them: people find other words"""
NONE: Phrases = {}
NO_MARKERS = MarkerSet("")


def found(text: Text, matches: list[Match], within: Stretch, at_least: int = 1) -> Finding:
    """Matches as a finding: each sentence once, and only when there are enough of them."""
    sentences: dict[int, Match] = {}
    for match in matches:
        if match.sentence not in sentences or match.strength > sentences[match.sentence].strength:
            sentences[match.sentence] = match
    if len(sentences) < at_least:
        return Finding((), ABSENT, text.searched(within))
    evidence = tuple(text.quote(sentences[n]) for n in sorted(sentences))
    needed = sorted((match.strength for match in sentences.values()), reverse=True)[:at_least]
    return Finding(evidence, round(FOUND * min(needed, default=1.0), 3), text.searched(within))


@signal()
def phrase(  # noqa: PLR0913  the words a form may use, all given by name
    text: Text,
    *,
    markers: MarkerSet = NO_MARKERS,
    phrases: Phrases = NONE,
    speaker: Voice = "anyone",
    sentence: Kind = "any",
    first_turns: FirstTurns = 0,
    last_fraction: Fraction = 1.0,
    after: Finding | None = None,
    before: Finding | None = None,
    at_least: Count = 1,
) -> Finding:
    """Words from a marker set, or phrases of the form's own.

    Args:
        sentence: only in questions, or only in statements.
        first_turns: only the speaker's first so many turns; 0 for all.
        last_fraction: only this last part of the call, 1 for all.
        after: only after the first evidence of that finding; nothing when it has none.
        before: only before the first evidence of that finding; everything when it has none.
        at_least: sentences needed.

    >>> phrase(call("agent: Goedemorgen, u spreekt met Sanne."), markers="introduction", speaker="agent")
    found "Goedemorgen, u spreekt met Sanne."
    """
    within = text.stretch(
        speaker,
        first_turns,
        last_fraction,
        after=after.evidence if after else (),
        before=before.evidence if before else (),
    )
    if after is not None and not after:
        return Finding((), ABSENT, text.searched(within))
    matches = text.markers(markers, within, sentence) if markers else []
    return found(text, matches + text.phrases(phrases, within, sentence), within, at_least)


@signal()
def introduction(text: Text, *, speaker: Voice = "agent", first_turns: FirstTurns = 2) -> Finding:
    """The speaker gives a name: "met Sanne", "this is Oliver", "Graham speaking".

    What follows the lead must be able to be a name: no article, pronoun or other grammatical word.

    >>> introduction(call("agent: Harbour Bank, Graham speaking."))
    found "Harbour Bank, Graham speaking."
    """
    within = text.stretch(speaker, first_turns)
    before = [each for each in text.markers(MarkerSet("introduction"), within) if text.is_content(each.last + 1)]
    after = [each for each in text.markers(MarkerSet("introduction_after"), within) if text.is_content(each.first - 1)]
    return found(text, before + after, within)


@signal()
def question(text: Text, *, speaker: Voice = "anyone", open: bool = False, at_least: Count = 1) -> Finding:
    """Questions; with `open`, only those that invite a story (what, how, since when).

    >>> question(call("agent: Okay. What exactly happened?"), speaker="agent", open=True)
    found "What exactly happened?"
    """
    within = text.stretch(speaker)
    asked = [
        Match(each.low, each.high - 1, number)
        for number, each in enumerate(text.sentences)
        if each.question and each.turn in within.turns and each.high > each.low
    ]
    if open:
        asked = [each for each in asked if text.has("open_question", each.first, each.last + 1)]
    return found(text, asked, within, at_least)


@signal(needs_speakers=True)
def jargon(text: Text, *, at_least: Count = 1) -> Finding:
    """The brand's inside words from the agent that are not explained in the same turn or the next.

    >>> jargon(call("agent: It says soft decline, pending referral.", "customer: What?"))
    found "It says soft decline, pending referral."
    """
    within = text.stretch("agent")
    unexplained = [
        match
        for match in text.phrases(text.brand.jargon, within)
        if not _explained(text, text.sentences[match.sentence].turn)
    ]
    return found(text, unexplained, within, at_least)


def _explained(text: Text, turn: int) -> bool:
    turns = frozenset([turn, *text.next_by("agent", turn, 1)])
    return bool(text.markers(MarkerSet("explanation"), Stretch(turns, "")))


@signal(needs_names=True)
def company_named(text: Text, *, first_turns: FirstTurns = 2) -> Finding:
    """The agent says the name of the company, as the brand writes it.

    >>> company_named(call("agent: Goedemorgen, Zilverwinkel, met Fatima.", brand="zilverwinkel"))
    found "Goedemorgen, Zilverwinkel, met Fatima."
    """
    within = text.stretch("agent", first_turns)
    return found(text, text.phrases(dict.fromkeys(LANGUAGES, text.brand.names), within), within)


@signal(needs_speakers=True)
def u_je_switches(text: Text, *, at_least: Count = 2) -> Finding:
    """The agent mixes u and je: `at_least` uses of the form used less. Never in English.

    Where the brand's tone is u or je, uses of the other form count.

    >>> u_je_switches(call("agent: Heeft u uw nummer bij u? Dan kan je zien wat je betaalt.", "customer: Ja."))
    found "Dan kan je zien wat je betaalt."
    """
    within = text.stretch("agent")
    if text.language is None:
        return Finding((), ABSENT, text.searched(within))
    data = language_data(text.language)
    formal, informal = (_uses(text, within, words) for words in (data.formal, data.informal))
    wrong = {Tone.U: informal, Tone.JE: formal, Tone.EITHER: min(informal, formal, key=len)}[text.brand.tone]
    if len(wrong) < at_least:
        return Finding((), ABSENT, text.searched(within))
    return found(text, wrong, within)


def _uses(text: Text, within: Stretch, words: frozenset[str]) -> list[Match]:
    return [
        Match(at, at, number)
        for number, each in enumerate(text.sentences)
        if each.turn in within.turns
        for at in range(each.low, each.high)
        if text.plain[at] in words
    ]


_PLACEHOLDER = re.compile(r"^\[\w+\]")
_ENDS = re.compile(r"[.,?!]+$")


@signal(needs_speakers=True)
def customer_name(text: Text, *, at_least: Count = 1) -> Finding:
    """The agent addresses the customer by name: "Thanks, Joanne.", "mevrouw De Vries".

    A name is a capitalised word set off by commas or after a title or thanks, that the agent did not use to
    introduce themselves. Redacted names (`[name]`) count.

    >>> customer_name(call("agent: Good morning, this is Oliver.", "customer: Hi.", "agent: Thanks, Joanne."))
    found "Thanks, Joanne."
    """
    within = text.stretch("agent")
    own = _introduced(text)
    named = [
        quote(text.transcript, n, max(0, at - 3), at)
        for n in sorted(within.turns)
        for at in range(1, len(text.turn(n).words))
        if _is_address(text, n, at) and _bare(text.turn(n).words[at].text) not in own
    ]
    evidence = tuple(named) if len(named) >= at_least else ()
    return Finding(evidence, FOUND - 0.1 if evidence else ABSENT, text.searched(within))


def _introduced(text: Text) -> set[str]:
    """Words of the agent's first turn: own name and company."""
    first = text.by("agent")[:1]
    return {_bare(word.text) for n in first for word in text.turn(n).words}


def _bare(word: str) -> str:
    return word.strip(".,?!;:'\"").lower()


def _is_address(text: Text, turn: int, at: int) -> bool:
    words = text.turn(turn).words
    before, word = words[at - 1].text, words[at].text
    named = bool(_PLACEHOLDER.match(word)) or (word[:1].isupper() and not word.isupper())
    if not named or _ENDS.sub("", word).lower() in _not_names(text):
        return False
    if _bare(before) in _titles(text):
        return True
    closed = bool(_ENDS.search(word)) or at == len(words) - 1
    return closed and (before.endswith(",") or _bare(before) in _thanks(text))


def _not_names(text: Text) -> frozenset[str]:
    return frozenset(_class(text, "day") | _class(text, "month") | _class(text, "greeting") | {"i"})


def _titles(text: Text) -> set[str]:
    return _class(text, "title")


def _thanks(text: Text) -> set[str]:
    return _class(text, "thanks")


def _class(text: Text, name: str) -> set[str]:
    return set(language_data(text.language).classes[name]) if text.language else set()


@signal(needs_speakers=True)
def protest(text: Text) -> Finding:
    """The customer objects to the agent's manner; quotes what the agent said just before as well.

    >>> protest(call("agent: Could you manage that?", "customer: No need to talk to me like that."))
    found "Could you manage that?" "No need to talk to me like that."
    """
    within = text.stretch("customer")
    matches = text.markers(MarkerSet("protest"), within)
    evidence = [
        cited
        for match in matches
        for turn in text.previous_by("agent", text.sentences[match.sentence].turn, 1)
        for cited in (text.quote_sentence(text.sentences_of(turn)[-1]), text.quote(match))
    ]
    return Finding(tuple(evidence), FOUND if evidence else ABSENT, text.searched(within))


@signal(needs_speakers=True)
def address_read_out(text: Text, *, before: Finding | None = None) -> Finding:
    """The agent reads out a street with its number that the customer has not named; the organisation's own are none.

    Args:
        before: only before the first evidence of that finding; everything when it has none.

    >>> address_read_out(call("customer: Hi, it's Ionut.", "agent: You're at forty one Brook Lane, I see."))
    found "You're at forty one Brook Lane, I see."
    """
    within = text.stretch("agent", before=before.evidence if before else ())
    own = {each.sentence for each in text.markers(MarkerSet("own_premises"), within)}
    high = len(text.stems) if within.high is None else within.high
    matches = [
        Match(at, at, number)
        for number, each in enumerate(text.sentences)
        if each.turn in within.turns and number not in own
        for at in range(each.low, min(each.high, high))
        if _is_street(text, at) and _is_numbered(text, at, number) and not _named_before(text, at, each.turn)
    ]
    return found(text, matches, within)


def _is_street(text: Text, at: int) -> bool:
    """Whether a word is a street's name, or ends one: "Kerkstraat", "Brook Lane"."""
    assert text.language is not None
    endings = language_data(text.language).street_endings
    if text.language == "en":
        return text.plain[at] in endings and text.is_content(at - 1)
    return text.plain[at].endswith(endings) and text.plain[at] not in endings


def _is_numbered(text: Text, at: int, number: int) -> bool:
    """Whether the house's number stands where the language has it: "Kerkstraat 8", "8 Brook Lane"."""
    there = at - 2 if text.language == "en" else at + 1
    if not text.sentences[number].low <= there < text.sentences[number].high:
        return False
    return text.plain[there][0].isdigit() or text.plain[there] in _class(text, "number")


def _named_before(text: Text, at: int, turn: int) -> bool:
    return any(text.stems[at] in text.content_of(n) for n in text.by("customer") if n < turn)
