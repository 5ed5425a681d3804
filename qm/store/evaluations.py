"""Evaluations: immutable, one for each transcript and version of a form; of the versions, one counts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session

from qm.evaluation import AutoFail, CriterionResult, ErrorClass, Evaluation, JudgeRecord, OutcomeResult, Searched
from qm.store import jobs
from qm.store.chunks import chunks
from qm.store.evidence import evidence_of
from qm.store.jobs import Claim
from qm.store.tables import CriterionResult as CriterionRow
from qm.store.tables import Evaluation as EvaluationRow
from qm.store.tables import Transcript as TranscriptRow


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """One evaluation of a call, and of which transcript."""

    id: int
    transcript_id: int
    created_at: datetime
    evaluation: Evaluation


def save_evaluations(
    session: Session, claim: Claim, transcript_id: int, evaluations: Iterable[Evaluation], now: datetime
) -> None:
    """Finish the claim with its evaluations, which count from now on; those that are there stay as they are.

    Raises:
        StaleClaim: another worker holds the job; nothing is stored.
    """
    jobs.finish(session, claim, now)
    for evaluation in evaluations:
        add_evaluation(session, transcript_id, evaluation, now)


def add_evaluation(session: Session, transcript_id: int, evaluation: Evaluation, now: datetime) -> bool:
    """Score again, outside a claim: this version of the form counts from now on; False when it did already.

    A version that judged the transcript before (a form edited, and edited back) counts again as it was stored.
    """
    kept = keep_evaluation(session, transcript_id, evaluation, now)
    return kept is not None and bool(publish(session, [kept]))


def keep_evaluation(session: Session, transcript_id: int, evaluation: Evaluation, now: datetime) -> int | None:
    """Store an evaluation without letting it count; its id, for `publish`. None when this version counts already."""
    # Locked: of two that score one transcript at once, the second must see what the first made current.
    transcript = select(TranscriptRow.call_id).where(TranscriptRow.id == transcript_id).with_for_update()
    call_id = session.scalars(transcript).one()
    known = select(EvaluationRow.id, EvaluationRow.current).where(
        EvaluationRow.transcript_id == transcript_id,
        EvaluationRow.form == evaluation.form,
        EvaluationRow.version == evaluation.version,
    )
    row = session.execute(known).one_or_none()
    if row is None:
        return _insert(session, call_id, transcript_id, evaluation, now)
    return None if row.current else row.id


def publish(session: Session, ids: Iterable[int]) -> int:
    """Let these evaluations count, in the place of what their form said of the transcript before; how many do now
    that did not."""
    published = 0
    for row in (each for some in chunks(list(ids)) for each in session.scalars(_rows(some)) if not each.current):
        beside = (EvaluationRow.transcript_id == row.transcript_id, EvaluationRow.form == row.form)
        session.execute(update(EvaluationRow).where(*beside, EvaluationRow.current).values(current=False))
        session.execute(update(EvaluationRow).where(EvaluationRow.id == row.id).values(current=True))
        published += 1
    return published


def _rows(ids: Sequence[int]) -> Select[EvaluationRow]:
    return select(EvaluationRow).where(EvaluationRow.id.in_(ids)).with_for_update()


def evaluations_of(session: Session, call_id: str) -> list[StoredEvaluation]:
    """All evaluations of a call's transcripts, oldest first."""
    return _stored(session, select(EvaluationRow).where(EvaluationRow.call_id == call_id))


def latest_evaluations(session: Session, call_id: str) -> list[StoredEvaluation]:
    """What counts now: each form's current evaluation of the newest transcript, oldest first."""
    return _stored(session, select(EvaluationRow).where(EvaluationRow.id.in_(latest_ids([call_id]))))


def latest_ids(call_ids: Sequence[str]) -> Select[int]:
    """The ids of the evaluations that count now, for use inside a query."""
    transcripts = (
        select(func.max(TranscriptRow.id)).where(TranscriptRow.call_id.in_(call_ids)).group_by(TranscriptRow.call_id)
    )
    return select(EvaluationRow.id).where(EvaluationRow.transcript_id.in_(transcripts), EvaluationRow.current)


def _insert(session: Session, call_id: str, transcript_id: int, evaluation: Evaluation, now: datetime) -> int:
    row = EvaluationRow(
        call_id=call_id,
        transcript_id=transcript_id,
        form=evaluation.form,
        version=evaluation.version,
        current=False,
        score=evaluation.score,
        coverage=evaluation.coverage,
        failed=evaluation.failed,
        auto_fails=[asdict(auto_fail) for auto_fail in evaluation.auto_fails],
        judge=asdict(evaluation.judge) if evaluation.judge else None,
        created_at=now,
        **_outcome_values(evaluation.outcome),
    )
    session.add(row)
    session.flush()
    if evaluation.criteria:
        criteria = [_criterion_values(row.id, at, result) for at, result in enumerate(evaluation.criteria)]
        session.execute(insert(CriterionRow), criteria)
    return row.id


def _stored(session: Session, query: Select[EvaluationRow]) -> list[StoredEvaluation]:
    rows = session.scalars(query.order_by(EvaluationRow.id)).all()
    criteria = _criteria(session, [row.id for row in rows])
    return [
        StoredEvaluation(row.id, row.transcript_id, row.created_at, _evaluation(row, criteria.get(row.id, ())))
        for row in rows
    ]


def _criteria(session: Session, ids: Sequence[int]) -> dict[int, tuple[CriterionResult, ...]]:
    rows = session.scalars(
        select(CriterionRow)
        .where(CriterionRow.evaluation_id.in_(ids))
        .order_by(CriterionRow.evaluation_id, CriterionRow.position)
    )
    return {
        evaluation_id: tuple(_criterion(row) for row in group)
        for evaluation_id, group in groupby(rows, key=lambda row: row.evaluation_id)
    }


def _evaluation(row: EvaluationRow, criteria: tuple[CriterionResult, ...]) -> Evaluation:
    auto_fails = tuple(_auto_fail(values) for values in row.auto_fails)
    judge = JudgeRecord(**row.judge) if row.judge else None
    return Evaluation(row.form, row.version, criteria, auto_fails, _outcome(row), judge)


def _criterion_values(evaluation_id: int, position: int, result: CriterionResult) -> dict[str, Any]:
    values = asdict(result)
    return {"evaluation_id": evaluation_id, "position": position, "criterion": values.pop("id"), **values}


def _criterion(row: CriterionRow) -> CriterionResult:
    return CriterionResult(
        id=row.criterion,
        title=row.title,
        verdict=row.verdict,
        weight=row.weight,
        confidence=row.confidence,
        reason=row.reason,
        evidence=evidence_of(row.evidence),
        searched=_searched(row.searched),
        error_class=row.error_class,
        coaching=row.coaching,
    )


def _outcome_values(result: OutcomeResult | None) -> dict[str, Any]:
    if result is None:
        return {}
    values = asdict(result)
    return {"outcome": values.pop("outcome"), **{f"outcome_{name}": value for name, value in values.items()}}


def _outcome(row: EvaluationRow) -> OutcomeResult | None:
    if row.outcome is None or row.outcome_confidence is None or row.outcome_reason is None:
        return None
    evidence = evidence_of(row.outcome_evidence or [])
    return OutcomeResult(
        row.outcome, row.outcome_confidence, row.outcome_reason, evidence, _searched(row.outcome_searched)
    )


def _auto_fail(values: dict[str, Any]) -> AutoFail:
    error_class = ErrorClass(values["error_class"])
    return AutoFail(**{**values, "error_class": error_class, "evidence": evidence_of(values["evidence"])})


def _searched(values: dict[str, Any] | None) -> Searched | None:
    return None if values is None else Searched(**{**values, "turns": tuple(values["turns"])})
