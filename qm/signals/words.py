"""Written words as they stand in running text: what is compared of them, where clauses and sentences end. Pure."""

from dataclasses import dataclass
from functools import lru_cache

from qm.call import Language
from qm.signals import tolerance
from qm.signals.forms import Form, forms
from qm.signals.lang import language_data

_QUOTES = "\"'”’)"
_SENTENCE_ENDS = frozenset(".?!…")
_CLAUSE_ENDS = _SENTENCE_ENDS | frozenset(",;:—–")


@dataclass(frozen=True, slots=True)
class Reading:
    """One written word as it stands in running text."""

    forms: tuple[Form, ...]
    """without hesitations; two words run together stand apart"""
    starts_clause: bool
    ends_clause: bool
    ends_sentence: bool
    odd: bool
    """none of its forms is a word that is known: a name, a rare word, or one misheard"""
    joined: bool
    """it was written as one word, and is read as two"""


@lru_cache(maxsize=65_536)
def read(word: str, language: Language) -> Reading:
    """The comparable words in one written word, and what it does to the sentence."""
    data = language_data(language)
    kept = tuple(form for form in forms(word, language) if form.plain not in data.fillers)
    odd = len(kept) == 1 and not tolerance.is_known(kept[0], language)
    apart = tolerance.apart(kept[0].plain, language) if odd else None
    if apart:
        kept, odd = apart, False
    last = word.rstrip(_QUOTES)[-1:]
    return Reading(
        kept,
        any(form.plain in data.clause_starters for form in kept),
        last in _CLAUSE_ENDS,
        last in _SENTENCE_ENDS,
        odd,
        apart is not None,
    )
