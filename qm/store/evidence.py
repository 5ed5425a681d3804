"""Quotes as they lie in JSON columns."""

from typing import Any

from qm.call import Speaker
from qm.transcript import Evidence


def evidence_of(values: list[Any]) -> tuple[Evidence, ...]:
    """Stored quotes, read back."""
    return tuple(Evidence(**{**quote, "speaker": Speaker(quote["speaker"])}) for quote in values)
