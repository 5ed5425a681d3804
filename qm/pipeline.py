"""The use cases, by id, in the order of a call's way: ingest → hear → score; rescore and sweep beside it.

Each stage claims its job, works without a transaction, and stores its result together with the end of the
claim: a crash loses one stage's work and nothing that was stored before.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from qm import audio, intake, store
from qm.assess import Assessment, assess
from qm.call import Recording
from qm.errors import QmError, Reason, RecordingError, StaleClaim, Unavailable
from qm.evaluation import Evaluation
from qm.install import open_database, open_forms, open_reasons
from qm.rubric import EvaluationForm
from qm.rubric.reasons import ReasonTree
from qm.settings import Settings
from qm.speech import Recogniser, hear, open_recogniser
from qm.store import Claim, Database, Stage, State, StoredCall

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
"""after a failure whose cause may pass"""
REPORT_SECONDS = 1.0
"""between two reports of how much of a recording is done"""
HUNG_SECONDS = 600.0
"""without any report: work on half a minute of speech takes the largest model minutes, on one slow processor"""
HUNG_FACTOR = 3.0
"""of a recording's duration, where that is longer: silence and music are decoded without a report"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A recording was taken in, or is tried again after a failure."""

    call_id: str
    name: str
    stage: Stage
    duration: float
    """seconds"""
    metadata_ignored: bool = False
    """the call was known, and its metadata file says something else now than was taken in then"""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same bytes were taken in before."""

    call_id: str
    name: str
    metadata_ignored: bool = False
    """as in `Accepted`"""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that cannot become a call; it is listed in quarantine and stays where it is."""

    path: Path
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Rescored:
    """A new evaluation, kept under its id, and what counts until it is published."""

    id: int
    before: Evaluation | None
    after: Evaluation


Ingested = Accepted | Duplicate | Refused


class Pipeline:
    """The use cases over one installation's database, archive, forms and recogniser."""

    def __init__(
        self, settings: Settings, database: Database, forms: Sequence[EvaluationForm], reasons: ReasonTree
    ) -> None:
        self.settings = settings
        self.reasons = reasons
        self.database = database
        self.forms = tuple(forms)
        self.worker = worker_name()
        self._recogniser: Recogniser | None = None

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """A pipeline over the installation of `settings`.

        Raises:
            FormError: a form of the settings cannot be used.
            SettingsError: the database's address cannot be read.
            DatabaseUnavailable: it cannot be reached, or is of another version than this qm.
        """
        forms, reasons = open_forms(settings), open_reasons(settings)
        return cls(settings, open_database(settings), forms, reasons)

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Intake

    def ingest(self, path: Path) -> Ingested:
        """Take one file in; the file itself is left alone.

        Raises:
            Unavailable: the archive or the database cannot be written; nothing was taken in.
        """
        try:
            return self._accept(path)
        except RecordingError as error:
            entry = store.Quarantined(str(path), error.reason, error.detail, _fingerprint(path), now())
            with self.database.writing() as session:
                store.quarantine(session, entry)
            log.warning("quarantined", extra={"reason": error.reason})
            return Refused(path, error.reason, error.detail)

    def _accept(self, path: Path) -> Accepted | Duplicate:
        if not intake.is_stable(path):
            raise RecordingError(Reason.STILL_WRITING)
        call_id = intake.fingerprint(path)
        with self.database.reading() as session:
            known = store.get_recording(session, call_id)
        return self._add(call_id, path) if known is None else self._go_on(known, path)

    def _add(self, call_id: str, path: Path) -> Accepted | Duplicate:
        metadata = intake.read_metadata(path)
        sound = audio.survey(path).sound
        place = intake.place(path, call_id)
        size = intake.keep(path, self.settings.archive / place, call_id)
        recording = Recording(call_id, path.name, place.as_posix(), size, metadata, sound)
        with self.database.writing() as session:
            added = store.add_call(session, recording, now())
            store.release(session, str(path))
        return Accepted(call_id, path.name, Stage.HEAR, sound.duration) if added else Duplicate(call_id, path.name)

    def _go_on(self, known: Recording, path: Path) -> Accepted | Duplicate:
        """A recording that qm has: a lost copy is kept again, failed stages start afresh, unfinished ones go on."""
        intake.keep(path, self.settings.archive / known.path, known.id)
        ignored = _says_otherwise(path, known)
        with self.database.writing() as session:
            store.retry(session, known.id, now())
            store.release(session, str(path))
            row = store.find_calls(session, known.id)[0]
        if row.state is State.DONE:
            return Duplicate(known.id, path.name, ignored)
        return Accepted(known.id, path.name, row.stage, known.sound.duration, ignored)

    def unfinished(self) -> list[Accepted]:
        """The calls that were taken in and are neither scored nor failed."""
        with self.database.reading() as session:
            rows = [row for state in (State.WAITING, State.RUNNING) for row in store.list_calls(session, state=state)]
        return [Accepted(row.id, row.name, row.stage, row.duration) for row in rows]

    # Stages

    def hear(self, call_id: str) -> bool:
        """Recognise what is said in a call; whether the next stage can start."""
        claimed = self._claim(call_id, Stage.HEAR)
        if claimed is None:
            return False
        claim, recording = claimed
        with self._working(claim, recording) as alive:
            path = self.settings.archive / recording.path
            transcript = hear(path, recording.metadata, recording.sound, self.recogniser(), alive)
            with self.database.writing() as session:
                store.save_transcript(session, claim, transcript, now())
            log.info("heard", extra={"call": call_id, "stage": Stage.HEAR, "turns": len(transcript.turns)})
            return True
        return False

    def score(self, call_id: str) -> bool:
        """Judge the newest transcript of a call by every form; whether it was done."""
        claimed = self._claim(call_id, Stage.SCORE)
        if claimed is None:
            return False
        claim, recording = claimed
        with self._working(claim, recording):
            with self.database.reading() as session:
                stored = store.latest_transcript(session, call_id)
            assert stored is not None, "a score job without a transcript"
            done = assess(stored.transcript, recording.metadata, self.forms, self.reasons, self.settings)
            with self.database.writing() as session:
                store.save_evaluations(session, claim, stored.id, done.evaluations, now())
                store.save_measures(session, stored.id, done.measures)
                store.save_wrap_up(session, stored.id, done.wrap_up)
            _warn_of_judges(call_id, done.evaluations)
            log.info("scored", extra={"call": call_id, "stage": Stage.SCORE, "forms": len(done.evaluations)})
            return True
        return False

    def rescore(self, call_ids: Sequence[str]) -> list[Rescored]:
        """Judge calls again by today's forms; what differs from what counts. It is kept, and counts once published.

        A judge model is not asked again where its verdicts count already, and a judge that fails takes none away.
        """
        with self.database.reading() as session:
            calls = [each for call_id in call_ids if (each := store.heard(session, call_id)) is not None]
        done = [(each, self._again(each)) for each in calls]
        rescored = []
        with self.database.writing() as session:
            for call, new in done:
                store.save_measures(session, call.transcript_id, new.measures)
                store.save_wrap_up(session, call.transcript_id, new.wrap_up)
                for after in new.evaluations:
                    kept = store.keep_evaluation(session, call.transcript_id, after, now())
                    if kept is not None:
                        rescored.append(Rescored(kept, call.evaluations.get(after.form), after))
        return rescored

    def _again(self, call: StoredCall) -> Assessment:
        counts = {form: each.version for form, each in call.evaluations.items()}
        done = assess(call.transcript, call.metadata, self.forms, self.reasons, self.settings, counts)
        kept = tuple(each for each in done.evaluations if not each.lacks_judge(counts.get(each.form)))
        return replace(done, evaluations=kept)

    def publish(self, evaluations: Iterable[int]) -> int:
        """Let kept evaluations count; how many count now that did not."""
        with self.database.writing() as session:
            return store.publish(session, evaluations)

    def sweep(self, call_ids: Collection[str] | None = None, *, again: bool = False) -> list[tuple[str, Stage]]:
        """Free the jobs of dead workers; the jobs to wake, longest waiting first.

        Args:
            call_ids: wake these calls' jobs only.
            again: also those woken a short while ago, whose messages may be lost.
        """
        with self.database.writing() as session:
            dead = [worker for worker in store.busy_workers(session) if _is_dead(worker)]
            store.release_workers(session, dead, now())
            return store.sweep(session, now(), call_ids=call_ids, again=again)

    def recogniser(self) -> Recogniser:
        """The recogniser of the settings, opened at its first use.

        Raises:
            ModelUnavailable: its files are missing or cannot be fetched.
        """
        if self._recogniser is None:
            self._recogniser = open_recogniser(self.settings)
        return self._recogniser

    # Claims

    def _claim(self, call_id: str, stage: Stage) -> tuple[Claim, Recording] | None:
        with self.database.writing() as session:
            claim = store.claim(session, call_id, stage, self.worker, self.settings.lease_seconds, now())
            recording = store.get_recording(session, call_id)
        return (claim, recording) if claim and recording else None

    @contextmanager
    def _working(self, claim: Claim, recording: Recording) -> Iterator[Callable[[float], None]]:
        """Keep the claim alive while the block works, and note how it failed if it does.

        Yields a function for the block to call with the seconds of the recording that are done; it stops work
        that another worker has taken over.
        """
        try:
            with _Lease(self, claim, recording.sound.duration) as lease:
                try:
                    yield lease.report
                except StaleClaim:
                    raise
                except RecordingError as error:
                    self._give_up(claim, error)
                except Exception as error:  # noqa: BLE001 — any failure ends as a named state of the job
                    self._try_later(claim, error)
        except StaleClaim:
            log.warning("claim lost", extra={"call": claim.call_id, "stage": claim.stage})

    def _give_up(self, claim: Claim, error: RecordingError) -> None:
        log.warning("failed", extra={"call": claim.call_id, "stage": claim.stage, "reason": error.reason})
        with self.database.writing() as session:
            store.fail(session, claim, error.reason, error.detail, now())

    def _try_later(self, claim: Claim, error: Exception) -> None:
        # Only qm's own messages are known to be free of what was said in the call.
        detail = str(error) if isinstance(error, QmError) else f"{type(error).__name__} at {_place(error)}"
        log.error("will be tried again", extra={"call": claim.call_id, "stage": claim.stage, "detail": detail})
        counted = not isinstance(error, Unavailable)
        with self.database.writing() as session:
            store.retry_later(session, claim, detail, RETRY_SECONDS, now(), counted=counted)


class _Lease:
    """Renews a claim in the background, and whenever work is reported done.

    Work that is not reported on for too long hangs: its claim is left to expire, so that another worker may
    take it. A renewal that fails costs nothing yet: the next one may be in time.
    """

    def __init__(self, pipeline: Pipeline, claim: Claim, duration: float) -> None:
        self._pipeline = pipeline
        self._claim = claim
        self._patience = max(HUNG_SECONDS, HUNG_FACTOR * duration)
        self._seconds = 0.0
        self._reported = self._renewed = time.monotonic()
        self._lost = False
        self._over = threading.Event()
        self._heartbeat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._heartbeat.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._heartbeat.join()

    def report(self, seconds: float) -> None:
        """Note that so many seconds of the recording are done.

        Raises:
            StaleClaim: another worker has the job now.
        """
        if self._lost:
            raise StaleClaim(f"Another worker holds the job {self._claim.stage} of call {self._claim.call_id[:12]}.")
        self._seconds = seconds
        self._reported = time.monotonic()
        if self._reported - self._renewed > REPORT_SECONDS:
            self._renew()

    def _beat(self) -> None:
        while not self._over.wait(self._pipeline.settings.lease_seconds / 3):
            if time.monotonic() - self._reported > self._patience:
                self._warn("work hangs, lease not renewed")
                continue
            try:
                self._renew()
            except StaleClaim:
                self._lost = True
                return

    def _renew(self) -> None:
        self._renewed = time.monotonic()
        try:
            with self._pipeline.database.writing() as session:
                store.renew(session, self._claim, self._pipeline.settings.lease_seconds, now(), self._seconds)
        except Unavailable:
            self._warn("lease not renewed")

    def _warn(self, what: str) -> None:
        log.warning(what, extra={"call": self._claim.call_id, "stage": self._claim.stage})


def _warn_of_judges(call_id: str, evaluations: Iterable[Evaluation]) -> None:
    """Say so when a judge model gave no verdicts: the sentence is qm's own, without words of the call."""
    for each in evaluations:
        if each.judge is not None and each.judge.failure is not None:
            log.warning("no judge", extra={"call": call_id, "stage": Stage.SCORE, "detail": each.judge.failure})


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def worker_name() -> str:
    """`host:tag:pid` of this process, as it stands in a claim."""
    return f"{_machine()}:{os.getpid()}"


def _machine() -> str:
    """`host:tag`, within which a process number means one process.

    Containers may share a host name and count their processes apart: the tag is the boot and the space of
    process numbers, where the system tells them.
    """
    tag = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
        tag = f"{boot}-{Path('/proc/self/ns/pid').stat().st_ino}"
    return f"{socket.gethostname()}:{tag}"


def _is_dead(worker: str) -> bool:
    """Whether `worker` was a process of this machine and is gone."""
    machine, _, pid = worker.rpartition(":")
    if machine != _machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _says_otherwise(path: Path, known: Recording) -> bool:
    """Whether the metadata file beside `path` is not what the call was taken in with; without one, nothing is said."""
    if intake.sidecar_of(path) is None:
        return False
    try:
        return intake.read_metadata(path) != known.metadata
    except RecordingError:
        return True


def _fingerprint(path: Path) -> str | None:
    try:
        return intake.fingerprint(path)
    except RecordingError:
        return None


def _place(error: Exception) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "unknown place"
