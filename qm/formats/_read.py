"""Which format a file is in, and one sentence when it cannot be read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from qm.errors import TranscriptError
from qm.formats import _amazon, _plain, _qm, _vtt, _whisper
from qm.formats._json import Node, parse
from qm.formats._misfit import EXPORT_AGAIN, Misfit
from qm.transcript import Transcript


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of JSON: how to tell it and how to read it."""

    name: str
    tells: Callable[[Node], bool]
    read: Callable[[Node], Transcript]


_KINDS = (
    _Kind("qm JSON", lambda root: "format" in root and root["format"].value == _qm.FORMAT, _qm.read),
    _Kind("Amazon Call Analytics JSON", lambda root: "Transcript" in root, _amazon.read_call_analytics),
    _Kind("Amazon Transcribe JSON", _amazon.is_transcribe, _amazon.read_transcribe),
    _Kind("WhisperX JSON", lambda root: "word_segments" in root, _whisper.read),
    _Kind("Whisper JSON", lambda root: "segments" in root or isinstance(root.value, list), _whisper.read),
)
"""The first that is told is taken."""

_MAY_BE_SILENT = {"qm JSON", "WebVTT"}
"""Where no turns is an answer; elsewhere it is more often a job that failed."""

_READABLE = "qm reads qm, WhisperX, Whisper and Amazon Transcribe JSON, WebVTT and plain text"


def read_transcript(data: bytes, name: str) -> Transcript:
    """The transcript in a file's bytes; its name is for the messages, and a hint where the content is unclear.

    Raises:
        TranscriptError: it cannot be read; says which file, what it looks like, where, and what to do.
    """
    text = _decode(data)
    if not text.strip():
        raise TranscriptError(f"{name} is empty; {EXPORT_AGAIN}.")
    if text.count("\0") > len(text) / 100:  # a stray one is only dropped
        raise TranscriptError(f"{name} is not text; {_READABLE}, and `qm transcribe` reads recordings.")
    look = _look(text, PurePath(name).suffix.casefold())
    try:
        if look == "JSON":
            root = parse(text)
            look, read_json = _kind(root)
            transcript = read_json(root)
        else:
            transcript = _vtt.read(text) if look == "WebVTT" else _plain.read(text)
        _check_spoken(transcript, look)
    except Misfit as misfit:
        # The cause is cut off: what shows a cause may also show the values it held, which is what people said.
        raise TranscriptError(f"{name} looks like {look}, but {misfit.problem}; {misfit.cure}.") from None
    return transcript


def _decode(data: bytes) -> str:
    """Text with `\\n` at the end of lines. What is not UTF-8 comes from older Windows programs."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    # latin-1 decodes anything: it is for the few bytes that Windows-1252, its usual meaning, leaves open.
    for encoding in ("utf-16" if marked else "utf-8-sig", "cp1252", "latin-1"):
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise AssertionError


def _look(text: str, suffix: str) -> str:
    if re.match(r"\s*(?:\{|\[\s*[\]{])", text):
        return "JSON"
    if text.startswith("WEBVTT") or _vtt.TIMES.search(text):
        return "WebVTT"
    if _plain.has_speaker(text):
        return "plain text"
    return {".json": "JSON", ".vtt": "WebVTT"}.get(suffix, "plain text")


def _kind(root: Node) -> tuple[str, Callable[[Node], Transcript]]:
    for kind in _KINDS:
        if kind.tells(root):
            return kind.name, kind.read
    raise Misfit("it is none that qm knows", _READABLE)


def _check_spoken(transcript: Transcript, look: str) -> None:
    if not transcript.turns and look not in _MAY_BE_SILENT:
        raise Misfit("it holds nothing that was said", "check that the recording has speech and was transcribed")
