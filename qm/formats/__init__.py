"""Transcript files, read and written. Pure: bytes or text in, a `Transcript` out, and back.

_read      read_transcript      which format it is; every failure becomes one sentence
_qm        to_json              qm JSON, the only format that keeps everything
_whisper                        WhisperX, faster-whisper and Whisper JSON
_amazon                         Amazon Transcribe; Call Analytics and Contact Lens
_vtt       to_vtt               WebVTT with `<v Agent>`
_plain     to_text              lines of `agent: …` and `customer: …`
_json, _speakers, _words        what several formats share: fields and their paths, labels, times
"""

from qm.formats._plain import to_text
from qm.formats._qm import to_json
from qm.formats._read import read_transcript
from qm.formats._vtt import to_vtt

__all__ = ["read_transcript", "to_json", "to_text", "to_vtt"]
