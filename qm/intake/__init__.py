"""From files as a recorder leaves them to bytes and metadata that qm keeps."""

from qm.intake.archive import keep, place
from qm.intake.files import AUDIO_SUFFIXES, Found, find, fingerprint, is_stable
from qm.intake.sidecar import read_metadata, sidecar_of

__all__ = [
    "AUDIO_SUFFIXES",
    "Found",
    "find",
    "fingerprint",
    "is_stable",
    "keep",
    "place",
    "read_metadata",
    "sidecar_of",
]
