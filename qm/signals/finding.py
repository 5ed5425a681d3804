"""What a signal says: found with evidence, looked for and not found, or unable to tell. Pure."""

from dataclasses import dataclass

from qm.evaluation import Searched
from qm.transcript import Evidence


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of a signal; true when it has evidence."""

    evidence: tuple[Evidence, ...]
    confidence: float
    """0…1: how strongly the words, or their absence, carry the answer"""
    searched: Searched | None = None
    """what was looked through, so that an absence can be checked"""

    def __bool__(self) -> bool:
        return bool(self.evidence)


@dataclass(frozen=True, slots=True)
class Unknown:
    """The signal cannot tell: what it needs is not in this transcript."""

    reason: str
    """a clause after "cannot tell because": "the speakers are unknown" """
