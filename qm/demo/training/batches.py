"""Training windows: utterances laid into silence, sent over a telephone line, turned into features."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from qm.demo.training.corpus import Utterance
from qm.demo.training.network import MAX_TOKENS, POSITIONS, Features
from qm.demo.training.vocabulary import Vocabulary, characters

RATE = 16_000


@dataclass(frozen=True)
class Shape:
    """What windows look like."""

    seconds: float
    """longest window"""
    utterances: int
    """most utterances in a window"""
    budget: float
    """seconds of window in a batch"""
    padded: bool
    """features padded with zeros to 30 s, as faster-whisper does"""


SHORT = Shape(seconds=6.0, utterances=2, budget=100, padded=False)
MIDDLE = Shape(seconds=13.0, utterances=5, budget=100, padded=False)
FULL = Shape(seconds=30.0, utterances=10, budget=120, padded=True)
CURRICULUM = (
    # Short windows teach the sounds cheaply; without full ones the decoder stops early in every long window.
    (0.2, (SHORT,)),
    (0.8, (SHORT, MIDDLE, SHORT, MIDDLE, FULL)),
    (1.0, (MIDDLE, FULL, FULL)),
)
"""until which share of the training time which shapes take turns"""


@dataclass(frozen=True)
class Window:
    """Utterances of one language with their starts (samples), and the window's length (samples)."""

    language: str
    placed: tuple[tuple[int, Utterance], ...]
    length: int

    @property
    def text(self) -> str:
        return " ".join(u.text for _, u in self.placed)


@dataclass(frozen=True)
class Batch:
    """What one training step needs; `tokens` are padded with −100."""

    features: Tensor
    offset: int
    tokens: Tensor
    characters: list[list[int]]
    positions: list[int]


def compose(corpus: Sequence[Utterance], r: random.Random, shape: Shape) -> Window:
    """A window of one language; one in seventeen is silent."""
    most = int(shape.seconds * RATE)
    first = r.choice(corpus)
    if r.random() < 0.06:
        return Window(first.language, (), r.randint(RATE // 2, min(most, 12 * RATE)))
    wanted = r.randint(1, shape.utterances)
    placed: list[tuple[int, Utterance]] = []
    start = int(r.uniform(0, 0.7) * RATE)
    candidate = first
    while len(placed) < wanted and start + len(candidate.sound) <= most:
        placed.append((start, candidate))
        # Speakers on one channel pause while the other one talks, or hardly at all.
        gap = r.uniform(0.1, 0.8) if r.random() < 0.8 else r.uniform(0.8, 3.0)
        start += len(candidate.sound) + int(gap * RATE)
        candidate = r.choice(corpus)
        while candidate.language != first.language:
            candidate = r.choice(corpus)
    if not placed:
        return compose(corpus, r, shape)
    end = placed[-1][0] + len(placed[-1][1].sound)
    return Window(first.language, tuple(placed), min(most, end + int(r.uniform(0, 0.5) * RATE)))


def targets(window: Window, vocabulary: Vocabulary, r: random.Random, offset: int) -> list[int]:
    """Whisper's output for `window`: half with timestamps. `offset` is in encoder positions (0.02 s)."""
    special = vocabulary.special
    if not window.placed:
        return [special("<|startoftranscript|>"), special("<|nospeech|>"), special("<|endoftext|>")]
    head = [special("<|startoftranscript|>"), special(f"<|{window.language}|>"), special("<|transcribe|>")]
    body: list[int] = []
    if r.random() < 0.5:
        for start, spoken in window.placed:
            for at, text in ((start, spoken.text), (start + len(spoken.sound), None)):
                body.append(vocabulary.timestamp_begin + min(POSITIONS, offset + round(at / RATE / 0.02)))
                if text:
                    body += vocabulary.encode(text)
    else:
        body.append(special("<|notimestamps|>"))
        for _, spoken in window.placed:
            body += vocabulary.encode(spoken.text)
    return [*head, *body[: MAX_TOKENS - 5], special("<|endoftext|>")]


def telephone(sound: Tensor, r: random.Random, *, quiet_tail: list[int]) -> Tensor:
    """(batch, samples) over as many different lines: band, noise, companding, level.

    `quiet_tail` gives, per row, from which sample on there is no line noise any more.
    """
    rows, samples = sound.shape
    generator = torch.Generator().manual_seed(r.getrandbits(40))
    level = sound.square().sum(1) / (sound.abs() > 1e-3).sum(1).clamp(min=1)
    level = torch.where(level > 1e-7, level, torch.tensor(1e-3)).sqrt()
    snr = torch.tensor([r.uniform(10, 50) for _ in range(rows)])
    noise = torch.randn(sound.shape, generator=generator)
    sound = sound + noise * (level * 10 ** (-snr / 20))[:, None]

    spectrum = torch.fft.rfft(sound)
    hertz = torch.linspace(0, RATE / 2, spectrum.shape[1])
    narrow = torch.tensor([r.random() < 0.8 for _ in range(rows)])
    low = torch.tensor([r.uniform(40, 300) if n else 0.0 for n in narrow])[:, None]
    high = torch.tensor([r.uniform(3300, 3980) if n else RATE for n in narrow])[:, None]
    leak = torch.tensor([10 ** r.uniform(-5, -2) for _ in range(rows)])[:, None]
    band = ((hertz >= low) & (hertz <= high)).float()
    sound = torch.fft.irfft(spectrum * torch.maximum(band, leak), n=samples)

    gain = torch.tensor([10 ** (r.uniform(-18, 6) / 20) for _ in range(rows)])[:, None]
    sound = (sound * gain).clamp(-1, 1)
    companded = torch.sign(sound) * torch.log1p(255 * sound.abs()) / math.log(256)
    companded = torch.round(companded * 127) / 127
    companded = torch.sign(companded) * (256 ** companded.abs() - 1) / 255
    apply = narrow & torch.tensor([r.random() < 0.5 for _ in range(rows)])
    sound = torch.where(apply[:, None], companded, sound)
    for row, end in enumerate(quiet_tail):
        sound[row, end:] = 0
    return sound


def batch(
    windows: Sequence[Window], shape: Shape, vocabulary: Vocabulary, features: Features, r: random.Random
) -> Batch:
    """Sound and targets of `windows`."""
    longest = max(w.length for w in windows)
    longest += -longest % 1600
    sound = torch.zeros(len(windows), longest)
    for row, window in enumerate(windows):
        for start, spoken in window.placed:
            samples = torch.from_numpy(spoken.sound.astype(np.float32) / 32768)
            room = longest - start
            sound[row, start : start + len(samples)] = samples[:room]
    ends = [w.length if r.random() < 0.7 else longest for w in windows]
    sound = telephone(sound, r, quiet_tail=ends)
    frames = 2 * POSITIONS if shape.padded else longest // 160
    mel = torch.zeros(len(windows), 80, frames)
    for row, end in enumerate(ends):
        # Each window is normalised by its own maximum, then padded with zeros: faster-whisper's order.
        row_features = features(sound[row, : max(end, 1600)])[:, :frames]
        mel[row, :, : row_features.shape[1]] = row_features
    offset = 0 if shape.padded else r.choice([0, r.randint(0, POSITIONS - frames // 2)])
    tokens = [targets(w, vocabulary, r, offset) for w in windows]
    padded = torch.full((len(windows), max(map(len, tokens))), -100)
    for row, ids in enumerate(tokens):
        padded[row, : len(ids)] = torch.tensor(ids)
    return Batch(mel, offset, padded, [characters(w.text) for w in windows], [min(frames, e // 160) // 2 for e in ends])


def batches(
    corpus: Sequence[Utterance], shape: Shape, vocabulary: Vocabulary, features: Features, r: random.Random
) -> Iterator[Batch]:
    """Endless batches of windows of about equal length, `shape.budget` seconds each."""
    while True:
        pool = [compose(corpus, r, shape) for _ in range(800)]
        if not shape.padded:
            pool.sort(key=lambda w: w.length)
        groups: list[list[Window]] = []
        while pool:
            longest = 30.0 if shape.padded else pool[-1].length / RATE
            count = max(1, int(shape.budget / longest))
            groups.append(pool[-count:])
            del pool[-count:]
        r.shuffle(groups)
        for group in groups:
            yield batch(group, shape, vocabulary, features, r)
