"""Opening, upgrading and checking; what an unusable database is called."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from qm.errors import DatabaseUnavailable, QmError, SettingsError, StorageFull
from qm.store import Database, faults, revisions, tables

UPGRADE = """
import sys
from qm.store import Database
with Database(sys.argv[1]) as database:
    database.upgrade()
    database.check()
"""


def set_revision(database: Database, revision: str) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_migrations_make_the_tables_that_the_code_describes(database: Database, database_url: str) -> None:
    engine = create_engine(make_url(database_url.replace("postgresql:", "postgresql+psycopg:")))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.Base.metadata) == []
    engine.dispose()


def test_every_constraint_has_a_name(database: Database) -> None:
    for table in tables.Base.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints), table.name


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    before = database.revision()
    database.upgrade()
    assert database.revision() == before == revisions.known()[0]
    database.check()


def test_upgrade_in_two_processes_at_once(database_url: str) -> None:
    command = [sys.executable, "-c", UPGRADE, database_url]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate()[1], process.returncode) for process in both] == [("", 0), ("", 0)]


def test_an_empty_database_asks_for_the_upgrade(database_url: str) -> None:
    with Database(database_url) as database:
        assert database.revision() is None
        with pytest.raises(DatabaseUnavailable, match="run qm db upgrade"):
            database.check()


def test_a_newer_database_is_left_alone(database: Database) -> None:
    set_revision(database, "9999")
    for use in (database.check, database.upgrade):
        with pytest.raises(DatabaseUnavailable, match="written by a newer qm; install that version"):
            use()
    assert database.revision() == "9999"


def test_an_upgrade_that_fails_leaves_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate = revisions.migrate

    def breaks(connection: object) -> None:
        migrate(connection)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(revisions, "migrate", breaks)
    with Database(database_url) as database:
        with pytest.raises(RuntimeError):
            database.upgrade()
        assert database.revision() is None


def test_a_failed_transaction_stores_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as session:
        session.execute(text("DELETE FROM alembic_version"))
        raise RuntimeError
    database.check()


def test_a_reader_may_not_write(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="may not be written"), database.reading() as session:
        session.execute(text("DELETE FROM alembic_version"))


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.writing() as writer:
        writer.execute(text("UPDATE alembic_version SET version_num = 'x'"))
        with database.reading() as reader:
            assert reader.scalar(text("SELECT version_num FROM alembic_version")) == revisions.known()[0]


def test_a_reader_sees_one_state(database: Database) -> None:
    revision = text("SELECT version_num FROM alembic_version")
    with database.reading() as reader:
        before = reader.scalar(revision)
        set_revision(database, "x")
        assert reader.scalar(revision) == before
    assert database.revision() == "x"


def test_sqlite_settings(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/qm.db") as database:
        database.upgrade()
        with database.writing() as session:
            found = {
                name: session.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
            }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 30_000}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_names_of_postgresql(scheme: str, postgresql_server: str) -> None:
    with Database(postgresql_server.replace("postgresql", scheme, 1)) as database:
        assert database.revision() is None


@pytest.mark.parametrize(
    "url",
    ["postgresql://qm:gehe@im:x@host/qm", "mysql://qm:geheim@host/qm", "geheim", "sqlite://", "sqlite:///:memory:"],
)
def test_an_unusable_address_is_not_quoted(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Database(url)
    assert "gehe" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_unreachable_server() -> None:
    database = Database("postgresql://qm:geheim@127.0.0.1:1/qm?password=geheim")
    with pytest.raises(DatabaseUnavailable, match=r"qm at 127\.0\.0\.1 cannot be reached") as caught:
        database.check()
    assert "geheim" not in str(caught.value)


def test_a_missing_folder(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/qm.db")
    with pytest.raises(DatabaseUnavailable, match="cannot be opened; check that its folder exists"):
        database.check()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "qm.db").write_bytes(b"RIFF" * 1000)
    database = Database(f"sqlite:///{tmp_path}/qm.db")
    with pytest.raises(DatabaseUnavailable, match="is not a SQLite database"):
        database.check()


def test_a_full_sqlite_disk(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/qm.db") as database:
        database.upgrade()
        with pytest.raises(StorageFull, match="make room"), database.writing() as session:
            session.execute(text("PRAGMA max_page_count = 1"))
            session.execute(text("CREATE TABLE more AS SELECT zeroblob(1000000)"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DiskFull("x"), StorageFull),
        (psycopg.errors.ReadOnlySqlTransaction("x"), DatabaseUnavailable),
        (psycopg.errors.DeadlockDetected("x"), DatabaseUnavailable),
        (psycopg.errors.TooManyConnections("x"), DatabaseUnavailable),
        (psycopg.errors.AdminShutdown("x"), DatabaseUnavailable),
        (psycopg.errors.InvalidPassword("x"), DatabaseUnavailable),
        (psycopg.errors.UndefinedTable("x"), DBAPIError),
        (sqlite3.IntegrityError("x"), DBAPIError),
    ],
)
def test_what_errors_mean(error: Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught, faults.explained("here"):
        raise DBAPIError.instance("SELECT 1", None, error, (psycopg.Error, sqlite3.Error))
    assert isinstance(caught.value, QmError) == issubclass(kind, QmError)


def test_messages_do_not_quote_what_was_written(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, database.writing() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:said)"), {"said": "mijn naam is Jansen"})
    assert "Jansen" not in str(caught.value)
