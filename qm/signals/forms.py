"""From written words to comparable ones: lower case, no accents, contractions opened, stemmed. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

import Stemmer

from qm.call import Language
from qm.signals.lang import language_data

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_PARTS = re.compile(r"'?[^\W_]+(?:'[^\W_]+)*'?")
_STEMMERS: dict[str, Stemmer.Stemmer] = {}


@dataclass(frozen=True, slots=True)
class Form:
    """One word in the form in which it is compared."""

    plain: str
    stem: str
    content: bool
    """it carries meaning: no grammatical word, no number"""


@lru_cache(maxsize=65_536)
def forms(word: str, language: Language) -> tuple[Form, ...]:
    """The comparable words in one written word.

    >>> [form.plain for form in forms("I'll", "en")]
    ['i', 'will']
    >>> [form.plain for form in forms("Één,", "nl")]
    ['een']
    """
    text = unicodedata.normalize("NFKD", word.translate(_APOSTROPHES).lower())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return tuple(form for part in _PARTS.findall(text) for form in _open(part, language))


@lru_cache(maxsize=65_536)
def stem(plain: str, language: Language) -> str:
    """The Snowball stem of a word already in plain form."""
    algorithm = language_data(language).stemmer
    if algorithm not in _STEMMERS:
        _STEMMERS[algorithm] = Stemmer.Stemmer(algorithm)
    return str(_STEMMERS[algorithm].stemWord(plain))


def _open(part: str, language: Language) -> tuple[Form, ...]:
    contractions = language_data(language).contractions
    words = contractions.get(part)
    if words is None and "'" in part:
        head, _, ending = part.rpartition("'")
        opened = contractions.get(f"'{ending}")
        words = f"{head} {opened}" if opened is not None and head else part.replace("'", "")
    return tuple(Form(each, stem(each, language), _is_content(each, language)) for each in (words or part).split())


def _is_content(plain: str, language: Language) -> bool:
    grammar = language_data(language).function_words
    return len(plain) > 2 and plain not in grammar and plain not in _numbers(language) and not plain.isdigit()


@cache
def _numbers(language: Language) -> frozenset[str]:
    return frozenset(language_data(language).classes["number"])
