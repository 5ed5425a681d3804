"""Text that a recogniser invented: marked, never deleted.

Whisper reads subtitle credits into silence and repeats itself when it is lost. Only a segment that consists
of nothing else is an invention; closing words ("tot ziens", "thank you") are real speech and stay.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from qm.call import Language
from qm.speech.recogniser import Segment
from qm.transcript import Suppressed, Word

_NO_SPEECH = 0.6
_LOGPROB = -1.0
"""Whisper's own limits for a segment in which nobody speaks: both have to be passed."""
_LONGEST = 8
"""Words in the longest phrase looked for: Whisper's loops are short."""
_TIMES = 4
_WORDS = 8
"""A loop says a phrase four times or more and eight words or more: people repeat "ja ja ja ja" and dictate
"nul nul nul", but not that often without a breath."""
_BREATH = 0.3
"""Seconds of pause between words that no loop has."""


def mark(segments: Iterable[Segment], language: Language) -> list[Segment]:
    """The same words in the same order, inventions in suppressed segments of their own.

    Word times must be those of the recording. A phrase that loops stays once, since it may have been said.
    """
    marked: list[Segment] = []
    for segment in segments:
        if _invented(segment, language):
            marked.append(replace(segment, suppressed=Suppressed.HALLUCINATION))
        else:
            marked += _without_loops(segment)
    return marked


def _invented(segment: Segment, language: Language) -> bool:
    if segment.no_speech > _NO_SPEECH and segment.avg_logprob < _LOGPROB:
        return True
    return _inventions(language).fullmatch(_plain(segment.text)) is not None


@cache
def _inventions(language: Language) -> re.Pattern[str]:
    lines = (files("qm.speech") / f"hallucinations.{language}.txt").read_text("utf-8").splitlines()
    return re.compile("|".join(_pattern(line) for line in lines if not line.startswith("#")))


def _pattern(line: str) -> str:
    phrase = re.escape(_plain(line))
    return rf"{phrase}(?: .*)?" if line.endswith("*") else phrase


def _plain(text: str) -> str:
    """Lower-case words with single spaces; no punctuation, so "Amara.org" is "amara org"."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _without_loops(segment: Segment) -> Iterator[Segment]:
    words = segment.words
    first = at = 0
    while at < len(words):
        repeated = _loop(words, at)
        if repeated is None:
            at += 1
            continue
        if repeated.start > first:
            yield replace(segment, words=words[first : repeated.start])
        yield replace(segment, words=words[repeated.start : repeated.stop], suppressed=Suppressed.LOOP)
        first = at = repeated.stop
    if first < len(words):
        yield replace(segment, words=words[first:])


def _loop(words: Sequence[Word], at: int) -> range | None:
    """The repetitions of a phrase that starts at word `at`, its first time not counted; None if no loop."""
    for length in range(1, _LONGEST + 1):
        end = at + length
        while end < len(words) and _same(words[end], words[end - length]) and _breathless(words, end):
            end += 1
        times = (end - at) // length
        if times >= _TIMES and times * length >= _WORDS:
            return range(at + length, end)
    return None


def _same(one: Word, other: Word) -> bool:
    return _plain(one.text) == _plain(other.text)


def _breathless(words: Sequence[Word], i: int) -> bool:
    """Whether word `i` follows the one before without a pause."""
    end, start = words[i - 1].end, words[i].start
    return end is None or start is None or start - end <= _BREATH
