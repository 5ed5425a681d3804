"""Waiting for calls: until all are done, or until nothing moves any more."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from qm import store
from qm.errors import Unavailable
from qm.install import prepare
from qm.pipeline import Accepted, Pipeline, now
from qm.settings import Settings
from qm.store import Stage
from tests.audio_files import vowels, write_wav
from workers import completion
from workers.completion import Watched, take_in, wait_until_finished
from workers.embedded import Fleet


class Here(Fleet):
    """A fleet that works at once, in this process."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def wake(self, jobs: Iterable[tuple[str, str]]) -> None:
        for call_id, _ in jobs:
            if self.pipeline.hear(call_id):
                self.pipeline.score(call_id)

    def revive(self) -> bool:
        return False

    @property
    def silence(self) -> str:
        return "No worker answers."


class Nowhere(Here):
    """A fleet without workers; it notes what it was told."""

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(pipeline)
        self.woken: list[tuple[str, str]] = []
        self.dies = False

    def wake(self, jobs: Iterable[tuple[str, str]]) -> None:
        self.woken += jobs

    def revive(self) -> bool:
        died, self.dies = self.dies, False
        return died


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterable[Pipeline]:
    settings = Settings(home=tmp_path / "home")
    prepare(settings).close()
    with Pipeline.open(settings) as pipeline:
        yield pipeline


def test_it_ends_when_all_calls_are_done(pipeline: Pipeline, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "call.wav", vowels(2), vowels(2, seed=1))
    seen: list[Watched] = []
    fleet = Here(pipeline)
    report = take_in(pipeline, fleet, [path, path], lambda _: None)
    wait_until_finished(pipeline, fleet, report, seen.append)
    assert report.complete
    assert (seen[-1].total, seen[-1].finished, seen[-1].failed, seen[-1].seconds_heard) == (1, 1, 0, 2.0)


def test_it_gives_up_when_a_part_stays_missing(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "STALLED_SECONDS", 0.5)
    pipeline.settings = pipeline.settings.model_copy(update={"model": str(tmp_path / "gone")})
    path = write_wav(tmp_path / "call.wav", vowels(2), vowels(2, seed=1))
    fleet = Here(pipeline)
    report = take_in(pipeline, fleet, [path], lambda _: None)
    with pytest.raises(Unavailable, match=r"There is no speech model .*The calls wait"):
        wait_until_finished(pipeline, fleet, report, lambda _: None)
    [accepted] = report.accepted
    assert isinstance(pipeline.ingest(path), Accepted), "it is not lost"
    with pipeline.database.writing() as session:
        assert store.claim(session, accepted.call_id, Stage.HEAR, "w", 60, now()) is None, "not due yet"


def test_it_says_that_no_worker_answers(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(completion, "STALLED_SECONDS", 1.0)
    path = write_wav(tmp_path / "call.wav", vowels(2), vowels(2, seed=1))
    fleet = Nowhere(pipeline)
    report = take_in(pipeline, fleet, [path], lambda _: None)
    seen: list[Watched] = []
    with pytest.raises(Unavailable, match=r"No worker answers\. The calls wait"):
        wait_until_finished(pipeline, fleet, report, seen.append)
    assert [state.delayed for state in (seen[0], seen[-1])] == [None, "No worker answers."]


def test_a_worker_that_is_busy_with_other_calls_is_no_silence(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "SILENT_SECONDS", 0.0)
    paths = [write_wav(tmp_path / f"{seed}.wav", vowels(2, seed=seed), vowels(2, seed=9)) for seed in range(2)]
    fleet = Nowhere(pipeline)
    other, mine = (take_in(pipeline, fleet, [path], lambda _: None) for path in paths)
    with pipeline.database.writing() as session:
        assert store.claim(session, other.accepted[0].call_id, Stage.HEAR, "elsewhere:1", 60, now())
    view = completion._View(pipeline, fleet, [mine.accepted[0].call_id])
    assert view.look().delayed is None


def test_going_over_the_same_ground_again_is_no_progress(pipeline: Pipeline, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "call.wav", vowels(2), vowels(2, seed=1))
    fleet = Nowhere(pipeline)
    [accepted] = take_in(pipeline, fleet, [path], lambda _: None).accepted
    view = completion._View(pipeline, fleet, [accepted.call_id])
    moved = []
    for attempt in range(2):
        with pipeline.database.writing() as session:
            claim = store.claim(session, accepted.call_id, Stage.HEAR, "elsewhere:1", 60, now())
            assert claim is not None
            store.renew(session, claim, 60, now(), 1.5)
        assert view.look().seconds_heard == 1.5
        moved.append(view._moved)
        with pipeline.database.writing() as session:
            store.release_workers(session, ["elsewhere:1"], now())
        assert view.look().seconds_heard == 0.0, attempt
    assert moved[0] == moved[1]


def test_a_revived_worker_is_woken_for_all_that_waits(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "SILENT_SECONDS", 0.1)
    monkeypatch.setattr(completion, "STALLED_SECONDS", 0.6)
    paths = [write_wav(tmp_path / f"{seed}.wav", vowels(2, seed=seed), vowels(2, seed=9)) for seed in range(2)]
    take_in(pipeline, fleet := Nowhere(pipeline), paths[:1], lambda _: None)
    report = take_in(pipeline, fleet, paths[1:], lambda _: None)
    [accepted] = report.accepted
    pipeline.sweep()
    fleet.woken = []
    fleet.dies = True
    with pytest.raises(Unavailable):
        wait_until_finished(pipeline, fleet, report, lambda _: None)
    assert fleet.woken == [(accepted.call_id, Stage.HEAR)]
