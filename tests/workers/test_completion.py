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
