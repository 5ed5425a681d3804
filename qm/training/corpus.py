"""Labelled calls: a transcript, and what an honest QA lead says of it (scoring_rubrics/examples/README.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml

from qm.call import Direction, Language
from qm.errors import FormError, TranscriptError
from qm.evaluation import OUTCOME, Outcome, Verdict
from qm.formats import read_transcript
from qm.rubric.documents import RUBRICS, Reader, choose, compose
from qm.signals.registry import Range
from qm.transcript import Transcript

Part = Literal["train", "test"]


class Style(StrEnum):
    """How a call is written down."""

    PUNCTUATED = "punctuated"
    RECOGNISED = "recognised"
    """as a recogniser writes: no capitals, no punctuation, words misheard"""


@dataclass(frozen=True, slots=True)
class Label:
    """A verdict, and the turns that show it, from 0."""

    verdict: Verdict
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LabelledPromise:
    """What the agent says will be done after the call."""

    turn: int
    who: str | None
    """None: nobody is named"""
    what: str
    when: str | None
    """as said"""


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing that stands in a turn: a life event, a competitor, personal data."""

    turn: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class LabelledCall:
    """One call of the corpus. Turns are counted from 0 here, from 1 in the file."""

    id: str
    hand: str
    """who wrote and labelled it"""
    language: Language
    direction: Direction
    industry: str
    scenario: str
    style: Style
    transcript: Transcript
    outcome: Outcome
    impression: int
    """overall, 1…10"""
    weight: float
    """how many calls it counts for when models learn"""
    auto_fails: tuple[str, ...]
    verdicts: Mapping[str, Label]
    """by criterion"""
    reason: str
    promises: tuple[LabelledPromise, ...]
    life_events: tuple[Mention, ...]
    competitors: tuple[Mention, ...]
    pii: tuple[Mention, ...]
    why: str


def shipped_corpus() -> Path:
    """The corpus that comes with qm."""
    return RUBRICS / "examples"


def read_corpus(folder: Path, part: Part) -> tuple[LabelledCall, ...]:
    """The calls of one part, in the order of their files.

    Raises:
        FormError: there are none, or a file cannot be used; names file, line and cure.
    """
    paths = sorted((folder / part).glob("*.yaml"))
    if not paths:
        raise FormError(f"{folder / part}: no labelled calls; name a folder with files such as nl-anna-01.yaml")
    files: dict[str, str] = {}
    return tuple(_CallReader(path.name, files).read(compose(path, _no_parent)) for path in paths)


def label_of(call: LabelledCall, target: str) -> str | None:
    """What people say: a verdict, or the outcome; None where they say nothing."""
    if target == OUTCOME:
        return call.outcome
    return call.verdicts[target].verdict if target in call.verdicts else None


def _no_parent(name: str, _child: Path) -> Path:
    raise FormError(f"{name}: a labelled call extends nothing")


_IMPRESSIONS = Range(1, 10)
_ID = re.compile(r"[^-\s]+-([^-\s]+)-\S+")
"""language, hand, number"""


class _CallReader(Reader):
    def __init__(self, file: str, files: dict[str, str]) -> None:
        super().__init__(file)
        self.files = files
        """of the calls before this one, by id"""

    def read(self, root: yaml.Node) -> LabelledCall:
        fields = self.fields(root, _KEYS, {"weight"})
        name, hand = self._id(fields["id"])
        language = self.language(fields["language"])
        transcript = self._transcript(fields["call"], language)
        turns = len(transcript.turns)
        return LabelledCall(
            id=name,
            hand=hand,
            language=language,
            direction=self.choice(fields["direction"], Direction, "direction"),
            industry=self.text(fields["industry"]),
            scenario=self.text(fields["scenario"]),
            style=self.choice(fields["style"], Style, "style"),
            transcript=transcript,
            outcome=self.choice(fields["outcome"], Outcome, "outcome"),
            impression=self._impression(fields["impression"]),
            weight=self.number(fields["weight"], "weight", _WEIGHTS) if "weight" in fields else 1.0,
            auto_fails=tuple(self.text(each) for each in self.items(fields["auto_fails"])),
            verdicts={self.name(key): self._label(value, turns) for key, value in self.pairs(fields["verdicts"])},
            reason=self.text(fields["reason"]),
            promises=tuple(self._promise(each, turns) for each in self.items(fields["promises"])),
            life_events=tuple(
                self._mention(each, turns, "event", "event") for each in self.items(fields["life_events"])
            ),
            competitors=tuple(self._mention(each, turns, "name", "name") for each in self.items(fields["competitors"])),
            pii=tuple(self._mention(each, turns, "kind", "text") for each in self.items(fields["pii"])),
            why=self.text(fields["why"]),
        )

    def _id(self, node: yaml.Node) -> tuple[str, str]:
        """The id of a call, and whose hand it is of."""
        name = self.text(node)
        parts = _ID.fullmatch(name)
        if parts is None:
            raise self.error(node, f"'{name}' is no id of a call", "write language-hand-number, such as nl-anna-07")
        if name in self.files:
            raise self.error(node, f"the id '{name}' stands in {self.files[name]}, too", "give one of them another id")
        self.files[name] = self.file
        return name, parts[1]

    def _transcript(self, node: yaml.Node, language: Language) -> Transcript:
        try:
            return read_transcript(f"# language: {language}\n{self.text(node)}".encode(), "the call")
        except TranscriptError as error:
            place = self.place(node)
            raise FormError(f"{place.file} line {place.line}: {error}") from error

    def _impression(self, node: yaml.Node) -> int:
        impression = self.number(node, "impression", _IMPRESSIONS)
        if not impression.is_integer():
            raise self.error(node, "wrong impression", f"use a whole number {_IMPRESSIONS}")
        return int(impression)

    def _label(self, node: yaml.Node, turns: int) -> Label:
        verdict, *where = self.text(node).split()
        if verdict not in set(Verdict):
            raise self.error(node, f"unknown verdict '{verdict}'", choose(verdict, set(Verdict)))
        return Label(Verdict(verdict), tuple(self._number_of_turn(node, each, turns) for each in where))

    def _promise(self, node: yaml.Node, turns: int) -> LabelledPromise:
        fields = self.fields(node, {"turn", "who", "what", "when"})
        who, when = self.optional_text(fields["who"]), self.optional_text(fields["when"])
        return LabelledPromise(self._turn(fields["turn"], turns), who, self.text(fields["what"]), when)

    def _mention(self, node: yaml.Node, turns: int, kind: str, text: str) -> Mention:
        fields = self.fields(node, {"turn", kind, text})
        return Mention(self._turn(fields["turn"], turns), self.text(fields[kind]), self.text(fields[text]))

    def _turn(self, node: yaml.Node, turns: int) -> int:
        return self._number_of_turn(node, self.text(node), turns)

    def _number_of_turn(self, node: yaml.Node, written: str, turns: int) -> int:
        if not written.isdecimal() or not 1 <= int(written) <= turns:
            raise self.error(node, f"there is no turn {written}", f"the call has turns 1 to {turns}")
        return int(written) - 1


_WEIGHTS = Range(0.1, 10)
_KEYS = {
    *("id", "language", "direction", "industry", "scenario", "style", "call", "outcome", "impression", "auto_fails"),
    *("verdicts", "reason", "promises", "life_events", "competitors", "pii", "why"),
}
