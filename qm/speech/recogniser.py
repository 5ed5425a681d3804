"""What a speech recogniser is to the rest of qm. Pure types.

A recogniser hears one channel of at most 30 seconds at a time and knows nothing of recordings, speakers or
suppression.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qm.call import Language
from qm.transcript import Provenance, Suppressed, Word

if TYPE_CHECKING:
    from qm.audio import Samples


@dataclass(frozen=True, slots=True)
class Segment:
    """What a recogniser takes for one utterance. Every word has times."""

    words: tuple[Word, ...]
    suppressed: Suppressed | None = None
    avg_logprob: float = 0.0
    """mean log probability of the tokens, ≤ 0; Whisper fails below −1"""
    no_speech: float = 0.0
    """the recogniser's probability that nobody speaks, 0…1"""

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class Recogniser(Protocol):
    """Turns sound into words. `samples` are (n,) float32 at 16 kHz, one channel, −1…1.

    Each method raises ModelUnavailable when the model cannot be loaded.
    """

    @property
    def provenance(self) -> Provenance:
        """The engine, the model and the options that shape its text."""
        ...

    def detect_language(self, samples: "Samples") -> tuple[Language, float]:
        """The likeliest of qm's languages and its share, 0…1, of the probability of all of them."""
        ...

    def recognise(self, samples: "Samples", language: Language) -> list[Segment]:
        """The segments of at most 30 s of sound in order; word times are seconds in `samples`."""
        ...
