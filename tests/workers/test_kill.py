"""`kill -9` in the middle: run it again, and every call is there once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from qm import store
from qm.demo import RECORDINGS
from qm.settings import Settings
from qm.store import Database, State

CALLS = 12


def start(home: Path) -> subprocess.Popen[bytes]:
    """`qm process` of the twelve demo calls."""
    environment = os.environ | {"QM_HOME": str(home)}
    command = [sys.executable, "-m", "qm.cli", "process", str(RECORDINGS)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def transcripts(database: Database) -> int:
    """How many calls were heard."""
    with database.reading() as session:
        return sum(store.latest_transcript(session, row.id) is not None for row in store.list_calls(session))


def kill_after_first(home: Path, running: subprocess.Popen[bytes], victims: str) -> None:
    """Wait for the first transcript, then `kill -9` the worker's processes, or the command with them."""
    deadline = time.monotonic() + 120
    with Database(Settings(home=home).database) as database:
        while not (home / "qm.sqlite3").exists() or database.revision() is None or not transcripts(database):
            assert time.monotonic() < deadline, "no call was heard"
            assert running.poll() is None
            time.sleep(0.1)
    children = psutil.Process(running.pid).children(recursive=True)
    workers = [p for p in children if "workers.embedded" in " ".join(p.cmdline())]
    assert workers
    if victims == "everything":
        running.send_signal(signal.SIGKILL)
        workers = children
    for process in workers:
        process.kill()


@pytest.mark.parametrize("victims", ["worker", "everything"])
def test_nothing_is_lost_or_doubled(tmp_path: Path, victims: str) -> None:
    home = tmp_path / "home"
    running = start(home)
    try:
        kill_after_first(home, running, victims)
        status = running.wait(240)
    finally:
        running.kill()
    assert (status == 0) == (victims == "worker"), "the command revives its worker"
    assert start(home).wait(240) == 0
    with Database(Settings(home=home).database) as database, database.reading() as session:
        rows = store.list_calls(session)
        assert len(rows) == CALLS
        assert {row.state for row in rows} == {State.DONE}
        for row in rows:
            stored = store.latest_transcript(session, row.id)
            assert stored is not None
            assert stored.version == 1
            evaluations = store.evaluations_of(session, row.id)
            assert sorted(e.evaluation.form for e in evaluations) == ["brand_values", "resolution"]
