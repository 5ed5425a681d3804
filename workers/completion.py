"""From paths to finished calls, with somebody waiting: take in, wake the workers, watch."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qm import store
from qm.errors import Unavailable
from qm.pipeline import Accepted, Duplicate, Ingested, Pipeline, Refused
from qm.store import Stage, State
from workers.embedded import Fleet

POLL_SECONDS = 0.25
SWEEP_SECONDS = 5.0
STALLED_SECONDS = 180.0
"""without any progress while calls wait for another attempt, the person is told instead of kept waiting"""


@dataclass(frozen=True, slots=True)
class Watched:
    """Where the accepted calls stand."""

    total: int
    finished: int
    """scored or failed"""
    failed: int
    seconds_heard: float
    """of all recordings together"""
    delayed: str | None
    """why a call waits for another attempt"""


@dataclass(slots=True)
class Report:
    """What became of the files that were named."""

    accepted: list[Accepted] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    failed: int = 0

    @property
    def complete(self) -> bool:
        """Whether every file is a scored call now."""
        return not self.refused and not self.failed

    def add(self, result: Ingested) -> None:
        match result:
            case Accepted() if any(result.call_id == other.call_id for other in self.accepted):
                self.duplicates.append(Duplicate(result.call_id, result.name))
            case Accepted():
                self.accepted.append(result)
            case Duplicate():
                self.duplicates.append(result)
            case Refused():
                self.refused.append(result)


def take_in(pipeline: Pipeline, fleet: Fleet, paths: Sequence[Path], taken: Callable[[Ingested], None]) -> Report:
    """Take every file in and wake the workers for it at once: they start while the rest is read.

    Raises:
        Unavailable: the archive, the database or the broker failed; what was taken in goes on later.
    """
    report = Report()
    for path in paths:
        result = pipeline.ingest(path)
        report.add(result)
        if isinstance(result, Accepted):
            fleet.wake([(result.call_id, result.stage)])
        taken(result)
    return report


def wait_until_finished(pipeline: Pipeline, fleet: Fleet, report: Report, watch: Callable[[Watched], None]) -> None:
    """Watch until each accepted call is scored or failed, reviving the embedded worker if it dies.

    Raises:
        Unavailable: the broker, the worker or another part is gone for good; the calls stay as they are.
    """
    ids = [accepted.call_id for accepted in report.accepted]
    swept = 0.0
    before, moved = (0, 0.0), time.monotonic()
    while True:
        state = _look(pipeline, ids)
        watch(state)
        if (state.finished, state.seconds_heard) != before:
            before, moved = (state.finished, state.seconds_heard), time.monotonic()
        elif state.delayed and time.monotonic() - moved > STALLED_SECONDS:
            raise Unavailable(f"{state.delayed} The calls wait; the same command goes on with them.")
        if state.finished == state.total:
            report.failed = state.failed
            return
        revived = fleet.revive()
        if revived or time.monotonic() - swept > SWEEP_SECONDS:
            wanted = set(ids)
            fleet.wake([(call_id, stage) for call_id, stage in pipeline.sweep() if call_id in wanted])
            swept = time.monotonic()
        time.sleep(POLL_SECONDS)


def _look(pipeline: Pipeline, ids: Sequence[str]) -> Watched:
    with pipeline.database.reading() as session:
        counts = store.progress(session, ids)
        seconds = store.seconds_heard(session, ids)
        delayed = store.delayed(session, ids)
    failed = counts[Stage.HEAR, State.FAILED] + counts[Stage.SCORE, State.FAILED]
    return Watched(
        total=len(ids),
        finished=counts[Stage.SCORE, State.DONE] + failed,
        failed=failed,
        seconds_heard=seconds,
        delayed=delayed,
    )
