"""A call and its recording: who, when, in which direction, on which channel. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")


class Speaker(StrEnum):
    """Who speaks. A recording without separate channels gives `UNKNOWN`."""

    AGENT = "agent"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Who initiated the contact; every report splits by it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class CallMetadata:
    """What the telephone system knew about a call. Unknown fields are None, never guessed."""

    started_at: datetime | None = None
    """with time zone"""
    direction: Direction | None = None
    language: Language | None = None
    """None: detected from the speech"""
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    queue: str | None = None
    customer_reference: str | None = None
    note: str | None = None
    """what the agent wrote of the call in the customer file"""
    agent_channel: int = 0
    """channel of the agent in a two-channel recording, from 0"""


@dataclass(frozen=True, slots=True)
class Sound:
    """What a recording's sound is like, as found before anything is recognised."""

    duration: float
    """seconds"""
    channels: int
    separated: bool
    """each side of the call has a channel of its own; otherwise the speakers cannot be told apart by channel"""
    peak_dbfs: float
    """-100: all samples are zero"""
    silent: bool
    """nothing loud enough to be speech"""


@dataclass(frozen=True, slots=True)
class Recording:
    """An accepted recording. Its id is the SHA-256 of its bytes: the same bytes are the same call."""

    id: str
    name: str
    """file name as it came in"""
    path: str
    """where qm keeps the bytes, relative to the archive"""
    size: int
    """bytes"""
    metadata: CallMetadata
    sound: Sound


def channel_speakers(channels: int, agent_channel: int) -> tuple[Speaker, ...]:
    """Speaker of each channel: `(AGENT, CUSTOMER)` or the reverse; one channel is `(UNKNOWN,)`."""
    if channels == 1:
        return (Speaker.UNKNOWN,)
    return tuple(Speaker.AGENT if i == agent_channel else Speaker.CUSTOMER for i in range(channels))
