"""Models learned from labelled calls, beside the rules: linear, fast, and open to look into.

features  turn_features, call_features   a call as the models see it
model     Learned, Opinion               weights, and what they say of one call
"""

from qm.learned.features import VOICES, TurnFeature, call_features, turn_features
from qm.learned.model import Learned, ModelError, Opinion, from_json, to_json

__all__ = [
    "VOICES",
    "Learned",
    "ModelError",
    "Opinion",
    "TurnFeature",
    "call_features",
    "from_json",
    "to_json",
    "turn_features",
]
