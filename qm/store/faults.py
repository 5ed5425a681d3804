"""What an error of the database means for the person at the keyboard."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from qm.errors import DatabaseUnavailable, StorageFull, Unavailable

_SQLITE = {
    sqlite3.SQLITE_BUSY: "is held by another process; try again when that has finished",
    sqlite3.SQLITE_LOCKED: "is held by another process; try again when that has finished",
    sqlite3.SQLITE_READONLY: "may not be written; check the permissions of the file and its folder",
    sqlite3.SQLITE_PERM: "may not be opened; check the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and that qm may write there",
    sqlite3.SQLITE_IOERR: "cannot be read or written; check the disk",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database; check QM_DATABASE_URL",
}

_POSTGRESQL = {
    "28": "refuses qm's user or password; check QM_DATABASE_URL",
    "3D": "does not exist; create it or check QM_DATABASE_URL",
    "25006": "may not be written: it is read-only at the moment",
    "40": "was busy with the same rows; try again",
    "53300": "has no free connection; try again, or raise its max_connections",
}


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn what qm can wait for into a sentence about the database at `place`.

    The driver's own message is dropped, cause included: it may quote rows.

    Raises:
        StorageFull: no space is left for the database.
        DatabaseUnavailable: it cannot be reached or written.
    """
    try:
        yield
    except DBAPIError as error:
        fault = _fault(error, place)
        if fault is None:
            raise
        raise fault from None
    except PoolTimeout:
        raise DatabaseUnavailable(f"All connections to the database {place} are in use.") from None


def _fault(error: DBAPIError, place: str) -> Unavailable | None:
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_fault(error.orig, place)
    if isinstance(error.orig, psycopg.Error):
        return _postgresql_fault(error.orig, place)
    return None


def _sqlite_fault(error: sqlite3.Error, place: str) -> Unavailable | None:
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return StorageFull(f"No space is left for the database {place}; make room on its disk.")
    if primary in _SQLITE:
        return DatabaseUnavailable(f"The database {place} {_SQLITE[primary]}.")
    return None


def _postgresql_fault(error: psycopg.Error, place: str) -> Unavailable | None:
    state = error.sqlstate or ""
    if state == "53100":
        return StorageFull(f"No space is left for the database {place}; make room on its server.")
    sentence = _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    if sentence is None and isinstance(error, psycopg.OperationalError):
        sentence = "cannot be reached; check QM_DATABASE_URL and that the server runs"
    return DatabaseUnavailable(f"The database {place} {sentence}.") if sentence else None
