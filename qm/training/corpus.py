"""Labelled calls: a transcript, and what an honest QA lead says of it (scoring_rubrics/examples/README.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml

from qm.call import LANGUAGES, Direction, Language
from qm.errors import FormError
from qm.evaluation import Outcome, Verdict
from qm.formats import read_transcript
from qm.rubric.documents import Reader, choose, compose
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
    return Path(__file__).resolve().parents[2] / "scoring_rubrics" / "examples"


def read_corpus(folder: Path, part: Part) -> tuple[LabelledCall, ...]:
    """The calls of one part, by id.

    Raises:
        FormError: there are none, or a file cannot be used; names file, line and cure.
    """
    paths = sorted((folder / part).glob("*.yaml"))
    if not paths:
        raise FormError(f"{folder / part}: no labelled calls; name a folder with files such as nl-anna-01.yaml")
    return tuple(_CallReader(path.name).read(compose(path, _no_parent)) for path in paths)


def _no_parent(name: str) -> Path:
    raise FormError(f"{name}: a labelled call extends nothing")


_IMPRESSIONS = Range(1, 10)


class _CallReader(Reader):
    def read(self, root: yaml.Node) -> LabelledCall:
        fields = self.fields(root, _KEYS)
        language = self.text(fields["language"])
        if language not in LANGUAGES:
            raise self.error(fields["language"], f"unknown language '{language}'", choose(language, LANGUAGES))
        known: Language = "nl" if language == "nl" else "en"
        call = self.text(fields["call"])
        transcript = read_transcript(f"# language: {language}\n{call}".encode(), f"{self.file}.txt")
        turns = len(transcript.turns)
        return LabelledCall(
            id=self.text(fields["id"]),
            hand=self.text(fields["id"]).split("-")[1],
            language=known,
            direction=self.choice(fields["direction"], Direction, "direction"),
            industry=self.text(fields["industry"]),
            scenario=self.text(fields["scenario"]),
            style=self.choice(fields["style"], Style, "style"),
            transcript=transcript,
            outcome=self.choice(fields["outcome"], Outcome, "outcome"),
            impression=int(self.number(fields["impression"], "impression", _IMPRESSIONS)),
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

    def _label(self, node: yaml.Node, turns: int) -> Label:
        verdict, *where = self.text(node).split()
        if verdict not in set(Verdict):
            raise self.error(node, f"unknown verdict '{verdict}'", choose(verdict, set(Verdict)))
        return Label(Verdict(verdict), tuple(self._number_of_turn(node, each, turns) for each in where))

    def _promise(self, node: yaml.Node, turns: int) -> LabelledPromise:
        fields = self.fields(node, {"turn", "who", "what", "when"})
        who, what, when = (self.value(fields[name]) for name in ("who", "what", "when"))
        turn = self._turn(fields["turn"], turns)
        return LabelledPromise(turn, str(who) if who else None, str(what), str(when) if when else None)

    def _mention(self, node: yaml.Node, turns: int, kind: str, text: str) -> Mention:
        fields = self.fields(node, {"turn", kind, text})
        return Mention(self._turn(fields["turn"], turns), self.text(fields[kind]), self.text(fields[text]))

    def _turn(self, node: yaml.Node, turns: int) -> int:
        return self._number_of_turn(node, self.text(node), turns)

    def _number_of_turn(self, node: yaml.Node, written: str, turns: int) -> int:
        if not written.isdecimal() or not 1 <= int(written) <= turns:
            raise self.error(node, f"there is no turn {written}", f"the call has turns 1 to {turns}")
        return int(written) - 1


_KEYS = {
    *("id", "language", "direction", "industry", "scenario", "style", "call", "outcome", "impression", "auto_fails"),
    *("verdicts", "reason", "promises", "life_events", "competitors", "pii", "why"),
}
