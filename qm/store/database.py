"""Opening the database: SQLite or PostgreSQL, sessions for reading and for writing, upgrades.

Transactions are short: none is held while a recording is heard or scored.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from qm.errors import DatabaseUnavailable, SettingsError
from qm.store import revisions
from qm.store.faults import explained

_BUSY_SECONDS = 30
_CONNECT_SECONDS = 10
_SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""for readers on PostgreSQL, where each statement would see a state of its own; SQLite gives a transaction one"""
_UPGRADE_LOCK = 0x716D_6462
"""any number that other users of the same PostgreSQL server will not choose: "qmdb" """


class Database:
    """One database. Threads may share it; a forked process opens its own.

    Args:
        url: `sqlite:///path`, `postgresql://…` or `postgres://…`.

    Raises:
        SettingsError: the address cannot be read or names another kind of database.
    """

    def __init__(self, url: str) -> None:
        self._url = _parse(url)
        engine = _open(self._url)
        self._readers = engine if _is_sqlite(self._url) else engine.execution_options(**_SNAPSHOT)
        self._writers = engine.execution_options(qm_writes=True)

    @property
    def place(self) -> str:
        """Where it is, for people: a path or a server, without user and password."""
        if _is_sqlite(self._url):
            return str(self._url.database)
        host = self._url.host or self._url.query.get("host", "localhost")
        return f"{self._url.database} at {host}"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state and may not write.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        with explained(self.place), Session(self._readers) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose work is stored as a whole at the end, or not at all.

        Raises:
            DatabaseUnavailable: it cannot be reached or written.
            StorageFull: no space is left for it.
        """
        with explained(self.place), Session(self._writers) as session, session.begin():
            yield session

    def revision(self) -> str | None:
        """The revision of the tables; None before the first upgrade.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        with explained(self.place), self._readers.connect() as connection:
            return revisions.current(connection)

    def check(self) -> None:
        """Make sure that this qm can work with the database; one that it cannot work with keeps no connection.

        Raises:
            DatabaseUnavailable: it cannot be reached, or is older or newer than this qm.
        """
        try:
            self._refuse_other(self.revision())
        except DatabaseUnavailable:
            self.close()
            raise

    def upgrade(self) -> None:
        """Create the tables or bring them up to date; at once in several processes is safe.

        Raises:
            DatabaseUnavailable: it cannot be reached or written, or is newer than this qm.
            StorageFull: no space is left for it.
        """
        with explained(self.place), self._migrating() as connection:
            self._refuse_newer(revisions.current(connection))
            revisions.migrate(connection)

    @contextmanager
    def _migrating(self) -> Iterator[Connection]:
        """A transaction that no other upgrade shares."""
        engine = _open(self._url, migrates=True)
        try:
            with engine.execution_options(qm_writes=True).begin() as connection:
                if not _is_sqlite(self._url):
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
                yield connection
        finally:
            engine.dispose()

    def _refuse_other(self, revision: str | None) -> None:
        self._refuse_newer(revision)
        if revision != revisions.known()[0]:
            raise DatabaseUnavailable(f"The database {self.place} is empty or of an older qm; run qm db upgrade.")

    def _refuse_newer(self, revision: str | None) -> None:
        if revision is not None and revision not in revisions.known():
            raise DatabaseUnavailable(f"The database {self.place} was written by a newer qm; install that version.")

    def close(self) -> None:
        """Close all connections."""
        self._writers.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The cause would quote the address, password included.
        raise SettingsError(
            "QM_DATABASE_URL cannot be read; write sqlite:///path or postgresql://user:password@host/name,"
            " with special characters of the password percent-encoded."
        ) from None
    if _is_sqlite(parsed):
        if parsed.database in {None, "", ":memory:"}:
            raise SettingsError("QM_DATABASE_URL names no file; write sqlite:///path.")
        return parsed.set(drivername="sqlite")
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    raise SettingsError(f"QM_DATABASE_URL names {parsed.drivername}; qm works with sqlite and postgresql.")


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _open(url: URL, *, migrates: bool = False) -> Engine:
    # Hidden parameters: an error's message must not quote what was said.
    engine = partial(create_engine, url, hide_parameters=True, json_serializer=_compact)
    if _is_sqlite(url):
        return _on_sqlite(engine(connect_args={"timeout": _BUSY_SECONDS}), migrates=migrates)
    return engine(pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_SECONDS})


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _on_sqlite(engine: Engine, *, migrates: bool) -> Engine:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # qm begins transactions itself: Python would do so at the first write, too late for a lock.
        connection.isolation_level = None
        if migrates:
            _write_ahead(connection)
        # With foreign keys on, a migration that copies a table would delete its children.
        connection.execute(f"PRAGMA foreign_keys = {'OFF' if migrates else 'ON'}")
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("qm_writes", False)
        connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
        # A reader that turns writer in WAL fails at once, whatever the timeout: take the lock first.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once; the file remembers it.

    SQLite does not always wait for its lock here, whatever the timeout: another process may be doing the same.
    """
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
