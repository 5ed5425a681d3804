"""Signals: functions from a searchable text to evidence, registered by name for the forms. Pure.

finding   Finding, Unknown                     what a signal answers
text      Text                                 the index of a transcript
registry  SIGNALS, Signal, signal              the decorator and what it registers
wording   phrase, question, jargon, …          what is said
dialogue  acknowledgement, paraphrase, …       how one turn answers another
promises  commitment, refusal, …               what the agent takes on or turns down
customer  customer_sentiment, effort, …         what the customer makes of it
timing    interruptions, silence, …            who speaks when
"""

from qm.signals import customer, dialogue, promises, timing, wording
from qm.signals.finding import Finding, Unknown
from qm.signals.registry import SIGNALS, Argument, Parameter, Phrases, Signal, Value, signal
from qm.signals.text import Text

RULES = 2
"""Raise it when a signal, or how findings become verdicts, answers otherwise than before: it is in every form's
version, so that `qm rescore` does its work."""

__all__ = [
    "RULES",
    "SIGNALS",
    "Argument",
    "Finding",
    "Parameter",
    "Phrases",
    "Signal",
    "Text",
    "Unknown",
    "Value",
    "customer",
    "dialogue",
    "promises",
    "signal",
    "timing",
    "wording",
]
