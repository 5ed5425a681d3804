"""The result of judging one transcript by one form: verdicts with evidence, score, coverage, outcome. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from qm.transcript import Evidence

OUTCOME = "outcome"
"""the outcome's name among those of criteria"""
MIN_COVERAGE = 0.6
"""below this share of applicable weight answered, no score is shown"""


OUTCOME = "outcome"
"""the judged question that is no criterion"""


class Verdict(StrEnum):
    """A criterion's answer. `CANNOT_TELL` is an abstention; a crash is an error and never a verdict."""

    MET = "met"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"


POINTS = {Verdict.MET: 2, Verdict.PARTLY_MET: 1, Verdict.NOT_MET: 0}
"""points of the verdicts that count, of at most 2"""


class ErrorClass(StrEnum):
    """Whom a critical error hurts."""

    CUSTOMER_CRITICAL = "customer_critical"
    BUSINESS_CRITICAL = "business_critical"
    COMPLIANCE_CRITICAL = "compliance_critical"


class Outcome(StrEnum):
    """What became of the customer's question; apart from how well the agent worked."""

    RESOLVED = "resolved"
    PARTLY_RESOLVED = "partly_resolved"
    PENDING_WITH_COMMITMENT = "pending_with_commitment"
    UNRESOLVED = "unresolved"
    NOT_DETERMINABLE = "not_determinable"


@dataclass(frozen=True, slots=True)
class Searched:
    """What was looked through to say that something is absent.

    `turns` are turn numbers, `start`/`end` seconds (None without times).
    """

    turns: tuple[int, ...]
    start: float | None
    end: float | None
    what: str
    """in the reader's language: "the agent's first 3 turns" """


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion's verdict with its reason. Every verdict has evidence, or names what was searched."""

    id: str
    title: str
    verdict: Verdict
    weight: float
    confidence: float
    """0…1: recognition, attribution and signal strength together"""
    reason: str
    """a sentence a coach can check, without quoting"""
    evidence: tuple[Evidence, ...] = ()
    searched: Searched | None = None
    error_class: ErrorClass | None = None
    coaching: str = ""
    """what the agent can do better, when the verdict leaves something to wish"""

    @property
    def value(self) -> int | None:
        """2, 1 or 0 for a verdict that counts; None when it does not."""
        return POINTS.get(self.verdict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge model says of one criterion, or of the outcome; its quotes were found in the call."""

    answer: str
    """a verdict or an outcome"""
    confidence: float
    """0…1, its own"""
    why: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """What a judge model was asked and did, beside its verdicts."""

    model: str
    url: str
    """without user, password and query"""
    prompt_hash: str
    """first 12 hexadecimal digits of the SHA-256 of what was asked, without the call"""
    seconds: float
    prompt_tokens: int | None
    completion_tokens: int | None
    failure: str | None
    """why there are no verdicts at all"""
    dropped: Mapping[str, str]
    """by criterion, why its verdict does not count"""
    agreed: Mapping[str, bool]
    """by criterion, whether it said what rules and models said without it"""


@dataclass(frozen=True, slots=True)
class AutoFail:
    """A critical error that fails the evaluation whatever its score."""

    id: str
    title: str
    error_class: ErrorClass
    reason: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class OutcomeResult:
    """The outcome with its own evidence."""

    outcome: Outcome
    confidence: float
    reason: str
    evidence: tuple[Evidence, ...] = ()
    searched: Searched | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One form applied to one transcript. Immutable: a new form or transcript adds an evaluation."""

    form: str
    version: str
    """content hash of the form"""
    criteria: tuple[CriterionResult, ...]
    auto_fails: tuple[AutoFail, ...] = ()
    outcome: OutcomeResult | None = None
    """only on forms that define outcomes"""
    judge: JudgeRecord | None = None
    """only where a judge model was asked"""

    def lacks_judge(self, counted: str | None) -> bool:
        """Whether a judge model had a say in `counted`, a version of this form, and has none here."""
        return counted is not None and self.version != counted and counted.startswith(f"{self.version}-")

    @property
    def failed(self) -> bool:
        return bool(self.auto_fails)

    @property
    def coverage(self) -> float:
        """Answered weight / applicable weight, 0…1; 0 when nothing applies."""
        applicable = [c for c in self.criteria if c.verdict is not Verdict.NOT_APPLICABLE]
        total = sum(c.weight for c in applicable)
        return sum(c.weight for c in applicable if c.value is not None) / total if total else 0.0

    @property
    def score(self) -> float | None:
        """Σ(w·a/2) / Σw × 100 over met, partly met and not met; None below `MIN_COVERAGE`.

        An auto-fail keeps the score: coaching needs it.
        """
        counted = [(c.weight, c.value) for c in self.criteria if c.value is not None]
        total = sum(weight for weight, _ in counted)
        if not total or self.coverage < MIN_COVERAGE:
            return None
        return 100 * sum(weight * value / 2 for weight, value in counted) / total
