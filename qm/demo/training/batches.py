"""Training windows: utterances laid into silence, sent over a telephone line, turned into features."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from qm.demo.training.alignment import POSITION
from qm.demo.training.corpus import Utterance
from qm.demo.training.network import MAX_TOKENS, POSITIONS, Features
from qm.demo.training.vocabulary import Vocabulary
from qm.demo.training.voices import RATE

IGNORED = -100
"""torch's mark for places without a target"""


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
    (0.15, (SHORT, SHORT, MIDDLE)),
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


@dataclass(frozen=True)
class Token:
    """A token to be predicted, and the seconds of the window in which it is spoken (None: nowhere)."""

    id: int
    spoken: tuple[float, float] | None = None


@dataclass(frozen=True)
class Batch:
    """What one training step needs; integers are padded with `IGNORED`."""

    features: Tensor
    offset: int
    tokens: Tensor
    """(batch, tokens)"""
    spans: Tensor
    """(batch, tokens, 2): first and last position of the encoder that hold the token, or `IGNORED`"""
    phonemes: Tensor
    """(batch, positions)"""


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


def spoken_tokens(start: int, utterance: Utterance, vocabulary: Vocabulary) -> list[Token]:
    """The pieces of `utterance`, each with its time; inside a word, time follows the letters."""
    letters = [letter for letter, _ in utterance.words] + [len(utterance.text)]
    seconds = [(start + sample) / RATE for _, sample in utterance.words] + [(start + len(utterance.sound)) / RATE]
    pieces = vocabulary.encode(utterance.text)
    times = np.interp([[first, last] for _, first, last in pieces], letters, seconds)
    return [Token(piece, (float(a), float(b))) for (piece, _, _), (a, b) in zip(pieces, times, strict=True)]


def mark(at: int, vocabulary: Vocabulary, offset: int) -> Token:
    """The timestamp of sample `at` in a window that starts at encoder position `offset`."""
    position = min(POSITIONS, offset + round(at / POSITION))
    return Token(vocabulary.timestamp_begin + position, (at / RATE, at / RATE))


def targets(window: Window, vocabulary: Vocabulary, r: random.Random, offset: int) -> list[Token]:
    """Whisper's output for `window`: half with timestamps. `offset` is in encoder positions (0.02 s)."""
    special = vocabulary.special
    if not window.placed:
        return [Token(special(name)) for name in ("<|startoftranscript|>", "<|nospeech|>", "<|endoftext|>")]
    head = [special("<|startoftranscript|>"), special(f"<|{window.language}|>"), special("<|transcribe|>")]
    body: list[Token] = []
    timestamps = r.random() < 0.5
    if not timestamps:
        body.append(Token(special("<|notimestamps|>")))
    for start, utterance in window.placed:
        end = start + len(utterance.sound)
        inner = spoken_tokens(start, utterance, vocabulary)
        if timestamps:
            inner = [mark(start, vocabulary, offset), *inner, mark(end, vocabulary, offset)]
        body += inner
    return [*map(Token, head), *body[: MAX_TOKENS - 5], Token(special("<|endoftext|>"))]


def telephone(sound: Tensor, r: random.Random, *, quiet_tail: list[int]) -> Tensor:
    """(batch, samples) over as many different lines: band, noise, companding, level.

    `quiet_tail` gives, per row, from which sample on there is no line noise any more.
    """
    rows, samples = sound.shape
    generator = torch.Generator().manual_seed(r.getrandbits(40))
    level = sound.square().sum(1) / (sound.abs() > 1e-3).sum(1).clamp(min=1)
    level = torch.where(level > 1e-7, level, torch.tensor(1e-3)).sqrt()
    snr = torch.tensor([r.uniform(12, 50) for _ in range(rows)])
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
    rows = [targets(w, vocabulary, r, offset) for w in windows]
    tokens = torch.full((len(windows), max(map(len, rows))), IGNORED)
    spans = torch.full((*tokens.shape, 2), IGNORED)
    phonemes = torch.full((len(windows), frames // 2), IGNORED)
    for row, (window, said) in enumerate(zip(windows, rows, strict=True)):
        tokens[row, : len(said)] = torch.tensor([token.id for token in said])
        for column, token in enumerate(said):
            if token.spoken:
                spans[row, column] = torch.tensor([int(t * RATE) // POSITION for t in token.spoken])
        phonemes[row, : window.length // POSITION] = 0
        for start, spoken in window.placed:
            first = round(start / POSITION)
            held = torch.from_numpy(spoken.phonemes.astype(np.int64))[: phonemes.shape[1] - first]
            phonemes[row, first : first + len(held)] = held
    return Batch(mel, offset, tokens, spans, phonemes)


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
