"""Broker and worker for one machine, as children of the command that needs them.

`python -m workers.embedded` is the worker's side. It ends when its standard input ends, and takes the broker
with it, so that a killed command leaves nothing behind.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError, ResponseError

from qm import store
from qm.errors import BrokerUnavailable, QmError, Unavailable
from qm.settings import Settings, settings_file
from qm.store import Database
from workers.app import create_app
from workers.broker import embedded_broker, ping, shut_down

MAX_RESTARTS = 10
STOP_SECONDS = 20.0
LOG_BYTES = 10_000_000
"""a longer log is put aside, over the one before"""


class Fleet:
    """Where calls are sent to be worked on: an embedded worker, or the fleet that `QM_BROKER_URL` names."""

    def __init__(self, settings: Settings, *, own_worker: bool) -> None:
        self._settings = settings
        self._app: Celery = create_app(settings)
        self._restarts = 0
        self._worker = self._start_worker() if own_worker else None

    def wake(self, jobs: Iterable[tuple[str, str]]) -> None:
        """Send a message for each (call id, stage).

        Raises:
            BrokerUnavailable: the broker does not answer, or takes no messages.
        """
        try:
            for call_id, stage in jobs:
                self._app.send_task(f"qm.{stage}", args=[call_id])
        except (OperationalError, RedisError, OSError) as error:
            refusal = next((cause for cause in (error, error.__cause__) if isinstance(cause, ResponseError)), None)
            if refusal:
                raise BrokerUnavailable(f"Redis takes no messages: {refusal}") from error
            raise BrokerUnavailable("The broker does not answer; check that Redis runs, then try again.") from error

    def revive(self) -> bool:
        """Start the embedded worker again if it died; whether it had.

        Raises:
            Unavailable: it dies again and again.
        """
        if self._worker is None or self._worker.poll() is None:
            return False
        self._restarts += 1
        if self._restarts > MAX_RESTARTS:
            raise Unavailable(f"The worker keeps dying; see {self.log}.")
        self._worker = self._start_worker()
        return True

    @property
    def log(self) -> Path:
        """What the embedded worker says."""
        return self._settings.home / "logs" / "worker.log"

    @property
    def silence(self) -> str:
        """What it means, and what to do, when no worker takes a call."""
        if self._worker is None:
            return "No worker answers; start one with celery -A workers.main worker."
        return f"The worker takes no calls; see {self.log}."

    @property
    def slow(self) -> str | None:
        """Why work is slower than it could be; None when it is not."""
        if str(self._settings.broker_url).startswith("filesystem:"):
            return "There is no Redis program here: messages are files, which is slow. Install redis-server for more."
        return None

    def close(self) -> None:
        """Let the embedded worker finish what it does, for a while; Ctrl-C ends the wait."""
        self._app.close()
        if self._worker is None:
            return
        if self._worker.stdin:
            self._worker.stdin.close()
        try:
            with suppress(subprocess.TimeoutExpired):
                self._worker.wait(STOP_SECONDS)
        finally:
            if self._worker.poll() is None:
                self._kill(self._worker)

    def _kill(self, worker: subprocess.Popen[bytes]) -> None:
        """End the worker's processes; what they work on waits again, and that was no attempt."""
        with suppress(Unavailable), Database(self._settings.database) as database:  # else their leases run out
            try:
                held = _of_group(database, worker.pid)
            finally:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
            with database.writing() as session:
                store.release_workers(session, held, datetime.now(UTC), counted=False)

    def _start_worker(self) -> subprocess.Popen[bytes]:
        # -P: a folder `workers` where the command runs is not this package.
        command = [sys.executable, "-P", "-m", "workers.embedded", str(self._settings.workers)]
        with self._open_log() as log:
            # Its own process group: Ctrl-C is for the command, which lets the worker finish.
            return subprocess.Popen(
                command,
                env=os.environ | self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        """What the worker needs to read the settings of its command."""
        environment = {
            "QM_HOME": str(self._settings.home.resolve()),
            "QM_BROKER_URL": str(self._settings.broker_url),
            # One thread per process; the libraries' own pools would fight for the same processors.
            "OMP_NUM_THREADS": str(self._settings.threads),
        }
        if settings_file().is_file():  # it may stand elsewhere than in the home it names
            environment["QM_CONFIG"] = str(settings_file().resolve())
        return environment

    def _open_log(self) -> BinaryIO:
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
                self.log.replace(self.log.with_suffix(".old.log"))
            return self.log.open("ab")
        except OSError as error:
            raise Unavailable(f"{self.log} cannot be written: {error.strerror}; check QM_HOME.") from error


@contextmanager
def fleet(settings: Settings) -> Iterator[Fleet]:
    """The fleet of `settings`; without `broker_url`, broker and worker of our own while the context lasts.

    Raises:
        BrokerUnavailable: Redis cannot be started, or does not answer, or `broker_url` is no address.
        Unavailable: the worker's log cannot be written.
    """
    if settings.broker_url is not None:
        ping(settings.broker_url)
        running = Fleet(settings, own_worker=False)
        try:
            yield running
        finally:
            running.close()
        return
    with embedded_broker(settings.home) as url:
        running = Fleet(settings.model_copy(update={"broker_url": url}), own_worker=True)
        try:
            yield running
        finally:
            running.close()


def _of_group(database: Database, group: int) -> list[str]:
    """The workers that hold jobs and are processes of this group."""
    from qm.pipeline import worker_name  # not for the worker's side, which forks

    machine = worker_name().rpartition(":")[0]
    with database.reading() as session:
        held = [worker.rpartition(":") for worker in store.busy_workers(session)]
    return [f"{machine}:{pid}" for place, _, pid in held if place == machine and _group(int(pid)) == group]


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def main() -> None:
    """The worker's side: one child per processor, all queues."""
    abandoned = threading.Event()
    threading.Thread(target=_end_with_input, args=[abandoned], daemon=True).start()
    try:
        _work(int(sys.argv[1]))
    finally:
        if abandoned.is_set():
            shut_down(os.environ["QM_BROKER_URL"])


def _work(processes: int) -> None:
    try:
        from workers.main import app
    except QmError as error:
        sys.exit(str(error))
    options = ["--pool=prefork", f"--concurrency={processes}", "--loglevel=WARNING"]
    app.worker_main(["worker", *options, "--without-gossip", "--without-mingle", f"--hostname=qm-{os.getpid()}@%h"])


def _end_with_input(abandoned: threading.Event) -> None:
    # Not through sys.stdin: children are forked while this waits, and would inherit its buffer's lock, held.
    while os.read(0, 1024):
        pass
    abandoned.set()
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # Celery does not run yet: there is nothing to finish
        shut_down(os.environ["QM_BROKER_URL"])
        os._exit(0)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
