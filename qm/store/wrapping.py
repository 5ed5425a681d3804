"""The wrap-up of a transcript: derived from it, so the newest one replaces the one before."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from qm.insight import Due, Promise, Reason, Summary, WrapUp
from qm.store.evidence import evidence_of
from qm.store.inserting import insert
from qm.store.tables import WrapUp as WrapUpRow
from qm.store.transcripts import latest_transcript_id


def save_wrap_up(session: Session, transcript_id: int, wrap_up: WrapUp) -> None:
    """Keep the wrap-up of a transcript."""
    values = _values(wrap_up)
    row = insert(session, WrapUpRow).values(transcript_id=transcript_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["transcript_id"], set_=values))


def wrap_up_of(session: Session, call_id: str) -> WrapUp | None:
    """The wrap-up of a call's newest transcript; None before it was scored."""
    row = session.get(WrapUpRow, latest_transcript_id(session, call_id))
    return None if row is None else _wrap_up(row)


def _values(wrap_up: WrapUp) -> dict[str, Any]:
    reason = wrap_up.reason
    step = wrap_up.next_step
    return {
        "reason": reason.path,
        "reason_confidence": reason.confidence,
        "reason_evidence": [asdict(each) for each in reason.evidence],
        "runner_up": reason.runner_up,
        "summary": wrap_up.summary.sentence,
        "summary_evidence": [asdict(each) for each in wrap_up.summary.evidence],
        "promises": [_promise_values(each) for each in wrap_up.promises],
        "next_step": wrap_up.promises.index(step) if step is not None else None,
    }


def _promise_values(promise: Promise) -> dict[str, Any]:
    values = asdict(promise)
    if promise.due is not None:
        values["due"] |= {"earliest": _written(promise.due.earliest), "latest": _written(promise.due.latest)}
    return values


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _wrap_up(row: WrapUpRow) -> WrapUp:
    reason = Reason(row.reason, row.reason_confidence, evidence_of(row.reason_evidence), row.runner_up)
    promises = tuple(_promise(values) for values in row.promises)
    step = promises[row.next_step] if row.next_step is not None else None
    return WrapUp(reason, Summary(row.summary, evidence_of(row.summary_evidence)), promises, step)


def _promise(values: dict[str, Any]) -> Promise:
    due = values["due"]
    when = Due(due["words"], _read(due["earliest"]), _read(due["latest"])) if due else None
    return Promise(values["who"], values["action"], when, values["vague"], evidence_of(values["evidence"]))


def _read(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment) if moment else None
