"""Test recordings, made on the spot: the repository holds no sound files for tests."""

import struct
import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]


def tone(seconds: float, rate: int = 8_000, *, hertz: float = 440.0, level: float = -20.0) -> Pcm:
    """(n,) samples of a sine whose peak is `level` dBFS."""
    at = np.arange(round(seconds * rate)) / rate
    return (32_767 * 10 ** (level / 20) * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def silence(seconds: float, rate: int = 8_000) -> Pcm:
    """(n,) zeros."""
    return np.zeros(round(seconds * rate), np.int16)


def babble(seconds: float, rate: int = 8_000, *, seed: int = 0, level: float = -20.0) -> Pcm:
    """(n,) samples that come and go like words: noise bursts of 0.1–0.6 s with pauses of 0.05–0.5 s."""
    random = np.random.default_rng(seed)
    envelope = np.zeros(round(seconds * rate), np.float32)
    at = 0
    while at < len(envelope):
        end = at + round(random.uniform(0.1, 0.6) * rate)
        envelope[at:end] = 1.0
        at = end + round(random.uniform(0.05, 0.5) * rate)
    noise = random.standard_normal(len(envelope), dtype=np.float32).clip(-3, 3) / 3
    return (32_767 * 10 ** (level / 20) * noise * envelope).astype(np.int16)


def vowels(seconds: float, rate: int = 8_000, *, seed: int = 0, level: float = -12.0) -> Pcm:
    """(n,) samples of sung-like syllables, harmonics through moving formants: Silero VAD hears speech."""
    at = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * at) + 8 * np.sin(2 * np.pi * 2.3 * at)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    beats = np.arange(0, seconds + 1, 0.22)
    vowel = np.interp(at, beats, np.random.default_rng(seed).permutation(np.arange(len(beats)) % 5))
    first = np.interp(vowel, range(5), [300, 700, 500, 350, 600])
    second = np.interp(vowel, range(5), [2_200, 1_200, 1_700, 900, 1_000])
    sound = np.zeros(len(at))
    for harmonic in range(1, round(rate / 2 / 150)):
        hertz = harmonic * pitch
        formants = 1 / (1 + ((hertz - first) / 60) ** 2) + 0.5 / (1 + ((hertz - second) / 90) ** 2)
        sound += formants * np.sin(harmonic * phase)
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * np.minimum(1, at * 4.5 % 1 * 1.3))
    return (32_767 * 10 ** (level / 20) * sound / np.abs(sound).max() * syllables).astype(np.int16)


def write_wav(path: Path, *channels: Pcm, rate: int = 8_000) -> Path:
    """A 16-bit PCM WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.stack(channels, axis=1).tobytes())
    return path


def encode(path: Path, *channels: Pcm, rate: int, codec: str, container: str | None = None) -> Path:
    """A file in any codec PyAV writes; the container follows from the suffix unless given."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(channels)]
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.stack(channels), format="s16p", layout=layout)
        frame.sample_rate = rate
        for packet in stream.encode(frame):
            file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    return path


def wav_header(size: int, *, channels: int = 1, rate: int = 8_000, codec: int = 1, bits: int = 16) -> bytes:
    """A WAV header up to the data, declaring `size` bytes of it."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", codec, channels, rate, rate * block, block, bits)
    return (
        b"RIFF"
        + struct.pack("<I", min(size + 36, 0xFFFF_FFFF))
        + b"WAVEfmt "
        + struct.pack("<I", len(form))
        + form
        + b"data"
        + struct.pack("<I", size)
    )


def gsm_wav(path: Path, blocks: int) -> Path:
    """A WAV file in Microsoft GSM 6.10, 65 bytes for 40 ms; any bytes are a valid (noisy) block."""
    payload = np.random.default_rng(0).integers(0, 256, blocks * 65, np.uint8).tobytes()
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8_000, 1_625, 65, 0, 2, 320)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(payload)) + payload
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path
