"""Calls at the stages that the store's tests start from. Every fixture works on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from qm import store
from qm.call import CallMetadata, Direction, Recording, Sound, Speaker
from qm.evaluation import (
    AutoFail,
    CriterionResult,
    ErrorClass,
    Evaluation,
    Outcome,
    OutcomeResult,
    Searched,
    Verdict,
)
from qm.store import Claim, Database, Stage
from qm.transcript import Provenance, Suppressed, Transcript, Turn, Word, quote

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOUND = Sound(61.25, 2, True, -3.5, silent=False)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def recording() -> Callable[..., Recording]:
    """A recording of that file name; keywords are metadata."""

    def make(name: str = "gesprek.wav", **metadata: object) -> Recording:
        call_id = sha256(name.encode("utf-8", "replace")).hexdigest()
        path = f"{call_id[:2]}/{call_id}.wav"
        return Recording(call_id, name, path, 48_000, CallMetadata(**metadata), SOUND)  # type: ignore[arg-type]

    return make


@pytest.fixture
def call(database: Database, recording: Callable[..., Recording]) -> Recording:
    """A call that waits to be heard."""
    accepted = recording("gesprek.wav", agent_id="a1", agent_name="Zoë", direction=Direction.INBOUND)
    with database.writing() as session:
        assert store.add_call(session, accepted, NOW)
    return accepted


@pytest.fixture
def claim(database: Database) -> Callable[..., Claim | None]:
    """Claim a stage of a call, for a minute from `at`."""

    def take(call_id: str, stage: Stage = Stage.HEAR, worker: str = "w1", at: datetime = NOW) -> Claim | None:
        with database.writing() as session:
            return store.claim(session, call_id, stage, worker, 60, at)

    return take


@pytest.fixture
def hear(database: Database, claim: Callable[..., Claim | None]) -> Callable[[str, Transcript], int]:
    """Give a call a transcript; the transcript's id."""

    def save(call_id: str, transcript: Transcript) -> int:
        held = claim(call_id)
        assert held is not None
        with database.writing() as session:
            return store.save_transcript(session, held, transcript, NOW)

    return save


@pytest.fixture
def transcript() -> Transcript:
    turns = (
        Turn(Speaker.AGENT, (Word("Goedemorgen,", 0.0, 0.62, 0.98), Word("Zoë.", 0.7, 1.1))),
        Turn(Speaker.CUSTOMER, (Word("「请」", 1.5, 2.25, 1 / 3), Word("🙂")), Suppressed.HALLUCINATION),
        Turn(Speaker.UNKNOWN, ()),
    )
    made_by = Provenance("faster-whisper", "small", "f00d", {"beam_size": 5, "vad": True, "language": "nl"})
    return Transcript("nl", turns, 61.25, made_by)


@pytest.fixture
def evaluation(transcript: Transcript) -> Callable[..., Evaluation]:
    """An evaluation with every kind of field in use."""
    heard = (quote(transcript, 0),)
    searched = Searched((0, 1), 0.0, 2.25, "de hele oproep")

    def make(version: str = "v1", verdict: Verdict = Verdict.MET, form: str = "resolution") -> Evaluation:
        return Evaluation(
            form,
            version,
            criteria=(
                CriterionResult("greeting", "Begroeting", verdict, 2.0, 0.9, "Naam genoemd.", heard),
                CriterionResult(
                    "verify",
                    "Verificatie",
                    Verdict.NOT_MET,
                    1.0,
                    1 / 3,
                    "Niet gevraagd.",
                    searched=searched,
                    error_class=ErrorClass.COMPLIANCE_CRITICAL,
                ),
            ),
            auto_fails=(AutoFail("rude", "Grof", ErrorClass.CUSTOMER_CRITICAL, "Grove taal.", heard),),
            outcome=OutcomeResult(Outcome.RESOLVED, 0.8, "Bevestigd.", heard, searched),
        )

    return make
