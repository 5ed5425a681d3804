"""JSON of Amazon Transcribe: the standard job, and Call Analytics or Contact Lens, which know the roles."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from qm.formats._json import Node
from qm.formats._misfit import Misfit
from qm.formats._speakers import language_of, speaker_of
from qm.formats._words import fill_times, in_order, with_mark, words_between
from qm.transcript import Transcript, Turn, Word

PAUSE = 0.8
"""Seconds of silence that end a turn; as in qm's own transcripts, so that the signals mean the same."""

_MILLISECONDS = 1000

_Spoken = tuple[str | None, Word]
"""a speaker's label and a word"""


def is_transcribe(root: Node) -> bool:
    """Whether this is a standard job; other services call their answer `results` too."""
    return "results" in root and any(key in root["results"] for key in ("transcripts", "items", "channel_labels"))


def read_transcribe(root: Node) -> Transcript:
    """A standard job: words with the label of a speaker (`spk_0`) or a channel (`ch_0`), or with none."""
    results = root["results"]
    turns = (turn for track in _tracks(results) for turn in _turns(track))
    return Transcript(language_of(results.text("language_code") or root.text("language_code")), in_order(turns))


def _tracks(results: Node) -> Iterator[list[_Spoken]]:
    """Each channel apart: in one list, two people who talk at once would cut each other to single words."""
    channels = results.get("channel_labels")
    if channels is None:
        yield _spoken(results.list("items"), None, _labels(results))
        return
    for channel in channels.list("channels"):
        yield _spoken(channel.list("items"), channel.text("channel_label"), {})


def _labels(results: Node) -> dict[float | None, str | None]:
    """Label by start time; older files have labels apart from the words only."""
    found: dict[float | None, str | None] = {}
    if speakers := results.get("speaker_labels"):
        for segment in speakers.list_or_none("segments"):
            label = segment.text("speaker_label")
            items = segment.list_or_none("items")
            found |= {item.seconds("start_time"): item.text("speaker_label") or label for item in items}
    return found


def _spoken(items: Iterable[Node], channel: str | None, labels: dict[float | None, str | None]) -> list[_Spoken]:
    spoken: list[_Spoken] = []
    for item in items:
        said = next(item.list("alternatives"), None)
        if said is None:
            raise Misfit(f"{item.path}.alternatives is empty")
        text = said.text("content") or ""
        if item.text("type") == "punctuation":
            spoken[-1:] = [(label, with_mark(word, text)) for label, word in spoken[-1:]]
            continue
        start, end = item.seconds("start_time"), item.seconds("end_time")
        label = channel or item.text("speaker_label") or labels.get(start)
        spoken += [(label, word) for word in words_between(text, start, end, said.share("confidence"))]
    return spoken


def _turns(spoken: list[_Spoken]) -> Iterator[Turn]:
    """A turn ends where the label changes or a pause falls."""
    ends = [i for i, (a, b) in enumerate(pairwise(spoken), start=1) if a[0] != b[0] or _pause(a[1], b[1]) > PAUSE]
    for first, last in pairwise([0, *ends, len(spoken)]):
        words = tuple(word for _, word in spoken[first:last])
        if words:
            yield Turn(speaker_of(spoken[first][0]), words)


def _pause(before: Word, after: Word) -> float:
    return 0.0 if before.end is None or after.start is None else after.start - before.end


def read_call_analytics(root: Node) -> Transcript:
    """Call Analytics or Contact Lens: turns with the role of who speaks."""
    roles = {p.text("ParticipantId"): p.text("ParticipantRole") for p in root.list_or_none("Participants")}
    turns = (_turn(node, roles) for node in root.list("Transcript"))
    call = root.get("ConversationCharacteristics")
    return Transcript(
        language=language_of(root.text("LanguageCode")),
        turns=in_order(turn for turn in turns if turn.words),
        duration=call.seconds("TotalConversationDurationMillis", _MILLISECONDS) if call else None,
    )


def _turn(node: Node, roles: dict[str | None, str | None]) -> Turn:
    participant = node.text("ParticipantId")
    role = node.text("ParticipantRole") or roles.get(participant) or participant
    start, end = _offsets(node)
    words = fill_times(_items(node.list_or_none("Items")), start, end)
    return Turn(speaker_of(role), words or words_between(node.text("Content") or "", start, end))


def _items(items: Iterable[Node]) -> list[Word]:
    words: list[Word] = []
    for item in items:
        said = next(item.list_or_none("Alternatives"), item)
        text = said.text("Content") or ""
        if (item.text("Type") or "").casefold() == "punctuation":
            words[-1:] = [with_mark(word, text) for word in words[-1:]]
        else:
            words += words_between(text, *_offsets(item), said.share("Confidence"))
    return words


def _offsets(node: Node) -> tuple[float | None, float | None]:
    return node.seconds("BeginOffsetMillis", _MILLISECONDS), node.seconds("EndOffsetMillis", _MILLISECONDS)
