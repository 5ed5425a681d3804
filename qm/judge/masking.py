"""What a judge is shown of a call: its words, with numbers and addresses masked. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import NewType

from qm.call import Speaker
from qm.transcript import Transcript, Word

RedactedTranscript = NewType("RedactedTranscript", Transcript)
"""A transcript without what identifies people. The judge never sees anything else: whoever makes one of these says
that it may leave the machine. Turns and words are numbered as in the original, so evidence in the one can be quoted
from the other."""

NUMBER = "[number]"
MAIL = "[mail]"

_DUTCH = (
    "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien "
    "twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd duizend miljoen"
)
_ENGLISH_ONES = "one two three four five six seven eight nine"
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_OTHERS = (
    "zero oh ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
    "hundred thousand million double triple dubbel dubbele"
)
_BETWEEN = frozenset("en and plus punt point komma comma streep streepje dash eh ehm uh uhm um euh hm".split())
"""words that stand inside a number as it is spoken, and do not end it"""
_LEAST_NUMBERS = 3
"""number words in a run that could be a telephone number; "een" and "two" alone are ordinary words"""


def _either(words: str) -> str:
    return "|".join(words.split())


_NUMBER_WORD = re.compile(
    rf"(?:(?:{_either(_DUTCH)})(?:en)?)*(?:{_either(_DUTCH)})"  # vierendertig, honderdvijf
    rf"|(?:{_either(_ENGLISH_TENS)})?-?(?:{_either(_ENGLISH_ONES)})|{_either(_ENGLISH_TENS)}|{_either(_OTHERS)}"
)


def redact_plainly(transcript: Transcript) -> RedactedTranscript:
    """The transcript with words that hold a digit, mail addresses and dictated numbers masked, word for word.

    A stop-gap: it knows no names, streets, spelled letters or dates in words. A number is followed over the turns
    of one speaker, since people dictate in pairs while the other says yes.
    """
    dictated = {place for speaker in Speaker for place in _dictated(transcript, speaker)}
    return RedactedTranscript(
        replace(
            transcript,
            turns=tuple(
                replace(turn, words=tuple(_masked(w, (n, at) in dictated) for at, w in enumerate(turn.words)))
                for n, turn in enumerate(transcript.turns)
            ),
        )
    )


def shown(redacted: RedactedTranscript) -> dict[int, str]:
    """The words of each turn that may be used, by turn number from 0; on one line, so that none can feign a turn."""
    texts = {n: " ".join(turn.text.split()) for n, turn in enumerate(redacted.turns) if turn.suppressed is None}
    return {number: text for number, text in texts.items() if text}


def _masked(word: Word, dictated: bool) -> Word:
    if "@" in word.text:
        return replace(word, text=MAIL)
    return replace(word, text=NUMBER) if dictated or _has_digit(word.text) else word


def _has_digit(word: str) -> bool:
    return any(letter.isnumeric() for letter in word)


def _dictated(transcript: Transcript, speaker: Speaker) -> Iterator[tuple[int, int]]:
    """Turn and word of each word in a long enough run of number words of a speaker."""
    words = [
        ((number, at), word.text)
        for number, turn in enumerate(transcript.turns)
        if turn.speaker is speaker
        for at, word in enumerate(turn.words)
    ]
    run: list[tuple[int, int]] = []
    waiting: list[tuple[int, int]] = []
    count = 0
    for place, text in words:
        numbers = _number_words(text)
        if numbers:
            run += [*waiting, place]
            waiting = []
            count += numbers
        elif _bare(text) in _BETWEEN:
            waiting.append(place)
        else:
            yield from run if count >= _LEAST_NUMBERS else ()
            run, waiting, count = [], [], 0
    yield from run if count >= _LEAST_NUMBERS else ()


def _number_words(text: str) -> int:
    """How many number words a written word holds: "thirty-four" is one, "nul-zes" two, "zo-een" none."""
    bare = _bare(text)
    if _has_digit(bare) or _NUMBER_WORD.fullmatch(bare):
        return 1
    parts = re.split(r"[\W_]+", bare)
    return len(parts) if all(_NUMBER_WORD.fullmatch(part) for part in parts) else 0


def _bare(text: str) -> str:
    """Small letters without accents, and without punctuation around them."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"^[\W_]+|[\W_]+$", "", "".join(each for each in letters if not unicodedata.combining(each)))
