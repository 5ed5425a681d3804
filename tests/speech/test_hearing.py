"""From a recording to a transcript, with a recogniser that hears where sound is and not what it says."""

from pathlib import Path

import numpy as np
import pytest

from qm.audio import RATE, Samples, survey
from qm.call import CallMetadata, Language, Speaker
from qm.errors import Reason, RecordingError, StaleClaim
from qm.speech import Segment, hear
from qm.transcript import Provenance, Suppressed, Transcript, Word
from tests.audio_files import encode, silence, vowels, write_wav

DUTCH = CallMetadata(language="nl")


class Listener:
    """A Recogniser that takes every stretch of sound for a word, and notes what it was asked."""

    provenance = Provenance("listener", "none", "0", {"beam_size": 1})

    def __init__(self, text: str = "iets") -> None:
        self.text = text
        self.heard: list[tuple[float, Language]] = []
        self.asked: list[float] = []

    def detect_language(self, samples: Samples) -> tuple[Language, float]:
        self.asked.append(len(samples) / RATE)
        return "en", 0.8765

    def recognise(self, samples: Samples, language: Language) -> list[Segment]:
        self.heard.append((len(samples) / RATE, language))
        loud = np.flatnonzero(np.abs(samples) > 0.01)
        stretches = np.split(loud, np.flatnonzero(np.diff(loud) > 0.25 * RATE) + 1)
        words = tuple(
            Word(part, stretch[0] / RATE, stretch[-1] / RATE, 0.9)
            for stretch in stretches
            if len(stretch)
            for part in self.text.split()
        )
        return [Segment(words)]


def listen(path: Path, metadata: CallMetadata = DUTCH, recogniser: Listener | None = None) -> Transcript:
    return hear(path, metadata, survey(path).sound, recogniser or Listener(), lambda _: None)


@pytest.fixture
def dialogue(tmp_path: Path) -> Path:
    """The left speaks at 1–3 and 8–10 s, the right at 4–7 s."""
    left = np.concatenate([silence(1), vowels(2), silence(5), vowels(2, seed=1), silence(1)])
    right = np.concatenate([silence(4), vowels(3, seed=2), silence(4)])
    return write_wav(tmp_path / "call.wav", left, right)


def test_each_channel_is_a_speaker_and_words_stand_where_they_were_said(dialogue: Path) -> None:
    transcript = listen(dialogue)

    spoken = [(turn.speaker, turn.start, turn.end) for turn in transcript.turns]
    expected = [(Speaker.AGENT, 1, 3), (Speaker.CUSTOMER, 4, 7), (Speaker.AGENT, 8, 10)]
    assert [speaker for speaker, *_ in spoken] == [speaker for speaker, *_ in expected]
    for (_, *times), (_, *truth) in zip(spoken, expected, strict=True):
        assert times == pytest.approx(truth, abs=0.1)
    assert transcript.duration == 11
    assert transcript.timed


def test_the_agents_channel_is_the_metadatas(dialogue: Path) -> None:
    transcript = listen(dialogue, CallMetadata(language="nl", agent_channel=1))

    assert [turn.speaker for turn in transcript.turns] == [Speaker.CUSTOMER, Speaker.AGENT, Speaker.CUSTOMER]


@pytest.mark.parametrize("channel", [2, -1])
def test_a_channel_that_is_not_there_is_refused(dialogue: Path, channel: int) -> None:
    with pytest.raises(RecordingError) as caught:
        listen(dialogue, CallMetadata(language="nl", agent_channel=channel))

    assert caught.value.reason is Reason.BAD_CHANNEL


@pytest.mark.parametrize("copies", [1, 2])
def test_mono_is_heard_once_and_nobody_knows_who_speaks(tmp_path: Path, copies: int) -> None:
    recogniser = Listener()
    path = write_wav(tmp_path / "a.wav", *[np.concatenate([vowels(2), silence(1)])] * copies)

    transcript = listen(path, recogniser=recogniser)

    assert [turn.speaker for turn in transcript.turns] == [Speaker.UNKNOWN]
    assert len(recogniser.heard) == 1


def test_a_silent_side_costs_nothing(tmp_path: Path) -> None:
    recogniser = Listener()
    path = write_wav(tmp_path / "a.wav", silence(3), vowels(3))

    transcript = listen(path, recogniser=recogniser)

    assert {turn.speaker for turn in transcript.turns} == {Speaker.CUSTOMER}
    assert len(recogniser.heard) == 1


def test_the_metadatas_language_is_not_questioned(dialogue: Path) -> None:
    recogniser = Listener()

    assert listen(dialogue, recogniser=recogniser).language == "nl"
    assert recogniser.asked == []
    assert {language for _, language in recogniser.heard} == {"nl"}


def test_the_language_is_detected_once_over_both_channels(dialogue: Path) -> None:
    recogniser = Listener()

    transcript = listen(dialogue, CallMetadata(), recogniser)

    assert transcript.language == "en"
    assert recogniser.asked == [pytest.approx(7, abs=2)]
    assert {language for _, language in recogniser.heard} == {"en"}
    assert transcript.provenance is not None
    assert transcript.provenance.options["language_certainty"] == 0.876


def test_the_language_is_looked_for_until_somebody_speaks(tmp_path: Path) -> None:
    recogniser = Listener()
    path = write_wav(tmp_path / "a.wav", np.concatenate([silence(150), vowels(4)]))

    assert listen(path, CallMetadata(), recogniser).language == "en"


def test_nobody_speaks(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", silence(5))

    transcript = listen(path, CallMetadata())

    assert (transcript.language, transcript.turns, transcript.duration) == (None, (), 5)


def test_inventions_are_marked_and_kept(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", vowels(2))

    (turn,) = listen(path, recogniser=Listener("Bedankt voor het kijken!")).turns

    assert turn.suppressed is Suppressed.HALLUCINATION
    assert turn.text == "Bedankt voor het kijken!"


def test_progress_grows_to_the_end(tmp_path: Path) -> None:
    sound = np.concatenate([vowels(3), silence(1)] * 18)
    path = write_wav(tmp_path / "a.wav", sound)
    seen: list[float] = []

    hear(path, DUTCH, survey(path).sound, Listener(), seen.append)

    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == 72


def test_progress_can_stop_the_work(dialogue: Path) -> None:
    def stop(_: float) -> None:
        raise StaleClaim

    with pytest.raises(StaleClaim):
        hear(dialogue, DUTCH, survey(dialogue).sound, Listener(), stop)


def test_the_provenance_is_enough_to_do_it_again(dialogue: Path) -> None:
    provenance = listen(dialogue).provenance

    assert provenance is not None
    assert (provenance.engine, provenance.options["beam_size"]) == ("listener", 1)
    assert provenance.options["vad"] == "silero-v6"
    assert provenance.options["vad_threshold"] == 0.5
    assert Listener.provenance.options == {"beam_size": 1}


def test_hears_compressed_recordings(tmp_path: Path) -> None:
    sound = np.concatenate([silence(1, 48_000), vowels(2, 48_000), silence(1, 48_000)])
    path = encode(tmp_path / "a.ogg", sound, rate=48_000, codec="libopus")

    (turn,) = listen(path).turns

    assert (turn.start, turn.end) == pytest.approx((1, 3), abs=0.2)
