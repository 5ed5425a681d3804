"""What is marked as invented, and above all what is not."""

import pytest

from qm.call import Language
from qm.speech.recogniser import Segment
from qm.speech.suppression import mark
from qm.transcript import Suppressed, Word

HALLUCINATION, LOOP = Suppressed.HALLUCINATION, Suppressed.LOOP


def segment(text: str, *, pause: float = 0.0, avg_logprob: float = -0.3, no_speech: float = 0.0) -> Segment:
    """Words of 0.2 s with a pause after each."""
    step = 0.2 + pause
    words = tuple(Word(part, i * step, i * step + 0.2) for i, part in enumerate(text.split()))
    return Segment(words, None, avg_logprob, no_speech)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "Ondertitels ingediend door de Amara.org gemeenschap"),
        ("nl", "ondertiteld door Jan en alleman."),
        ("nl", "TV GELDERLAND 2021"),
        ("nl", "Bedankt voor het kijken!"),
        ("en", "Thanks for watching!"),
        ("en", "Thank you for watching."),
        ("en", "Subtitles by the Amara.org community"),
        ("en", "Please subscribe to my channel."),
    ],
)
def test_inventions_are_marked(language: Language, text: str) -> None:
    (marked,) = mark([segment(text)], language)

    assert (marked.text, marked.suppressed) == (text, HALLUCINATION)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "Tot ziens."),
        ("nl", "Bedankt."),
        ("nl", "Dank u wel, tot ziens!"),
        ("nl", "Tot de volgende keer."),
        ("nl", "Bedankt voor het kijken naar mijn factuur."),
        ("nl", "De ondertiteling doet het niet meer."),
        ("nl", "Ondertitels doen het niet op TV Gelderland."),
        ("nl", "Muziek."),
        ("nl", "Thanks for watching."),  # of the other language's list
        ("nl", "Ja ja ja ja."),
        ("nl", "nul nul nul nul nul nul"),
        ("en", "Thank you."),
        ("en", "Thank you so much."),
        ("en", "Bye."),
        ("en", "Bye bye bye."),
        ("en", "You."),
        ("en", "I was watching the subtitles by accident."),
        ("en", "no no no no no"),
        ("en", "I called on Monday and I called on Tuesday and I called on Wednesday."),
    ],
)
def test_real_speech_is_not_marked(language: Language, text: str) -> None:
    assert mark([segment(text)], language) == [segment(text)]


def test_one_phrase_over_and_over_is_a_loop_after_its_first_time() -> None:
    marked = mark([segment("Dat klopt, " + "ik wil graag, " * 6 + "tot ziens")], "nl")

    assert [(part.text, part.suppressed) for part in marked] == [
        ("Dat klopt, ik wil graag,", None),
        (" ".join(["ik wil graag,"] * 5), LOOP),
        ("tot ziens", None),
    ]


def test_one_word_over_and_over_is_a_loop() -> None:
    marked = mark([segment("ja " * 40)], "nl")

    assert [(len(part.words), part.suppressed) for part in marked] == [(1, None), (39, LOOP)]


def test_back_channels_of_a_minute_are_no_loop() -> None:
    said = segment("ja " * 12, pause=2.0)

    assert mark([said], "nl") == [said]


def test_a_loop_may_end_half_way_through_its_phrase() -> None:
    marked = mark([segment("one two three " * 4 + "one")], "en")

    assert [(len(part.words), part.suppressed) for part in marked] == [(3, None), (10, LOOP)]


@pytest.mark.parametrize(
    ("avg_logprob", "no_speech", "suppressed"),
    [(-1.2, 0.7, HALLUCINATION), (-1.2, 0.1, None), (-0.3, 0.9, None)],
)
def test_improbable_text_in_silence_is_marked(
    avg_logprob: float, no_speech: float, suppressed: Suppressed | None
) -> None:
    (marked,) = mark([segment("welkom bij", avg_logprob=avg_logprob, no_speech=no_speech)], "nl")

    assert marked.suppressed is suppressed


def test_no_word_is_lost_or_moved() -> None:
    segments = [segment("Thanks for watching"), segment("so so so so so so so so so and bye"), segment("")]

    words = [word for part in mark(segments, "en") for word in part.words]

    assert words == [word for part in segments for word in part.words]
