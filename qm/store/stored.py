"""What is needed to judge a stored call again."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from qm.call import CallMetadata
from qm.evaluation import Evaluation
from qm.store.calls import get_recording
from qm.store.evaluations import latest_evaluations
from qm.store.transcripts import latest_transcript
from qm.transcript import Transcript


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call's newest transcript, what its telephone system knew, and what counts of its evaluations."""

    transcript_id: int
    transcript: Transcript
    metadata: CallMetadata
    evaluations: Mapping[str, Evaluation]
    """by form"""


def heard(session: Session, call_id: str) -> StoredCall | None:
    """A call that was heard; None before that."""
    stored, recording = latest_transcript(session, call_id), get_recording(session, call_id)
    if stored is None or recording is None:
        return None
    current = {each.evaluation.form: each.evaluation for each in latest_evaluations(session, call_id)}
    return StoredCall(stored.id, stored.transcript, recording.metadata, current)
