"""Misheard words: what may stand for a word of the patterns, and what never does."""

from collections.abc import Callable

import pytest

from qm.call import Language, Speaker
from qm.evaluation import Searched
from qm.signals import SIGNALS, Finding, Text
from qm.signals.forms import forms, stem
from qm.signals.lang import common_words
from qm.signals.tolerance import DOUBTFUL, FAR, NEAR, PARTED, is_known, marker_words, stand_in
from qm.transcript import Transcript, Turn, Word, turn_of

MISHEARD: dict[Language, list[tuple[str, str]]] = {
    "nl": [
        ("abonement", "abonnement"),
        ("afspaak", "afspraak"),
        ("geregelt", "geregeld"),
        ("gereegeld", "geregeld"),
        ("verzeekering", "verzekering"),
        ("verzekerin", "verzekering"),
        ("rekenning", "rekening"),
        ("besteling", "bestelling"),
        ("excuzes", "excuses"),
        ("opgelosd", "opgelost"),
        ("opgelsot", "opgelost"),
        ("verveelend", "vervelend"),
        ("gecondoleert", "gecondoleerd"),
        ("doorverbondden", "doorverbonden"),
        ("bevestigin", "bevestiging"),
        ("postcodde", "postcode"),
        ("monteurr", "monteur"),
        ("uitterlijk", "uiterlijk"),
    ],
    "en": [
        ("acount", "account"),
        ("recieved", "received"),
        ("appologise", "apologise"),
        ("adress", "address"),
        ("inconvenence", "inconvenience"),
        ("congratulatons", "congratulations"),
        ("tommorrow", "tomorrow"),
        ("technicain", "technician"),
        ("enginneer", "engineer"),
        ("bookking", "booking"),
        ("refundded", "refunded"),
        ("inssurance", "insurance"),
        ("supervizor", "supervisor"),
        ("ombudsmann", "ombudsman"),
        ("complaimt", "complaint"),
        ("wedneday", "wednesday"),
        ("invoicce", "invoice"),
        ("immediatly", "immediately"),
    ],
}
"""what is written, and the word of the patterns that it stands for"""

REAL: dict[Language, str] = {
    "nl": """bepaald bepaalt willen kasten bekend bekende verteld vermeld verloofd gesteld besteld gemeld verplaatst
        afgelost verlost gezegd gezet opgezet opgebeld gewicht gericht bericht besluit beslist schrift schrijft
        verhuur verhuurd verhoogd verhoging verlaagd storting stemming beweging poging bepaling kering lening mening
        vestiging contant contract gemeend trouwen bouwen vertrouwen groeten vrienden vijand planten kranten balie
        relatie operatie sorteren sterven merken aardig lastige gasten beleefd geleefd verdacht gedachte verkeer
        spellen stellen luister kluister opname bedankt bedenkt koper loper dragen vragen slagen""",
    "en": """revolved refuse refused sported started stated evolved dissolved reserved deserved relieved perceived
        believed filled killed pulled falling chance choose brother rather weather either bending lending holder
        folder shoulder contrast content channel personnel police conform access amount accent except wailing ladder
        litter quiet price prize hooking loving morning deliver vault ensure kissing reward retain likely clamp
        speak house horse write story might thing thank month court carts country prefer counsel quality""",
}
"""words that stand for themselves, however near they are to one of the patterns"""


@pytest.mark.parametrize(
    ("language", "heard", "meant"), [(each, *pair) for each in MISHEARD for pair in MISHEARD[each]]
)
def test_a_word_that_nobody_uses_stands_for_a_near_one(language: Language, heard: str, meant: str) -> None:
    among = marker_words(language) | {meant}
    found = stand_in(heard, language, among)
    assert found is not None
    assert (found.stem, found.strength) == (stem(meant, language), NEAR)


@pytest.mark.parametrize(("language", "word"), [(each, word) for each in REAL for word in REAL[each].split()])
def test_a_real_word_stands_for_itself(language: Language, word: str) -> None:
    (form,) = forms(word, language)
    assert is_known(form, language) or stand_in(word, language, marker_words(language)) is None


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_common_words_are_few_and_long_enough_to_matter(language: Language) -> None:
    words = common_words(language)
    assert 500 < len(words) < 2000
    assert all(len(word) >= 5 and word.isalpha() and word.islower() for word in words)


def said(*words: Word, language: Language = "nl") -> Text:
    return Text(Transcript(language, (Turn(Speaker.CUSTOMER, words), turn_of(Speaker.AGENT, "Ja."))))


def strength(text: Text, markers: str) -> float:
    return max((each.strength for each in text.markers(markers, text.stretch())), default=0.0)


@pytest.mark.parametrize(
    ("language", "line", "markers", "expected"),
    [
        ("nl", "dat is opgelost", "solved", 1.0),
        ("nl", "dat is opgelosd", "solved", NEAR),
        ("nl", "goede middag met nadia", "identification", 0.0),
        ("nl", "wat is uw klant nummer", "identification", PARTED),
        ("nl", "dat is niet opgelosd", "solved", 0.0),
        ("nl", "wat een idioott", "insult", 0.0),
        ("en", "what is your post code", "identification", PARTED),
        ("en", "is that your accountnumber", "identification", PARTED),
        ("en", "that is resollved", "solved", NEAR),
        ("en", "you moronn", "insult", 0.0),
    ],
)
def test_a_match_is_as_strong_as_its_words(
    call: Callable[..., Text], language: Language, line: str, markers: str, expected: float
) -> None:
    assert strength(call(f"agent: {line}", language=language), markers) == expected


def test_only_a_word_that_the_recogniser_doubts_may_be_further_away() -> None:
    sure, doubted = (said(Word("verzokerang", confidence=each)) for each in (0.9, DOUBTFUL - 0.1))
    phrases = {"nl": ("verzekering",), "en": ("insurance",)}
    assert not sure.phrases(phrases, sure.stretch())
    assert [each.strength for each in doubted.phrases(phrases, doubted.stretch())] == [FAR]


def test_a_name_in_the_middle_of_a_sentence_stands_for_itself() -> None:
    text = said(*(Word(each) for each in "Met mevrouw Facturr spreekt u.".split()))
    assert not text.phrases({"nl": ("factuur",), "en": ("invoice",)}, text.stretch())


def test_a_finding_is_as_sure_as_the_weakest_it_needs(call: Callable[..., Text]) -> None:
    text = call("agent: Dat is geregelt.", "agent: Het is geregeld.", language="nl")
    one = SIGNALS["phrase"](text, markers="completed", at_least=1)
    two = SIGNALS["phrase"](text, markers="completed", at_least=2)
    assert isinstance(one, Finding) and isinstance(two, Finding)
    assert isinstance(one.searched, Searched)
    assert (one.confidence, two.confidence) == (0.9, round(0.9 * NEAR, 3))
