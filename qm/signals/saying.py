"""What is said to a reader about a search, in the reader's language. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from qm.call import Language


class Missing(StrEnum):
    """What a signal needs and a transcript lacks."""

    WORDS = "words"
    LANGUAGE = "language"
    TIMES = "times"
    SPEAKERS = "speakers"
    AGENT = "agent"
    CUSTOMER = "customer"
    NAMES = "names"
    NOTE = "note"


MISSING: Mapping[Language, Mapping[Missing, str]] = {
    "en": {
        Missing.WORDS: "nothing was said that can be used",
        Missing.LANGUAGE: "the language is neither Dutch nor English",
        Missing.TIMES: "the transcript has no times",
        Missing.SPEAKERS: "it is unknown who speaks",
        Missing.AGENT: "the agent is not heard",
        Missing.CUSTOMER: "the customer is not heard",
        Missing.NAMES: "the brand has no company name",
        Missing.NOTE: "no note of the call was given",
    },
    "nl": {
        Missing.WORDS: "er is niets bruikbaars gezegd",
        Missing.LANGUAGE: "de taal is geen Nederlands en geen Engels",
        Missing.TIMES: "het transcript heeft geen tijden",
        Missing.SPEAKERS: "onbekend is wie er spreekt",
        Missing.AGENT: "de medewerker is niet te horen",
        Missing.CUSTOMER: "de klant is niet te horen",
        Missing.NAMES: "het merk heeft geen bedrijfsnaam",
        Missing.NOTE: "er is geen notitie bij het gesprek",
    },
}
"""clauses after "cannot tell, because" """

_OWNERS: Mapping[Language, Mapping[str, str]] = {
    "en": {"agent": "the agent's", "customer": "the customer's", "anyone": "the"},
    "nl": {"agent": "van de medewerker", "customer": "van de klant", "anyone": ""},
}


def turns_of(voice: str, first_turns: int, last_fraction: float, reader: Language) -> str:
    """ "the agent's first 2 turns", "the last 40 % of the call"."""
    return (_turns_in_english if reader == "en" else _turns_in_dutch)(voice, first_turns, last_fraction)


def _turns_in_english(voice: str, first_turns: int, last_fraction: float) -> str:
    owner = _OWNERS["en"][voice]
    part = f"the last {round(last_fraction * 100)} % of the call" if last_fraction < 1 else ""
    if first_turns:
        turns = f"{owner} first turn" if first_turns == 1 else f"{owner} first {first_turns} turns"
    elif voice == "anyone":
        return part or "the whole call"
    else:
        turns = f"{owner} turns"
    return f"{turns} in {part}" if part else turns


def _turns_in_dutch(voice: str, first_turns: int, last_fraction: float) -> str:
    owner = _OWNERS["nl"][voice]
    part = f"de laatste {round(last_fraction * 100)} % van het gesprek" if last_fraction < 1 else ""
    if first_turns:
        turns = "de eerste beurt" if first_turns == 1 else f"de eerste {first_turns} beurten"
    elif voice == "anyone":
        return part or "het hele gesprek"
    else:
        turns = "de beurten"
    whose = f"{turns} {owner}".rstrip()
    return f"{whose} in {part}" if part else whose


def limit(side: str, turn: int, reader: Language) -> str:
    """ " after turn 4"; turns are counted from 1."""
    words = {"en": {"after": "after", "before": "before"}, "nl": {"after": "na", "before": "vóór"}}
    noun = {"en": "turn", "nl": "beurt"}
    return f" {words[reader][side]} {noun[reader]} {turn + 1}"
