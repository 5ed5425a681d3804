"""The database: domain types in and out.

A function takes the session of `Database.reading()` or `Database.writing()`, and the time if it stores one.
"""

from qm.store.calls import add_call, get_recording
from qm.store.database import Database
from qm.store.evaluations import (
    StoredEvaluation,
    add_evaluation,
    evaluations_of,
    keep_evaluation,
    latest_evaluations,
    publish,
    save_evaluations,
)
from qm.store.jobs import (
    MAX_ATTEMPTS,
    Claim,
    busy_workers,
    claim,
    enqueue,
    fail,
    finish,
    release_workers,
    renew,
    retry,
    retry_later,
    sweep,
)
from qm.store.measuring import measures_of, save_measures
from qm.store.reading import CallRow, FormScore, delayed, find_calls, list_calls, progress, seconds_heard
from qm.store.refused import Quarantined, count_quarantined, quarantine, quarantined, release
from qm.store.stored import StoredCall, heard
from qm.store.tables import Stage, State
from qm.store.transcripts import StoredTranscript, heard_calls, latest_transcript, save_transcript
from qm.store.wrapping import save_wrap_up, wrap_up_of

__all__ = [
    "MAX_ATTEMPTS",
    "CallRow",
    "Claim",
    "Database",
    "FormScore",
    "Quarantined",
    "Stage",
    "State",
    "StoredCall",
    "StoredEvaluation",
    "StoredTranscript",
    "add_call",
    "add_evaluation",
    "busy_workers",
    "claim",
    "count_quarantined",
    "delayed",
    "enqueue",
    "evaluations_of",
    "fail",
    "find_calls",
    "finish",
    "get_recording",
    "heard",
    "heard_calls",
    "keep_evaluation",
    "latest_evaluations",
    "latest_transcript",
    "list_calls",
    "measures_of",
    "progress",
    "publish",
    "quarantine",
    "quarantined",
    "release",
    "release_workers",
    "renew",
    "retry",
    "retry_later",
    "save_evaluations",
    "save_measures",
    "save_transcript",
    "save_wrap_up",
    "seconds_heard",
    "sweep",
    "wrap_up_of",
]
