"""What the command line shows: calls in rows, one call by name, progress in numbers."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from string import hexdigits
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from qm.call import Direction, Language
from qm.errors import Reason
from qm.evaluation import Outcome
from qm.store.chunks import chunks
from qm.store.evaluations import latest_ids
from qm.store.tables import Call, Evaluation, Job, Stage, State


@dataclass(frozen=True, slots=True)
class FormScore:
    """What one form says of a call now."""

    form: str
    version: str
    score: float | None
    """0…100; None when too little could be told"""
    coverage: float
    """0…1"""
    failed: bool
    """a critical error, whatever the score"""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in a list, with where it stands and what counts now."""

    id: str
    name: str
    received_at: datetime
    started_at: datetime | None
    agent_id: str | None
    agent_name: str | None
    direction: Direction | None
    language: Language | None
    """as the telephone system said, else as heard"""
    duration: float
    """seconds"""
    stage: Stage
    """the first one that is not done, else the last"""
    state: State
    reason: Reason | None
    detail: str | None
    outcome: Outcome | None
    scores: tuple[FormScore, ...]
    """by form"""


_hear = aliased(Job)
_score = aliased(Job)
_scoring = and_(_hear.state == State.DONE, _score.stage.is_not(None))
_language = func.coalesce(Call.language, Call.detected_language)


def list_calls(
    session: Session,
    *,
    agent: str | None = None,
    language: Language | None = None,
    state: State | None = None,
    limit: int | None = None,
) -> list[CallRow]:
    """The newest calls first; `agent` is an id or a name, `state` that of the stage a call is in."""
    query = _calls()
    if agent is not None:
        query = query.where(or_(Call.agent_id == agent, Call.agent_name == agent))
    if language is not None:
        query = query.where(_language == language)
    if state is not None:
        query = query.where(_current("state") == state)
    return _rows(session, query.limit(limit))


def find_calls(session: Session, text: str, limit: int = 10) -> list[CallRow]:
    """The calls whose id begins with `text`, or whose file has that name: none, the one, or several to choose from."""
    return _rows(session, _calls().where(or_(_id_begins(text.lower()), Call.name == text)).limit(limit))


def progress(session: Session, call_ids: Sequence[str]) -> Counter[tuple[Stage, State]]:
    """How many of these calls have a job in each stage and state."""
    counts: Counter[tuple[Stage, State]] = Counter()
    for ids in chunks(call_ids):
        counted = select(Job.stage, Job.state, func.count()).where(Job.call_id.in_(ids))
        for stage, state, number in session.execute(counted.group_by(Job.stage, Job.state)):
            counts[stage, state] += number
    return counts


def _id_begins(text: str) -> ColumnElement[bool]:
    """As a range, which both databases look up in the index; LIKE reads every call."""
    if not set(text) <= set(hexdigits.lower()):
        return false()
    return and_(Call.id >= text, Call.id < text + "g")


def seconds_heard(session: Session, call_ids: Sequence[str]) -> float:
    """How many seconds of these calls' recordings have been heard, those being heard now included."""
    done = case((Job.state == State.DONE, Call.duration), (Job.state == State.RUNNING, Job.seconds_done))
    heard = (
        select(func.coalesce(func.sum(done), 0.0))
        .select_from(Job)
        .join(Call, Call.id == Job.call_id)
        .where(Job.stage == Stage.HEAR)
    )
    return math.fsum(session.scalars(heard.where(Job.call_id.in_(ids))).one() for ids in chunks(call_ids))


def delayed(session: Session, call_ids: Sequence[str]) -> str | None:
    """Why one of these calls has to wait for another attempt; None when none has."""
    waiting = select(Job.detail).where(Job.state == State.WAITING, Job.detail.is_not(None)).limit(1)
    found = (session.scalar(waiting.where(Job.call_id.in_(ids))) for ids in chunks(call_ids))
    return next((detail for detail in found if detail), None)


def _current(name: str) -> ColumnElement[Any]:
    return case((_scoring, getattr(_score, name)), else_=getattr(_hear, name))


def _calls() -> Select[Any]:
    return (
        select(Call, *(_current(name).label(name) for name in ("stage", "state", "reason", "detail")))
        .join(_hear, and_(_hear.call_id == Call.id, _hear.stage == Stage.HEAR))
        .outerjoin(_score, and_(_score.call_id == Call.id, _score.stage == Stage.SCORE))
        .order_by(func.coalesce(Call.started_at, Call.received_at).desc(), Call.id)
    )


def _rows(session: Session, query: Select[Any]) -> list[CallRow]:
    found = session.execute(query).all()
    evaluations = _evaluations(session, [row.Call.id for row in found])
    return [_row(row, evaluations[row.Call.id]) for row in found]


def _evaluations(session: Session, call_ids: Sequence[str]) -> defaultdict[str, list[Evaluation]]:
    by_call = defaultdict(list)
    for ids in chunks(call_ids):
        latest = select(Evaluation).where(Evaluation.id.in_(latest_ids(ids))).order_by(Evaluation.form)
        for evaluation in session.scalars(latest):
            by_call[evaluation.call_id].append(evaluation)
    return by_call


def _row(row: Row[Any], evaluations: list[Evaluation]) -> CallRow:
    call: Call = row.Call
    return CallRow(
        id=call.id,
        name=call.name,
        received_at=call.received_at,
        started_at=call.started_at,
        agent_id=call.agent_id,
        agent_name=call.agent_name,
        direction=call.direction,
        language=call.language or call.detected_language,
        duration=call.duration,
        stage=row.stage,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        outcome=next((e.outcome for e in evaluations if e.outcome is not None), None),
        scores=tuple(FormScore(e.form, e.version, e.score, e.coverage, e.failed) for e in evaluations),
    )
