"""`python -m qm.demo.training.corpus DIR --shards N`: spoken training text, as shards.

A shard is `NAME.i16` (all sound, one after another, int16 at 16 kHz), `NAME.u8` (which phoneme each 20 ms of it
hold) and `NAME.json` (`[[language, text, start, length, words], …]`, in samples; `words` as in `Aligned`).
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qm.demo.training.alignment import POSITION, synthesiser
from qm.demo.training.text import LANGUAGES, utterance
from qm.demo.training.voices import RATE, recorded, training_voice


@dataclass(frozen=True)
class Utterance:
    """Text and its sound (int16, 16 kHz)."""

    language: str
    text: str
    sound: NDArray[np.int16]
    phonemes: NDArray[np.uint8]
    """class of each whole 20 ms"""
    words: Sequence[tuple[int, int]]
    """character of the text and sample at which each word starts"""

    @property
    def seconds(self) -> float:
        return len(self.sound) / 16_000


def _spoken(seed: int) -> Utterance:
    r = random.Random(seed)
    language = LANGUAGES[seed % 2]
    while True:
        text = utterance(language, r)
        try:
            spoken = synthesiser().speak(training_voice(language, r), text)
        except ValueError:
            continue
        if len(spoken.sound) < 14 * RATE:
            phonemes = spoken.positions()
            # Codecs add a little at the end.
            sound = recorded(spoken.sound, r)[: len(phonemes) * POSITION]
            sound = np.pad(sound, (0, len(phonemes) * POSITION - len(sound)))
            return Utterance(language, text, (np.clip(sound, -1, 1) * 32767).astype(np.int16), phonemes, spoken.words)


def write_shard(target: Path, seed: int, size: int, processes: int) -> None:
    """Speak `size` utterances into `target`'s files; the json last, so that it marks completion."""
    rows = []
    start = 0
    with (
        target.with_suffix(".i16").open("wb") as sound,
        target.with_suffix(".u8").open("wb") as phonemes,
        ProcessPoolExecutor(processes) as pool,
    ):
        seeds = range(seed * 1_000_000, seed * 1_000_000 + size)
        for spoken in pool.map(_spoken, seeds, chunksize=50):
            sound.write(spoken.sound.tobytes())
            phonemes.write(spoken.phonemes.tobytes())
            rows.append([spoken.language, spoken.text, start, len(spoken.sound), spoken.words])
            start += len(spoken.sound)
    partial = target.with_suffix(".part")
    partial.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    partial.rename(target.with_suffix(".json"))


def read_shards(folder: Path) -> Iterator[Utterance]:
    """Every utterance of the complete shards in `folder`, sound and phonemes memory-mapped."""
    for index in sorted(folder.glob("*.json")):
        sound = np.memmap(index.with_suffix(".i16"), dtype=np.int16, mode="r")
        phonemes = np.memmap(index.with_suffix(".u8"), dtype=np.uint8, mode="r")
        for language, text, start, length, words in json.loads(index.read_text(encoding="utf-8")):
            end = start + length
            yield Utterance(language, text, sound[start:end], phonemes[start // POSITION : end // POSITION], words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shards", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for seed in range(options.first, options.first + options.shards):
        target = options.folder / f"shard-{seed:03}"
        if not target.with_suffix(".json").exists():
            write_shard(target, seed, options.size, options.processes)
            print(f"{target.name}: {options.size} utterances", flush=True)


if __name__ == "__main__":
    main()
