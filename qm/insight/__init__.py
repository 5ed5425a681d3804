"""Insight: what one call says, for the wrap-up. Pure; the trees of reasons come read from `qm.rubric.reasons`.

reasons    Reason, reason_of                 why somebody called
promises   Promise, promises_of              what will be done after the call, by whom, by when
due        Due, due_of                       when that is
wrapup     Summary, WrapUp, wrap_up          all of it, with a summary in quotes
"""

from qm.insight.due import Due, due_of
from qm.insight.promises import Promise, Who, promises_of
from qm.insight.reasons import Reason, reason_of
from qm.insight.wrapup import Summary, WrapUp, wrap_up

__all__ = [
    "Due",
    "Promise",
    "Reason",
    "Summary",
    "Who",
    "WrapUp",
    "due_of",
    "promises_of",
    "reason_of",
    "wrap_up",
]
