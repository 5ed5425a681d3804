"""Packing speech into windows, and finding the way back to the recording."""

from itertools import pairwise

import numpy as np
import pytest

from qm.audio import RATE
from qm.speech.voice import OPTIONS, Span, find_speech, pack, without_bleed
from qm.transcript import Word
from tests.audio_files import silence, tone, vowels


def ramp(seconds: float) -> np.ndarray:
    """Samples that are all different, so that a stretch can be recognised."""
    return np.arange(round(seconds * RATE), dtype=np.float32)


def word(start: float, end: float) -> Word:
    return Word("ja", start, end, 0.9)


def test_windows_hold_all_speech_in_order() -> None:
    sound = ramp(120)
    spans = [Span(at, at + 5) for at in range(0, 120, 8)]

    windows = pack(sound, spans, limit=28)

    assert len(windows) == 3
    assert all(window.duration <= 28 for window in windows)
    packed = np.concatenate([window.samples for window in windows])
    expected = np.concatenate([sound[span_slice(span)] for span in spans])
    np.testing.assert_array_equal(packed[packed > 0], expected[expected > 0])


def span_slice(span: Span) -> slice:
    return slice(round(span.start * RATE), round(span.end * RATE))


def test_short_silences_keep_pieces_apart() -> None:
    (window,) = pack(ramp(20), [Span(1, 2), Span(10, 12)])

    assert window.duration == 3.3
    assert not window.samples[RATE : round(1.3 * RATE)].any()


def test_times_map_back_exactly() -> None:
    (window,) = pack(ramp(20), [Span(1, 2), Span(10, 12)], start=300)

    assert window.located(word(0.25, 0.5)) == word(301.25, 301.5)
    assert window.located(word(1.3, 1.5)) == word(310.0, 310.2)
    assert window.located(word(3.0, 3.3)) == word(311.7, 312.0)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(0.5, 1.4, (301.5, 302.0), id="ends in the next piece: stays in the first"),
        pytest.param(0.9, 1.9, (310.0, 310.6), id="starts in the first piece: stays in the second"),
        pytest.param(1.05, 1.1, (302.0, 302.0), id="in the silence after the first"),
        pytest.param(1.2, 1.28, (310.0, 310.0), id="in the silence before the second"),
        pytest.param(3.2, 4.0, (311.9, 312.0), id="after the end"),
        pytest.param(-0.1, 0.2, (301.0, 301.2), id="before the start"),
    ],
)
def test_a_word_never_spans_two_pieces(start: float, end: float, expected: tuple[float, float]) -> None:
    (window,) = pack(ramp(20), [Span(1, 2), Span(10, 12)], start=300)

    located = window.located(word(start, end))

    assert (located.start, located.end) == expected


def test_long_speech_is_cut_at_its_quietest() -> None:
    # Half a second of quiet at 20 s; a window holds 28 s.
    sound = np.concatenate([tone(20, RATE), silence(0.5, RATE), tone(30, RATE)]).astype(np.float32)

    windows = pack(sound, [Span(0, 50.5)], limit=28)

    cuts = [window.pieces[0].start for window in windows]
    assert 20 < cuts[1] < 20.5
    assert all(window.duration <= 28 for window in windows)
    pieces = [piece for window in windows for piece in window.pieces]
    assert (pieces[0].start, pieces[-1].end) == (0, 50.5)
    assert all(before.end == after.start for before, after in pairwise(pieces))


def test_no_speech_no_windows() -> None:
    assert pack(ramp(5), []) == []


@pytest.mark.parametrize(
    "sound", [silence(3, RATE), tone(3, RATE), silence(0, RATE)], ids=["silence", "tone", "nothing"]
)
def test_no_speech_is_found_where_nobody_speaks(sound: np.ndarray) -> None:
    before = dict(OPTIONS)

    assert find_speech(sound.astype(np.float32) / 32_768) == []
    assert before == OPTIONS


def test_speech_is_found_where_somebody_speaks() -> None:
    sound = np.concatenate(
        [silence(2, RATE), vowels(3, RATE), silence(2, RATE), vowels(1, RATE, seed=1), silence(1, RATE)]
    )

    first, second = find_speech(sound.astype(np.float32) / 32_768)

    assert (first.start, first.end) == pytest.approx((2, 5), abs=0.3)
    assert (second.start, second.end) == pytest.approx((7, 8), abs=0.3)


def test_a_voice_that_bleeds_into_the_other_channel_is_silenced_there() -> None:
    noise = np.random.default_rng(1).standard_normal(4 * RATE).astype(np.float32)
    customer, agent = noise * 0.1, noise[::-1] * 0.1
    customer[: 2 * RATE] = agent[: 2 * RATE] * 0.02  # −34 dB
    agent[2 * RATE :] *= 0.2  # a soft voice at the same time
    channels = np.stack([agent, customer])

    cleaned = without_bleed(channels)

    assert not cleaned[1, RATE // 2 : 3 * RATE // 2].any()
    np.testing.assert_array_equal(cleaned[1, 5 * RATE // 2 :], customer[5 * RATE // 2 :])
    np.testing.assert_array_equal(cleaned[0], agent)


def test_a_recording_of_one_channel_has_no_bleed() -> None:
    mono = np.full((1, RATE), 0.001, np.float32)
    assert without_bleed(mono) is mono
