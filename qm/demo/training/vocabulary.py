"""The model's token ids: a small byte-level BPE of our own, then Whisper's special tokens in Whisper's order.

CTranslate2 calls a Whisper model multilingual when its vocabulary holds the empty token, as the vocabularies
of the multilingual originals do; the number of entries does not matter, so ours stays small.
"""

import json
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import AddedToken, ByteLevelBPETokenizer, Tokenizer

from qm.demo.training.text import LANGUAGES, lexicon

PIECES = 256 + 460
"""bytes and merges; 300–700 merges made the prototype listen, 4,000 made it guess"""
TIMESTAMPS = 1_501
"""0.00 … 30.00 s in steps of 0.02 s"""
SPECIAL = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    *(f"<|{code}|>" for code in _LANGUAGE_CODES if code != "yue"),
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
    *(f"<|{i * 0.02:.2f}|>" for i in range(TIMESTAMPS)),
]


@dataclass(frozen=True)
class Vocabulary:
    """Token ids: the BPE pieces, the empty token, the special tokens."""

    bpe: Tokenizer

    @property
    def pieces(self) -> int:
        return self.bpe.get_vocab_size()

    @property
    def size(self) -> int:
        return self.pieces + 1 + len(SPECIAL)

    def special(self, token: str) -> int:
        return self.pieces + 1 + SPECIAL.index(token)

    @property
    def timestamp_begin(self) -> int:
        return self.size - TIMESTAMPS

    def encode(self, text: str) -> list[tuple[int, int, int]]:
        """The pieces of `text`: id, first character, character behind the last."""
        encoded = self.bpe.encode(" " + text)
        bounds = ((max(0, first - 1), max(0, last - 1)) for first, last in encoded.offsets)
        return [(piece, first, last) for piece, (first, last) in zip(encoded.ids, bounds, strict=True)]

    def whisper_tokenizer(self) -> Tokenizer:
        """The tokenizer.json that faster-whisper reads."""
        content = json.loads(self.bpe.to_str())
        content["model"]["vocab"][""] = self.pieces
        tokenizer = Tokenizer.from_str(json.dumps(content))
        tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
        return tokenizer


def learn() -> Vocabulary:
    """Train the BPE on the written sentences and the words."""
    # faster-whisper suppresses the first token of " -" and " ♪": a lone space must never be needed,
    # so space + letter is made frequent enough to become a piece.
    letters = [f" {c}" * 400 for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéèë-'"]
    text = chain(
        letters,
        *((f" {s}" for s in lexicon(language).sentences) for language in LANGUAGES),
        *((f" {w}" for w in lexicon(language).words) for language in LANGUAGES),
    )
    bpe = ByteLevelBPETokenizer(add_prefix_space=False)
    bpe.train_from_iterator(text, vocab_size=PIECES, min_frequency=2, show_progress=False)
    return Vocabulary(bpe._tokenizer)


def load(path: Path) -> Vocabulary:
    return Vocabulary(Tokenizer.from_file(str(path)))
