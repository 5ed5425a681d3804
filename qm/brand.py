"""What a brand calls itself and its things, and how it speaks: configuration that signals read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from qm.call import Language


class Tone(StrEnum):
    """How the agent addresses the customer in Dutch; English has one form."""

    U = "u"
    JE = "je"
    EITHER = "either"
    """as the customer does, but one of the two in a call"""


@dataclass(frozen=True, slots=True)
class Brand:
    """One brand's vocabulary. All lists may be empty."""

    id: str
    title: str
    names: tuple[str, ...] = ()
    """what the company is called, as people say it"""
    products: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    """phrases"""
    jargon: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    """phrases that customers do not know, unless they are explained"""
    tone: Tone = Tone.EITHER
