"""The use cases on both databases: what is stored, what is refused, what happens when work fails."""

import json
import logging
import os
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from qm import audio, store
from qm import pipeline as pipeline_module
from qm.call import Language
from qm.errors import DatabaseUnavailable, ModelUnavailable, Reason, StorageFull
from qm.install import open_forms, open_reasons
from qm.pipeline import Accepted, Duplicate, Pipeline, Refused
from qm.settings import Settings
from qm.speech.recogniser import Segment
from qm.store import Database, Stage, State
from qm.transcript import Provenance, Word
from tests.audio_files import silence, vowels, write_wav

SAID = "zebravink"
"""a word that nothing but a transcript can hold"""


class Scripted:
    """A recogniser that hears the same words in every window, or fails."""

    provenance = Provenance("scripted", "none", "0" * 16)

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    def detect_language(self, samples: Any) -> tuple[Language, float]:
        return "nl", 1.0

    def recognise(self, samples: Any, language: Language) -> list[Segment]:
        if self.failure:
            raise self.failure
        return [Segment((Word("Goedemorgen", 0.1, 0.5, 0.9), Word(SAID, 0.6, 0.9, 0.8)))]


@pytest.fixture
def pipeline(tmp_path: Path, database: Database, database_url: str) -> Iterator[Pipeline]:
    settings = Settings(home=tmp_path / "home", database_url=database_url)
    pipeline = Pipeline(settings, database, open_forms(settings), open_reasons(settings))
    pipeline._recogniser = Scripted()
    yield pipeline


def recording(folder: Path, name: str = "call.wav", *, seed: int = 1, **metadata: object) -> Path:
    """A two-channel recording with something like speech, and its metadata file."""
    path = write_wav(folder / name, vowels(6, seed=seed), vowels(6, seed=seed + 1))
    if metadata:
        path.with_suffix(".json").write_text(json.dumps(metadata))
    return path


def stages(pipeline: Pipeline, call_id: str) -> dict[Stage, State]:
    with pipeline.database.reading() as session:
        return dict(store.progress(session, [call_id]).keys())


def test_a_call_goes_all_the_way(pipeline: Pipeline, tmp_path: Path) -> None:
    accepted = pipeline.ingest(recording(tmp_path, language="nl", agent_id="sanne"))
    assert isinstance(accepted, Accepted)
    assert pipeline.hear(accepted.call_id)
    assert pipeline.score(accepted.call_id)
    with pipeline.database.reading() as session:
        [row] = store.list_calls(session)
        stored = store.latest_transcript(session, accepted.call_id)
    assert (row.state, row.stage, row.agent_id, row.language) == (State.DONE, Stage.SCORE, "sanne", "nl")
    assert {score.form for score in row.scores} == set(pipeline.settings.forms)
    assert stored is not None
    assert stored.transcript.provenance is not None


def test_the_same_bytes_are_the_same_call(pipeline: Pipeline, tmp_path: Path) -> None:
    first = pipeline.ingest(recording(tmp_path))
    copy = tmp_path / "copy.wav"
    copy.write_bytes((tmp_path / "call.wav").read_bytes())
    again = pipeline.ingest(copy)
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted), "not finished yet: it goes on"
    assert again.call_id == first.call_id
    pipeline.hear(first.call_id), pipeline.score(first.call_id)
    assert pipeline.ingest(copy) == Duplicate(first.call_id, "copy.wav")


def test_changed_metadata_of_a_known_call_is_told(pipeline: Pipeline, tmp_path: Path) -> None:
    path = recording(tmp_path, agent_id="sanne", started_at="2026-03-02T09:14:00.123456+01:00")
    accepted = pipeline.ingest(path)
    assert pipeline.ingest(path) == accepted, "it says the same"
    path.with_suffix(".json").write_text('{"agent_id": "joris"}')
    assert pipeline.ingest(path) == replace(accepted, metadata_ignored=True)
    pipeline.hear(accepted.call_id), pipeline.score(accepted.call_id)
    assert pipeline.ingest(path) == Duplicate(accepted.call_id, "call.wav", metadata_ignored=True)
    path.with_suffix(".json").write_text("{")
    assert pipeline.ingest(path) == Duplicate(accepted.call_id, "call.wav", metadata_ignored=True)
    path.with_suffix(".json").unlink()
    assert pipeline.ingest(path) == Duplicate(accepted.call_id, "call.wav")


def test_work_is_done_once(pipeline: Pipeline, tmp_path: Path) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    assert [pipeline.hear(accepted.call_id) for _ in range(3)] == [True, False, False]
    assert [pipeline.score(accepted.call_id) for _ in range(3)] == [True, False, False]


def test_rescoring_keeps_only_what_is_new(pipeline: Pipeline, tmp_path: Path) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    pipeline.hear(accepted.call_id), pipeline.score(accepted.call_id)
    assert pipeline.rescore([accepted.call_id]) == []
    pipeline.forms = tuple(replace(form, version="0" * 12) for form in pipeline.forms)
    assert len(pipeline.rescore([accepted.call_id])) == 2
    with pipeline.database.reading() as session:
        assert len(store.evaluations_of(session, accepted.call_id)) == 4


def test_a_new_version_counts_only_once_it_is_published(pipeline: Pipeline, tmp_path: Path) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    pipeline.hear(accepted.call_id), pipeline.score(accepted.call_id)
    first = {form.id: form.version for form in pipeline.forms}
    pipeline.forms = tuple(replace(form, version="0" * 12) for form in pipeline.forms)
    kept = pipeline.rescore([accepted.call_id])
    assert [(each.before.version, each.after.version) for each in kept] == [(v, "0" * 12) for v in first.values()]
    assert versions(pipeline, accepted.call_id) == first
    [one] = [each.id for each in kept if each.after.form == "resolution"]
    assert (pipeline.publish([one]), pipeline.publish([one])) == (1, 0)
    assert versions(pipeline, accepted.call_id) == {**first, "resolution": "0" * 12}
    again = pipeline.rescore([accepted.call_id])
    assert [each.after.form for each in again] == ["brand_values"], "what was kept is offered until it counts"


def test_publishing_one_call_leaves_the_others_alone(pipeline: Pipeline, tmp_path: Path) -> None:
    calls = [pipeline.ingest(recording(tmp_path, f"{n}.wav", seed=3 * n)).call_id for n in (1, 2)]
    for call_id in calls:
        pipeline.hear(call_id), pipeline.score(call_id)
    first = {form.id: form.version for form in pipeline.forms}
    pipeline.forms = tuple(replace(form, version="0" * 12) for form in pipeline.forms)
    pipeline.rescore(calls)
    pipeline.publish(each.id for each in pipeline.rescore(calls[:1]))
    assert [versions(pipeline, call_id) == first for call_id in calls] == [False, True]


def versions(pipeline: Pipeline, call_id: str) -> dict[str, str]:
    with pipeline.database.reading() as session:
        found = [each.evaluation for each in store.latest_evaluations(session, call_id)]
    return {each.form: each.version for each in found}


def test_a_form_that_is_edited_back_counts_again(pipeline: Pipeline, tmp_path: Path) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    pipeline.hear(accepted.call_id), pipeline.score(accepted.call_id)
    first = pipeline.forms
    pipeline.forms = tuple(replace(form, version="0" * 12) for form in first)
    pipeline.publish(each.id for each in pipeline.rescore([accepted.call_id]))
    pipeline.forms = first
    back = pipeline.rescore([accepted.call_id])
    assert [each.after.version for each in back] == [f.version for f in first]
    pipeline.publish(each.id for each in back)
    assert pipeline.rescore([accepted.call_id]) == []
    with pipeline.database.reading() as session:
        [row] = store.list_calls(session)
        assert len(store.evaluations_of(session, accepted.call_id)) == 4
    assert {score.version for score in row.scores} == {form.version for form in first}


@pytest.mark.parametrize(
    ("name", "data", "sidecar", "reason"),
    [
        ("empty.wav", b"", None, Reason.EMPTY),
        ("text.wav", b"This is a text, not a sound.\n" * 40, None, Reason.NOT_AUDIO),
        ("garbage.mp3", bytes(range(256)) * 20, None, Reason.NOT_AUDIO),
        ("call.wav", None, "{", Reason.BAD_SIDECAR),
        ("call.wav", None, '{"agnet": 1}', Reason.BAD_SIDECAR),
        ("call.wav", None, '{"agent_channel": 2}', Reason.BAD_SIDECAR),
    ],
)
def test_a_bad_file_is_listed_and_stays(
    pipeline: Pipeline, tmp_path: Path, name: str, data: bytes | None, sidecar: str | None, reason: Reason
) -> None:
    path = recording(tmp_path, name)
    if data is not None:
        path.write_bytes(data)
    if sidecar is not None:
        path.with_suffix(".json").write_text(sidecar)
    before = path.read_bytes()
    result = pipeline.ingest(path)
    assert isinstance(result, Refused)
    assert result.reason is reason
    assert path.read_bytes() == before
    with pipeline.database.reading() as session:
        assert [(entry.path, entry.reason) for entry in store.quarantined(session)] == [(str(path), reason)]
        assert store.list_calls(session) == []


def test_a_mended_file_is_accepted(pipeline: Pipeline, tmp_path: Path) -> None:
    path = recording(tmp_path, agent_channel=7)
    assert isinstance(pipeline.ingest(path), Refused)
    path.with_suffix(".json").write_text('{"agent_channel": 1}')
    assert isinstance(pipeline.ingest(path), Accepted)


def test_a_path_that_holds_a_known_call_now_is_off_the_list(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.ingest(recording(tmp_path))
    path = tmp_path / "again.wav"
    path.touch()
    assert isinstance(pipeline.ingest(path), Refused)
    path.write_bytes((tmp_path / "call.wav").read_bytes())
    assert isinstance(pipeline.ingest(path), Accepted)
    with pipeline.database.reading() as session:
        assert store.count_quarantined(session) == 0


def test_a_file_that_vanishes_on_the_way_is_refused(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recording(tmp_path)
    survey = audio.survey

    def survey_and_lose(path: Path) -> audio.Survey:
        found = survey(path)
        path.unlink()
        return found

    monkeypatch.setattr(audio, "survey", survey_and_lose)
    result = pipeline.ingest(path)
    assert isinstance(result, Refused)
    assert result.reason is Reason.UNREADABLE
    assert isinstance(pipeline.ingest(path), Refused), "and is still gone"


def test_a_file_that_grows_is_not_taken_in(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when it seems complete: the bytes that are kept are those that were counted."""
    path = recording(tmp_path)
    survey = audio.survey

    def survey_and_grow(path: Path) -> audio.Survey:
        found = survey(path)
        with path.open("ab") as file:
            file.write(b"more")
        return found

    monkeypatch.setattr(audio, "survey", survey_and_grow)
    result = pipeline.ingest(path)
    assert isinstance(result, Refused)
    assert result.reason is Reason.STILL_WRITING
    assert [kept for kept in pipeline.settings.archive.rglob("*") if kept.is_file()] == []


def test_silence_is_a_call_without_turns(pipeline: Pipeline, tmp_path: Path) -> None:
    accepted = pipeline.ingest(write_wav(tmp_path / "silent.wav", silence(5), silence(5)))
    assert isinstance(accepted, Accepted)
    assert pipeline.hear(accepted.call_id)
    assert pipeline.score(accepted.call_id)
    with pipeline.database.reading() as session:
        [row] = store.list_calls(session)
    assert all(score.score is None and not score.failed for score in row.scores)


def test_a_lost_recording_fails_by_name(pipeline: Pipeline, tmp_path: Path) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    for kept in pipeline.settings.archive.rglob("*.wav"):
        kept.unlink()
    assert not pipeline.hear(accepted.call_id)
    with pipeline.database.reading() as session:
        [row] = store.list_calls(session)
    assert (row.state, row.reason) == (State.FAILED, Reason.UNREADABLE)
    copy = tmp_path / "copy.WAVE"
    copy.write_bytes((tmp_path / "call.wav").read_bytes())
    assert pipeline.ingest(copy) == replace(accepted, name="copy.WAVE")
    assert pipeline.hear(accepted.call_id), "it was kept again"


def test_a_surprise_is_tried_three_times_then_parked(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    pipeline._recogniser = Scripted(ZeroDivisionError(SAID))
    start = pipeline_module.now()
    for attempt in range(5):
        monkeypatch.setattr(pipeline_module, "now", lambda a=attempt: start + timedelta(hours=1 + a))
        assert not pipeline.hear(accepted.call_id)
    with pipeline.database.reading() as session:
        [row] = store.list_calls(session)
    assert (row.state, row.reason) == (State.FAILED, Reason.ATTEMPTS_EXHAUSTED)
    assert row.detail is not None
    assert row.detail.startswith("ZeroDivisionError at ")
    assert SAID not in row.detail
    pipeline._recogniser = Scripted()
    again = pipeline.ingest(tmp_path / "call.wav")
    assert isinstance(again, Accepted), "a person asks again"
    assert pipeline.hear(accepted.call_id)


@pytest.mark.parametrize("error", [ModelUnavailable("no model"), StorageFull("disk full")])
def test_a_missing_part_costs_no_attempt(pipeline: Pipeline, tmp_path: Path, error: Exception) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    pipeline._recogniser = Scripted(error)
    assert not pipeline.hear(accepted.call_id)
    with pipeline.database.reading() as session:
        [row] = store.list_calls(session)
    assert (row.state, row.detail) == (State.WAITING, str(error))


def test_a_late_result_is_refused(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that slept past its lease finds its job taken over."""
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    other = Pipeline(pipeline.settings, pipeline.database, pipeline.forms, pipeline.reasons)
    other._recogniser = Scripted()

    class Slow(Scripted):
        def recognise(self, samples: Any, language: Language) -> list[Segment]:
            later = pipeline_module.now() + timedelta(hours=1)
            with monkeypatch.context() as patch:
                patch.setattr(pipeline_module, "now", lambda: later)
                assert other.hear(accepted.call_id)
            return super().recognise(samples, language)

    pipeline._recogniser = Slow()
    assert not pipeline.hear(accepted.call_id)
    with pipeline.database.reading() as session:
        stored = store.latest_transcript(session, accepted.call_id)
    assert stored is not None
    assert stored.version == 1


def test_a_report_that_fails_loses_no_work(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    tried = []

    def busy(*_: object) -> None:
        tried.append(1)
        raise DatabaseUnavailable("busy")

    monkeypatch.setattr(pipeline_module, "REPORT_SECONDS", -1.0)
    monkeypatch.setattr(store, "renew", busy)
    assert pipeline.hear(accepted.call_id)
    assert tried


def test_work_that_hangs_is_left_to_another(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    monkeypatch.setattr(pipeline_module, "HUNG_SECONDS", 1.0)
    monkeypatch.setattr(pipeline_module, "HUNG_FACTOR", 0.0)
    pipeline.settings = pipeline.settings.model_copy(update={"lease_seconds": 0.3})
    other = Pipeline(pipeline.settings, pipeline.database, pipeline.forms, pipeline.reasons)
    other._recogniser = Scripted()
    waited = []

    class Hung(Scripted):
        def recognise(self, samples: Any, language: Language) -> list[Segment]:
            began = time.monotonic()
            while not other.hear(accepted.call_id):
                assert time.monotonic() - began < 30
                time.sleep(0.05)
            waited.append(time.monotonic() - began)
            return super().recognise(samples, language)

    pipeline._recogniser = Hung()
    assert not pipeline.hear(accepted.call_id)
    assert len(waited) == 1
    assert waited[0] > 0.9, "it was patient first"


def test_the_jobs_of_a_dead_worker_are_freed(pipeline: Pipeline, tmp_path: Path) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    host = pipeline.worker.rpartition(":")[0]
    with pipeline.database.writing() as session:
        assert store.claim(session, accepted.call_id, Stage.HEAR, f"{host}:999999999", 600, pipeline_module.now())
    assert not pipeline.hear(accepted.call_id), "held"
    assert pipeline.sweep() == [(accepted.call_id, Stage.HEAR)]
    assert pipeline.hear(accepted.call_id)


@pytest.mark.parametrize(
    "worker",
    ["elsewhere:tag:999999999", f"{socket.gethostname()}:0badb007-1:999999999", f"{socket.gethostname()}:999999999"],
    ids=["another host", "another container", "another version"],
)
def test_the_jobs_of_other_machines_are_left_alone(pipeline: Pipeline, tmp_path: Path, worker: str) -> None:
    accepted = pipeline.ingest(recording(tmp_path))
    assert isinstance(accepted, Accepted)
    with pipeline.database.writing() as session:
        assert store.claim(session, accepted.call_id, Stage.HEAR, worker, 600, pipeline_module.now())
    assert pipeline.sweep() == []


def test_a_worker_s_name_says_which_boot_and_container(pipeline: Pipeline) -> None:
    host, tag, pid = pipeline.worker.split(":")
    assert (host, pid) == (socket.gethostname(), str(os.getpid()))
    assert re.fullmatch(r"[0-9a-f]{8}-\d+", tag) or not Path("/proc/self/ns/pid").exists()


def test_a_pipeline_needs_a_database_of_its_version(pipeline: Pipeline) -> None:
    Pipeline.open(pipeline.settings).close()
    with pipeline.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match="newer qm"):
        Pipeline.open(pipeline.settings)


def test_logs_hold_no_transcript_text(pipeline: Pipeline, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    names = {"agent_name": "Wilhelmina Quist", "customer_reference": "K-778899"}
    accepted = pipeline.ingest(recording(tmp_path, language="nl", **names))
    assert isinstance(accepted, Accepted)
    pipeline.hear(accepted.call_id), pipeline.score(accepted.call_id), pipeline.sweep()
    failing = pipeline.ingest(recording(tmp_path, "second.wav", seed=9))
    assert isinstance(failing, Accepted)
    pipeline._recogniser = Scripted(RuntimeError(f"cannot say {SAID}"))
    pipeline.hear(failing.call_id)
    refused = tmp_path / "x.wav"
    refused.touch()
    pipeline.ingest(refused)
    assert caplog.records
    everything = "\n".join(json.dumps(record.__dict__, default=str) for record in caplog.records)
    for secret in (SAID, *names.values()):
        assert secret not in everything
