"""The labels by which files name speakers and languages."""

import re

from qm.call import Language, Speaker

_LABELS = {
    Speaker.AGENT: (
        *("agent", "call agent", "rep", "representative", "advisor", "adviser", "employee", "operator", "consultant"),
        *("csr", "customer service", "customer support", "customer care", "support", "support agent", "service agent"),
        *("medewerker", "medewerkster", "adviseur", "adviseuse", "klantadviseur", "klantenservice", "consulent"),
        *("servicemedewerker", "klantenservicemedewerker", "telefonist", "telefoniste", "operateur"),
    ),
    Speaker.CUSTOMER: (
        *("customer", "client", "caller", "consumer", "end user", "klant", "beller", "opbeller", "inbeller"),
        *("cliënt", "consument", "klant beller"),
    ),
    Speaker.UNKNOWN: (
        *("speaker", "spk", "spreker", "channel", "ch", "kanaal", "participant", "deelnemer", "person", "persoon"),
        *("unknown", "onbekend", "system", "systeem", "ivr", "bot", "voicebot", "supervisor"),
    ),
}
_SPEAKERS = {label: speaker for speaker, labels in _LABELS.items() for label in labels}

_LANGUAGES: dict[str, Language] = {
    **dict.fromkeys(("nl", "nld", "dut", "dutch", "nederlands", "vlaams", "flemish"), "nl"),
    **dict.fromkeys(("en", "eng", "english", "engels"), "en"),
}

_LONGEST = 60
"""characters of a label with a remark; longer text before a colon is speech"""
_REMARK = re.compile(r"\(.*?\)|\[.*?\]")
_NO_LETTERS = re.compile(r"[\W\d_]+")
_LAST_LETTER = re.compile(r" [a-z]$")


def speaker_of(label: str | None) -> Speaker:
    """Who a label means: `AGENT`, `Agent 1`, `Medewerker (Jan)`. A name or `SPEAKER_00` says nothing of the role."""
    return _SPEAKERS.get(_plain(label or ""), Speaker.UNKNOWN)


def is_label(text: str) -> bool:
    """Whether this is a word for a speaker, also for one of unknown role."""
    return len(text) <= _LONGEST and _plain(text) in _SPEAKERS


def language_of(name: str | None) -> Language | None:
    """The language of `nl`, `nl-NL`, `Dutch`; None for one qm does not speak."""
    return _LANGUAGES.get(re.split(r"[-_]", (name or "").strip().casefold())[0])


def _plain(label: str) -> str:
    letters = _NO_LETTERS.sub(" ", _REMARK.sub(" ", label.casefold())).strip()
    return _LAST_LETTER.sub("", letters)
