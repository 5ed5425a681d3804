"""espeak-ng voices, and the telephone line between the mouth and the recorder.

The voices that speak the demo calls and the held-out sentences (`HELD_OUT`) never speak training text.
"""

import io
import random
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

RATE = 16_000
"""Hz, of every array in this package"""

TRAINING = (
    "|m1|m2|m3|m4|m5|m6|m7|f1|f2|f3|f4|f5|adam|anika|steph|linda|michel|Annie|Andrea|belinda|benjamin|"
    "david|ed|Diogo|Gene|Henrique|Hugo|iven|Jacky|john|marcelo|Marco|max|Michael|Mike|pablo|paul|pedro|"
    "quincy|rob|robert|victor|steph2|edward2|iven2|gustave|Lee|sandro|shelby|travis|norbert|Alex|Andy|m8"
).split("|")
INVENTED = tuple(f"invented{number}" for number in range(200))
"""espeak-ng's variants are few and alike: a model that knows them alone does not understand an unusual voice"""
HELD_OUT = ("Alicia", "antonio", "edward", "caleb", "Denis", "steph3", "boris", "zac", "miguel", "Mario")
ACCENTS = {
    "nl": ["nl"],
    "en": ["en-gb"] * 3 + ["en-gb-x-rp"],
}


@dataclass(frozen=True)
class Voice:
    """One setting of espeak-ng: accent + variant, words a minute, pitch 0–99."""

    accent: str
    variant: str
    speed: int
    pitch: int

    def speak(self, text: str) -> NDArray[np.float32]:
        """`text` as mono sound at `RATE`, trimmed to 50 ms of silence at both ends.

        Raises:
            ValueError: espeak-ng produced nothing audible.
        """
        name = f"{self.accent}+{self.variant}" if self.variant else self.accent
        command = ["espeak-ng", "-v", name, "-s", str(self.speed), "-p", str(self.pitch), "--stdout"]
        out = subprocess.run([*command, text], capture_output=True, check=True).stdout
        sound = np.frombuffer(out[44:], dtype=np.int16).astype(np.float32) / 32768
        sound = resample_poly(sound, 320, 441).astype(np.float32)
        first, last = trimmed(sound, text)
        return sound[first:last]


def trimmed(sound: NDArray[np.float32], text: str) -> tuple[int, int]:
    """First and last sample of `sound` that leave 50 ms of silence at both ends.

    Raises:
        ValueError: nothing is audible.
    """
    audible = np.flatnonzero(np.abs(sound) > 1e-3)
    if len(audible) == 0:
        raise ValueError(f"espeak-ng said nothing for a text of {len(text)} characters")
    margin = RATE // 20
    return max(0, int(audible[0]) - margin), int(audible[-1]) + margin


def training_voice(language: str, r: random.Random) -> Voice:
    """A voice that training text may be spoken with: half of them are espeak-ng's, half invented."""
    variant = r.choice(TRAINING) if r.random() < 0.5 else r.choice(INVENTED)
    return Voice(r.choice(ACCENTS[language]), variant, r.randint(125, 190), r.randint(25, 75))


def write_variants(folder: Path) -> None:
    """Write the `INVENTED` variants into an espeak-ng data folder; the same ones every time."""
    for number, name in enumerate(INVENTED):
        (folder / "voices" / "!v" / name).write_text(_invent(name, random.Random(number)), encoding="ascii")


def _invent(name: str, r: random.Random) -> str:
    """A variant file of espeak-ng: a throat between a large man's and a child's, heard well or badly.

    Formants are in percent of the language's own: frequency, height, width.
    """
    size = r.random()
    pitch = 70 * (240 / 70) ** size
    scale = 0.88 + 0.5 * size + r.uniform(-0.1, 0.1)
    lines = ["language variant", f"name {name}", f"pitch {pitch:.0f} {pitch * r.uniform(1.3, 1.7):.0f}"]
    for formant in range(9):
        frequency = 100 * scale * r.uniform(0.93, 1.07)
        lines.append(f"formant {formant} {frequency:.0f} {r.uniform(60, 140):.0f} {r.uniform(80, 160):.0f}")
    lines += [f"voicing {r.uniform(40, 150):.0f}", f"consonants {r.uniform(30, 140):.0f} {r.uniform(30, 140):.0f}"]
    lines += [f"roughness {r.randint(0, 4)}", f"flutter {r.randint(0, 10)}", f"intonation {r.randint(1, 4)}"]
    if r.random() < 0.3:
        lines.append(f"echo {r.randint(10, 120)} {r.randint(5, 50)}")
    if r.random() < 0.3:
        lines.append("breath " + " ".join(str(r.randint(0, 12)) for _ in range(8)))
    if r.random() < 0.15:
        lines.append(f"klatt {r.randint(1, 6)}")
    return "\n".join(lines) + "\n"


def held_out_voice(language: str, r: random.Random) -> Voice:
    """A voice never heard in training."""
    return Voice(ACCENTS[language][0], r.choice(HELD_OUT), r.randint(140, 170), r.randint(35, 65))


def _pcm(sound: NDArray[np.float32], rate: int) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return target.getvalue()


def through_gsm(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """`sound` after GSM 6.10 at 8 kHz and back (sox)."""
    wav = _pcm(resample_poly(sound, 1, 2), 8000)
    encoded = subprocess.run(["sox", "-t", "wav", "-", "-t", "gsm", "-"], input=wav, capture_output=True, check=True)
    raw = ["-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-"]
    decode = ["sox", "-t", "gsm", "-r", "8000", "-c", "1", "-", *raw]
    decoded = subprocess.run(decode, input=encoded.stdout, capture_output=True, check=True).stdout
    narrow = np.frombuffer(decoded, dtype="<i2").astype(np.float32) / 32768
    return resample_poly(narrow, 2, 1).astype(np.float32)[: len(sound)]


def through_codec(sound: NDArray[np.float32], codec: str, container: str, bit_rate: int) -> NDArray[np.float32]:
    """`sound` after a lossy codec at 8 kHz and back (PyAV)."""
    file = io.BytesIO()
    narrow = (np.clip(resample_poly(sound, 1, 2), -1, 1) * 32767).astype(np.int16)
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=8000, layout="mono")
        stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(narrow[None], format="s16", layout="mono")
        frame.sample_rate = 8000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    file.seek(0)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    parts = []
    with av.open(file) as source:
        for decoded in source.decode(audio=0):
            parts += [f.to_ndarray()[0] for f in resampler.resample(decoded)]
        parts += [f.to_ndarray()[0] for f in resampler.resample(None)]
    return np.concatenate(parts).astype(np.float32)


def recorded(sound: NDArray[np.float32], r: random.Random) -> NDArray[np.float32]:
    """A fifth of the utterances pass a recorder's lossy codec; companding and noise come in training."""
    chance = r.random()
    if chance < 0.05:
        return through_gsm(sound)
    if chance < 0.13:
        return through_codec(sound, "libmp3lame", "mp3", r.choice([16_000, 24_000]))
    if chance < 0.2:
        return through_codec(sound, "libopus", "ogg", r.choice([12_000, 16_000, 24_000]))
    return sound
