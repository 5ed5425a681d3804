"""Plain text: a line per turn, `agent: …` or `customer: …`, with or without a time before it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qm.call import Language, Speaker
from qm.formats._misfit import Misfit
from qm.formats._speakers import is_label, language_of, speaker_of
from qm.formats._words import clean, clock, in_order, words_between
from qm.transcript import Transcript, Turn, Word, words_of

SHAPE = "write lines such as `agent: Good morning` and `customer: Hello`"

_CLOCK = r"(?:\d+:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_TIME = re.compile(rf"[\[(]?({_CLOCK})(?:\s*(?:-->|-|–)\s*({_CLOCK}))?(?:[\])]|(?=\s))\s*(?:[-–]\s)?\s*")
_LANGUAGE = re.compile(r"#\s*language\s*:(.*)", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,2}")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line taken apart; `label` is what stands before the first colon."""

    number: int
    start: float | None
    end: float | None
    label: str
    after: str
    text: str
    """all but the time"""


def read(text: str) -> Transcript:
    lines = [_line(number, line) for number, line in enumerate(text.split("\n"), start=1) if _is_speech(line)]
    if not any(is_label(line.label) for line in lines):
        raise Misfit("no line begins with a speaker", SHAPE)
    turns = (turn for turn in _turns(lines, _names(lines)) if turn.words)
    return Transcript(_language(text), in_order(turns))


def has_speaker(text: str) -> bool:
    """Whether some line begins as a turn does."""
    return any(is_label(_line(0, line).label) for line in text.split("\n") if _is_speech(line))


def _is_speech(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _language(text: str) -> Language | None:
    stated = (match[1] for line in text.split("\n") if (match := _LANGUAGE.match(line.strip())))
    return language_of(next(stated, None))


def _line(number: int, line: str) -> _Line:
    text = clean(line).strip()
    time = _TIME.match(text)
    if time is None:
        return _Line(number, None, None, *_divided(text), text)
    rest = text[time.end() :]
    label, after = _divided(rest)
    if text[0].isdigit() and not (is_label(label) or _NAME.fullmatch(label)):
        # "12:30 is fine" goes on with what somebody said; only before a speaker, or in brackets, is it a time.
        return _Line(number, None, None, "", "", text)
    start, end = (clock(part) if part else None for part in time.groups())
    return _Line(number, start, end, label, after, rest)


def _divided(text: str) -> tuple[str, str]:
    """What stands before the first colon, if there is one, and after it; `**Agent:** …` is bold in Markdown."""
    label, colon, after = text.partition(":")
    return (label.strip(), after.removeprefix("**")) if colon else ("", "")


def _names(lines: Sequence[_Line]) -> set[str]:
    """Names that begin lines more than once, such as `Jan`: speakers too, though of unknown role.

    Taken for the continuation of the agent's turn, a customer's words would become the agent's.
    """
    counts = Counter(line.label.casefold() for line in lines if _NAME.fullmatch(line.label))
    return {name for name, count in counts.items() if count > 1}


def _turns(lines: Sequence[_Line], names: set[str]) -> Iterator[Turn]:
    """A line with neither speaker nor time goes on with the turn before."""
    first, said = lines[0], [""]
    speaker: Speaker | None = None
    for line in lines:
        labelled = is_label(line.label) or line.label.casefold() in names
        if not labelled and line.start is None:
            said.append(line.text)
        else:
            if speaker is not None:
                yield _turn(speaker, first, said)
            first, speaker = line, speaker_of(line.label)
            said = [line.after if labelled else line.text]
        if speaker is None:
            raise Misfit(f"line {line.number} stands before the first speaker", "begin it with agent: or # (a comment)")
    if speaker is not None:
        yield _turn(speaker, first, said)


def _turn(speaker: Speaker, line: _Line, said: Sequence[str]) -> Turn:
    """A turn with the times it states.

    A time before the line says when the first word begins, and nothing of the others or the end: until the
    next turn would be a guess that hides every silence.
    """
    text = " ".join(said)
    if line.end is not None:
        return Turn(speaker, words_between(text, line.start, line.end))
    return Turn(speaker, _begun_at(words_of(text), line.start))


def _begun_at(words: tuple[Word, ...], start: float | None) -> tuple[Word, ...]:
    return (replace(words[0], start=start), *words[1:]) if words else ()


def to_text(transcript: Transcript) -> str:
    """The spoken turns to read, `[00:12] agent: …`; suppressed ones are left out."""
    return "".join(_readable(turn) for turn in transcript.spoken().turns if turn.text.strip())


def _readable(turn: Turn) -> str:
    stamp = "" if turn.start is None else f"[{_stamp(int(turn.start))}] "
    return f"{stamp}{turn.speaker.value}: {' '.join(turn.text.split())}\n"


def _stamp(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02d}:{seconds % 60:02d}" if hours else f"{minutes:02d}:{seconds % 60:02d}"
