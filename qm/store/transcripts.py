"""Transcripts: immutable versions, the newest of which counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from qm.store import jobs
from qm.store.jobs import Claim
from qm.store.tables import Call, Stage
from qm.store.tables import Transcript as TranscriptRow
from qm.store.tables import Turn as TurnRow
from qm.transcript import Provenance, Transcript, Turn, Word


@dataclass(frozen=True, slots=True)
class StoredTranscript:
    """One version of a call's transcript."""

    id: int
    version: int
    """from 1, per call"""
    transcript: Transcript


def save_transcript(session: Session, claim: Claim, transcript: Transcript, now: datetime) -> int:
    """Add a version to the call, finish the claim and let the version be scored; the new transcript's id.

    Raises:
        StaleClaim: another worker holds the job; nothing is stored.
    """
    jobs.finish(session, claim, now)
    transcript_id = _add(session, claim.call_id, transcript, now)
    if transcript.language is not None:
        language = {"detected_language": transcript.language}
        session.execute(update(Call).where(Call.id == claim.call_id).values(language))
    jobs.enqueue(session, claim.call_id, Stage.SCORE, now)
    return transcript_id


def heard_calls(session: Session) -> list[str]:
    """The ids of all calls that have a transcript."""
    return list(session.scalars(select(TranscriptRow.call_id).distinct().order_by(TranscriptRow.call_id)))


def latest_transcript(session: Session, call_id: str) -> StoredTranscript | None:
    """The newest version; None before the call was heard."""
    row = session.get(TranscriptRow, latest_transcript_id(session, call_id))
    if row is None:
        return None
    turns = session.scalars(select(TurnRow).where(TurnRow.transcript_id == row.id).order_by(TurnRow.position))
    transcript = Transcript(row.language, tuple(_turn(turn) for turn in turns), row.duration, _provenance(row))
    return StoredTranscript(row.id, row.version, transcript)


def latest_transcript_id(session: Session, call_id: str) -> int:
    """Of the newest version; 0, which no transcript has, before the call was heard."""
    newest = select(TranscriptRow.id).where(TranscriptRow.call_id == call_id).order_by(TranscriptRow.version.desc())
    return session.scalar(newest.limit(1)) or 0


def _add(session: Session, call_id: str, transcript: Transcript, now: datetime) -> int:
    versions = select(func.coalesce(func.max(TranscriptRow.version), 0)).where(TranscriptRow.call_id == call_id)
    made_by = transcript.provenance
    row = TranscriptRow(
        call_id=call_id,
        version=session.scalars(versions).one() + 1,
        language=transcript.language,
        duration=transcript.duration,
        engine=made_by and made_by.engine,
        model=made_by and made_by.model,
        model_hash=made_by and made_by.model_hash,
        options=made_by and made_by.options,
        created_at=now,
    )
    session.add(row)
    session.flush()
    if transcript.turns:
        turns = [_turn_values(row.id, position, turn) for position, turn in enumerate(transcript.turns)]
        session.execute(insert(TurnRow), turns)
    return row.id


def _turn_values(transcript_id: int, position: int, turn: Turn) -> dict[str, Any]:
    return {
        "transcript_id": transcript_id,
        "position": position,
        "speaker": turn.speaker,
        "start": turn.start,
        "end": turn.end,
        "text": turn.text,
        "words": [[word.text, word.start, word.end, word.confidence] for word in turn.words],
        "suppressed": turn.suppressed,
    }


def _turn(row: TurnRow) -> Turn:
    return Turn(row.speaker, tuple(Word(*word) for word in row.words), row.suppressed)


def _provenance(row: TranscriptRow) -> Provenance | None:
    if row.engine is None or row.model is None or row.model_hash is None:
        return None
    return Provenance(row.engine, row.model, row.model_hash, row.options or {})
