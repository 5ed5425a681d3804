"""The tables, as SQLAlchemy sees them. Nothing outside qm/store imports this: domain types go in and out.

Every constraint has a name, so that a later migration can drop it on both databases. Nothing here reads a
clock: who writes a time brings it.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from qm.call import Direction, Language, Speaker
from qm.errors import Reason
from qm.evaluation import ErrorClass, Outcome, Verdict
from qm.transcript import Suppressed

"""How speakers are told apart: a channel each, or not at all"""


class Stage(StrEnum):
    """What is done to a call, in this order."""

    HEAR = "hear"
    SCORE = "score"


class State(StrEnum):
    """Where a job stands. `FAILED` is final until a person asks again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class UtcTime(TypeDecorator[datetime]):
    """A moment: with time zone in Python, UTC in both databases. SQLite has no time zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text that both databases take: a file name may hold bytes that are no character (lone surrogates in
    Python), and PostgreSQL has no NUL. Each becomes a question mark."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode().replace("\0", "?")


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        str: PlainText,
        float: Double,
        datetime: UtcTime,
        # By value and without CHECK: a new member must not need a copy of the table on SQLite.
        StrEnum: Enum(StrEnum, native_enum=False, length=32, values_callable=_values),
    }


# SQLite counts only in INTEGER keys, which hold 64 bits there.
_Number = BigInteger().with_variant(Integer, "sqlite")
_Sha256 = String(64)
_Language = String(8)


def _owner(column: str) -> ForeignKey:
    return ForeignKey(column, ondelete="CASCADE")


class Call(Base):
    __tablename__ = "call"
    __table_args__ = (Index(None, "started_at"), Index(None, "name"), Index(None, "agent_id"))

    id: Mapped[str] = mapped_column(_Sha256, primary_key=True)
    name: Mapped[str]
    path: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime]

    started_at: Mapped[datetime | None]
    direction: Mapped[Direction | None]
    language: Mapped[Language | None] = mapped_column(_Language)
    agent_id: Mapped[str | None]
    agent_name: Mapped[str | None]
    team: Mapped[str | None]
    queue: Mapped[str | None]
    customer_reference: Mapped[str | None]
    note: Mapped[str | None]
    agent_channel: Mapped[int]

    detected_language: Mapped[Language | None] = mapped_column(_Language)
    duration: Mapped[float]
    channels: Mapped[int]
    separated: Mapped[bool]
    peak_dbfs: Mapped[float]
    silent: Mapped[bool]


class Job(Base):
    __tablename__ = "job"
    __table_args__ = (Index(None, "state", "next_attempt_at"),)

    call_id: Mapped[str] = mapped_column(_Sha256, _owner("call.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(primary_key=True)
    state: Mapped[State]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    token: Mapped[str | None]
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    woken_at: Mapped[datetime | None]
    reason: Mapped[Reason | None]
    detail: Mapped[str | None]
    seconds_done: Mapped[float | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Transcript(Base):
    __tablename__ = "transcript"
    __table_args__ = (UniqueConstraint("call_id", "version"),)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    call_id: Mapped[str] = mapped_column(_Sha256, _owner("call.id"))
    version: Mapped[int]
    language: Mapped[Language | None] = mapped_column(_Language)
    duration: Mapped[float | None]
    engine: Mapped[str | None]
    model: Mapped[str | None]
    model_hash: Mapped[str | None]
    options: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]


class Turn(Base):
    """Has a number of its own: a search index on SQLite needs one that survives VACUUM."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("transcript_id", "position"),)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    transcript_id: Mapped[int] = mapped_column(_Number, _owner("transcript.id"))
    position: Mapped[int]
    speaker: Mapped[Speaker]
    start: Mapped[float | None]
    end: Mapped[float | None]
    text: Mapped[str]
    words: Mapped[list[Any]] = mapped_column(JSON)
    suppressed: Mapped[Suppressed | None]


class Evaluation(Base):
    __tablename__ = "evaluation"
    __table_args__ = (
        UniqueConstraint("transcript_id", "form", "version"),
        Index(None, "call_id"),
        # The database itself keeps two versions of a form from counting at once.
        Index(
            "uq_evaluation_current",
            "transcript_id",
            "form",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    call_id: Mapped[str] = mapped_column(_Sha256, _owner("call.id"))
    transcript_id: Mapped[int] = mapped_column(_Number, _owner("transcript.id"))
    form: Mapped[str]
    version: Mapped[str]
    current: Mapped[bool]
    """of the versions of a form that judged a transcript, one counts: the one that was asked for last"""
    score: Mapped[float | None]
    coverage: Mapped[float]
    failed: Mapped[bool]
    auto_fails: Mapped[list[Any]] = mapped_column(JSON)
    judge: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    outcome: Mapped[Outcome | None]
    outcome_confidence: Mapped[float | None]
    outcome_reason: Mapped[str | None]
    outcome_evidence: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    outcome_searched: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]


class CriterionResult(Base):
    __tablename__ = "criterion_result"

    evaluation_id: Mapped[int] = mapped_column(_Number, _owner("evaluation.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    criterion: Mapped[str]
    title: Mapped[str]
    verdict: Mapped[Verdict]
    weight: Mapped[float]
    confidence: Mapped[float]
    reason: Mapped[str]
    evidence: Mapped[list[Any]] = mapped_column(JSON)
    searched: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error_class: Mapped[ErrorClass | None]
    coaching: Mapped[str]


class Measures(Base):
    """How the conversation went in numbers; `qm.measures` says what they mean. Replaced when measured anew."""

    __tablename__ = "measures"

    transcript_id: Mapped[int] = mapped_column(_Number, _owner("transcript.id"), primary_key=True)
    agent_words: Mapped[int]
    agent_turns: Mapped[int]
    agent_seconds: Mapped[float | None]
    agent_longest_turn: Mapped[float | None]
    agent_words_per_minute: Mapped[float | None]
    agent_syllables_per_second: Mapped[float | None]
    agent_interruptions: Mapped[int]
    customer_words: Mapped[int]
    customer_turns: Mapped[int]
    customer_seconds: Mapped[float | None]
    customer_longest_turn: Mapped[float | None]
    customer_words_per_minute: Mapped[float | None]
    customer_syllables_per_second: Mapped[float | None]
    customer_interruptions: Mapped[int]
    agent_share_of_talk: Mapped[float | None]
    agent_share_of_call: Mapped[float | None]
    non_talk: Mapped[float | None]
    hold: Mapped[float | None]
    pauses: Mapped[int | None]
    long_pauses: Mapped[int | None]
    unannounced_silences: Mapped[int | None]
    dead_air: Mapped[int | None]
    talk_overs: Mapped[int | None]
    talk_over_seconds: Mapped[float | None]


class WrapUp(Base):
    """Why somebody called, what was said of it, what is promised. Replaced when wrapped up anew."""

    __tablename__ = "wrap_up"
    __table_args__ = (Index(None, "reason"),)

    transcript_id: Mapped[int] = mapped_column(_Number, _owner("transcript.id"), primary_key=True)
    reason: Mapped[str]
    reason_confidence: Mapped[float]
    reason_evidence: Mapped[list[Any]] = mapped_column(JSON)
    runner_up: Mapped[str | None]
    summary: Mapped[str]
    summary_evidence: Mapped[list[Any]] = mapped_column(JSON)
    promises: Mapped[list[Any]] = mapped_column(JSON)
    next_step: Mapped[int | None]
    """its place among the promises"""


class Quarantine(Base):
    __tablename__ = "quarantine"
    __table_args__ = (UniqueConstraint("path", "sha256"),)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    path: Mapped[str]
    sha256: Mapped[str] = mapped_column(_Sha256)
    """empty when the file could not be read: two NULLs would never be equal, and repeats would pile up"""
    reason: Mapped[Reason]
    detail: Mapped[str]
    at: Mapped[datetime]
