"""The bundled calls and the bundled speech model: what makes qm run on a machine without a network."""

from pathlib import Path
from typing import Literal

import yaml

_HERE = Path(__file__).parent

CALLS = _HERE / "calls"
"""scripts: what is said, and what a QA lead expects of the scores"""
RECORDINGS = _HERE / "recordings"
"""the scripts as recorders write them, with metadata files"""
MODEL = _HERE / "model"
"""a small Whisper that knows the demo's vocabulary and synthetic voices, and nothing else"""
SHOWN = "nl-04-repeat-caller.wav"
"""the call whose scorecard the demo prints"""


def scripts() -> list[tuple[Literal["nl", "en"], str]]:
    """The twelve demo calls as they were written: language, and lines of `agent: …` and `customer: …`."""
    calls = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(CALLS.glob("*.yaml"))]
    return [(each["language"], "\n".join(f"{t['speaker']}: {t['text']}" for t in each["turns"])) for each in calls]
