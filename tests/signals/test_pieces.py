"""Turns without punctuation: where sentences begin and which of them ask."""

from collections.abc import Callable

import pytest

from qm.call import Language
from qm.signals import Text

PIECES: list[tuple[Language, str]] = [
    ("nl", "ja goedemiddag | met anja de boer uit assen"),
    ("nl", "ik heb vorige week gebeld | maar ik heb niks gehoord"),
    ("nl", "dat is geregeld | en dan krijgt u vandaag nog een mail"),
    ("nl", "ik zie het staan | wat is uw postcode ?"),
    ("nl", "het pakket is nog niet aangekomen | wanneer komt het dan ?"),
    ("nl", "nou | ik zal het zo doorgeven | wilt u daar een bevestiging van ?"),
    ("nl", "ik weet niet wat dat is"),
    ("nl", "dan kunt u dat op de site regelen"),
    ("nl", "als u het formulier heeft ingevuld kunt u het opsturen"),
    ("nl", "wat vervelend voor u zeg"),
    ("nl", "ik bel u morgen terug"),
    ("nl", "bent u daar nog ?"),
    ("nl", "en wanneer krijg ik dat geld terug ?"),
    ("nl", "we doen het zo klopt dat ?"),
    ("nl", "u blijft in hetzelfde huis wonen | klopt dat ?"),
    ("nl", "dus u wilt het contract opzeggen of niet ?"),
    ("nl", "ik snap het helemaal niet meer | waarom is dat niet gewoon doorgegeven ?"),
    ("en", "ok | i will send that today"),
    ("en", "yes right | we moved house in may"),
    ("en", "i rang on monday | but nobody called me back"),
    ("en", "that is all changed for you | and then you get an email"),
    ("en", "my parcel never came | where is it ?"),
    ("en", "the heating has gone off again | can you send somebody ?"),
    ("en", "i do not know what it is"),
    ("en", "the thing i can do for you is a refund"),
    ("en", "if you call us tomorrow can you have it ready"),
    ("en", "what a nuisance for you"),
    ("en", "i will call you back tomorrow"),
    ("en", "are you still there ?"),
    ("en", "and how much does it cost ?"),
    ("en", "you moved on the first of may | is that right ?"),
    ("en", "right | so what is your postcode ?"),
    ("en", "no wonder you are upset"),
    ("en", "do not worry about it"),
]
"""sentences with a bar between them; the last word of a question is `?`"""


@pytest.mark.parametrize(("language", "spoken"), PIECES)
def test_a_turn_without_marks_is_cut(call: Callable[..., Text], language: Language, spoken: str) -> None:
    text = call(f"agent: {spoken.replace(' |', '').replace(' ?', '')}", language=language)
    found = [text.quote_sentence(n).quote + " ?" * each.question for n, each in enumerate(text.sentences)]
    assert " | ".join(found) == spoken


def test_a_negation_reaches_no_further_than_its_piece(call: Callable[..., Text]) -> None:
    text = call("agent: daar weet ik niks van maar het is opgelost", language="nl")
    assert text.markers("completed", text.stretch())


def test_a_punctuated_turn_keeps_its_sentences(call: Callable[..., Text]) -> None:
    text = call("agent: Ik zie het staan wat is uw postcode?", language="nl")
    assert len(text.sentences) == 1


def test_a_turn_without_marks_may_ask_where_others_have_marks(call: Callable[..., Text]) -> None:
    text = call("agent: Waarmee kan ik u helpen?", "customer: wanneer komt mijn pakje", language="nl")
    assert [each.question for each in text.sentences] == [True, True]
