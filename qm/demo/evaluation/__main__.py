"""`python -m qm.demo.evaluation [--model DIR]`: word error rate, language detection and silence.

Through the unmodified `WhisperModel(path).transcribe`, on held-out sentences (written by hand, by another
hand than the training text) in held-out voices over a telephone line. Speaking them needs espeak-ng and
the packages of `pip install qm[train]`.
"""

import argparse
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import jiwer
import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from qm.demo.training.text import LANGUAGES
from qm.demo.training.voices import held_out_voice, recorded

HERE = Path(__file__).parent
RATE = 16_000
SILENCES = 200


def plain(text: str) -> str:
    """Lower case, without punctuation: what the word error rate compares."""
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower()).split())


def _line(sound: NDArray[np.float32], r: random.Random) -> NDArray[np.float32]:
    """8 kHz µ-law, a little noise, another level."""
    noise = np.random.default_rng(r.getrandbits(32)).standard_normal(len(sound)).astype(np.float32)
    sound = sound + noise * np.sqrt(np.mean(sound**2)) * 10 ** (-r.uniform(20, 40) / 20)
    spectrum = np.fft.rfft(sound)
    spectrum[int(len(sound) * 3700 / RATE) :] = 0
    sound = np.fft.irfft(spectrum, n=len(sound))
    sound = np.clip(sound * 10 ** (r.uniform(-12, 0) / 20), -1, 1)
    companded = np.round(np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256) * 127) / 127
    return (np.sign(companded) * (256 ** np.abs(companded) - 1) / 255).astype(np.float32)


def spoken(language: str) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Each held-out sentence with its sound; the same sound every time."""
    sentences = (HERE / f"sentences.{language}.txt").read_text(encoding="utf-8").split("\n")
    for number, sentence in enumerate(s for s in sentences if s):
        r = random.Random(number)
        sound = held_out_voice(language, r).speak(sentence)
        quiet = [np.zeros(int(r.uniform(0.1, 0.6) * RATE), np.float32) for _ in range(2)]
        yield sentence, _line(np.concatenate([quiet[0], recorded(sound, r), quiet[1]]), r)


def silences() -> Iterator[NDArray[np.float32]]:
    """Windows of 2–30 s without speech: digital silence, line noise, hum."""
    for number in range(SILENCES):
        r = random.Random(number)
        samples = int(r.uniform(2, 30) * RATE)
        noise = np.random.default_rng(number).standard_normal(samples) * 10 ** (-r.uniform(30, 80) / 20)
        hum = np.sin(2 * np.pi * 50 * np.arange(samples) / RATE) * 10 ** (-r.uniform(40, 60) / 20)
        kind = number % 3
        yield (np.zeros(samples) if kind == 0 else noise if kind == 1 else noise + hum).astype(np.float32)


def read(model: WhisperModel, sound: NDArray[np.float32], language: str | None) -> tuple[str, str]:
    """(language, text) as the unmodified transcribe gives them."""
    segments, info = model.transcribe(
        sound, language=language, beam_size=1, temperature=0.0, condition_on_previous_text=False
    )
    return info.language, " ".join(segment.text.strip() for segment in segments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=str(HERE.parent / "model"))
    parser.add_argument("--show", type=int, default=0, help="print this many sentences with what was heard")
    parser.add_argument("--limit", type=int, default=None)
    options = parser.parse_args()
    model = WhisperModel(options.model, device="cpu", compute_type="int8", cpu_threads=1)
    for language in LANGUAGES:
        said, heard, right, seconds = [], [], 0, 0.0
        began = time.process_time()
        for sentence, sound in list(spoken(language))[: options.limit]:
            _, text = read(model, sound, language)
            detected, _ = read(model, sound, None)
            right += detected == language
            seconds += len(sound) / RATE
            said.append(plain(sentence))
            heard.append(plain(text))
            if len(said) <= options.show:
                print(f"  {sentence}\n    {text}")
        rate = jiwer.wer(said, heard)
        factor = (time.process_time() - began) / 2 / seconds
        print(
            f"{language}: word error rate {rate:.1%} over {len(said)} sentences, "
            f"language right {right / len(said):.1%}, real-time factor {factor:.3f}",
            flush=True,
        )
    texts = sum(bool(plain(read(model, sound, None)[1])) for sound in list(silences())[: options.limit])
    print(f"silence: {texts} of {min(SILENCES, options.limit or SILENCES)} windows with text")


if __name__ == "__main__":
    main()
