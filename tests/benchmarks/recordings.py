"""Long recordings for the benchmarks: the demo calls, one after another."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from qm.audio import blocks
from qm.demo import RECORDINGS

RATE = 16_000


def long_call(path: Path, minutes: float) -> Path:
    """A two-channel 8 kHz µ-law WAV file of `minutes`, made of the demo's two-channel Dutch calls."""
    parts: list[NDArray[np.float32]] = []
    for source in sorted(RECORDINGS.glob("nl-*")):
        if source.suffix != ".json":
            parts += [block.samples for block in blocks(source) if len(block.samples) == 2]
    call = np.concatenate(parts, axis=1)[:, ::2]
    with av.open(str(path), "w", format="wav") as file:
        stream = file.add_stream("pcm_mulaw", rate=8_000, layout="stereo")
        left = int(minutes * 60 * 8_000)
        while left > 0:
            samples = np.ascontiguousarray((call[:, :left].T * 32_767).astype(np.int16).reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
            frame.sample_rate = 8_000
            file.mux(stream.encode(frame))
            left -= call.shape[1]
    return path
