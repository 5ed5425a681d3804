"""Calls written as text: `agent: …` lines, with `agent 0-3: …` where times matter."""

import re
from collections.abc import Callable

import pytest

from qm.call import Language, Speaker
from qm.signals import Text
from qm.transcript import Transcript, turn_of

LINE = re.compile(r"(\w+)(?: ([\d.]+)-([\d.]+))?: (.+)")


@pytest.fixture
def call() -> Callable[..., Text]:
    def build(*lines: str, language: Language | None = None) -> Text:
        turns = []
        for line in lines:
            match = LINE.fullmatch(line)
            assert match, line
            speaker, start, end, words = match.groups()
            turns.append(turn_of(Speaker(speaker), words, float(start) if start else None, float(end) if end else None))
        return Text(Transcript(language, tuple(turns)))

    return build
