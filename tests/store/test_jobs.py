"""Claims, leases and attempts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from qm import store
from qm.call import Recording
from qm.errors import Reason, StaleClaim
from qm.store import MAX_ATTEMPTS, CallRow, Claim, Database, Stage, State
from qm.store.jobs import WAKE_AGAIN

Take = Callable[..., Claim]


def row(database: Database, call: Recording) -> CallRow:
    with database.reading() as session:
        return store.find_calls(session, call.id)[0]


def sweep(database: Database, at: datetime, **options: Any) -> list[tuple[str, Stage]]:
    with database.writing() as session:
        return store.sweep(session, at, **options)


def after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


def test_a_job_is_claimed_once(call: Recording, claim: Take) -> None:
    assert claim(call.id).attempt == 1
    assert claim(call.id, worker="w2") is None


def test_a_call_that_qm_does_not_have(database: Database, claim: Take) -> None:
    assert claim("0" * 64) is None


def test_of_two_threads_one_wins(call: Recording, claim: Take) -> None:
    start = Barrier(2)

    def race(worker: str) -> Claim | None:
        start.wait()
        return claim(call.id, worker=worker)

    with ThreadPoolExecutor(2) as pool:
        won = [held for held in pool.map(race, ["w1", "w2"]) if held is not None]
    assert len(won) == 1


def test_an_expired_lease_goes_to_the_next(database: Database, call: Recording, claim: Take, now: datetime) -> None:
    late = claim(call.id)
    assert claim(call.id, worker="w2", at=after(now, 59)) is None
    assert claim(call.id, worker="w2", at=after(now, 60)).attempt == 2
    with pytest.raises(StaleClaim), database.writing() as session:
        store.finish(session, late, after(now, 61))
    assert row(database, call).state is State.RUNNING


def test_a_renewed_lease_holds(database: Database, call: Recording, claim: Take, now: datetime) -> None:
    held = claim(call.id)
    with database.writing() as session:
        store.renew(session, held, 600, after(now, 50), 12.5)
    assert claim(call.id, worker="w2", at=after(now, 300)) is None


@pytest.mark.parametrize(
    "use",
    [
        lambda session, held, now: store.renew(session, held, 60, now, 0),
        store.finish,
        lambda session, held, now: store.retry_later(session, held, "", 0, now),
        lambda session, held, now: store.fail(session, held, Reason.NO_SOUND, "", now),
    ],
    ids=["renew", "finish", "retry_later", "fail"],
)
def test_a_finished_claim_is_stale(
    database: Database, call: Recording, claim: Take, now: datetime, use: Callable[..., object]
) -> None:
    held = claim(call.id)
    with database.writing() as session:
        store.finish(session, held, now)
    with pytest.raises(StaleClaim, match=f"hear of call {call.id[:12]}"), database.writing() as session:
        use(session, held, now)
    assert row(database, call).state is State.DONE


def test_a_job_waits_until_it_is_due(database: Database, call: Recording, claim: Take, now: datetime) -> None:
    held = claim(call.id)
    with database.writing() as session:
        assert store.retry_later(session, held, "no model", 30, now)
    assert claim(call.id, at=after(now, 29)) is None
    assert sweep(database, after(now, 29)) == []
    assert sweep(database, after(now, 30)) == [(call.id, Stage.HEAR)]
    assert row(database, call).detail == "no model"
    assert claim(call.id, at=after(now, 30)).attempt == 2
    assert row(database, call).detail is None, "it is not waiting any more"


def test_attempts_end(database: Database, call: Recording, claim: Take, now: datetime) -> None:
    for attempt in range(1, MAX_ATTEMPTS + 1):
        held = claim(call.id)
        with database.writing() as session:
            again = store.retry_later(session, held, f"broken {attempt}", 0, now)
        assert again == (attempt < MAX_ATTEMPTS)
    parked = row(database, call)
    assert (parked.state, parked.reason, parked.detail) == (State.FAILED, Reason.ATTEMPTS_EXHAUSTED, "broken 3")
    assert claim(call.id) is None


def test_what_is_not_the_recordings_fault_costs_no_attempt(
    database: Database, call: Recording, claim: Take, now: datetime
) -> None:
    for _ in range(MAX_ATTEMPTS + 2):
        held = claim(call.id)
        assert held.attempt == 1
        with database.writing() as session:
            assert store.retry_later(session, held, "no model", 0, now, counted=False)


def test_a_recording_that_kills_its_worker_is_parked(
    database: Database, call: Recording, claim: Take, now: datetime
) -> None:
    for attempt in range(MAX_ATTEMPTS):
        assert sweep(database, now) == [(call.id, Stage.HEAR)]
        assert claim(call.id, at=now).attempt == attempt + 1
        now = after(now, 61)
    assert claim(call.id, at=now) is None
    assert sweep(database, now) == []
    parked = row(database, call)
    assert (parked.reason, parked.detail) == (Reason.ATTEMPTS_EXHAUSTED, "the worker process ended")


def test_the_sweep_makes_the_old_claim_stale(database: Database, call: Recording, claim: Take, now: datetime) -> None:
    held = claim(call.id)
    assert sweep(database, after(now, 61)) == [(call.id, Stage.HEAR)]
    with pytest.raises(StaleClaim), database.writing() as session:
        store.finish(session, held, after(now, 62))


def test_the_sweep_wakes_the_longest_waiting_first(
    database: Database, recording: Callable[..., Recording], now: datetime
) -> None:
    calls = [recording(f"{number}.wav") for number in range(3)]
    with database.writing() as session:
        for age, waiting in enumerate(calls):
            store.add_call(session, waiting, after(now, -age))
        woken = store.sweep(session, now, limit=2)
    assert woken == [(calls[2].id, Stage.HEAR), (calls[1].id, Stage.HEAR)]


def test_a_job_is_woken_once_in_a_while(database: Database, call: Recording, now: datetime) -> None:
    woken = [(call.id, Stage.HEAR)]
    assert sweep(database, now) == woken
    assert sweep(database, after(now, 60)) == []
    assert sweep(database, after(now, 60), again=True) == woken, "its message is lost"
    assert sweep(database, after(now, 60) + WAKE_AGAIN) == woken


def test_a_job_that_comes_back_is_woken_at_once(
    database: Database, call: Recording, claim: Take, now: datetime
) -> None:
    woken = [(call.id, Stage.HEAR)]
    assert sweep(database, now) == woken
    held = claim(call.id)
    with database.writing() as session:
        store.retry_later(session, held, "no model", 0, now)
    assert sweep(database, now) == woken
    claim(call.id)
    with database.writing() as session:
        store.release_workers(session, ["w1"], now)
    assert sweep(database, now) == woken


def test_only_the_calls_that_are_asked_for_are_woken(
    database: Database, recording: Callable[..., Recording], now: datetime
) -> None:
    calls = [recording(f"{number}.wav") for number in range(3)]
    with database.writing() as session:
        for waiting in calls:
            store.add_call(session, waiting, now)
    wanted = [calls[2].id, *("0" * 64 for _ in range(1200))]
    assert sweep(database, now, call_ids=wanted, limit=1) == [(calls[2].id, Stage.HEAR)]
    assert len(sweep(database, now)) == 2, "the others were not marked as woken"


def test_jobs_of_dead_workers_are_released_at_once(
    database: Database, recording: Callable[..., Recording], claim: Take, now: datetime
) -> None:
    calls = {worker: recording(f"{worker}.wav") for worker in ("host:1", "host:12")}
    for worker, held in calls.items():
        with database.writing() as session:
            store.add_call(session, held, now)
        claim(held.id, worker=worker)
    with database.writing() as session:
        assert store.busy_workers(session) == set(calls)
        assert store.release_workers(session, ["host:1"], now) == 1
        assert store.busy_workers(session) == {"host:12"}
    assert claim(calls["host:1"].id).attempt == 2


def test_a_worker_that_was_stopped_costs_no_attempt(
    database: Database, call: Recording, claim: Take, now: datetime
) -> None:
    claim(call.id)
    with database.writing() as session:
        assert store.release_workers(session, ["w1"], now, counted=False) == 1
    assert claim(call.id).attempt == 1


def test_a_person_asks_again(database: Database, call: Recording, claim: Take, now: datetime) -> None:
    held = claim(call.id)
    with database.writing() as session:
        assert store.retry(session, call.id, now) == []
        store.fail(session, held, Reason.NO_SOUND, "0 samples", now)
    assert row(database, call).reason is Reason.NO_SOUND
    assert claim(call.id) is None
    with database.writing() as session:
        assert store.retry(session, call.id, now) == [Stage.HEAR]
    assert row(database, call).reason is None
    assert claim(call.id).attempt == 1
