"""WebVTT: cues with times, whose `<v Agent>` says who speaks."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from qm.call import Language, Speaker
from qm.errors import TranscriptError
from qm.formats._misfit import Misfit
from qm.formats._speakers import is_label, language_of, speaker_of
from qm.formats._words import clean, clock, in_order, words_between
from qm.transcript import Transcript, Turn

_CLOCK = r"(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}"
TIMES = re.compile(rf"^[ \t]*({_CLOCK})[ \t]+-->[ \t]+({_CLOCK})(?=\s|$)", re.MULTILINE)
_NOT_SPEECH = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:\s([^<>]*))?>")
_TAG = re.compile(r"</?[a-zA-Z\d][^<>]*>|</?>")
_LANGUAGE = re.compile(r"\s*language\s*:(.*)", re.IGNORECASE)
_SHAPE = "write 00:00:01.000 --> 00:00:04.000 above its text"


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines without an empty one among them; `number` is the first one's."""

    number: int
    lines: Sequence[str]


def read(text: str) -> Transcript:
    header, *cues = _blocks(text)
    if not header.lines[0].startswith("WEBVTT"):
        raise Misfit("its first line is not WEBVTT", "put WEBVTT and an empty line at the top")
    if any("-->" in line for line in header.lines):
        raise Misfit("no empty line follows WEBVTT", "put one above the first cue")
    turns = (turn for cue in cues if not _NOT_SPEECH.match(cue.lines[0]) for turn in _turns(cue))
    return Transcript(_language(header), in_order(turns))


def _blocks(text: str) -> Iterator[_Block]:
    lines = enumerate(text.split("\n"), start=1)
    for blank, group in groupby(lines, key=lambda numbered: not numbered[1].strip()):
        numbered = list(group)
        if not blank:
            yield _Block(numbered[0][0], [line for _, line in numbered])


def _language(header: _Block) -> Language | None:
    stated = (match[1] for line in header.lines if (match := _LANGUAGE.match(line)))
    return language_of(next(stated, None))


def _turns(cue: _Block) -> Iterator[Turn]:
    # A cue may carry a name on the line above its times.
    at = next((i for i, line in enumerate(cue.lines[:2]) if "-->" in line), None)
    if at is None:
        raise Misfit(f"the text of line {cue.number} has no times", f"{_SHAPE}, and no empty line inside a cue")
    times = TIMES.match(cue.lines[at])
    if times is None:
        raise Misfit(f"line {cue.number + at} does not hold the times of a cue", _SHAPE)
    voices = [(speaker, text) for speaker, text in _voices(cue.lines[at + 1 :]) if text]
    words = words_between(" ".join(text for _, text in voices), clock(times[1]), clock(times[2]))
    for speaker, text in voices:
        own = len(text.split())
        yield Turn(speaker, words[:own])
        words = words[own:]


def _voices(lines: Sequence[str]) -> Iterator[tuple[Speaker, str]]:
    """Who says what in one cue. Without `<v …>`, a line may begin with `Agent:`."""
    before, *parts = _VOICE.split("\n".join(lines))
    yield from _lines(before)
    for label, text in zip(parts[::2], parts[1::2], strict=True):
        yield speaker_of(html.unescape(label or "")), _said(text)


def _lines(text: str) -> list[tuple[Speaker, str]]:
    voices = [(Speaker.UNKNOWN, "")]
    for line in text.split("\n"):
        label, colon, said = _said(line).partition(":")
        if colon and is_label(label):
            voices.append((speaker_of(label), said.strip()))
        else:
            voices[-1] = (voices[-1][0], f"{voices[-1][1]} {_said(line)}".strip())
    return voices


def _said(text: str) -> str:
    return " ".join(clean(html.unescape(_TAG.sub("", text))).split())


def to_vtt(transcript: Transcript) -> str:
    """The spoken turns as WebVTT; suppressed ones are left out, times are to the millisecond.

    Raises:
        TranscriptError: a turn has no times; a cue cannot do without.
    """
    if not transcript.spoken().timed:
        raise TranscriptError("A transcript without times cannot become WebVTT; export it as text or as qm JSON.")
    header = f"WEBVTT\nLanguage: {transcript.language}\n" if transcript.language else "WEBVTT\n"
    return "\n".join([header, *(_cue(turn) for turn in transcript.spoken().turns if turn.text.strip())])


def _cue(turn: Turn) -> str:
    assert turn.start is not None
    assert turn.end is not None
    start = round(turn.start * 1000)
    end = max(round(turn.end * 1000), start + 1)  # players skip a cue that lasts no time
    said = html.escape(" ".join(turn.text.split()), quote=False)
    return f"{_stamp(start)} --> {_stamp(end)}\n<v {turn.speaker.capitalize()}>{said}\n"


def _stamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
