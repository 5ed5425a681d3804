"""Lists, finding and progress."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from qm import store
from qm.call import Direction, Recording
from qm.errors import Reason
from qm.evaluation import Evaluation, Outcome
from qm.store import Claim, Database, FormScore, Stage, State
from qm.transcript import Transcript


@pytest.fixture
def three(database: Database, recording: Callable[..., Recording], now: datetime) -> list[Recording]:
    """An older call, one without a time of its own, and a newer one."""
    calls = [
        recording("oud.wav", started_at=now - timedelta(days=2), agent_id="a1", agent_name="Zoë", language="nl"),
        recording("zonder.wav", agent_id="a2"),
        recording("nieuw.wav", started_at=now + timedelta(days=2), agent_name="Zoë", language="en"),
    ]
    with database.writing() as session:
        for each in calls:
            store.add_call(session, each, now)
    return calls


def test_a_row_says_where_a_call_stands_and_what_counts(
    database: Database,
    call: Recording,
    hear: Callable[..., int],
    transcript: Transcript,
    evaluation: Callable[..., Evaluation],
    now: datetime,
) -> None:
    heard = hear(call.id, transcript)
    with database.writing() as session:
        store.add_evaluation(session, heard, evaluation("v1"), now)
        store.add_evaluation(session, heard, evaluation("v2"), now)
        store.add_evaluation(session, heard, Evaluation("tone", "t1", criteria=()), now)
    with database.reading() as session:
        (row,) = store.list_calls(session)
    assert (row.id, row.name, row.received_at, row.started_at) == (call.id, call.name, now, None)
    assert (row.agent_id, row.agent_name, row.direction) == ("a1", "Zoë", Direction.INBOUND)
    assert (row.language, row.duration) == ("nl", 61.25)
    assert (row.stage, row.state, row.reason, row.detail) == (Stage.SCORE, State.WAITING, None, None)
    assert row.outcome is Outcome.RESOLVED
    score = evaluation().score
    assert row.scores == (FormScore("resolution", "v2", score, 1.0, True), FormScore("tone", "t1", None, 0.0, False))


def test_a_failure_shows_its_reason(
    database: Database, call: Recording, claim: Callable[..., Claim], now: datetime
) -> None:
    with database.writing() as session:
        held = store.claim(session, call.id, Stage.HEAR, "w1", 60, now)
        store.fail(session, held, Reason.TRUNCATED, "6.7 of 20 s", now)
    with database.reading() as session:
        (row,) = store.list_calls(session, state=State.FAILED)
    assert (row.stage, row.state, row.reason, row.detail) == (
        Stage.HEAR,
        State.FAILED,
        Reason.TRUNCATED,
        "6.7 of 20 s",
    )


def test_a_call_that_is_heard_again_is_in_hearing(
    database: Database, call: Recording, hear: Callable[..., int], transcript: Transcript, now: datetime
) -> None:
    hear(call.id, transcript)
    with database.writing() as session:
        store.enqueue(session, call.id, Stage.HEAR, now)
        assert store.list_calls(session)[0].stage is Stage.HEAR


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["nieuw.wav", "zonder.wav", "oud.wav"]),
        ({"limit": 2}, ["nieuw.wav", "zonder.wav"]),
        ({"agent": "Zoë"}, ["nieuw.wav", "oud.wav"]),
        ({"agent": "a2"}, ["zonder.wav"]),
        ({"agent": "A2"}, []),
        ({"language": "nl"}, ["oud.wav"]),
        ({"state": State.WAITING}, ["nieuw.wav", "zonder.wav", "oud.wav"]),
        ({"state": State.DONE}, []),
    ],
)
def test_list(database: Database, three: list[Recording], filters: dict[str, object], names: list[str]) -> None:
    with database.reading() as session:
        assert [row.name for row in store.list_calls(session, **filters)] == names  # type: ignore[arg-type]


def test_find(database: Database, three: list[Recording]) -> None:
    wanted = three[0]
    with database.reading() as session:
        for text in (wanted.id, wanted.id[:10], wanted.id[:10].upper(), "oud.wav"):
            assert [row.id for row in store.find_calls(session, text)] == [wanted.id]
        for text in ("oud", "%", wanted.id[:10] + "_", wanted.id + "0", "Zoë"):
            assert store.find_calls(session, text) == []
        assert len(store.find_calls(session, "")) == 3


def test_progress(database: Database, three: list[Recording], hear: Callable[..., int], transcript: Transcript) -> None:
    hear(three[0].id, transcript)
    with database.reading() as session:
        # more ids than one query takes
        ids = [each.id for each in three] + [f"{number:064x}" for number in range(1200)]
        counts = store.progress(session, ids)
        assert store.progress(session, []) == {}
    assert counts == {(Stage.HEAR, State.DONE): 1, (Stage.HEAR, State.WAITING): 2, (Stage.SCORE, State.WAITING): 1}
    assert counts[Stage.SCORE, State.FAILED] == 0


def test_seconds_heard_count_finished_calls_and_the_part_that_is_done(
    database: Database, three: list[Recording], hear: Callable[..., int], transcript: Transcript, now: datetime
) -> None:
    finished, running, waiting = three
    hear(finished.id, transcript)
    with database.writing() as session:
        held = store.claim(session, running.id, Stage.HEAR, "w1", 60, now)
        assert held is not None
        store.renew(session, held, 60, now, 12.5)
    with database.reading() as session:
        assert store.seconds_heard(session, [call.id for call in three]) == 61.25 + 12.5
        assert store.seconds_heard(session, [waiting.id]) == 0.0
        assert store.seconds_heard(session, []) == 0.0
