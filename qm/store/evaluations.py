"""Evaluations: immutable, one for each transcript and version of a form; of the versions, one counts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, func, insert, select, update
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


def add_evaluation(
    session: Session, transcript_id: int, evaluation: Evaluation, now: datetime, *, publish: bool = True
) -> bool:
    """Score again, outside a claim: this version of the form counts from now on; False when it did already.

    A version that judged the transcript before (a form edited, and edited back) counts again as it was stored.

    Args:
        publish: otherwise it is only kept, and what counted before counts on until `publish`.
    """
    # Locked: of two that score one transcript at once, the second must see what the first made current.
    transcript = select(TranscriptRow.call_id).where(TranscriptRow.id == transcript_id).with_for_update()
    call_id = session.scalars(transcript).one()
    of_form = (EvaluationRow.transcript_id == transcript_id, EvaluationRow.form == evaluation.form)
    this_version = EvaluationRow.version == evaluation.version
    current = session.scalar(select(EvaluationRow.current).where(*of_form, this_version))
    if current:
        return False
    if publish:
        session.execute(update(EvaluationRow).where(*of_form).values(current=this_version))
    if current is None:
        _insert(session, call_id, transcript_id, evaluation, now, current=publish)
    return True


def publish(session: Session, form: str, versions: Collection[str]) -> int:
    """Let these versions of a form count wherever they judged; how many evaluations count now that did not."""
    fresh = and_(EvaluationRow.form == form, EvaluationRow.version.in_(versions), EvaluationRow.current.is_(False))
    transcripts = session.scalars(select(EvaluationRow.transcript_id).where(fresh)).all()
    for some in chunks(transcripts):
        of_form = (EvaluationRow.form == form, EvaluationRow.transcript_id.in_(some))
        session.execute(update(EvaluationRow).where(*of_form).values(current=EvaluationRow.version.in_(versions)))
    return len(transcripts)


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


def _insert(  # noqa: PLR0913, PLR0917  one row's values
    session: Session, call_id: str, transcript_id: int, evaluation: Evaluation, now: datetime, current: bool
) -> None:
    row = EvaluationRow(
        call_id=call_id,
        transcript_id=transcript_id,
        form=evaluation.form,
        version=evaluation.version,
        current=current,
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
