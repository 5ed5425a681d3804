"""The bundled calls and the bundled speech model: what makes qm run on a machine without a network."""

from pathlib import Path

_HERE = Path(__file__).parent

CALLS = _HERE / "calls"
"""scripts: what is said, and what a QA lead expects of the scores"""
RECORDINGS = _HERE / "recordings"
"""the scripts as recorders write them, with metadata files"""
MODEL = _HERE / "model"
"""a small Whisper that knows the demo's vocabulary and synthetic voices, and nothing else"""
SHOWN = "nl-04-repeat-caller.wav"
"""the call whose scorecard the demo prints"""
