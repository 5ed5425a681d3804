"""When something is due: the words that name a time, and the moments between which it lies. Pure.

An expression is made of pieces that stand together: a day ("vrijdag de 14e"), hours ("tussen acht en tien"), a part
of the day ("'s ochtends") or a span ("binnen twee werkdagen"), each with a bound ("uiterlijk", "before"). What a
calendar date is, dateparser tells; it gets a base and never the clock, and its answers hold in any year.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial

import dateparser

from qm.call import Language
from qm.insight.time_words import (
    DAY,
    FORTNIGHT,
    HOUR,
    MINUTE,
    MONTH,
    MONTHS,
    TELLING,
    WEEK,
    WORKDAY,
    YEAR,
    Lexicon,
    Sign,
    lexicon,
)


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due."""

    words: str
    """as said"""
    earliest: datetime | None
    """in the zone of the call; None when it is unknown when the call was"""
    latest: datetime | None
    """the last moment that still keeps the promise; None too when no end is named ("na vrijdag")"""


@dataclass(frozen=True, slots=True)
class DuePlace:
    """A due time and the words where it stands."""

    due: Due
    first: int
    last: int
    at_once: bool
    """only "now" or "meteen": said of what is done in the call as often as of a promise"""


Days = Callable[[date], tuple[date, date]]
"""from the day of the call to the first and the last day that is meant"""
Hours = tuple[int, int]
"""minutes of the day"""

_END_OF_DAY = 24 * 60
_PARTS: dict[str, Hours] = {
    "morning": (6 * 60, 12 * 60),
    "afternoon": (12 * 60, 18 * 60),
    "evening": (18 * 60, _END_OF_DAY),
    "night": (0, 6 * 60),
}
_CLOSE_OF_BUSINESS = 17 * 60
_BOUNDS = frozenset({"by", "before", "after", "from", "until"})
_LEADS = frozenset({"at", "about", "on", "the", "another", "of"})
"""words between two pieces, or before one, that change nothing"""
_HALF_DAY = 12 * 60
_FIRST_HOUR = 7 * 60
"""people who say "vier uur" and no part of the day mean the afternoon; from seven on, the morning"""
_LAST_HOUR = 21 * 60
"""nobody promises a later one without saying that it is evening"""
_MOST = {MINUTE: 600, HOUR: 240, DAY: 365, WORKDAY: 260, WEEK: 104, MONTH: 36, YEAR: 5, FORTNIGHT: 26}
"""of each unit; beyond it the words are no term"""


@dataclass(frozen=True, slots=True)
class _Time:
    """What has been read of an expression."""

    days: Days | None = None
    day_bound: str = ""
    hours: Hours | None = None
    hour_bound: str = ""
    part: str = ""
    third: str = ""
    """of the part: begin, mid or end"""
    span: tuple[int, int] | None = None
    """how many, of which unit"""
    within: bool = False
    exact: bool = False
    """the hours are of 24, or said with am or pm"""
    now: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        held = {"day": self.days, "hours": self.hours, "part": self.part, "span": self.span, "now": self.now}
        return frozenset(kind for kind, value in held.items() if value)


_Piece = tuple[_Time, int]
"""what was read, and the number of the sign after it"""


# -- from words to expressions ------------------------------------------------------------------------


def due_of(words: str, language: Language, called_at: datetime | None) -> Due | None:
    """The first time named in the words; None when there is none.

    >>> str(due_of("uiterlijk vrijdag", "nl", datetime(2026, 3, 4, 10, 0)).latest)
    '2026-03-06 23:59:00'
    """
    places = dues_in(tuple(words.split()), language, called_at)
    return next((each.due for each in places), None)


def dues_in(words: Sequence[str], language: Language, called_at: datetime | None) -> tuple[DuePlace, ...]:
    """Every time named in the words of a sentence, in order."""
    signs = _signs(words, language)
    if signs is None:
        return ()
    reader = _Reader(signs, words, language)
    return tuple(_place(time, first, last, words, called_at) for time, first, last in reader.expressions())


def _place(time: _Time, first: int, last: int, words: Sequence[str], called_at: datetime | None) -> DuePlace:
    said = " ".join(words[first : last + 1]).rstrip(".,;:!?…")
    moments = _moments(time, called_at) if called_at else (None, None)
    return DuePlace(Due(said, *moments), first, last, time.kinds == {"now"})


def may_name_time(plain: Sequence[str], language: Language) -> bool:
    """Whether words in lower case hold any that could name a time; much cheaper than looking for it."""
    return not lexicon(language).telling.isdisjoint(plain) or any(word[:1].isdigit() for word in plain)


_EDGES = '.,;:!?…"“”‘()[]'
_DIGITS = re.compile(r"(\d{1,4})(e|de|ste|st|nd|rd|th)?")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2})|u(\d{2})?)?(am|pm)?")
_CALENDAR = re.compile(r"\d{1,4}[-/]\d{1,2}(?:[-/]\d{2,4})?")


def _signs(words: Sequence[str], language: Language) -> list[Sign] | None:
    """The words as signs; None when no word can name a time."""
    known = lexicon(language)
    plain: list[tuple[str, int]] = []
    for number, word in enumerate(words):
        bare = word.lower().replace("’", "'").strip(_EDGES)
        parts = bare.split("-") if "-" in bare and not bare[:1].isdigit() else [bare]
        plain += [(part, number) for part in parts]
    if not may_name_time([part for part, _ in plain], language):
        return None
    signs: list[Sign] = []
    at = 0
    while at < len(plain):
        at = _read_sign(plain, at, known, signs)
    return signs


def _read_sign(plain: Sequence[tuple[str, int]], at: int, known: Lexicon, signs: list[Sign]) -> int:
    """Append the signs of the longest phrase at a place; the place after it."""
    word, number = plain[at]
    for length in range(min(known.longest.get(word, 0), len(plain) - at), 0, -1):
        meant = known.phrases.get(tuple([each for each, _ in plain[at : at + length]]))
        if meant is not None:
            signs += [Sign(kind, value, number, plain[at + length - 1][1]) for kind, value in meant]
            return at + length
    signs.append(_sign_in_digits(word, number) if word[:1].isdigit() else Sign("word", 0, number, number))
    return at + 1


def _sign_in_digits(word: str, number: int) -> Sign:
    digits = _DIGITS.fullmatch(word)
    if digits:
        return Sign("ordinal" if digits[2] else "number", int(digits[1]), number, number)
    clock = _CLOCK.fullmatch(word)
    if clock and int(clock[1]) <= 24 and int(clock[2] or clock[3] or 0) < 60:
        minutes = int(clock[1]) % 24 * 60 + int(clock[2] or clock[3] or 0)
        return Sign((clock[4] and f"time_{clock[4]}") or "time", minutes, number, number)
    return Sign("date" if _CALENDAR.fullmatch(word) else "word", 0, number, number)


# -- reading ------------------------------------------------------------------------------------------

_SILENT = frozenset({"", "word", "and", "or", "to"})
"""kinds of signs that begin no piece"""
_NAMED = frozenset({"today", "tomorrow", "aftertomorrow", "day"})
"""kinds that take no article"""
_LONGEST_LEAD = 6
"""signs before the first that tells a time, and that one"""
_NOTHING = Sign("", 0, -1, -1)
_COUNTED = frozenset(
    "euro euros euro's eurootje cent pond pounds quid dollars pence procent percent % mensen man personen people keer "
    "times stuks stuk pieces meter km kilometer kilo graden degrees punten points anderen others of_them dingen things "
    "vragen questions kinderen children".split()
)
"""what a bare number before it counts: "voor tien euro" names no hour"""


class _Reader:
    """Reads expressions from signs. A method that begins with `_` and takes `at` answers None when nothing stands
    there."""

    def __init__(self, signs: Sequence[Sign], words: Sequence[str], language: Language) -> None:
        self.signs = signs
        self.words = words
        self.language = language

    def expressions(self) -> Iterator[tuple[_Time, int, int]]:
        """What was read, with the first and the last word."""
        at = 0
        while at < len(self.signs):
            piece = self._piece(at) if self._may_begin(at) else None
            if piece is None:
                at += 1
                continue
            time, end = self._joined(*piece)
            if not self._is_past(at):
                first = at + 1 if self._kind(at) == "the" and self._kind(at + 1) in _NAMED else at  # heb ik het morgen
                yield time, self.signs[first].first, self.signs[end - 1].last
            at = end

    def _may_begin(self, at: int) -> bool:
        return self.signs[at].kind not in _SILENT and any(
            each.kind in TELLING for each in self.signs[at : at + _LONGEST_LEAD]
        )

    def _kind(self, at: int) -> str:
        return self.signs[at].kind if 0 <= at < len(self.signs) else ""

    def _sign(self, at: int) -> Sign:
        return self.signs[at] if 0 <= at < len(self.signs) else _NOTHING

    def _is_past(self, at: int) -> bool:
        """ "vorige week vrijdag", "last Tuesday", "de rekening van vrijdag" """
        return (
            (self._kind(at - 1) == "of" and self._kind(at) in ("day", "month"))
            or "past" in (self._kind(at - 1), self._kind(at))
            or (self._kind(at - 1) in ("unit", "day") and self._kind(at - 2) == "past")
        )

    def _joined(self, time: _Time, end: int) -> _Piece:
        """The piece with those that stand right after it and say something new."""
        while True:
            at = end
            while self._kind(at) in _LEADS and at < end + 2:
                at += 1
            following = self._piece(end) or (self._piece(at) if at > end else None)
            if following is None or not self._fits(time, following[0]):
                return time, end
            time, end = _merged(time, following[0]), following[1]

    def _fits(self, time: _Time, more: _Time) -> bool:
        if "span" in more.kinds:
            return time.kinds == {"day"} and not more.within and more.span is not None and more.span[1] == WEEK
        if "span" in time.kinds:
            return more.kinds <= {"hours", "part"} and time.span is not None and time.span[1] > HOUR
        if {"day"} <= time.kinds & more.kinds and not time.hours:
            return _is_relative(time) or (_is_weekday(time) and _is_date(more))
        return not time.kinds & more.kinds and "now" not in more.kinds

    def _piece(self, at: int) -> _Piece | None:
        if self._kind(at) in _SILENT:
            return None
        for read in (self._span, self._hours, self._slice, self._day, self._part, self._now):
            piece = read(at)
            if piece is not None:
                return piece
        return None

    # -- spans ----------------------------------------------------------------------------------------

    def _span(self, at: int) -> _Piece | None:
        """ "binnen twee werkdagen", "over een half uur", "in a couple of days" """
        lead = self._kind(at)
        if lead == "number" and self._kind(at + 1) == "unit" and self._kind(at + 2) == "on":
            return self._week_on(at)
        if lead not in ("within", "in", "after", "on") or (lead == "on" and self.language == "nl"):
            return None
        at += 1
        while self._kind(at) in ("about", "the", "another", "next", "coming", "at"):
            at += 1
        counted = self._counted(at)
        if counted is None:
            return None
        (count, unit), end = counted
        return _Time(span=(count, unit), within=lead == "within"), end

    def _counted(self, at: int) -> tuple[tuple[int, int], int] | None:  # noqa: PLR0911  each return is a form of words
        sign = self._sign(at)
        if sign.kind == "span":
            return (sign.value, MINUTE), at + 1
        if sign.kind == "unit" and self._kind(at - 1) == "the":  # binnen het uur
            return (1, sign.value), at + 1
        if sign.kind not in ("number", "some"):
            return None
        unit = self._sign(at + 1)
        if unit.kind != "unit" or sign.value > _MOST[unit.value]:
            return None
        if self._kind(at + 2) == "or" and self._kind(at + 3) == "number":  # een dag of vier
            return (self._sign(at + 3).value, unit.value), at + 4
        if self._kind(at + 2) in ("or", "until") and self._kind(at + 3) == "unit":
            return None
        return (sign.value, unit.value), at + 2

    def _week_on(self, at: int) -> _Piece | None:
        """ "a week on Friday" """
        day = self._sign(at + 3)
        if self._sign(at + 1).value != WEEK or day.kind != "day":
            return None
        return _Time(days=partial(_weekday, day.value, self._sign(at).value)), at + 4

    # -- hours ----------------------------------------------------------------------------------------

    def _hours(self, at: int) -> _Piece | None:
        """ "voor twaalven", "tussen acht en tien", "at ten past four" """
        kind = self._kind(at)
        if kind in ("between", "from", "of"):
            interval = self._interval(at + 1, bare=True)
            if interval is not None:
                return interval
        start = at
        bound = kind if kind in _BOUNDS else ""
        at += 1 if bound else 0
        leads = at
        while self._kind(at) in ("at", "about", "the", "on"):
            at += 1
        if not bound and any(self._kind(n) == "at" for n in range(leads, at)):
            interval = self._interval(at, bare=True)
            if interval is not None:
                return interval
        bare = bool(bound) or any(self._kind(n) in ("at", "about") for n in range(start, at))
        clock = self._clock(at, bare)
        if clock is None:
            return None if bound else self._interval(at, bare=False)
        interval = None if bound else self._interval(at, bare=False)
        if interval is not None:
            return interval
        minute, end, exact = clock
        return _Time(hours=(minute, minute), hour_bound=bound, exact=exact), end

    def _interval(self, at: int, bare: bool) -> _Piece | None:
        """Two hours with "en", "tot" or "to" between."""
        if self._kind(at) in ("about", "the"):
            at += 1
        first = self._clock(at, bare=True)
        if first is None or self._kind(first[1]) not in ("and", "until", "to", "by"):
            return None
        if not bare and self._kind(first[1]) not in ("until", "to"):
            return None
        second = self._clock(first[1] + 1, bare=True)
        if second is None:
            return None
        exact = first[2] or second[2]
        return _Time(hours=(first[0], second[0]), exact=exact), second[1]

    def _clock(self, at: int, bare: bool) -> tuple[int, int, bool] | None:
        """Minute of the day, the sign after it, and whether it is beyond doubt which half of the day."""
        sign = self._sign(at)
        if sign.kind.startswith("time"):
            hour_follows = self.language == "nl" and self._sign(at + 1)[:2] == ("unit", HOUR)
            return self._meridian(sign, at + 2 if hour_follows else at + 1)
        if sign.kind in ("noon", "midnight", "close"):
            minutes = {"noon": _HALF_DAY, "midnight": _END_OF_DAY, "close": _CLOSE_OF_BUSINESS}
            return minutes[sign.kind], at + 1, True
        spelled = self._dutch_clock(at) if self.language == "nl" else self._english_clock(at)
        if spelled is not None:
            minute, end = spelled
            return self._meridian(Sign("time", minute, 0, 0), end)
        if sign.kind != "number" or not 1 <= sign.value <= 24:
            return None
        return self._hour_alone(at, bare)

    def _hour_alone(self, at: int, bare: bool) -> tuple[int, int, bool] | None:
        hour, following = self._sign(at).value, self._sign(at + 1)
        if following.kind == "clock" or (following[:2] == ("unit", HOUR) and self.language == "nl"):
            minutes = self._sign(at + 2)
            extra = minutes.value if minutes.kind == "number" and 10 <= minutes.value < 60 else 0
            return self._meridian(Sign("time", hour % 24 * 60 + extra, 0, 0), at + (3 if extra else 2))
        if following.kind in ("am", "pm"):
            return self._meridian(Sign("time", hour * 60, 0, 0), at + 1)
        if following.kind == "number" and 10 <= following.value < 60 and self.language == "en" and bare:
            return hour % 24 * 60 + following.value, at + 2, hour > 12
        if not bare or following.kind in ("unit", "month", "ordinal") or self._is_counted(at):
            return None
        return hour % 24 * 60, at + 1, hour > 12

    def _is_counted(self, at: int) -> bool:
        following = self._sign(at + 1)
        if following.kind != "word":
            return False
        return self.words[following.first].lower().strip(_EDGES) in _COUNTED

    def _meridian(self, sign: Sign, end: int) -> tuple[int, int, bool]:
        half = sign.kind.removeprefix("time_") if "_" in sign.kind else ""
        if not half and self._kind(end) in ("am", "pm"):
            half, end = self._kind(end), end + 1
        if not half:
            return sign.value, end, sign.value >= 13 * 60
        return sign.value % _HALF_DAY + (_HALF_DAY if half == "pm" else 0), end, True

    def _dutch_clock(self, at: int) -> tuple[int, int] | None:
        """ "half tien", "kwart over vier", "vijf voor half acht" """
        if self._kind(at) == "half" and self._kind(at + 1) == "number":
            return self._before_hour(at + 1, 30)
        minutes = 15 if self._kind(at) == "quarter" else self._sign(at).value
        if self._kind(at) not in ("quarter", "number") or minutes >= 30 or self._kind(at + 1) not in ("in", "before"):
            return None
        late = minutes if self._kind(at + 1) == "in" else -minutes
        if self._kind(at + 2) == "half" and self._kind(at + 3) == "number":
            return self._before_hour(at + 3, 30 - late)
        return self._before_hour(at + 2, -late)

    def _english_clock(self, at: int) -> tuple[int, int] | None:
        """ "half past ten", "half ten", "quarter to four", "twenty past eight" """
        if self._kind(at) == "half":
            return self._before_hour(at + (2 if self._kind(at + 1) == "after" else 1), -30)
        minutes = 15 if self._kind(at) == "quarter" else self._sign(at).value
        if self._kind(at) not in ("quarter", "number") or minutes >= 30 or self._kind(at + 1) not in ("after", "to"):
            return None
        if self._kind(at) == "number" and minutes not in (5, 10, 20, 25):  # "from eight to ten" is an interval
            return None
        return self._before_hour(at + 2, -minutes if self._kind(at + 1) == "after" else minutes)

    def _before_hour(self, at: int, minutes: int) -> tuple[int, int] | None:
        sign = self._sign(at)
        if sign.kind != "number" or not 1 <= sign.value <= 24:
            return None
        end = at + 2 if self._kind(at + 1) == "clock" or self._sign(at + 1)[:2] == ("unit", HOUR) else at + 1
        return (sign.value * 60 - minutes) % _END_OF_DAY, end

    # -- days -----------------------------------------------------------------------------------------

    def _day(self, at: int) -> _Piece | None:
        """A day, a date, a week or a month, with its bound."""
        bound = self._kind(at) if self._kind(at) in _BOUNDS else ""
        at += 1 if bound else 0
        while self._kind(at) in ("on", "the", "about", "another", "in", "at"):
            at += 1
        found = self._weekday(at) or self._relative(at) or self._date(at) or self._period(at)
        if found is None:
            return None
        days, end = found
        return _Time(days=days, day_bound=bound), end

    def _weekday(self, at: int) -> tuple[Days, int] | None:
        """ "aanstaande vrijdag", "volgende week dinsdag", "Tuesday the 14th", "Friday week" """
        weeks, which = 0, self._kind(at)
        if which in ("coming", "this", "next"):
            at += 1
            if which != "coming" and self._sign(at)[:2] == ("unit", WEEK):
                at += 1
                if self._kind(at) != "day":
                    return None
                return partial(_weekday_of_week, self._sign(at).value, int(which == "next")), at + 1
        sign = self._sign(at)
        if sign.kind != "day":
            return None
        end = at + 1
        dated = self._date(end + (self._kind(end) == "the"))
        if dated is not None:
            return partial(_on_weekday, sign.value, dated[0]), dated[1]
        if self._sign(end)[:2] == ("unit", WEEK):  # Friday week
            weeks, end = 1, end + 1
        elif self._is_next_week(end):
            return partial(_weekday_of_week, sign.value, 1), end + 2
        elif self._kind(end) == "in" and self._sign(end + 2)[:2] == ("unit", WEEK):  # vrijdag over een week
            weeks, end = max(1, self._sign(end + 1).value), end + 3
        return partial(_weekday, sign.value, weeks), end

    def _is_next_week(self, at: int) -> bool:
        return self._kind(at) == "next" and self._sign(at + 1)[:2] == ("unit", WEEK)

    def _relative(self, at: int) -> tuple[Days, int] | None:
        offsets = {"today": 0, "tomorrow": 1, "aftertomorrow": 2}
        kind = self._kind(at)
        return (partial(_offset, offsets[kind]), at + 1) if kind in offsets else None

    def _date(self, at: int) -> tuple[Days, int] | None:
        """ "de 14e", "4 december", "the first of March", "December 4th", "04-12-2026" """
        sign = self._sign(at)
        if sign.kind == "date":
            return self._calendar(self.words[sign.first].strip(_EDGES), at + 1)
        if sign.kind == "month" and self._kind(at + 1) in ("ordinal", "number"):
            return self._month_day(self._sign(at + 1).value, sign.value, at + 2)
        if sign.kind not in ("ordinal", "number") or not 1 <= sign.value <= 31:
            return None
        following = at + 1
        while self._kind(following) in ("of", "from", "the") and following < at + 3:
            following += 1
        month = self._sign(following)
        if month.kind == "month":
            return self._month_day(sign.value, month.value, following + 1)
        if sign.kind == "ordinal" and self._stands_alone(at):
            return partial(_day_of_month, sign.value), at + 1
        return None

    def _stands_alone(self, at: int) -> bool:
        """Whether an ordinal is a day: "de 14e", but not "de eerste monteur"."""
        sign = self._sign(at)
        if any(letter.isdigit() for letter in self.words[sign.first]):
            return True
        closed = self.words[sign.last][-1:] in ".,;:!?" or at == len(self.signs) - 1
        lead = self._kind(at - 1) == "the" and self._kind(at - 2) in (*_BOUNDS, "on", "day", "within")
        named = self._kind(at - 1) == "day" or (self._kind(at - 1) == "the" and self._kind(at - 2) == "day")
        return named or (lead and (closed or sign.value > 5 or self._kind(at + 1) != "word"))

    def _month_day(self, day: int, month: int, end: int) -> tuple[Days, int] | None:
        names = MONTHS[self.language]
        year = self._sign(end)
        if year.kind == "number" and 2000 <= year.value < 2100:
            return self._calendar(f"{day} {names[month - 1]} {year.value}", end + 1)
        return self._calendar(f"{day} {names[month - 1]}", end)

    def _calendar(self, written: str, end: int) -> tuple[Days, int] | None:
        known = _calendar_day(written, self.language)
        return (partial(_in_year, *known), end) if known else None

    def _period(self, at: int) -> tuple[Days, int] | None:
        """ "volgende week", "deze maand", "in september", "the weekend" """
        kind, sign = self._kind(at), self._sign(at)
        if kind in ("this", "next", "coming"):
            of, count = self._sign(at + 1), 0 if kind == "this" else 1
            if of.kind == "unit" and of.value in (WEEK, MONTH):
                return partial(_week if of.value == WEEK else _month, count, ""), at + 2
            if of.kind in ("weekend", "month"):
                return self._named_period(of, "", at + 2)
            return None
        if kind == "weekend" or (kind == "month" and self._kind(at - 1) in ("on", "in", *_BOUNDS)):
            return self._named_period(sign, "", at + 1)
        return None

    def _named_period(self, sign: Sign, third: str, end: int) -> tuple[Days, int]:
        if sign.kind == "weekend":
            return _weekend, end
        return partial(_named_month, sign.value, third), end

    def _slice(self, at: int) -> _Piece | None:
        """ "eind van de week", "begin volgende maand", "at the end of the afternoon" """
        bound = self._kind(at) if self._kind(at) in _BOUNDS else ""
        at += 1 if bound else 0
        while self._kind(at) in ("on", "the", "about", "at"):
            at += 1
        third = self._kind(at)
        if third not in ("begin", "mid", "end"):
            return None
        at += 1
        while self._kind(at) in ("of", "from", "the"):
            at += 1
        count = 1 if self._kind(at) in ("next", "coming") else 0
        at += 1 if self._kind(at) in ("next", "coming", "this") else 0
        sign = self._sign(at)
        if sign.kind in _PARTS:
            return _Time(part=sign.kind, third=third, hour_bound=bound), at + 1
        if sign.kind == "unit" and sign.value in (DAY, WORKDAY) and third == "end":
            hours = (_CLOSE_OF_BUSINESS, _CLOSE_OF_BUSINESS)
            return _Time(hours=hours, hour_bound="by", exact=True), at + 1
        if sign.kind == "unit" and sign.value in (WEEK, MONTH):
            days = partial(_week if sign.value == WEEK else _month, count, third)
            return _Time(days=days, day_bound=bound), at + 1
        if sign.kind == "month":
            return _Time(days=partial(_named_month, sign.value, third), day_bound=bound), at + 1
        return None

    def _part(self, at: int) -> _Piece | None:
        while self._kind(at) in ("on", "the", "in", "this"):
            at += 1
        kind = self._kind(at)
        return (_Time(part=kind), at + 1) if kind in _PARTS else None

    def _now(self, at: int) -> _Piece | None:
        return (_Time(now=True), at + 1) if self._kind(at) == "now" else None


def _function(time: _Time) -> object:
    return time.days.func if isinstance(time.days, partial) else None


def _is_relative(time: _Time) -> bool:
    """ "morgen", after which the day's name says the same: "morgen, donderdag" """
    return _function(time) is _offset


def _is_weekday(time: _Time) -> bool:
    return _function(time) is _weekday


def _is_date(time: _Time) -> bool:
    return _function(time) in (_in_year, _day_of_month)


def _merged(time: _Time, more: _Time) -> _Time:
    if more.span is not None and time.days is not None:  # dinsdag over twee weken
        return replace(time, days=partial(_weeks_later, more.span[0], time.days))
    return _Time(
        days=time.days if _is_relative(time) else more.days or time.days,
        day_bound=time.day_bound or more.day_bound,
        hours=more.hours or time.hours,
        hour_bound=time.hour_bound or more.hour_bound,
        part=more.part or time.part,
        third=more.third or time.third,
        span=time.span or more.span,
        within=time.within or more.within,
        exact=time.exact or more.exact,
    )


# -- which days ---------------------------------------------------------------------------------------


def _offset(days: int, today: date) -> tuple[date, date]:
    day = today + timedelta(days=days)
    return day, day


def _weekday(weekday: int, weeks: int, today: date) -> tuple[date, date]:
    """The next such day, never today: that is called today."""
    ahead = (weekday - today.weekday() - 1) % 7 + 1
    return _offset(ahead + 7 * weeks, today)


def _weekday_of_week(weekday: int, weeks: int, today: date) -> tuple[date, date]:
    return _offset(weekday - today.weekday() + 7 * weeks, today)


def _weeks_later(weeks: int, days: Days, today: date) -> tuple[date, date]:
    first, last = days(today)
    return first + timedelta(weeks=weeks), last + timedelta(weeks=weeks)


def _week(weeks: int, third: str, today: date) -> tuple[date, date]:
    """From Monday, or from today, to Sunday; the end of it is Thursday and Friday."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    first, last = {"": (0, 6), "begin": (0, 1), "mid": (2, 2), "end": (3, 4)}[third]
    if monday + timedelta(days=last) < today:
        last = 6
    return max(today, monday + timedelta(days=first)), monday + timedelta(days=last)


def _weekend(today: date) -> tuple[date, date]:
    saturday = today + timedelta(days=max(5 - today.weekday(), -1 if today.weekday() == 6 else 0))
    return max(today, saturday), saturday + timedelta(days=1)


def _month(months: int, third: str, today: date) -> tuple[date, date]:
    first = _first_of_month(today, months)
    return _third_of_month(first, third, today)


def _named_month(month: int, third: str, today: date) -> tuple[date, date]:
    first = date(today.year + (month < today.month), month, 1)
    return _third_of_month(first, third, today)


def _third_of_month(first: date, third: str, today: date) -> tuple[date, date]:
    last = _first_of_month(first, 1) - timedelta(days=1)
    from_, until = {"": (1, last.day), "begin": (1, 10), "mid": (11, 20), "end": (21, last.day)}[third]
    return max(today, first.replace(day=from_)), max(today, first.replace(day=until))


def _first_of_month(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def _day_of_month(number: int, today: date) -> tuple[date, date]:
    """The next day of that number, today included."""
    for months in range(13):
        first = _first_of_month(today, months)
        last = (_first_of_month(first, 1) - timedelta(days=1)).day
        if number <= last and first.replace(day=number) >= today:
            return _offset(0, first.replace(day=number))
    raise ValueError(f"no month has a day {number}")


def _on_weekday(weekday: int, days: Days, today: date) -> tuple[date, date]:
    """Of the next two such days of a month the one that falls on the weekday; a date with a month is as it is said."""
    nearest = days(today)
    if nearest[0].weekday() == weekday or not (isinstance(days, partial) and days.func is _day_of_month):
        return nearest
    following = days(nearest[0] + timedelta(days=1))
    return following if following[0].weekday() == weekday or nearest[0] == today else nearest


_BASE = datetime(2000, 1, 1, 12)
"""dateparser's "now": a leap year from its beginning, so that every date lies ahead in the same year"""


@lru_cache(maxsize=4096)
def _calendar_day(written: str, language: Language) -> tuple[int, int, int | None] | None:
    """Day, month, and the year when it is written; None when there is no such date.

    `absolute-time` with a base and a zone never asks for the time of day. Reading a number of day, dateparser's
    `strptime` looks up the current year and discards it: the answer does not depend on it (tested).
    """
    settings = {
        "RELATIVE_BASE": _BASE,
        "PREFER_DATES_FROM": "future",
        "PREFER_DAY_OF_MONTH": "first",
        "TIMEZONE": "UTC",
        "TO_TIMEZONE": "UTC",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "DATE_ORDER": "DMY",
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["day", "month"],
    }
    found = dateparser.parse(written, languages=[language], settings=settings)
    if found is None:
        return None
    return found.day, found.month, found.year if found.year != _BASE.year else None


def _in_year(day: int, month: int, year: int | None, today: date) -> tuple[date, date]:
    if year is not None:
        return _offset(0, date(year, month, day))
    for later in range(9):  # eight years at most lie between two leap years
        try:
            found = date(today.year + later, month, day)
        except ValueError:
            continue
        if found >= today:
            return found, found
    raise ValueError(f"no year has a day {day} in month {month}")


# -- which moments ------------------------------------------------------------------------------------


def _moments(time: _Time, called_at: datetime) -> tuple[datetime | None, datetime | None]:
    """Earliest and latest; None for both when the calendar ends before."""
    try:
        if time.span is not None:
            return _of_span(time, called_at)
        if time.now:
            return called_at, _at(called_at, called_at.date(), _END_OF_DAY)
        return _of_day(time, called_at)
    except (OverflowError, ValueError):
        return None, None


def _of_span(time: _Time, called_at: datetime) -> tuple[datetime, datetime]:
    assert time.span is not None
    count, unit = time.span
    if unit in (MINUTE, HOUR):
        length = timedelta(minutes=count * (1 if unit == MINUTE else 60))
        latest = called_at + length if called_at.tzinfo is None else _elapsed(called_at, length)
        return (called_at if time.within else latest), latest
    day = _day_after(called_at.date(), count, unit)
    if time.within:
        return called_at, _at(called_at, day, _END_OF_DAY)
    low, high = _hours_on(time, day, called_at) or (0, _END_OF_DAY)
    return _at(called_at, day, low), _at(called_at, day, high)


def _elapsed(moment: datetime, length: timedelta) -> datetime:
    """By the clock that knows no summer time."""
    return (moment.astimezone(UTC) + length).astimezone(moment.tzinfo)


def _day_after(today: date, count: int, unit: int) -> date:
    if unit == WORKDAY:
        return _workdays_later(today, count)
    if unit in (MONTH, YEAR):
        first = _first_of_month(today, count * (12 if unit == YEAR else 1))
        last = _first_of_month(first, 1) - timedelta(days=1)
        return first.replace(day=min(today.day, last.day))
    return today + timedelta(days=count * {DAY: 1, WEEK: 7, FORTNIGHT: 14}[unit])


def _workdays_later(today: date, count: int) -> date:
    """Weekends are skipped; public holidays are not known here."""
    day = today
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _of_day(time: _Time, called_at: datetime) -> tuple[datetime | None, datetime | None]:
    today = called_at.date()
    first, last = time.days(today) if time.days else (today, today)
    hours = _hours_on(time, first, called_at)
    if hours and not time.days and _at(called_at, first, hours[1]) <= called_at:
        first, last = _offset(1, today)  # "om acht uur", said in the evening
        hours = _hours_on(time, first, called_at)
    bound = time.hour_bound if time.hours or (time.third and not time.days) else ""
    low, high = hours or (0, _END_OF_DAY)
    if bound in ("by", "before", "until") and time.hours:
        low = 0
    earliest: datetime | None = max(_at(called_at, first, low), called_at)
    latest: datetime | None = _at(called_at, last, high)
    if bound in ("after", "from") and time.hours:
        latest = _at(called_at, last, _END_OF_DAY)
    if time.day_bound in ("by", "until", "before"):
        earliest = called_at
        if time.day_bound == "before" and hours is None:
            latest = max(called_at, _at(called_at, first - timedelta(days=1), _END_OF_DAY))
    if time.day_bound in ("after", "from"):
        after = last + timedelta(days=1) if time.day_bound == "after" and not hours else first
        earliest, latest = _at(called_at, after, low), None
    if latest is not None and earliest is not None and latest < earliest:
        earliest = _at(called_at, first, low)
    return earliest, latest


def _hours_on(time: _Time, day: date, called_at: datetime) -> Hours | None:
    """The hours of the day that are meant; None for all of it."""
    part = _PARTS.get(time.part)
    if time.hours is None:
        return _third(part, time.third) if part else None
    low, high = (_in_half(each, time, day, called_at) for each in time.hours)
    if high < low:
        high += _HALF_DAY
    return low, min(high, _END_OF_DAY)


def _third(part: Hours, third: str) -> Hours:
    low, high = part
    step = (high - low) // 3
    return {"": part, "begin": (low, low + step), "mid": (low + step, high - step), "end": (high - step, high)}[third]


def _in_half(minute: int, time: _Time, day: date, called_at: datetime) -> int:
    """The minute of the day, in the half of it that is meant."""
    if time.exact or minute >= 13 * 60:
        return minute
    if time.part in ("afternoon", "evening"):
        return minute + _HALF_DAY if minute < _HALF_DAY else minute
    if time.part:
        return minute
    if minute < _FIRST_HOUR:
        return minute + _HALF_DAY
    now = called_at.hour * 60 + called_at.minute
    if day == called_at.date() and minute <= now < minute + _HALF_DAY <= _LAST_HOUR:
        return minute + _HALF_DAY
    return minute


def _at(called_at: datetime, day: date, minute: int) -> datetime:
    """A moment of the day, in the zone of the call; the end of the day is its last minute."""
    hours, minutes = divmod(min(minute, _END_OF_DAY - 1), 60)
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=called_at.tzinfo)
