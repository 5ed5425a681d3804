"""What a recogniser may have misheard: a near word of the patterns, a compound split in two, two words run together.

Only for words that nobody uses: a word of the patterns, a common word or a short one always stands for itself. So
"bepaald" is never read as "betaald", and "abonement" may be "abonnement". Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise, product

from rapidfuzz.distance import OSA

from qm.call import Language
from qm.signals.forms import Form, forms, stem
from qm.signals.lang import common_words, language_data

LEAST = 5
"""letters of a word that may be misheard; a shorter one is too near to others"""
NEAR = 0.75
"""strength of a word that is one letter away"""
FAR = 0.6
"""strength of a word that is two letters away"""
PARTED = 0.9
"""strength of a compound that was written as two words, and of two words that were written as one"""
DOUBTFUL = 0.5
"""the recogniser's confidence below which a word may be further from what was said"""

_LONG = 10
"""letters from which any letter may be wrong, or two of them in a doubtful word"""
_COMPOUND = 7
"""letters of a compound that may be split, and of two words run together"""
_PART = 3
"""letters of a part of a compound"""
_ALIKE = frozenset(map(frozenset, ("dt", "sz", "fv", "ck", "cs", "iy", "ij", "mn")))
"""letters that sound alike"""


@dataclass(frozen=True, slots=True)
class StandIn:
    """The word of a pattern that a misheard word may be."""

    stem: str
    strength: float
    """0…1"""


@lru_cache(maxsize=4096)
def words_of(phrases: tuple[str, ...], language: Language) -> frozenset[str]:
    """The plain words of patterns that a misheard word may stand for."""
    return frozenset(word for word in _plain_words(phrases, language) if len(word) >= LEAST and word.isalpha())


@cache
def marker_words(language: Language) -> frozenset[str]:
    """The same of all marker sets of a language."""
    return words_of(_marker_phrases(language), language)


def is_known(form: Form, language: Language) -> bool:
    """Whether a word stands for itself: it is short, common, grammatical, a number, or of the patterns."""
    return len(form.plain) < LEAST or not form.plain.isalpha() or form.stem in _known_stems(language)


@cache
def _known_stems(language: Language) -> frozenset[str]:
    data = language_data(language)
    words = data.function_words | data.backchannels | common_words(language)
    words |= _plain_words(_marker_phrases(language), language)
    return frozenset(stem(word, language) for word in words)


def _marker_phrases(language: Language) -> tuple[str, ...]:
    return tuple(phrase for phrases in language_data(language).markers.values() for phrase in phrases)


def _plain_words(phrases: Iterable[str], language: Language) -> frozenset[str]:
    parts = (part for phrase in phrases for part in phrase.split() if part != "...")
    return frozenset(form.plain for part in parts for form in _read(part, language))


@lru_cache(maxsize=65_536)
def stand_in(heard: str, language: Language, among: frozenset[str], doubtful: bool = False) -> StandIn | None:
    """The word of `among` that a word nobody uses stands for; None when none is near, or two are.

    Args:
        doubtful: the recogniser was not sure of the word itself.
    """
    if heard in among:
        return None
    most = 2 if doubtful and len(heard) >= _LONG else 1
    near: dict[str, int] = {}
    for length in range(len(heard) - most, len(heard) + most + 1):
        for word in _by_start(among).get((heard[0], length), ()):
            edits = OSA.distance(heard, word, score_cutoff=most)
            if edits <= most and _likely(heard, word, edits, doubtful):
                near[stem(word, language)] = min(edits, near.get(stem(word, language), edits))
    least = min(near.values(), default=0)
    nearest = [each for each, edits in near.items() if edits == least]
    return StandIn(nearest[0], NEAR if least == 1 else FAR) if len(nearest) == 1 else None


def _likely(heard: str, word: str, edits: int, doubtful: bool) -> bool:
    """Whether a letter was lost, doubled, or exchanged for its neighbour or one that sounds alike; any if doubtful."""
    if edits > 1:
        return heard[:2] == word[:2]  # a prefix makes another word: afgeschreven, opgeschreven
    if doubtful or len(heard) >= _LONG or len(heard) < len(word):
        return True
    at = next((n for n, (one, other) in enumerate(zip(heard, word, strict=False)) if one != other), len(word))
    if len(heard) > len(word):
        return heard[at] == heard[at - 1]
    if heard[at + 1 :] == word[at + 1 :]:
        return frozenset((heard[at], word[at])) in _ALIKE
    return True


@lru_cache(maxsize=256)
def _by_start(words: frozenset[str]) -> Mapping[tuple[str, int], tuple[str, ...]]:
    """Words by first letter, which is seldom misheard, and length."""
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for word in sorted(words):
        found[word[0], len(word)].append(word)
    return {key: tuple(each) for key, each in found.items()}


def compound(first: str, second: str, language: Language) -> str | None:
    """The stem of the compound of which two words in a row are the halves: "rekening nummer".

    The caller sees to it that both carry meaning, or that one of them is no word.
    """
    whole = first + second
    if len(whole) < _COMPOUND or min(len(first), len(second)) < _PART or whole not in marker_words(language):
        return None
    return stem(whole, language)


@lru_cache(maxsize=65_536)
def apart(heard: str, language: Language) -> tuple[Form, ...] | None:
    """The two words that stand side by side in a pattern and were run together: "accountnumber"."""
    if len(heard) < _COMPOUND:
        return None
    followers = _followers(language)
    for at in range(2, len(heard) - 1):
        first, second = forms(heard[:at], language), forms(heard[at:], language)
        if len(first) == len(second) == 1 and second[0].plain in followers.get(first[0].plain, ()):
            return first + second
    return None


@cache
def _followers(language: Language) -> Mapping[str, frozenset[str]]:
    """For each plain word of the marker sets, the words that may follow it at once."""
    found: dict[str, set[str]] = defaultdict(set)
    for phrase in _marker_phrases(language):
        for part, following in pairwise(phrase.split()):
            pairs = product(_read(part, language), _read(following, language))
            for one, other in pairs if "..." not in (part, following) else ():
                found[one.plain].add(other.plain)
    return {word: frozenset(each) for word, each in found.items()}


def _read(part: str, language: Language) -> Iterable[Form]:
    """The words of one part of a pattern: its alternatives, and the words of its classes."""
    classes = language_data(language).classes
    for alternative in part.removesuffix("?").split("|"):
        named = classes.get(alternative[1:-1]) if alternative.startswith("{") else None
        for word in named or (alternative,):
            yield from forms(word, language)
