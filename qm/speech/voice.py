"""Where somebody speaks, and speech packed into the windows that Whisper reads.

Whisper always reads 30 seconds, mostly of padding when an utterance is short, and invents text in silence.
So the speech of one channel is packed into full windows, and the words found there are mapped back.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qm.audio import RATE, Samples, quietest
from qm.transcript import Word

OPTIONS: dict[str, float] = {
    "threshold": 0.5,
    "min_speech_duration_ms": 100,
    "min_silence_duration_ms": 500,
    "speech_pad_ms": 200,
}
"""Of Silero VAD: its own threshold; a word lasts longer than 100 ms; half a second ends a span, so that the
pauses inside a sentence stay in the sound; 200 ms keep soft first and last consonants."""

LIMIT = 28.0
"""Seconds of a window: Whisper's 30 less room for its own padding."""

BLEED = 25.0
"""dB between the sides of a call; two people on the phone are rarely as far apart, echo is further"""
_FRAME = RATE // 50
_SMOOTH = 10
"""frames of 20 ms over which loudness is compared: a syllable"""

_GAP = 0.3
"""Seconds of silence between two pieces of a window: a short pause, so that words do not run together."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of speech, in seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the recording inside a window."""

    at: float
    """seconds from the start of the window"""
    start: float
    """seconds from the start of the recording"""
    end: float
    """seconds from the start of the recording"""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Speech of one channel, silence left out."""

    samples: Samples
    """(n,) at 16 kHz"""
    pieces: tuple[Piece, ...]

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / RATE

    def located(self, word: Word) -> Word:
        """The word with times in the recording.

        Its middle decides which piece it belongs to; it never reaches out of that piece, although the
        recogniser's times may.
        """
        assert word.start is not None and word.end is not None
        middle = (word.start + word.end) / 2 + _GAP / 2
        piece = self.pieces[max(0, bisect_right(self.pieces, middle, key=lambda piece: piece.at) - 1)]
        shift = piece.start - piece.at
        start, end = (round(min(max(time + shift, piece.start), piece.end), 3) for time in (word.start, word.end))
        return replace(word, start=start, end=max(start, end))


def without_bleed(samples: Samples) -> Samples:
    """(channels, n) samples in which one side is silent while the other speaks `BLEED` louder.

    Line echo and joint-stereo codecs leave each side's voice faintly on the other's channel, where it would be
    found as speech and said to be theirs.
    """
    if len(samples) != 2:
        return samples
    frames = samples.shape[1] // _FRAME
    framed = samples[:, : frames * _FRAME].reshape(2, frames, _FRAME)
    power = np.einsum("cfs,cfs->cf", framed, framed)
    power = np.stack([np.convolve(each, np.ones(_SMOOTH) / _SMOOTH, "same") for each in power])
    faint = power * 10 ** (BLEED / 10) < power[::-1]
    cleaned = samples.copy()
    cleaned[:, : frames * _FRAME][np.repeat(faint, _FRAME, axis=1)] = 0
    return cleaned


def find_speech(samples: Samples) -> list[Span]:
    """Stretches of speech in (n,) samples at 16 kHz, in order; seconds from their start."""
    # Imported here: it starts threads, and a process that forks workers must not have any.
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    found = get_speech_timestamps(samples, VadOptions(**OPTIONS), sampling_rate=RATE)
    return [Span(span["start"] / RATE, span["end"] / RATE) for span in found]


def pack(samples: Samples, spans: Sequence[Span], limit: float = LIMIT, *, start: float = 0.0) -> list[Window]:
    """Windows of at most `limit` seconds that hold all spans in order.

    `samples` are (n,) at 16 kHz; `start` is where they begin in the recording, in seconds. A span longer
    than a window is cut at its quietest moments.
    """
    most = round(limit * RATE)
    gap = round(_GAP * RATE)
    groups: list[list[tuple[int, int]]] = []
    room = 0
    for first, last in _cut(samples, spans, most):
        if last - first > room:
            groups.append([])
            room = most
        groups[-1].append((first, last))
        room -= last - first + gap
    return [_window(samples, group, start) for group in groups]


def _cut(samples: Samples, spans: Sequence[Span], most: int) -> list[tuple[int, int]]:
    """The spans as sample ranges no longer than `most`."""
    ranges = []
    for span in spans:
        first, last = round(span.start * RATE), min(round(span.end * RATE), len(samples))
        while last - first > most:
            middle = first + most // 2
            cut = middle + quietest(samples[np.newaxis, middle : first + most])
            ranges.append((first, cut))
            first = cut
        ranges.append((first, last))
    return ranges


def _window(samples: Samples, ranges: Sequence[tuple[int, int]], start: float) -> Window:
    silence = np.zeros(round(_GAP * RATE), np.float32)
    parts: list[Samples] = []
    pieces = []
    at = 0
    for first, last in ranges:
        pieces.append(Piece(at / RATE, start + first / RATE, start + last / RATE))
        parts += [samples[first:last], silence]
        at += last - first + len(silence)
    return Window(np.concatenate(parts[:-1]), tuple(pieces))
