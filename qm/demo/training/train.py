"""`python -m qm.demo.training.train --corpus DIR --work DIR --minutes N`: train the demo model.

The schedule follows the clock, not a count of steps, so that the same command uses whatever machine it
gets. State is kept in WORK/state.pt every few minutes; the same command goes on from there.
"""

import argparse
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from qm.demo.training import vocabulary as vocab
from qm.demo.training.batches import CURRICULUM, IGNORED, Batch, Shape, batches
from qm.demo.training.corpus import Utterance, read_shards
from qm.demo.training.network import Features, Network

PEAK_RATE = 1.5e-3
SAVE_EVERY = 180.0
"""seconds"""
MARGIN = 3
"""positions of the encoder (20 ms each) around a token's span that a guided head may look at"""


@dataclass(frozen=True)
class Losses:
    """What is made small: nats per token, per position and per token."""

    text: Tensor
    """cross entropy of the tokens"""
    phonemes: Tensor
    """cross entropy of the phoneme at each position of the encoder"""
    attention: Tensor
    """−log of the attention that guided heads give to the time at which the token is spoken"""

    def total(self, progress: float) -> Tensor:
        """The helpers fade: they show the way, the text is the goal."""
        return self.text + (1.0 - 0.8 * progress) * (self.phonemes + 0.3 * self.attention)


def losses(network: Network, batch: Batch) -> Losses:
    """The losses of `network` on `batch`."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        encoded = network.encode(batch.features, batch.offset)
        logits, looked = network.decode(batch.tokens[:, :-1].clamp(min=0), encoded)
        named = network.phoneme_head(encoded)
    return Losses(
        F.cross_entropy(logits.flatten(0, 1), batch.tokens[:, 1:].flatten(), ignore_index=IGNORED),
        F.cross_entropy(named.float().flatten(0, 1), batch.phonemes.flatten(), ignore_index=IGNORED),
        astray(looked, batch.spans[:, 1:]),
    )


def astray(looked: list[Tensor], spans: Tensor) -> Tensor:
    """−log of the attention within `MARGIN` of each token's span, mean over tokens and heads."""
    spoken = spans[..., 0] != IGNORED
    position = torch.arange(looked[0].shape[-1])
    near = (position >= spans[..., :1] - MARGIN) & (position <= spans[..., 1:] + MARGIN)
    shares = [(attention * near).sum(-1)[spoken] for attention in looked]
    return -torch.cat(shares).clamp(min=1e-6).log().sum() / max(1, int(spoken.sum()) * len(looked))


def learning_rate(progress: float, step: int) -> float:
    """Warm-up over 200 steps, then cosine over the training time."""
    return PEAK_RATE * min(1.0, (step + 1) / 200) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))


def shape_at(progress: float, step: int) -> Shape:
    """The shape of the windows whose turn it is."""
    shapes = next((shapes for until, shapes in CURRICULUM if progress < until), CURRICULUM[-1][1])
    return shapes[step % len(shapes)]


def optimisers(network: Network) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the layers, AdamW for the rest; Muon's steps are scaled to AdamW's size."""
    matrices, rest = [], []
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            inner = parameter.ndim == 2 and ".layers." in name
            (matrices if inner else rest).append(parameter)
    return [
        torch.optim.Muon(matrices, lr=PEAK_RATE, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.01),
    ]


class Run:
    """Network, optimiser and clock of one training run."""

    def __init__(self, work: Path, minutes: float) -> None:
        self.path = work / "state.pt"
        self.minutes = minutes
        self.spent = 0.0
        self.step = 0
        pieces = work / "bpe.json"
        work.mkdir(parents=True, exist_ok=True)
        if not pieces.exists():
            vocab.learn().bpe.save(str(pieces))
        self.vocabulary = vocab.load(pieces)
        self.network = Network(self.vocabulary)
        self.optimisers = optimisers(self.network)
        if self.path.exists():
            state = torch.load(self.path, weights_only=True)
            self.network.load_state_dict(state["network"])
            for optimiser, moments in zip(self.optimisers, state["optimisers"], strict=True):
                optimiser.load_state_dict(moments)
            self.spent, self.step = state["spent"], state["step"]

    @property
    def progress(self) -> float:
        return min(1.0, self.spent / (self.minutes * 60))

    def save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers],
            "spent": self.spent,
            "step": self.step,
        }
        partial = self.path.with_suffix(".part")
        torch.save(state, partial)
        partial.rename(self.path)

    def train(self, folder: Path) -> None:
        """Train until the time is spent, reading shards as they appear in `folder`."""
        features = Features()
        r = random.Random(self.step)
        saved = time.monotonic()
        sources: dict[Shape, Iterator[Batch]] = {}
        shards = 0
        self.network.train()
        while self.progress < 1:
            began = time.monotonic()
            present = len(list(folder.glob("*.json")))
            if shards != present:
                corpus: list[Utterance] = list(read_shards(folder))
                shapes = {shape for _, shapes in CURRICULUM for shape in shapes}
                sources = {shape: batches(corpus, shape, self.vocabulary, features, r) for shape in shapes}
                shards = present
                print(f"{len(corpus)} utterances", flush=True)
            source = sources[shape_at(self.progress, self.step)]
            loss = losses(self.network, next(source))
            self.network.zero_grad()
            loss.total(self.progress).backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            for optimiser in self.optimisers:
                for group in optimiser.param_groups:
                    group["lr"] = learning_rate(self.progress, self.step)
                optimiser.step()
            self.step += 1
            self.spent += time.monotonic() - began
            if self.step % 25 == 0:
                print(
                    f"step {self.step} {self.spent / 60:.1f} min, text {loss.text.item():.3f}, "
                    f"phonemes {loss.phonemes.item():.3f}, attention {loss.attention.item():.3f}",
                    flush=True,
                )
            if time.monotonic() - saved > SAVE_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=300)
    options = parser.parse_args()
    torch.manual_seed(0)
    Run(options.work, options.minutes).train(options.corpus)


if __name__ == "__main__":
    main()
