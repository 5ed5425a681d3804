"""The pattern language: what a coach may write and what it matches."""

from collections.abc import Callable

import pytest

from qm.call import Language
from qm.signals import Text
from qm.signals.pattern import PatternError, compile_patterns

TABLE: list[tuple[Language, str, str, bool]] = [
    ("nl", "ik ... regelen", "Ik ga dat voor u regelen.", True),
    ("nl", "ik ... regelen", "Ik ga dat nu meteen even voor u en uw vrouw regelen.", False),
    ("nl", "ik ... regelen", "Ik weet het. Zij gaan regelen.", False),
    ("nl", "verzekering", "Al onze verzekeringen lopen door.", True),
    ("nl", "een", "Eén ding nog.", True),
    ("nl", "dat is heel? fijn", "Dat is fijn.", True),
    ("nl", "dat is heel? fijn", "Dat is heel fijn.", True),
    ("nl", "dat is heel? fijn", "Dat is niet fijn.", False),
    ("nl", "dat is fijn", "Dat is, eh, fijn.", True),
    ("nl", "uiterlijk {day}", "Dat komt uiterlijk donderdag.", True),
    ("nl", "ik bel u", "Ik bel u niet terug.", False),
    ("nl", "dat kan niet", "Nee, dat kan niet.", True),
    ("nl", "opgelost", "Het is nog niet opgelost.", False),
    ("nl", "opgelost", "Niet erg, het is opgelost.", True),
    ("en", "I have sent", "I've sent it.", True),
    ("en", "i've sent", "I have just sent it.", True),
    ("en", "can not", "I can't.", True),
    ("en", "sorted", "That isn't sorted.", False),
    ("en", "sorted", "No, that's sorted.", True),
    ("en", "passed_away|died", "He passed away in May.", True),
    ("en", "thank|thanks ... waiting", "Thanks for waiting.", True),
]


@pytest.mark.parametrize(("language", "phrase", "sentence", "expected"), TABLE)
def test_pattern(call: Callable[..., Text], language: Language, phrase: str, sentence: str, expected: bool) -> None:
    text = call(f"agent: {sentence}", language=language)
    assert bool(text.phrases({language: (phrase,)}, text.stretch())) == expected


@pytest.mark.parametrize("phrase", ["", "...", "... ja", "ja ...", "{dag} om tien", "a? b?", "?!", "eh"])
def test_bad_pattern_says_what_is_wrong(phrase: str) -> None:
    with pytest.raises(PatternError, match=r"\w"):
        compile_patterns((phrase,), "nl")
