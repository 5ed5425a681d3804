"""Broker and worker for one machine, as children of the command that needs them.

`python -m workers.embedded` is the worker's side. It ends when its standard input ends, so that a killed
command leaves no worker behind.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import Celery
from kombu.exceptions import OperationalError

from qm.errors import BrokerUnavailable, Unavailable
from qm.settings import Settings
from workers.app import QUEUES, create_app
from workers.broker import embedded_broker

MAX_RESTARTS = 10
STOP_SECONDS = 20


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
            BrokerUnavailable: the broker does not answer.
        """
        try:
            for call_id, stage in jobs:
                self._app.send_task(f"qm.{stage}", args=[call_id])
        except (OperationalError, OSError) as error:
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

    def close(self) -> None:
        """Let the embedded worker finish what it does, then go."""
        self._app.close()
        if self._worker is None:
            return
        if self._worker.stdin:
            self._worker.stdin.close()
        try:
            self._worker.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._worker.kill()
            self._worker.wait()

    def _start_worker(self) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "QM_HOME": str(self._settings.home.resolve()),
            "QM_BROKER_URL": str(self._settings.broker_url),
            # One thread per process; the libraries' own pools would fight for the same processors.
            "OMP_NUM_THREADS": str(self._settings.threads),
        }
        command = [sys.executable, "-m", "workers.embedded", str(self._settings.workers)]
        with self.log.open("ab") as log:
            # Its own process group: Ctrl-C is for the command, which lets the worker finish.
            return subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )


@contextmanager
def fleet(settings: Settings) -> Iterator[Fleet]:
    """The fleet of `settings`; without `broker_url`, broker and worker of our own while the context lasts.

    Raises:
        BrokerUnavailable: Redis cannot be started.
    """
    if settings.broker_url is not None:
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


def _end_with_input() -> None:
    # Not through sys.stdin: children are forked while this waits, and would inherit its buffer's lock, held.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """The worker's side: one child per processor, all queues."""
    from workers.main import app

    threading.Thread(target=_end_with_input, daemon=True).start()
    options = ["--pool=prefork", f"--concurrency={sys.argv[1]}", f"--queues={','.join(QUEUES)}", "--loglevel=WARNING"]
    app.worker_main(["worker", *options, "--without-gossip", "--without-mingle", f"--hostname=qm-{os.getpid()}@%h"])


if __name__ == "__main__":
    main()
