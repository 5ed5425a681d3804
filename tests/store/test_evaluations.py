"""Evaluations come back as they were saved, once for each transcript and form version."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from qm import store
from qm.call import Recording
from qm.errors import StaleClaim
from qm.evaluation import Evaluation, Verdict
from qm.store import Claim, Database, Stage, State
from qm.transcript import Transcript

Make = Callable[..., Evaluation]


@pytest.fixture
def heard(call: Recording, hear: Callable[..., int], transcript: Transcript) -> int:
    """The id of the call's transcript."""
    return hear(call.id, transcript)


def test_evaluations_come_back_as_they_were(
    database: Database, call: Recording, heard: int, claim: Callable[..., Claim], evaluation: Make, now: datetime
) -> None:
    bare = Evaluation("tone", "t1", criteria=())
    with database.writing() as session:
        store.save_evaluations(
            session, store.claim(session, call.id, Stage.SCORE, "w1", 60, now), heard, [evaluation(), bare], now
        )
    with database.reading() as session:
        found = store.evaluations_of(session, call.id)
        assert store.find_calls(session, call.id)[0].state is State.DONE
    assert [stored.evaluation for stored in found] == [evaluation(), bare]
    assert [(stored.transcript_id, stored.created_at) for stored in found] == [(heard, now)] * 2


def test_the_same_form_is_stored_once(
    database: Database, call: Recording, heard: int, evaluation: Make, now: datetime
) -> None:
    with database.writing() as session:
        assert store.add_evaluation(session, heard, evaluation(), now)
    with database.writing() as session:
        assert not store.add_evaluation(session, heard, evaluation(verdict=Verdict.NOT_MET), now)
    with database.reading() as session:
        assert [stored.evaluation for stored in store.evaluations_of(session, call.id)] == [evaluation()]


def test_a_new_version_of_the_form_counts_and_the_old_one_stays(
    database: Database, call: Recording, heard: int, evaluation: Make, now: datetime
) -> None:
    all_of_them = [evaluation("v1"), evaluation(form="tone"), evaluation("v2", Verdict.NOT_MET)]
    with database.writing() as session:
        for each in all_of_them:
            store.add_evaluation(session, heard, each, now)
    with database.reading() as session:
        assert [stored.evaluation for stored in store.evaluations_of(session, call.id)] == all_of_them
        assert [stored.evaluation for stored in store.latest_evaluations(session, call.id)] == all_of_them[1:]


def test_a_new_transcript_makes_earlier_evaluations_history(
    database: Database,
    call: Recording,
    heard: int,
    hear: Callable[..., int],
    transcript: Transcript,
    evaluation: Make,
    now: datetime,
) -> None:
    with database.writing() as session:
        store.add_evaluation(session, heard, evaluation(), now)
        store.enqueue(session, call.id, Stage.HEAR, now)
    again = hear(call.id, transcript)
    with database.writing() as session:
        assert store.latest_evaluations(session, call.id) == []
        assert store.add_evaluation(session, again, evaluation(), now)
        assert [stored.transcript_id for stored in store.latest_evaluations(session, call.id)] == [again]
        assert len(store.evaluations_of(session, call.id)) == 2


def test_late_evaluations_are_not_stored(
    database: Database, call: Recording, heard: int, claim: Callable[..., Claim], evaluation: Make, now: datetime
) -> None:
    late = claim(call.id, Stage.SCORE)
    claim(call.id, Stage.SCORE, worker="w2", at=now + timedelta(minutes=2))
    with pytest.raises(StaleClaim), database.writing() as session:
        store.save_evaluations(session, late, heard, [evaluation()], now)
    with database.reading() as session:
        assert store.evaluations_of(session, call.id) == []
