"""The words with which people name a time, in both languages, as signs of one small language. Pure.

`due` reads the signs; what differs between Dutch and English stands here. A phrase of several words is one sign;
a word of two ("vrijdagmiddag") is two signs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from qm.call import Language


class Sign(NamedTuple):
    """What a word, or a few, mean for a time."""

    kind: str
    value: int
    first: int
    """number of the word"""
    last: int


_WORDS: Mapping[Language, Mapping[str, str]] = {
    "nl": {
        "today": "vandaag|heden",
        "tomorrow": "morgen",
        "aftertomorrow": "overmorgen",
        "evening_today": "vanavond",
        "afternoon_today": "vanmiddag|van middag",
        "morning_today": "vanochtend|vanmorgen",
        "night_today": "vannacht",
        "morning": "ochtend|'s ochtends|s ochtends|sochtends|'s morgens|smorgens|ochtends|voormiddag",
        "afternoon": "middag|'s middags|s middags|smiddags|middags|namiddag",
        "evening": "avond|'s avonds|s avonds|savonds|avonds",
        "night": "nacht|'s nachts|s nachts|snachts",
        "by": "uiterlijk|ten laatste|op zijn laatst|op z'n laatst|niet later dan|ten laatste op",
        "before": "voor|vóór",
        "after": "na|pas na",
        "from": "vanaf|met ingang van",
        "of": "van",
        "until": "tot|tot en met|t/m",
        "within": "binnen",
        "in": "over",
        "between": "tussen",
        "and": "en|à|a",
        "about": "rond|omstreeks|ongeveer|circa|rond de",
        "at": "om|klokke",
        "on": "op|in|aan|in de loop van|in de loop van de",
        "the": "de|het|'t|den",
        "next": "volgende|volgend",
        "coming": "komende|aankomende|aanstaande|eerstvolgende|komend|eerstkomende",
        "this": "deze|dit|die|dezelfde|diezelfde|zelfde",
        "past": "vorige|afgelopen|vorig|verleden",
        "begin": "begin|het begin",
        "mid": "midden|halverwege|medio",
        "end": "eind|einde|het eind|het einde|'t eind",
        "half": "half",
        "quarter": "kwart",
        "another": "nog|dus|zo|al|weer|zo'n",
        "noon": "het middaguur",
        "midnight": "middernacht",
        "weekend": "weekend|weekeinde",
        "now": "nu|meteen|direct|onmiddellijk|nu meteen|zo dadelijk meteen|gelijk",
        "or": "of",
        "word": "goede morgen|goeie morgen|goede middag|goeie middag|goede avond|fijne avond|fijne dag|fijne middag|"
        "fijn weekend|prettig weekend|prettige dag|fijne week",
    },
    "en": {
        "today": "today",
        "tomorrow": "tomorrow|tomorrow's",
        "aftertomorrow": "the day after tomorrow|day after tomorrow",
        "evening_today": "tonight|this evening",
        "afternoon_today": "this afternoon|this arvo",
        "morning_today": "this morning",
        "morning": "morning|in the morning|mornings",
        "afternoon": "afternoon|arvo|in the afternoon",
        "evening": "evening|night|in the evening",
        "by": "by|no later than|not later than|at the latest by|latest by",
        "before": "before|ahead of|prior to",
        "after": "after|past",
        "from": "from|as from|starting|starting from",
        "until": "until|till|til|up to|through",
        "within": "within|inside",
        "in": "in",
        "between": "between",
        "and": "and",
        "about": "about|around|roughly|approximately|round|round about",
        "at": "at",
        "on": "on|in the course of|during|some time|sometime",
        "the": "the",
        "of": "of",
        "next": "next",
        "coming": "coming|this coming",
        "this": "this|that|the same|same",
        "past": "last|previous",
        "begin": "the start|start|beginning|the beginning|early",
        "mid": "middle|the middle|mid",
        "end": "end|the end|late",
        "half": "half",
        "quarter": "quarter|a quarter",
        "to": "to",
        "another": "so|another|of the clock",
        "clock": "o'clock|oclock|o’clock",
        "am": "am|a.m|a.m.",
        "pm": "pm|p.m|p.m.",
        "noon": "noon|midday|lunchtime|dinner time|dinnertime",
        "midnight": "midnight",
        "weekend": "weekend",
        "now": "now|right now|right away|straight away|straightaway|immediately|as of now|this minute",
        "word": "good morning|good afternoon|good evening|good night|good day|nice day|good weekend|lovely day|"
        "lovely weekend|nice evening|nice weekend",
        "close": "close of business|close of play|end of play|end of business",
    },
}

_UNITS: Mapping[Language, Mapping[int, str]] = {
    "nl": {
        0: "minuut|minuten|minuutje|minuutjes",
        1: "uur|uren|uurtje|uurtjes",
        2: "dag|dagen|dagje|dagen tijd",
        3: "werkdag|werkdagen|werk dag|werk dagen|werkbare dagen",
        4: "week|weken|weekje|weekjes",
        5: "maand|maanden|maandje",
        6: "jaar|jaren",
    },
    "en": {
        0: "minute|minutes|mins|min",
        1: "hour|hours|hrs",
        2: "day|days|calendar days",
        3: "working day|working days|business day|business days|workdays|work days|workday",
        4: "week|weeks",
        5: "month|months",
        6: "year|years",
        7: "fortnight",
    },
}
MINUTE, HOUR, DAY, WORKDAY, WEEK, MONTH, YEAR, FORTNIGHT = range(8)

_DAYS: Mapping[Language, Sequence[str]] = {
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split(),
    "en": "monday tuesday wednesday thursday friday saturday sunday".split(),
}
MONTHS: Mapping[Language, Sequence[str]] = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december".split(),
    "en": "january february march april may june july august september october november december".split(),
}
_NUMBERS: Mapping[Language, Sequence[str]] = {
    "nl": (
        "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
        "zeventien achttien negentien twintig"
    ).split(),
    "en": (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty"
    ).split(),
}
_TENS: Mapping[Language, Mapping[str, int]] = {
    "nl": {"twintig": 20, "dertig": 30, "veertig": 40, "vijftig": 50, "zestig": 60, "negentig": 90},
    "en": {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90},
}
_ORDINALS: Mapping[Language, Sequence[str]] = {
    "nl": (
        "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde dertiende veertiende "
        "vijftiende zestiende zeventiende achttiende negentiende twintigste"
    ).split(),
    "en": (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
    ).split(),
}
_PARTS = ("morning", "afternoon", "evening", "night")


_Phrases = dict[tuple[str, ...], tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The signs of one language's words and phrases."""

    phrases: Mapping[tuple[str, ...], tuple[tuple[str, int], ...]]
    longest: Mapping[str, int]
    """words of the longest phrase that begins with a word"""
    telling: frozenset[str]
    """a word of each phrase that can name a time: without any of them, or a digit, there is none"""


@cache
def lexicon(language: Language) -> Lexicon:
    """The words of a language; made once."""
    phrases: _Phrases = {}
    for kind, words in _WORDS[language].items():
        _enter(phrases, words, _signs_of(kind))
    for unit, words in _UNITS[language].items():
        _enter(phrases, words, (("unit", unit),))
    _enter_numbers(phrases, language)
    _enter_days(phrases, language)
    (_enter_dutch if language == "nl" else _enter_english)(phrases)
    telling = {max(words, key=len) for words, signs in phrases.items() if any(kind in TELLING for kind, _ in signs)}
    longest: dict[str, int] = {}
    for phrase in phrases:
        longest[phrase[0]] = max(len(phrase), longest.get(phrase[0], 0))
    return Lexicon(phrases, longest, frozenset(telling) - _ARTICLES)


TELLING = frozenset({"day", "month", "unit", "ordinal", "number", "date", "noon", "midnight", "weekend", "time"}) | {
    *("today", "tomorrow", "aftertomorrow", "now", "close", "span", "some", "time_am", "time_pm", *_PARTS),
}
"""kinds of signs of which every expression has one"""
_ARTICLES = frozenset({"een", "a", "an"})
"""numbers that name no time by themselves"""


def _signs_of(kind: str) -> tuple[tuple[str, int], ...]:
    part, _, today = kind.partition("_")
    return (("today", 0), (part, 0)) if today else ((kind, 0),)


def _enter(phrases: _Phrases, words: str, signs: tuple[tuple[str, int], ...]) -> None:
    for phrase in words.split("|"):
        phrases[tuple(phrase.split())] = signs


def _enter_numbers(phrases: _Phrases, language: Language) -> None:
    for value, word in enumerate(_NUMBERS[language]):
        _enter(phrases, word, (("number", value),))
    for value, word in enumerate(_ORDINALS[language], 1):
        _enter(phrases, word, (("ordinal", value),))
    for ten, value in _TENS[language].items():
        _enter(phrases, ten, (("number", value),))
        for unit, word in enumerate(_NUMBERS[language][1:10], 1):
            dutch = f"{word}en{ten}|{word}ën{ten}|{word} en {ten}|{word}en {ten}"
            _enter(phrases, dutch if language == "nl" else f"{ten} {word}|{ten}{word}", (("number", value + unit),))
    for day in range(21, 32):
        _enter(phrases, _ordinal_above_twenty(day, language), (("ordinal", day),))


def _ordinal_above_twenty(day: int, language: Language) -> str:
    if day == 30:
        return "dertigste" if language == "nl" else "thirtieth"
    if language == "en":
        return f"{'twenty' if day < 30 else 'thirty'} {_ORDINALS['en'][day % 10 - 1]}"
    word, ten = _NUMBERS["nl"][day % 10], "twintig" if day < 30 else "dertig"
    return f"{word}en{ten}ste|{word}ën{ten}ste|{word} en {ten}ste|{word}en {ten}ste"


def _enter_days(phrases: _Phrases, language: Language) -> None:
    for number, name in enumerate(_DAYS[language]):
        _enter(phrases, name if language == "nl" else f"{name}|{name}s|{name}'s", (("day", number),))
    for number, name in enumerate(MONTHS[language], 1):
        _enter(phrases, name, (("month", number),))


def _enter_dutch(phrases: _Phrases) -> None:
    parts = {"ochtend": "morning", "morgen": "morning", "middag": "afternoon", "avond": "evening", "nacht": "night"}
    for number, name in enumerate(_DAYS["nl"]):
        apart = f"{name[:-3]} dag"
        _enter(phrases, apart, (("day", number),))
        for word, part in parts.items():
            _enter(phrases, f"{name}{word}|{name} {word}", (("day", number), (part, 0)))
    for word, part in parts.items():
        _enter(phrases, f"morgen{word}|morgen {word}", (("tomorrow", 0), (part, 0)))
    _enter(phrases, "morgen vroeg", (("tomorrow", 0), ("morning", 0)))
    _enter(phrases, "één", (("number", 1),))
    _enter(phrases, "anderhalf uur|anderhalve uur", (("span", 90),))
    _enter(phrases, "een half uur|half uur|half uurtje|een half uurtje|halfuur|een halfuur", (("span", 30),))
    _enter(phrases, "een kwartier|kwartier|een kwartiertje|kwartiertje", (("span", 15),))
    _enter(phrases, "een paar|paar|enkele|een aantal", (("some", 3),))
    for number, name in enumerate(_NUMBERS["nl"][1:13], 1):
        plural = {5: "vijven", 6: "zessen", 7: "zevenen", 8: "achten", 9: "negenen", 10: "tienen", 11: "elven"}
        _enter(phrases, plural.get(number, f"{name}en"), (("number", number),))
    _enter(phrases, "drieën", (("number", 3),))
    _enter(phrases, "twaalven", (("noon", 0),))


def _enter_english(phrases: _Phrases) -> None:
    _enter(phrases, "a|an", (("number", 1),))
    _enter(phrases, "half an hour|half hour|half a hour", (("span", 30),))
    _enter(phrases, "an hour and a half", (("span", 90),))
    _enter(phrases, "quarter of an hour|a quarter of an hour", (("span", 15),))
    _enter(phrases, "a couple|couple|a couple of|couple of", (("some", 2),))
    _enter(phrases, "a few|few|several", (("some", 3),))
    _enter(phrases, "the hour|the half hour", (("span", 60),))
    for number, name in enumerate(_DAYS["en"]):
        _enter(phrases, f"{name} night", (("day", number), ("evening", 0)))
    _enter(phrases, "tomorrow night", (("tomorrow", 0), ("evening", 0)))
