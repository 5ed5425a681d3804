"""Evaluations come back as they were saved, once for each transcript and form version."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from qm import store
from qm.call import Recording
from qm.errors import StaleClaim
from qm.evaluation import Evaluation, JudgeRecord, Verdict
from qm.store import Claim, Database, Stage, State
from qm.transcript import Transcript
from tests.store.conftest import NOW

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


@pytest.mark.parametrize(
    "judge",
    [
        JudgeRecord(
            "large",
            "http://localhost:8000/v1/chat/completions",
            "0123456789ab",
            1.234,
            321,
            45,
            None,
            {"verify": "it has no quote", "(not asked)": "1 answers to what was not asked"},
            {"greeting": True, "outcome": False},
        ),
        JudgeRecord("größer", "http://localhost", "ba9876543210", 0.0, None, None, "It is down.", {}, {}),
    ],
    ids=["heard", "failed"],
)
def test_a_judges_record_comes_back_as_it_was(
    database: Database, call: Recording, heard: int, evaluation: Make, now: datetime, judge: JudgeRecord
) -> None:
    judged, alone = replace(evaluation("v1-012345"), judge=judge), evaluation("v1")
    with database.writing() as session:
        for each in (judged, alone):
            store.add_evaluation(session, heard, each, now)
    with database.reading() as session:
        assert [stored.evaluation for stored in store.evaluations_of(session, call.id)] == [judged, alone]
        assert session.execute(text("SELECT count(*) FROM evaluation WHERE judge IS NULL")).scalar() == 1


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


def test_an_earlier_version_of_the_form_can_count_again(
    database: Database, call: Recording, heard: int, evaluation: Make, now: datetime
) -> None:
    first, second, other = evaluation("v1"), evaluation("v2", Verdict.NOT_MET), evaluation(form="tone")
    with database.writing() as session:
        assert [store.add_evaluation(session, heard, each, now) for each in (first, second, other)] == [True] * 3
    with database.writing() as session:
        assert store.add_evaluation(session, heard, first, now + timedelta(days=1))
        assert not store.add_evaluation(session, heard, first, now + timedelta(days=1)), "it counts already"
    with database.reading() as session:
        stored = store.evaluations_of(session, call.id)
        assert [each.evaluation for each in stored] == [first, second, other]
        assert {each.created_at for each in stored} == {now}
        assert [each.evaluation for each in store.latest_evaluations(session, call.id)] == [first, other]


def test_of_two_that_score_at_once_one_counts(
    database: Database, call: Recording, heard: int, evaluation: Make
) -> None:
    start = Barrier(2)

    def score(version: str) -> bool:
        start.wait()
        with database.writing() as session:
            return store.add_evaluation(session, heard, evaluation(version), NOW)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(score, ["v1", "v2"])) == [True, True]
    with database.reading() as session:
        assert len(store.evaluations_of(session, call.id)) == 2
        assert len(store.latest_evaluations(session, call.id)) == 1


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
