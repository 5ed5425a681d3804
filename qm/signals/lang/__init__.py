"""What a language contributes to the signals: word lists, patterns and marker sets, apart from the logic.

`nl.yaml` and `en.yaml` have the same keys and the same marker sets; a test holds them to it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

import yaml

from qm.call import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class LanguageData:
    """One language file, as read."""

    stemmer: str
    """name of the Snowball algorithm"""
    function_words: frozenset[str]
    """words that carry grammar, not content; they also tell the languages apart"""
    fillers: frozenset[str]
    """hesitations and particles that a pattern looks through"""
    negations: frozenset[str]
    negation_reach: tuple[int, int]
    """words before and after a match in which a negation undoes it"""
    clause_starters: frozenset[str]
    """conjunctions that begin a clause of their own"""
    contractions: Mapping[str, str]
    """`don't` → `do not`; a key that begins with an apostrophe is an ending"""
    question_starters: tuple[str, ...]
    """patterns of the first words of a question, for text without question marks"""
    backchannels: frozenset[str]
    """words with which a listener shows that they listen"""
    informal: frozenset[str]
    formal: frozenset[str]
    """pronouns that address the customer; both empty where the language has one form"""
    classes: Mapping[str, tuple[str, ...]]
    """words a pattern names together: `{day}`"""
    markers: Mapping[str, tuple[str, ...]]
    """named sets of patterns"""


@cache
def language_data(language: Language) -> LanguageData:
    """The language file, read once per process."""
    raw = _read(language)
    before, after = raw["negation_reach"]
    return LanguageData(
        stemmer=raw["stemmer"],
        function_words=frozenset(raw["function_words"].split()),
        fillers=frozenset(raw["fillers"].split()),
        negations=frozenset(raw["negations"].split()),
        negation_reach=(before, after),
        clause_starters=frozenset(raw["clause_starters"].split()),
        contractions=raw["contractions"],
        question_starters=tuple(raw["question_starters"]),
        backchannels=frozenset(raw["backchannels"].split()),
        informal=frozenset(raw["informal"].split()),
        formal=frozenset(raw["formal"].split()),
        classes={name: tuple(words.split()) for name, words in raw["classes"].items()},
        markers={name: tuple(patterns) for name, patterns in raw["markers"].items()},
    )


@cache
def content_hash() -> str:
    """SHA-256 of what the language files say, in hex; layout and comments do not alter it."""
    content = json.dumps([_read(language) for language in LANGUAGES], sort_keys=True)
    return sha256(content.encode()).hexdigest()


@cache
def _read(language: Language) -> dict[str, Any]:
    source = resources.files(__package__).joinpath(f"{language}.yaml").read_text("utf-8")
    raw: dict[str, Any] = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return raw


@cache
def marker_sets() -> frozenset[str]:
    """Names of the marker sets that every language has."""
    return frozenset.intersection(*(frozenset(language_data(each).markers) for each in LANGUAGES))
