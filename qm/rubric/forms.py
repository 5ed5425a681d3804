"""Evaluation forms as qm knows them: sections of criteria, findings, and rules over the findings. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Generic, Self, TypeVar

from qm.brand import Brand
from qm.call import Language
from qm.evaluation import ErrorClass, Outcome, Verdict
from qm.learned import Learned
from qm.signals import Value

Answer = TypeVar("Answer", bound=StrEnum)
Bilingual = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a form is written: in its own file, or in one that it extends."""

    file: str
    line: int
    """from 1"""


class Combine(StrEnum):
    """How a rule combines its parts."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    AT_LEAST = "at_least"
    IN_ORDER = "in_order"
    """each begins later in the call than the one before it"""


@dataclass(frozen=True, slots=True)
class Combination:
    """Several rules as one."""

    combine: Combine
    rules: tuple["Rule", ...]
    count: int = 0
    """only for `at_least`"""


Rule = str | Combination
"""a finding's name, or a combination"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a finding is made: by a signal with its parameters."""

    signal: str
    parameters: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Definition:
    """What a finding is, and what people call it."""

    made: Recipe | Rule
    title: Bilingual


Findings = Mapping[str, Definition]
"""by name, in order: a finding may use the ones before it"""


@dataclass(frozen=True, slots=True)
class Case(Generic[Answer]):
    """An answer and when it holds."""

    answer: Answer
    rule: Rule
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Decision(Generic[Answer]):
    """Cases in order, the first that holds decides; `otherwise` when none does."""

    cases: tuple[Case[Answer], ...]
    otherwise: Answer
    place: Place | None = None


class JudgeUse(StrEnum):
    """What a judge model's verdict does to a criterion."""

    OFF = "off"
    ASSIST = "assist"
    """agreement raises the confidence, disagreement lowers it"""
    DECIDE = "decide"
    """its verdict counts, when its quotes stand in the call"""


@dataclass(frozen=True, slots=True)
class Example(Generic[Answer]):
    """A piece of a call and the answer it must get; `qm forms check` tries it."""

    language: Language
    call: str
    """lines of `agent: …` and `customer: …`"""
    expect: Answer
    note: str | None = None
    """what the agent wrote of the call"""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question of the form."""

    id: str
    title: Bilingual
    definition: Bilingual
    weight: float
    """0: reported, not scored"""
    findings: Findings
    """the form's shared findings, then the criterion's own"""
    not_applicable: Rule | None
    verdict: Decision[Verdict]
    error_class: ErrorClass | None = None
    coaching: Bilingual | None = None
    judge: JudgeUse = JudgeUse.OFF
    place: Place | None = None
    needs_note: bool = False
    """not applicable to a call without the agent's note"""
    examples: tuple[Example[Verdict], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Criteria that belong together."""

    id: str
    title: Bilingual
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class AutoFailRule:
    """A critical error and when it holds."""

    id: str
    title: Bilingual
    definition: Bilingual
    error_class: ErrorClass
    findings: Findings
    when: Rule


@dataclass(frozen=True, slots=True)
class OutcomeRules:
    """How the outcome is decided."""

    findings: Findings
    decision: Decision[Outcome]
    judge: JudgeUse = JudgeUse.OFF
    examples: tuple[Example[Outcome], ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluationForm:
    """A form as loaded. `version` is the hash of what it says and of what judges by it: the language files, the
    brand, the learned models and the rules of the signals. Layout and comments do not alter it."""

    id: str
    version: str
    title: Bilingual
    threshold: float
    """confidence, 0…1, below which a verdict becomes cannot tell"""
    sections: tuple[Section, ...]
    auto_fails: tuple[AutoFailRule, ...]
    outcome: OutcomeRules | None
    brand: Brand
    learned: Learned | None = None
    """models beside the rules; only of criteria whose definition is the one they learned"""

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    def without_models(self) -> Self:
        """The same form, judged by its rules alone."""
        return replace(self, learned=None)


def definition_hash(definition: Bilingual) -> str:
    """First 12 hexadecimal digits of the SHA-256 of a criterion's definition, whatever its line breaks."""
    said = (" ".join(definition[language].split()) for language in sorted(definition))
    return sha256("\n".join(said).encode()).hexdigest()[:12]
