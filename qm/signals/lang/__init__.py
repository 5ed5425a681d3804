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
    question_openers: tuple[str, ...]
    """patterns of a question's word order, where it begins in the middle of an unpunctuated turn"""
    question_endings: tuple[str, ...]
    """patterns of the last words that make an unpunctuated sentence a question"""
    exclamations: tuple[str, ...]
    """patterns that begin as a question does and are none"""
    run_up: frozenset[str]
    """words that may stand before a question's first"""
    openings: frozenset[str]
    """acknowledgements that open a turn and stand by themselves"""
    piece_starters: tuple[str, ...]
    """patterns with which a new sentence begins in an unpunctuated turn"""
    conjunctions: frozenset[str]
    """words of these patterns that begin a sentence whatever stands before them"""
    conditions: frozenset[str]
    """words that begin a condition, after which a question's word order is none"""
    fronts: frozenset[str]
    """words directly after which a question's word order is none"""
    finite_verbs: frozenset[str]
    """verbs, one of which a sentence has before a question follows; empty where word order tells"""
    backchannels: frozenset[str]
    """words with which a listener shows that they listen"""
    informal: frozenset[str]
    formal: frozenset[str]
    """pronouns that address the customer; both empty where the language has one form"""
    street_endings: tuple[str, ...]
    """with which the names of streets end"""
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
        question_openers=tuple(raw["question_openers"]),
        question_endings=tuple(raw["question_endings"]),
        exclamations=tuple(raw["exclamations"]),
        run_up=frozenset(raw["run_up"].split()),
        openings=frozenset(raw["openings"].split()),
        piece_starters=tuple(raw["piece_starters"]),
        conjunctions=frozenset(raw["conjunctions"].split()),
        conditions=frozenset(raw["conditions"].split()),
        fronts=frozenset(raw["fronts"].split()),
        finite_verbs=frozenset(raw["finite_verbs"].split()),
        backchannels=frozenset(raw["backchannels"].split()),
        informal=frozenset(raw["informal"].split()),
        formal=frozenset(raw["formal"].split()),
        street_endings=tuple(raw["street_endings"].split()),
        classes={name: tuple(words.split()) for name, words in raw["classes"].items()},
        markers={name: tuple(patterns) for name, patterns in raw["markers"].items()},
    )


@cache
def common_words(language: Language) -> frozenset[str]:
    """Words that stand for themselves, however near they are to a word of the patterns: `words.nl.txt`."""
    source = resources.files(__package__).joinpath(f"words.{language}.txt").read_text("utf-8")
    return frozenset(source.split())


@cache
def content_hash() -> str:
    """SHA-256 of what the language files say, in hex; layout and comments do not alter it."""
    content = json.dumps([[_read(each), sorted(common_words(each))] for each in LANGUAGES], sort_keys=True)
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
