"""qm JSON: everything a transcript holds, so that reading gives back what was written."""

from typing import Any

from qm.formats._json import Node
from qm.formats._misfit import Misfit
from qm.formats._speakers import language_of, speaker_of
from qm.formats._words import words_between
from qm.transcript import Provenance, Suppressed, Transcript, Turn, Word

FORMAT = "qm-transcript"
VERSION = 1


def to_json(transcript: Transcript) -> dict[str, Any]:
    """The transcript as qm JSON; `read_transcript` of it is equal to `transcript`."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "language": transcript.language,
        "duration": transcript.duration,
        "provenance": _provenance_json(transcript.provenance),
        "turns": [_turn_json(turn) for turn in transcript.turns],
    }


def _provenance_json(provenance: Provenance | None) -> dict[str, Any] | None:
    if provenance is None:
        return None
    return {
        "engine": provenance.engine,
        "model": provenance.model,
        "model_hash": provenance.model_hash,
        "options": dict(provenance.options),
    }


def _turn_json(turn: Turn) -> dict[str, Any]:
    return {
        "speaker": turn.speaker.value,
        "start": turn.start,
        "end": turn.end,
        "text": turn.text,
        "suppressed": turn.suppressed.value if turn.suppressed else None,
        "words": [_word_json(word) for word in turn.words],
    }


def _word_json(word: Word) -> dict[str, Any]:
    return {"text": word.text, "start": word.start, "end": word.end, "confidence": word.confidence}


def read(root: Node) -> Transcript:
    """The order of the turns stays as it is: evidence points at their numbers."""
    if root["version"].value != VERSION:
        raise Misfit(f"its version is not {VERSION}, the one this qm reads", "use the qm that wrote it, or a newer one")
    return Transcript(
        language=language_of(root.text("language")),
        turns=tuple(_turn(node) for node in root.list("turns")),
        duration=root.seconds("duration"),
        provenance=_provenance(root.get("provenance")),
    )


def _turn(node: Node) -> Turn:
    # A turn written by hand may have text alone; where there are words, they are what was said.
    words = tuple(_word(word) for word in node.list_or_none("words"))
    if not words:
        words = words_between(node.text("text") or "", node.seconds("start"), node.seconds("end"))
    return Turn(speaker_of(node.text("speaker")), words, _suppressed(node))


def _word(node: Node) -> Word:
    text = node.text("text")
    if text is None or not text.strip():
        raise Misfit(f"{node.path}.text is missing or empty", "give each word its text, or leave the word out")
    return Word(text, node.seconds("start"), node.seconds("end"), node.share("confidence"))


def _suppressed(node: Node) -> Suppressed | None:
    why = node.text("suppressed")
    if why is None:
        return None
    if why not in set(Suppressed):
        raise Misfit(f"{node.path}.suppressed is none of {', '.join(Suppressed)}", "use one of these or null")
    return Suppressed(why)


def _provenance(node: Node | None) -> Provenance | None:
    if node is None:
        return None
    engine, model, model_hash = (node.text(key) or "" for key in ("engine", "model", "model_hash"))
    options = node.get("options")
    return Provenance(engine, model, model_hash, _options(options) if options else {})


def _options(node: Node) -> dict[str, str | int | float | bool]:
    if not isinstance(node.value, dict) or not all(isinstance(v, str | int | float) for v in node.value.values()):
        raise Misfit(f"{node.path} is not an object of plain values")
    return dict(node.value)
