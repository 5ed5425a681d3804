"""Calls judged again in a second, on one core, with reading from and writing to the database (SQLite)."""

import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from qm import store
from qm.call import CallMetadata, Recording, Sound
from qm.install import open_forms, open_reasons, prepare
from qm.pipeline import Pipeline
from qm.settings import Settings
from qm.training import read_corpus, shipped_corpus
from qm.transcript import Transcript

CALLS = 1000
BATCH = 20


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        database = prepare(settings)
        ids = _store_calls(database, CALLS)
        forms = open_forms(settings)
        with Pipeline(settings, database, forms, open_reasons(settings)) as pipeline:
            _rate(pipeline, ids[:40], "warming up")
            pipeline.forms = tuple(replace(form, version="0" * 12) for form in forms)
            _rate(pipeline, ids, "rescoring")


def _long_calls() -> list[Transcript]:
    """Labelled calls of one language, three in a row: about as long as a call of ten minutes."""
    calls = [call.transcript for call in read_corpus(shipped_corpus(), "train")]
    threes = zip(calls[0::3], calls[1::3], calls[2::3], strict=False)
    return [replace(a, turns=(*a.turns, *b.turns, *c.turns)) for a, b, c in threes if a.language == c.language]


def _store_calls(database: store.Database, count: int) -> list[str]:
    """Copies of long calls, as if they had been heard."""
    said = _long_calls()
    now, sound, ids = datetime.now(UTC), Sound(600.0, 2, True, -3.0, silent=False), []
    for number in range(count):
        call_id = sha256(str(number).encode()).hexdigest()
        with database.writing() as session:
            store.add_call(session, Recording(call_id, f"{number}.wav", f"{number}.wav", 1, CallMetadata(), sound), now)
            claim = store.claim(session, call_id, store.Stage.HEAR, "benchmark", 60, now)
            assert claim is not None
            store.save_transcript(session, claim, said[number % len(said)], now)
        ids.append(call_id)
    return ids


def _rate(pipeline: Pipeline, ids: list[str], what: str) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(ids), BATCH):
        pipeline.rescore(ids[first : first + BATCH])
    seconds, busy = time.perf_counter() - began, time.process_time() - cpu
    print(f"{what}: {len(ids)} calls, {len(ids) / seconds:.0f} a second ({len(ids) / busy:.0f} a second of CPU)")


if __name__ == "__main__":
    main()
