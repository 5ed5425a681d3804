"""Files in quarantine."""

from dataclasses import replace
from datetime import datetime, timedelta

from qm import store
from qm.errors import Reason
from qm.store import Database, Quarantined


def test_files_are_listed_newest_first_and_once(database: Database, now: datetime) -> None:
    unreadable = Quarantined("in/Zoë.wav", Reason.STILL_WRITING, "", None, now)
    empty = Quarantined("in/leeg.wav", Reason.EMPTY, "0 bytes", "e3" * 32, now + timedelta(seconds=1))
    again = replace(unreadable, reason=Reason.UNREADABLE, detail="permission", at=now + timedelta(seconds=2))
    other_bytes = replace(empty, sha256="f4" * 32, at=now + timedelta(seconds=3))
    with database.writing() as session:
        for file in (unreadable, empty, again, other_bytes):
            store.quarantine(session, file)
    with database.reading() as session:
        assert store.quarantined(session) == [other_bytes, again, empty]
        assert store.quarantined(session, limit=1) == [other_bytes]
        assert store.count_quarantined(session) == 3


def test_a_mended_file_is_taken_off_the_list(database: Database, now: datetime) -> None:
    files = [Quarantined(path, Reason.STILL_WRITING, "", None, now) for path in ("a.wav", "b.wav")]
    with database.writing() as session:
        for file in files:
            store.quarantine(session, file)
        store.release(session, "a.wav")
    with database.reading() as session:
        assert store.quarantined(session) == files[1:]
