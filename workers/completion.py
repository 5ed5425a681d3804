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
SILENT_SECONDS = 60.0
"""without any progress and any worker at work, the person is told that none answers"""
STALLED_SECONDS = 180.0
"""without any progress while calls are delayed, the person is told instead of kept waiting"""


@dataclass(frozen=True, slots=True)
class Watched:
    """Where the accepted calls stand."""

    total: int
    finished: int
    """scored or failed"""
    failed: int
    seconds_heard: float
    """of all recordings together"""
    seconds_before: float
    """of them when the watch began: the rate is that of the rest"""
    delayed: str | None
    """why calls wait: the cause of another attempt, or that no worker answers"""


@dataclass(slots=True)
class Report:
    """What became of the files that were named."""

    duplicates: list[Duplicate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    failed: int = 0
    _accepted: dict[str, Accepted] = field(default_factory=dict)

    @property
    def accepted(self) -> list[Accepted]:
        """Each call once, in the order of the files."""
        return list(self._accepted.values())

    @property
    def complete(self) -> bool:
        """Whether every file is a scored call now."""
        return not self.refused and not self.failed

    def add(self, result: Ingested) -> None:
        match result:
            case Accepted() if result.call_id in self._accepted:
                self.duplicates.append(Duplicate(result.call_id, result.name, result.metadata_ignored))
            case Accepted():
                self._accepted[result.call_id] = result
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


def go_on(pipeline: Pipeline, fleet: Fleet) -> Report:
    """Wake the workers for every call that was taken in and is not finished.

    Raises:
        Unavailable: the database or the broker failed.
    """
    report = Report()
    for accepted in pipeline.unfinished():
        report.add(accepted)
    fleet.wake(pipeline.sweep([call.call_id for call in report.accepted], again=True))
    return report


def wait_until_finished(pipeline: Pipeline, fleet: Fleet, report: Report, watch: Callable[[Watched], None]) -> None:
    """Watch until each accepted call is scored or failed, reviving the embedded worker if it dies.

    Raises:
        Unavailable: the broker, the worker or another part is gone for good; the calls stay as they are.
    """
    ids = [accepted.call_id for accepted in report.accepted]
    swept = time.monotonic()  # `take_in` woke the workers for each call
    view = _View(pipeline, fleet, ids)
    while True:
        state = view.look()
        watch(state)
        if state.finished == state.total:
            report.failed = state.failed
            return
        if state.delayed and view.still() > STALLED_SECONDS:
            raise Unavailable(f"{state.delayed} The calls wait; the same command goes on with them.")
        revived = fleet.revive()
        if revived or time.monotonic() - swept > SWEEP_SECONDS:
            fleet.wake(pipeline.sweep(ids, again=revived))
            swept = time.monotonic()
        time.sleep(POLL_SECONDS)


class _View:
    """Looks at the calls again and again, and knows how long nothing has moved."""

    def __init__(self, pipeline: Pipeline, fleet: Fleet, ids: Sequence[str]) -> None:
        self._pipeline = pipeline
        self._fleet = fleet
        self._ids = ids
        self._before: float | None = None
        self._furthest = (0, 0.0)
        self._moved = time.monotonic()

    def look(self) -> Watched:
        with self._pipeline.database.reading() as session:
            counts = store.progress(session, self._ids)
            seconds = store.seconds_heard(session, self._ids)
            delayed = store.delayed(session, self._ids)
        if self._before is None:
            self._before = seconds
        failed = counts[Stage.HEAR, State.FAILED] + counts[Stage.SCORE, State.FAILED]
        finished = counts[Stage.SCORE, State.DONE] + failed
        # Only new ground counts: a call that kills its worker goes back, and comes as far as before.
        if (finished, seconds) > self._furthest:
            self._furthest, self._moved = (finished, seconds), time.monotonic()
        return Watched(len(self._ids), finished, failed, seconds, self._before, delayed or self._silence())

    def still(self) -> float:
        """For how many seconds nothing has moved."""
        return time.monotonic() - self._moved

    def _silence(self) -> str | None:
        """That no worker answers; one that works on other calls will come to these."""
        if self.still() < SILENT_SECONDS:
            return None
        with self._pipeline.database.reading() as session:
            return None if store.busy_workers(session) else self._fleet.silence
