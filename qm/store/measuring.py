"""The measures of a transcript: derived from it, so the newest ones replace those before."""

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy.orm import Session

from qm.measures import Measures, Voice
from qm.store.inserting import insert
from qm.store.tables import Measures as MeasuresRow
from qm.store.transcripts import latest_transcript_id

_VOICES = ("agent", "customer")


def save_measures(session: Session, transcript_id: int, measures: Measures) -> None:
    """Keep the measures of a transcript."""
    values = _values(measures)
    row = insert(session, MeasuresRow).values(transcript_id=transcript_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["transcript_id"], set_=values))


def measures_of(session: Session, call_id: str) -> Measures | None:
    """The measures of a call's newest transcript; None before it was scored."""
    row = session.get(MeasuresRow, latest_transcript_id(session, call_id))
    return None if row is None else _measures(row)


def _values(measures: Measures) -> dict[str, Any]:
    """A voice's measures bear its name: `agent_seconds`."""
    values = asdict(measures)
    for voice in _VOICES:
        values |= {f"{voice}_{name}": value for name, value in values.pop(voice).items()}
    return values


def _measures(row: MeasuresRow) -> Measures:
    agent, customer = (_voice(row, voice) for voice in _VOICES)
    rest = {each.name: getattr(row, each.name) for each in fields(Measures) if each.name not in _VOICES}
    return Measures(agent, customer, **rest)


def _voice(row: MeasuresRow, voice: str) -> Voice:
    return Voice(**{each.name: getattr(row, f"{voice}_{each.name}") for each in fields(Voice)})
