"""Jobs: who works on which stage of a call, until when, and what became of it.

The database is the truth and a message only a wake-up. A claim is one conditional UPDATE that hands out a
token; each later step names that token, so a worker that lost its lease changes nothing. Attempts count when
a job is claimed, before native code that may kill the process runs.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, or_, select, true, tuple_, update
from sqlalchemy.orm import Session

from qm.errors import Reason, StaleClaim
from qm.store.chunks import chunks
from qm.store.inserting import insert
from qm.store.tables import Job, Stage, State

MAX_ATTEMPTS = 3
WAKE_AGAIN = timedelta(minutes=10)
"""how long a sweep trusts that the message for a job it woke arrives"""

_UNHELD: dict[str, Any] = {"token": None, "worker": None, "lease_until": None, "woken_at": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one stage of one call until the lease ends."""

    call_id: str
    stage: Stage
    token: str
    attempt: int
    """from 1"""


def enqueue(session: Session, call_id: str, stage: Stage, now: datetime) -> None:
    """Let a stage be worked on from `now`, afresh if it was before; a claim on it becomes stale."""
    fresh = {
        "state": State.WAITING,
        "attempts": 0,
        "next_attempt_at": now,
        "reason": None,
        "detail": None,
        "seconds_done": None,
        "started_at": None,
        "finished_at": None,
        **_UNHELD,
    }
    session.execute(
        insert(session, Job)
        .values(call_id=call_id, stage=stage, **fresh)
        .on_conflict_do_update(index_elements=["call_id", "stage"], set_=fresh)
    )


def claim(  # noqa: PLR0913, PLR0917
    session: Session, call_id: str, stage: Stage, worker: str, lease_seconds: float, now: datetime
) -> Claim | None:
    """Take a job that is due, or whose worker let its lease expire; None when there is nothing to take."""
    due = and_(Job.state == State.WAITING, Job.next_attempt_at <= now)
    token = uuid4().hex
    attempt = session.scalar(
        update(Job)
        .where(_is(call_id, stage), or_(due, _expired(now)), Job.attempts < MAX_ATTEMPTS)
        .values(
            state=State.RUNNING,
            attempts=Job.attempts + 1,
            token=token,
            worker=worker,
            lease_until=now + timedelta(seconds=lease_seconds),
            detail=None,
            seconds_done=None,
            started_at=now,
            finished_at=None,
        )
        .returning(Job.attempts)
    )
    return None if attempt is None else Claim(call_id, stage, token, attempt)


def renew(session: Session, claim: Claim, lease_seconds: float, now: datetime, seconds_done: float) -> None:
    """Keep the claim for `lease_seconds` from `now`, and note how many seconds of the recording are done.

    Raises:
        StaleClaim: another worker holds the job.
    """
    _change(session, claim, lease_until=now + timedelta(seconds=lease_seconds), seconds_done=seconds_done)


def finish(session: Session, claim: Claim, now: datetime) -> None:
    """The work is done; call it in the transaction that stores the result, before storing it.

    Raises:
        StaleClaim: another worker holds the job; the result must not be stored.
    """
    _change(session, claim, state=State.DONE, reason=None, detail=None, finished_at=now, **_UNHELD)


def retry_later(  # noqa: PLR0913
    session: Session, claim: Claim, detail: str, delay_seconds: float, now: datetime, *, counted: bool = True
) -> bool:
    """Put the job back for `delay_seconds`, or park it as failed after the last attempt.

    Args:
        detail: why, without personal data.
        counted: False when the recording is not to blame (a part was missing, the worker was stopped): the
            attempt is given back.

    Returns:
        Whether it will be tried again.

    Raises:
        StaleClaim: another worker holds the job.
    """
    if counted and claim.attempt >= MAX_ATTEMPTS:
        fail(session, claim, Reason.ATTEMPTS_EXHAUSTED, detail, now)
        return False
    _change(
        session,
        claim,
        state=State.WAITING,
        attempts=claim.attempt if counted else claim.attempt - 1,
        next_attempt_at=now + timedelta(seconds=delay_seconds),
        detail=detail,
        **_UNHELD,
    )
    return True


def fail(session: Session, claim: Claim, reason: Reason, detail: str, now: datetime) -> None:
    """The work can never succeed, as far as qm can tell; only a person's `retry` starts it again.

    Raises:
        StaleClaim: another worker holds the job.
    """
    _change(session, claim, state=State.FAILED, reason=reason, detail=detail, finished_at=now, **_UNHELD)


def sweep(
    session: Session,
    now: datetime,
    *,
    call_ids: Collection[str] | None = None,
    again: bool = False,
    limit: int = 1000,
) -> list[tuple[str, Stage]]:
    """Tidy up after workers that died, and say which jobs to wake, longest waiting first.

    An expired lease puts its job back to waiting; a job without attempts left is parked as failed. A job that
    was woken here a short while ago is left out: its message is on the way.

    Args:
        call_ids: wake these calls' jobs only.
        again: also those woken before, whose messages may be lost.
        limit: how many at most, without `call_ids`.
    """
    _tidy_up(session, now)
    wanted = Job.woken_at.is_(None) | (Job.woken_at <= now - WAKE_AGAIN) if not again else true()
    if call_ids is None:
        return _wake(session, wanted, now, limit)
    parts = (_wake(session, and_(wanted, Job.call_id.in_(ids)), now, None) for ids in chunks(call_ids))
    return [job for part in parts for job in part]


def _tidy_up(session: Session, now: datetime) -> None:
    exhausted = and_(Job.attempts >= MAX_ATTEMPTS, or_(Job.state == State.WAITING, _expired(now)))
    parked = {"state": State.FAILED, "reason": Reason.ATTEMPTS_EXHAUSTED, "detail": "the worker process ended"}
    session.execute(update(Job).where(exhausted).values(**parked, finished_at=now, **_UNHELD))
    session.execute(update(Job).where(_expired(now)).values(state=State.WAITING, next_attempt_at=now, **_UNHELD))


def _wake(session: Session, wanted: ColumnElement[bool], now: datetime, limit: int | None) -> list[tuple[str, Stage]]:
    due = (
        select(Job.call_id, Job.stage)
        .where(Job.state == State.WAITING, Job.next_attempt_at <= now, wanted)
        .order_by(Job.next_attempt_at, Job.call_id)
        .limit(limit)
    )
    jobs = [(call_id, stage) for call_id, stage in session.execute(due)]
    session.execute(update(Job).where(tuple_(Job.call_id, Job.stage).in_(jobs)).values(woken_at=now))
    return jobs


def busy_workers(session: Session) -> set[str]:
    """The workers that hold jobs, dead ones included."""
    holders = session.scalars(select(Job.worker).where(Job.state == State.RUNNING).distinct())
    return {worker for worker in holders if worker is not None}


def release_workers(session: Session, workers: Collection[str], now: datetime, *, counted: bool = True) -> int:
    """Put the jobs of workers known to be dead back to waiting; how many there were.

    Args:
        counted: False when they were stopped, and no recording is to blame: the attempt is given back.
    """
    released = session.scalars(
        update(Job)
        .where(Job.state == State.RUNNING, Job.worker.in_(workers))
        .values(
            state=State.WAITING,
            attempts=Job.attempts if counted else Job.attempts - 1,
            next_attempt_at=now,
            **_UNHELD,
        )
        .returning(Job.call_id)
    )
    return len(released.all())


def retry(session: Session, call_id: str, now: datetime) -> list[Stage]:
    """A person asks again: let the failed stages of a call start afresh; which they are."""
    failed = session.scalars(select(Job.stage).where(Job.call_id == call_id, Job.state == State.FAILED)).all()
    for stage in failed:
        enqueue(session, call_id, stage, now)
    return list(failed)


def _is(call_id: str, stage: Stage) -> ColumnElement[bool]:
    return and_(Job.call_id == call_id, Job.stage == stage)


def _expired(now: datetime) -> ColumnElement[bool]:
    return and_(Job.state == State.RUNNING, Job.lease_until <= now)


def _change(session: Session, claim: Claim, **values: Any) -> None:
    held = update(Job).where(_is(claim.call_id, claim.stage), Job.token == claim.token)
    if session.scalar(held.values(**values).returning(Job.call_id)) is None:
        raise StaleClaim(f"Another worker holds the job {claim.stage} of call {claim.call_id[:12]}.")
