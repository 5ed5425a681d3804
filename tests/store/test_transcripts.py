"""Transcripts come back as they were saved, as versions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from qm import store
from qm.call import Recording, Speaker
from qm.errors import StaleClaim
from qm.store import Claim, Database, Stage, State, StoredTranscript, tables
from qm.transcript import Transcript, turn_of


def test_a_transcript_comes_back_as_it_was(
    database: Database, call: Recording, hear: Callable[..., int], transcript: Transcript
) -> None:
    heard = hear(call.id, transcript)
    with database.reading() as session:
        assert store.latest_transcript(session, call.id) == StoredTranscript(heard, 1, transcript)


@pytest.mark.parametrize(
    "bare",
    [Transcript(None, ()), Transcript("en", (turn_of(Speaker.AGENT, "Good morning"),))],
    ids=["nothing", "text without times"],
)
def test_what_is_unknown_stays_unknown(
    database: Database, call: Recording, hear: Callable[..., int], bare: Transcript
) -> None:
    hear(call.id, bare)
    with database.reading() as session:
        assert store.latest_transcript(session, call.id).transcript == bare
        assert store.heard_calls(session) == [call.id]


def test_before_the_call_was_heard(database: Database, call: Recording) -> None:
    with database.reading() as session:
        assert store.latest_transcript(session, call.id) is None
        assert store.heard_calls(session) == []


def test_saving_ends_the_claim_and_lets_the_call_be_scored(
    database: Database, call: Recording, hear: Callable[..., int], transcript: Transcript, now: datetime
) -> None:
    hear(call.id, transcript)
    with database.writing() as session:
        assert store.sweep(session, now) == [(call.id, Stage.SCORE)]
        assert store.progress(session, [call.id]) == {
            (Stage.HEAR, State.DONE): 1,
            (Stage.SCORE, State.WAITING): 1,
        }


def test_a_late_transcript_is_not_stored(
    database: Database, call: Recording, claim: Callable[..., Claim], transcript: Transcript, now: datetime
) -> None:
    late = claim(call.id)
    claim(call.id, worker="w2", at=now + timedelta(minutes=2))
    with pytest.raises(StaleClaim), database.writing() as session:
        store.save_transcript(session, late, transcript, now)
    with database.reading() as session:
        assert store.latest_transcript(session, call.id) is None
        assert store.heard_calls(session) == []


def test_hearing_again_adds_a_version_and_makes_the_scoring_of_the_old_one_stale(
    database: Database,
    call: Recording,
    claim: Callable[..., Claim],
    hear: Callable[..., int],
    transcript: Transcript,
    now: datetime,
) -> None:
    first = hear(call.id, transcript)
    scoring = claim(call.id, Stage.SCORE)
    with database.writing() as session:
        store.enqueue(session, call.id, Stage.HEAR, now)
    again = replace(transcript, language="en")
    second = hear(call.id, again)
    with database.reading() as session:
        assert store.latest_transcript(session, call.id) == StoredTranscript(second, 2, again)
        assert store.find_calls(session, call.id)[0].language == "en"
        assert session.scalar(select(func.count()).select_from(tables.Transcript)) == 2
    with pytest.raises(StaleClaim), database.writing() as session:
        store.save_evaluations(session, scoring, first, [], now)
