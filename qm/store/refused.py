"""Files that could not become calls, and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from qm.errors import Reason
from qm.store.inserting import insert
from qm.store.tables import Quarantine


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One file and the reason; the same bytes at the same path are listed once, as last seen."""

    path: str
    reason: Reason
    detail: str
    """where exactly, without personal data; may be empty"""
    sha256: str | None
    """None when the file could not be read"""
    at: datetime


def quarantine(session: Session, file: Quarantined) -> None:
    """List a file; if it is listed already, with what was found this time."""
    found = {"reason": file.reason, "detail": file.detail, "at": file.at}
    session.execute(
        insert(session, Quarantine)
        .values(path=file.path, sha256=file.sha256 or "", **found)
        .on_conflict_do_update(index_elements=["path", "sha256"], set_=found)
    )


def release(session: Session, path: str) -> None:
    """Take a file off the list: it was mended, and became a call."""
    session.execute(delete(Quarantine).where(Quarantine.path == path))


def count_quarantined(session: Session) -> int:
    """How many files are listed."""
    return session.scalars(select(func.count()).select_from(Quarantine)).one()


def quarantined(session: Session, limit: int = 100) -> list[Quarantined]:
    """The files listed last, newest first; at most `limit`."""
    newest = select(Quarantine).order_by(Quarantine.at.desc(), Quarantine.id.desc()).limit(limit)
    return [
        Quarantined(row.path, row.reason, row.detail, row.sha256 or None, row.at) for row in session.scalars(newest)
    ]
