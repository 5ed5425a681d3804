"""`python -m qm.demo.training.render`: speak the scripts of `qm/demo/calls` into `qm/demo/recordings`.

Needs espeak-ng, and sox for the one GSM file. The voices are held out of the training.
"""

import hashlib
import io
import json
import random
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.signal import resample_poly

from qm.demo.training.voices import HELD_OUT, RATE, Voice

DEMO = Path(__file__).parents[1]
LINE_RATE = 8_000
"""Hz, as telephone recorders write"""
DEFAULT_PAUSE = 0.4
"""seconds between turns"""


@dataclass(frozen=True)
class Format:
    """How one recorder writes its files."""

    suffix: str
    container: str
    codec: str
    bit_rate: int | None = None


A_LAW = Format(".wav", "wav", "pcm_alaw")
MU_LAW = Format(".wav", "wav", "pcm_mulaw")
MP3 = Format(".mp3", "mp3", "libmp3lame", 32_000)
OPUS = Format(".ogg", "ogg", "libopus", 28_000)
FORMATS = (A_LAW, MP3, OPUS, MU_LAW, OPUS, MP3, MU_LAW, OPUS, MP3, A_LAW, OPUS)
"""dealt out to the two-channel calls in alphabetical order; the mono call is GSM 6.10"""


def voices(call: dict[str, Any]) -> dict[str, Voice]:
    """Agent and customer: two held-out variants, one lower, one higher."""
    r = random.Random(call["id"])
    accent = {"nl": "nl", "en": "en-gb"}[call["language"]]
    first, second = r.sample(HELD_OUT, 2)
    return {
        "agent": Voice(accent, first, r.randint(158, 170), r.randint(40, 50)),
        "customer": Voice(accent, second, r.randint(158, 170), r.randint(52, 64)),
    }


def speak(call: dict[str, Any]) -> NDArray[np.float32]:
    """(2, samples) at `LINE_RATE`: agent and customer."""
    said = []
    at = 0.5
    speaking = voices(call)
    for turn in call["turns"]:
        at = max(0.0, at + turn.get("pause", DEFAULT_PAUSE))
        sound = resample_poly(speaking[turn["speaker"]].speak(turn["text"]), LINE_RATE, RATE)
        said.append((turn["speaker"], int(at * LINE_RATE), sound))
        at += len(sound) / LINE_RATE
    channels = np.zeros((2, int((at + 0.8) * LINE_RATE)), np.float32)
    for speaker, start, sound in said:
        channels[int(speaker == "customer"), start : start + len(sound)] += sound * 0.6
    seed = int(hashlib.sha256(call["id"].encode()).hexdigest()[:8], 16)
    noise = np.random.default_rng(seed).standard_normal(channels.shape) * 10 ** (-62 / 20)
    return np.clip(channels + noise, -1, 1).astype(np.float32)


def encode(channels: NDArray[np.float32], style: Format) -> bytes:
    """`channels` as a file of `style`."""
    target = io.BytesIO()
    layout = "stereo" if len(channels) == 2 else "mono"
    with av.open(target, "w", format=style.container) as out:
        stream = out.add_stream(style.codec, rate=LINE_RATE, layout=layout)
        if style.bit_rate:
            stream.bit_rate = style.bit_rate
        packed = np.ascontiguousarray((channels.T * 32767).astype(np.int16).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate = LINE_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    return target.getvalue()


def encode_gsm(mono: NDArray[np.float32]) -> bytes:
    """GSM 6.10 in WAV, which PyAV reads but cannot write."""
    pcm = io.BytesIO()
    with wave.open(pcm, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(LINE_RATE)
        out.writeframes((mono * 32767).astype("<i2").tobytes())
    command = ["sox", "-t", "wav", "-", "-t", "wav", "-e", "gsm-full-rate", "-"]
    return subprocess.run(command, input=pcm.getvalue(), capture_output=True, check=True).stdout


def sidecar(call: dict[str, Any], agent_channel: int) -> dict[str, Any]:
    """The metadata file that the telephone system would write."""
    return {
        "started_at": call["started_at"],
        "direction": call["direction"],
        "language": call["language"],
        "agent_id": call["agent"]["id"],
        "agent_name": call["agent"]["name"],
        "team": call["agent"]["team"],
        "queue": call["queue"],
        "customer_reference": call["customer"]["reference"],
        "agent_channel": agent_channel,
    }


def main() -> None:
    target = DEMO / "recordings"
    target.mkdir(exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    styles = iter(FORMATS)
    for number, path in enumerate(sorted((DEMO / "calls").glob("*.yaml"))):
        call = yaml.safe_load(path.read_text(encoding="utf-8"))
        channels = speak(call)
        agent_channel = 0 if call.get("mono") else number % 2
        if call.get("mono"):
            suffix, data = ".wav", encode_gsm(np.clip(channels.sum(0), -1, 1))
        else:
            style = next(styles)
            suffix, data = style.suffix, encode(channels[::-1] if agent_channel else channels, style)
        (target / f"{path.stem}{suffix}").write_bytes(data)
        text = json.dumps(sidecar(call, agent_channel), ensure_ascii=False, indent=2) + "\n"
        (target / f"{path.stem}.json").write_text(text, encoding="utf-8")
        print(f"{path.stem}{suffix} {channels.shape[1] / LINE_RATE:.0f} s, {len(data) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
