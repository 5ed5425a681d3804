"""JSON of the Whisper family: segments with text, times and, mostly, words.

WhisperX         words have `word`, `score` and no leading space; segments have `speaker`
faster-whisper   words have `word` with its leading space, and `probability`
whisper          as faster-whisper; OpenAI's service names the language in full
"""

from collections.abc import Iterable, Iterator

from qm.formats._json import Node
from qm.formats._misfit import Misfit
from qm.formats._speakers import language_of, speaker_of
from qm.formats._words import fill_times, in_order, words_between
from qm.transcript import Transcript, Turn, Word


def read(root: Node) -> Transcript:
    """One turn per segment; a bare list of segments states no language."""
    if isinstance(root.value, list):
        return Transcript(None, _turns(root.nodes()))
    info = root.get("info") or root
    return Transcript(
        language=language_of(info.text("language")),
        turns=_turns(root.list("segments")),
        duration=info.seconds("duration"),
    )


def _turns(segments: Iterable[Node]) -> tuple[Turn, ...]:
    turns = (Turn(speaker_of(_label(segment)), _words(segment)) for segment in segments)
    return in_order(turn for turn in turns if turn.words)


def _label(segment: Node) -> str | None:
    """The segment's speaker; without one, that of the first word that has one."""
    voices = (word.text("speaker") for word in segment.list_or_none("words"))
    return segment.text("speaker") or next((voice for voice in voices if voice), None)


def _words(segment: Node) -> tuple[Word, ...]:
    start, end = segment.seconds("start"), segment.seconds("end")
    words = [word for piece in _joined(segment.list_or_none("words")) for word in words_between(*piece)]
    if words:
        return fill_times(words, start, end)
    text = segment.text("text")
    if text is None:
        raise Misfit(f"{segment.path}.text is missing")
    return words_between(text, start, end)


_Piece = tuple[str, float | None, float | None, float | None]
"""text, start, end, confidence"""


def _joined(nodes: Iterable[Node]) -> Iterator[_Piece]:
    """The words, where the file marks beginnings by a space: " e" and "-mail" are one word."""
    pieces = [_piece(node) for node in nodes]
    marked = any(text.startswith(" ") for text, *_ in pieces)
    held: _Piece | None = None
    for piece in pieces:
        if held is not None and marked and not piece[0].startswith(" "):
            held = _join(held, piece)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _join(first: _Piece, second: _Piece) -> _Piece:
    """One word; as sure as its less sure part."""
    sure = [confidence for confidence in (first[3], second[3]) if confidence is not None]
    return first[0] + second[0], first[1], second[2], min(sure, default=None)


def _piece(node: Node) -> _Piece:
    text = node.text("word") or node.text("text") or ""
    sure = next((key for key in ("score", "probability", "confidence") if key in node), "score")
    return text, node.seconds("start"), node.seconds("end"), node.share(sure)
