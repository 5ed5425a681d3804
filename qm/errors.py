"""What can go wrong, and what it means for the work.

    QmError                     a sentence for people: what, where, what to do
    ├── UserError               the caller can mend it: a path, a form, a setting
    │   ├── FormError           a form's file, line and cure
    │   ├── SettingsError
    │   └── TranscriptError     a transcript file that cannot be read
    ├── RecordingError          this recording can never be processed: final, quarantined
    ├── StaleClaim              another worker holds the job: the late result is dropped
    └── Unavailable             a part is missing or down: retried
        ├── ModelUnavailable
        ├── BrokerUnavailable
        ├── DatabaseUnavailable
        └── StorageFull

Expected outcomes (a duplicate, a quarantined file) are typed results, not exceptions. No message holds
transcript text, a customer's name or a number: messages end up in logs.
"""

import errno
from enum import StrEnum

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""numbers of an OSError that mean a full disk"""


class Reason(StrEnum):
    """Why a recording is not processed; `sentence` is what a person reads."""

    EMPTY = "empty"
    NOT_AUDIO = "not_audio"
    NO_SOUND = "no_sound"
    TRUNCATED = "truncated"
    TOO_MANY_CHANNELS = "too_many_channels"
    BAD_SIDECAR = "bad_sidecar"
    BAD_CHANNEL = "bad_channel"
    UNREADABLE = "unreadable"
    STILL_WRITING = "still_writing"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"

    @property
    def sentence(self) -> str:
        """What it is and what to do."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.EMPTY: "The file is empty; export the recording again.",
    Reason.NOT_AUDIO: "The file is not a sound recording qm can read; check that it is audio and complete.",
    Reason.NO_SOUND: "The file has a header but no sound; export the recording again.",
    Reason.TRUNCATED: "The file ends before its header says; copy it again from the recorder.",
    Reason.TOO_MANY_CHANNELS: "The recording has more than two channels; export agent and customer as two channels.",
    Reason.BAD_SIDECAR: "The metadata file beside the recording cannot be used; mend it and process the file again.",
    Reason.BAD_CHANNEL: "The agent's channel in the metadata does not exist in the recording; correct agent_channel.",
    Reason.UNREADABLE: "The file cannot be read; check that it exists and that qm may read it.",
    Reason.STILL_WRITING: "The file is still being written; process it again when the recorder has finished.",
    Reason.ATTEMPTS_EXHAUSTED: "Processing failed three times; see the detail, then `qm process` the file again.",
}


class QmError(Exception):
    """The root: `str(error)` is one plain sentence for the person at the keyboard."""


class UserError(QmError):
    """The caller can mend it."""


class FormError(UserError):
    """An evaluation form cannot be used; the message names file, line and cure."""


class SettingsError(UserError):
    """A setting is wrong; the message names it and where it was read."""


class TranscriptError(UserError):
    """A transcript file cannot be read; the message names the format and the place."""


class RecordingError(QmError):
    """A recording that can never be processed.

    Attributes:
        reason: what a person reads and filters on.
        detail: where exactly, without personal data; may be empty.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.sentence} ({detail})" if detail else reason.sentence)
        self.reason = reason
        self.detail = detail


class StaleClaim(QmError):
    """The job's lease went to another worker; this worker's result must not be stored."""


class Unavailable(QmError):
    """A part that qm needs is missing or down; work is tried again later."""


class ModelUnavailable(Unavailable):
    """The speech model cannot be loaded; the message names the directory or file and the cure."""


class BrokerUnavailable(Unavailable):
    """No Redis could be reached or started."""


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, or is of another version than this qm."""


class StorageFull(Unavailable):
    """No space is left where qm keeps its data."""
