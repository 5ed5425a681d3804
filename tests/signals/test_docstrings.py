"""Each signal's docstring has an example, and the example is true."""

import doctest
from collections.abc import Callable

import pytest

from qm.signals import SIGNALS, Finding, Signal, Text
from qm.transcript import quote


class Names(dict):
    """Names an example may use; `everything` is all the customer said in the call just built."""

    def __init__(self, call: Callable[..., Text], signal: Signal) -> None:
        super().__init__({signal.name: signal, "call": self.build})
        self.make = call

    def build(self, *lines: str, **given: str) -> Text:
        text = self.make(*lines, **given)
        if text.language is None:  # too short to guess
            text = self.make(*lines, language="en", **given)
        said = tuple(quote(text.transcript, n) for n in text.by("customer"))
        self["everything"] = Finding(said, 1.0)
        return text


@pytest.mark.parametrize("signal", SIGNALS.values(), ids=lambda signal: signal.name)
def test_example_holds(signal: Signal, call: Callable[..., Text]) -> None:
    examples = doctest.DocTestParser().get_examples(signal.function.__doc__ or "")
    assert examples, f"{signal.name} has no example"
    for example in examples:
        finding = eval(example.source, {}, Names(call, signal))
        assert isinstance(finding, Finding)
        assert "found " + " ".join(f'"{each.quote}"' for each in finding.evidence) == example.want.strip()
