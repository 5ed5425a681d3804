"""From sound to words: where speech is, what was said, and whose turn it was."""

from typing import TYPE_CHECKING

from qm.speech.models import check_model, open_recogniser
from qm.speech.recogniser import Recogniser, Segment

if TYPE_CHECKING:
    from qm.speech.hearing import hear

__all__ = ["Recogniser", "Segment", "check_model", "hear", "open_recogniser"]


def __getattr__(name: str) -> object:
    """`hear` on demand: it loads numpy and PyAV, which a process that forks workers must not."""
    if name == "hear":
        from qm.speech.hearing import hear

        return hear
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
