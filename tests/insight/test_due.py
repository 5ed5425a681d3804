"""Times as people say them, in both languages. The call is on Wednesday 4 March 2026, 10:00."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateparser import parser
from dateparser.utils import strptime

from qm.call import LANGUAGES, Language
from qm.insight import due, due_of

CALLED = datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))

DUTCH = """
vandaag                                   | 04-03 10:00 | 04-03 23:59
nog vandaag                               | 04-03 10:00 | 04-03 23:59
morgen                                    | 05-03 00:00 | 05-03 23:59
overmorgen                                | 06-03 00:00 | 06-03 23:59
morgen voor twaalven                      | 05-03 00:00 | 05-03 12:00
morgenochtend                             | 05-03 06:00 | 05-03 12:00
morgen, donderdag, tussen acht en tien    | 05-03 08:00 | 05-03 10:00
morgen van acht tot tien uur              | 05-03 08:00 | 05-03 10:00
vanavond om acht uur                      | 04-03 20:00 | 04-03 20:00
vanmiddag tussen twee en vier             | 04-03 14:00 | 04-03 16:00
vandaag tussen zes en tien                | 04-03 18:00 | 04-03 22:00
aan het eind van de middag                | 04-03 16:00 | 04-03 18:00
uiterlijk vrijdag                         | 04-03 10:00 | 06-03 23:59
voor vrijdag                              | 04-03 10:00 | 05-03 23:59
vrijdagmiddag                             | 06-03 12:00 | 06-03 18:00
vrij dag                                  | 06-03 00:00 | 06-03 23:59
vrijdag om 's avonds acht uur             | 06-03 20:00 | 06-03 20:00
dinsdag tussen acht en tien               | 10-03 08:00 | 10-03 10:00
dinsdag over een week                     | 17-03 00:00 | 17-03 23:59
volgende week dinsdag                     | 10-03 00:00 | 10-03 23:59
donderdag half een                        | 05-03 12:30 | 05-03 12:30
binnen een uur                            | 04-03 10:00 | 04-03 11:00
over een half uur                         | 04-03 10:30 | 04-03 10:30
over anderhalf uur                        | 04-03 11:30 | 04-03 11:30
binnen 24 uur                             | 04-03 10:00 | 05-03 10:00
binnen twee werkdagen                     | 04-03 10:00 | 06-03 23:59
binnen vijf werkdagen                     | 04-03 10:00 | 11-03 23:59
binnen een paar dagen                     | 04-03 10:00 | 07-03 23:59
over ongeveer twee weken                  | 18-03 00:00 | 18-03 23:59
over een dag of vier                      | 08-03 00:00 | 08-03 23:59
de 14e                                    | 14-03 00:00 | 14-03 23:59
vrijdag de 13e                            | 13-03 00:00 | 13-03 23:59
uiterlijk de zesentwintigste              | 04-03 10:00 | 26-03 23:59
op 1 oktober                              | 01-10 00:00 | 01-10 23:59
zeven en twintig mei                      | 27-05 00:00 | 27-05 23:59
dinsdag 10 maart om 14.30 uur             | 10-03 14:30 | 10-03 14:30
04-12-2026                                | 04-12 00:00 | 04-12 23:59
om kwart over vier                        | 04-03 16:15 | 04-03 16:15
om half tien                              | 05-03 09:30 | 05-03 09:30
voor vijven                               | 04-03 10:00 | 04-03 17:00
volgende week                             | 09-03 00:00 | 15-03 23:59
begin volgende week                       | 09-03 00:00 | 10-03 23:59
eind van de week                          | 05-03 00:00 | 06-03 23:59
voor het weekend                          | 04-03 10:00 | 06-03 23:59
in september                              | 01-09 00:00 | 30-09 23:59
eind december                             | 21-12 00:00 | 31-12 23:59
vanaf maandag                             | 09-03 00:00 | -
na achttien juni                          | 19-06 00:00 | -
meteen                                    | 04-03 10:00 | 04-03 23:59
"""

ENGLISH = """
today                                     | 04-03 10:00 | 04-03 23:59
tomorrow                                  | 05-03 00:00 | 05-03 23:59
the day after tomorrow                    | 06-03 00:00 | 06-03 23:59
tomorrow before noon                      | 05-03 00:00 | 05-03 12:00
tomorrow at ten in the morning            | 05-03 10:00 | 05-03 10:00
tonight at eight                          | 04-03 20:00 | 04-03 20:00
between six and eight tonight             | 04-03 18:00 | 04-03 20:00
this afternoon                            | 04-03 12:00 | 04-03 18:00
at the end of the afternoon               | 04-03 16:00 | 04-03 18:00
by Friday                                 | 04-03 10:00 | 06-03 23:59
no later than Thursday                    | 04-03 10:00 | 05-03 23:59
on Friday morning                         | 06-03 06:00 | 06-03 12:00
next Tuesday                              | 10-03 00:00 | 10-03 23:59
Tuesday between eight and ten             | 10-03 08:00 | 10-03 10:00
Tuesday next week                         | 10-03 00:00 | 10-03 23:59
Friday week                               | 13-03 00:00 | 13-03 23:59
a week on friday                          | 13-03 00:00 | 13-03 23:59
Thursday, before noon                     | 05-03 00:00 | 05-03 12:00
thursday after two                        | 05-03 14:00 | 05-03 23:59
saturday before one                       | 07-03 00:00 | 07-03 13:00
Monday from nine till noon                | 09-03 09:00 | 09-03 12:00
within the hour                           | 04-03 10:00 | 04-03 11:00
in half an hour                           | 04-03 10:30 | 04-03 10:30
in about ten minutes                      | 04-03 10:10 | 04-03 10:10
within 48 hours                           | 04-03 10:00 | 06-03 10:00
within two working days                   | 04-03 10:00 | 06-03 23:59
within five working days                  | 04-03 10:00 | 11-03 23:59
in a couple of days                       | 06-03 00:00 | 06-03 23:59
within a week                             | 04-03 10:00 | 11-03 23:59
in a fortnight                            | 18-03 00:00 | 18-03 23:59
the 14th                                  | 14-03 00:00 | 14-03 23:59
by the eighteenth                         | 04-03 10:00 | 18-03 23:59
by the twenty-sixth                       | 04-03 10:00 | 26-03 23:59
first of december                         | 01-12 00:00 | 01-12 23:59
December 4th                              | 04-12 00:00 | 04-12 23:59
on 12 May                                 | 12-05 00:00 | 12-05 23:59
by half past twelve                       | 04-03 10:00 | 04-03 12:30
by twenty to one                          | 04-03 10:00 | 04-03 12:40
half ten tomorrow                         | 05-03 10:30 | 05-03 10:30
at ten past four                          | 04-03 16:10 | 04-03 16:10
3pm                                       | 04-03 15:00 | 04-03 15:00
next week                                 | 09-03 00:00 | 15-03 23:59
early next week                           | 09-03 00:00 | 10-03 23:59
by the end of the day                     | 04-03 10:00 | 04-03 17:00
before the weekend                        | 04-03 10:00 | 06-03 23:59
by the end of the month                   | 04-03 10:00 | 31-03 23:59
in september                              | 01-09 00:00 | 30-09 23:59
from the 1st of December                  | 01-12 00:00 | -
right away                                | 04-03 10:00 | 04-03 23:59
"""

NO_TIME = {
    "nl": [
        "voor tien euro",
        "de eerste monteur",
        "vorige week vrijdag",
        "afgelopen dinsdag",
        "de rekening van vrijdag",
        "voor drie personen",
        "dat is 84 euro en 50 cent",
        "goede morgen",
        "31 februari",
        "de 45e",
        "over 99999 jaar",
        "kwart voor",
        "een nieuwe pas",
        "klantnummer 30 04 881",
    ],
    "en": [
        "for ten pounds",
        "on the first floor",
        "last Friday",
        "good morning",
        "may I help you",
        "he comes from Lairg",
        "second of all",
        "number three one four",
        "31 february",
        "a new card",
        "in the system",
        "within 9999 years",
        "two of them",
        "by post",
    ],
}


def rows(table: str) -> list[tuple[str, str, str]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines()]  # type: ignore[misc]


def shown(moment: datetime | None) -> str:
    return moment.strftime("%d-%m %H:%M") if moment else "-"


CASES = [("nl", *row) for row in rows(DUTCH)] + [("en", *row) for row in rows(ENGLISH)]


@pytest.mark.parametrize(("language", "words", "earliest", "latest"), CASES, ids=[case[1] for case in CASES])
def test_a_time_lies_between_two_moments(language: Language, words: str, earliest: str, latest: str) -> None:
    found = due_of(f"{words}.", language, CALLED)
    assert found is not None
    assert (found.words, shown(found.earliest), shown(found.latest)) == (words, earliest, latest)
    assert all(moment is None or moment.tzinfo is CALLED.tzinfo for moment in (found.earliest, found.latest))


@pytest.mark.parametrize(("language", "words"), [(each, words) for each in LANGUAGES for words in NO_TIME[each]])
def test_what_names_no_time_to_come(language: Language, words: str) -> None:
    assert due_of(words, language, CALLED) is None


def test_without_the_moment_of_the_call_only_the_words_are_known() -> None:
    assert due_of("Dat is uiterlijk vrijdag klaar", "nl", None) == due.Due("uiterlijk vrijdag", None, None)


def test_weekends_are_skipped_in_working_days() -> None:
    friday = datetime(2026, 3, 6, 16, 0)
    found = due_of("binnen twee werkdagen", "nl", friday)
    assert found is not None and found.latest == datetime(2026, 3, 10, 23, 59)


def test_an_hour_is_an_hour_when_summer_time_begins() -> None:
    before = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))
    found = due_of("over een uur", "nl", before)
    assert found is not None and found.latest is not None
    assert shown(found.latest) == "29-03 03:30"


@pytest.mark.parametrize("moment", [datetime.max, datetime.min, datetime.max - timedelta(days=2)])
def test_the_ends_of_the_calendar(moment: datetime) -> None:
    for language in LANGUAGES:
        for *_, words in [(each[1],) for each in CASES if each[0] == language]:
            assert due_of(words, language, moment) is not None


@pytest.mark.parametrize("year", [1999, 2028])
def test_dates_do_not_depend_on_the_clock(year: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def today(cls) -> "Clock":
            return cls(year, 2, 28)

        @classmethod
        def now(cls, tz: object = None) -> "Clock":
            raise AssertionError("the clock is read")

    monkeypatch.setattr(strptime, "datetime", Clock)
    monkeypatch.setattr(parser, "_now", Clock.now)
    due._calendar_day.cache_clear()
    for written, language, expected in (("29 februari", "nl", "29-02"), ("4 december", "en", "04-12")):
        found = due_of(written, language, CALLED)  # type: ignore[arg-type]
        assert found is not None and shown(found.earliest).startswith(expected)
    due._calendar_day.cache_clear()
