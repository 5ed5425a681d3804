"""Taking recordings in, and what comes back out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from threading import Barrier

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import StatementError

from qm import store
from qm.call import Direction, Recording, Sound
from qm.evaluation import Evaluation
from qm.store import Database, Stage, tables
from qm.transcript import Transcript


def test_a_recording_comes_back_as_it_was(
    database: Database, recording: Callable[..., Recording], now: datetime
) -> None:
    accepted = recording(
        "klant – Zoë 🙂.wav",
        started_at=datetime(2026, 3, 1, 23, 30, 0, 123456, tzinfo=timezone(timedelta(hours=1))),
        direction=Direction.OUTBOUND,
        language="nl",
        agent_id="a1",
        agent_name="Zoë Çelik",
        team="Noord",
        queue="storing",
        customer_reference="K-1",
        agent_channel=1,
    )
    with database.writing() as session:
        store.add_call(session, accepted, now)
    with database.reading() as session:
        found = store.get_recording(session, accepted.id)
    assert found == accepted
    assert found.metadata.started_at.utcoffset() == timedelta(0)


def test_an_unknown_call(database: Database) -> None:
    with database.reading() as session:
        assert store.get_recording(session, "0" * 64) is None


def test_a_duplicate_changes_nothing(database: Database, call: Recording, now: datetime) -> None:
    with database.writing() as session:
        assert not store.add_call(session, replace(call, name="other.wav", size=1), now)
    with database.reading() as session:
        assert store.get_recording(session, call.id) == call
        assert session.scalar(select(func.count()).select_from(tables.Job)) == 1


def test_of_two_threads_one_adds(database: Database, recording: Callable[..., Recording], now: datetime) -> None:
    start, accepted = Barrier(2), recording()

    def add(_: int) -> bool:
        start.wait()
        with database.writing() as session:
            return store.add_call(session, accepted, now)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, range(2))) == [False, True]


def test_a_time_needs_its_zone(database: Database, recording: Callable[..., Recording], now: datetime) -> None:
    naive = recording(started_at=datetime(2026, 3, 1))
    with pytest.raises(StatementError, match="without time zone"), database.writing() as session:
        store.add_call(session, naive, now)


def test_a_file_name_that_is_no_text(database: Database, recording: Callable[..., Recording], now: datetime) -> None:
    latin1 = recording(b"caf\xe9\0.wav".decode("utf-8", "surrogateescape"))
    with database.writing() as session:
        store.add_call(session, latin1, now)
    with database.reading() as session:
        assert store.get_recording(session, latin1.id).name == "caf??.wav"


@pytest.mark.parametrize(
    "sound",
    [Sound(61.25, 2, True, -3.5, silent=False), Sound(0.5, 1, False, -100.0, silent=True)],
    ids=["stereo", "silent"],
)
def test_what_the_sound_is_like(
    database: Database, recording: Callable[..., Recording], sound: Sound, now: datetime
) -> None:
    accepted = replace(recording(), sound=sound)
    with database.writing() as session:
        store.add_call(session, accepted, now)
    with database.reading() as session:
        assert store.get_recording(session, accepted.id) == accepted


def test_all_of_a_call_goes_with_it(
    database: Database,
    call: Recording,
    hear: Callable[..., int],
    transcript: Transcript,
    evaluation: Callable[..., Evaluation],
    now: datetime,
) -> None:
    heard = hear(call.id, transcript)
    with database.writing() as session:
        store.add_evaluation(session, heard, evaluation(), now)
        session.execute(delete(tables.Call))
    with database.reading() as session:
        for table in tables.Base.metadata.tables.values():
            assert session.scalar(select(func.count()).select_from(table)) == 0, table.name


def test_the_call_waits_to_be_heard(database: Database, call: Recording, now: datetime) -> None:
    with database.writing() as session:
        assert store.sweep(session, now) == [(call.id, Stage.HEAR)]
