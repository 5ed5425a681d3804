"""Calls: recordings taken in, with what their telephone system knew and what they sound like."""

from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy.orm import Session

from qm.call import CallMetadata, Recording, Sound
from qm.store import jobs
from qm.store.inserting import insert
from qm.store.tables import Call, Stage


def add_call(session: Session, recording: Recording, now: datetime) -> bool:
    """Take in a recording and let it be heard; False when qm has these bytes already."""
    added = session.scalar(
        insert(session, Call)
        .values(
            id=recording.id,
            name=recording.name,
            path=recording.path,
            size=recording.size,
            received_at=now,
            **asdict(recording.metadata),
            **asdict(recording.sound),
        )
        .on_conflict_do_nothing()
        .returning(Call.id)
    )
    if added is None:
        return False
    jobs.enqueue(session, recording.id, Stage.HEAR, now)
    return True


def get_recording(session: Session, call_id: str) -> Recording | None:
    """The recording as it was taken in; None for an id that qm does not have."""
    call = session.get(Call, call_id)
    return None if call is None else _recording(call)


def _recording(call: Call) -> Recording:
    metadata = CallMetadata(**{field.name: getattr(call, field.name) for field in fields(CallMetadata)})
    sound = Sound(**{field.name: getattr(call, field.name) for field in fields(Sound)})
    return Recording(call.id, call.name, call.path, call.size, metadata, sound)
