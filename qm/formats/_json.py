"""Values of a JSON file that know their path, so that a complaint says where."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qm.formats._misfit import Misfit
from qm.formats._words import clean


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands, such as `segments[3].start`. An absent field and null are the same: None."""

    value: Any
    path: str = ""

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def __getitem__(self, key: str) -> "Node":
        node = self.get(key)
        if node is None:
            raise Misfit(f"{self._at(key)} is missing")
        return node

    def get(self, key: str) -> "Node | None":
        if not isinstance(self.value, dict):
            raise Misfit(f"{self.path or 'the content'} is not an object")
        value = self.value.get(key)
        return None if value is None else Node(value, self._at(key))

    def nodes(self) -> Iterator["Node"]:
        if not isinstance(self.value, list):
            raise Misfit(f"{self.path or 'the content'} is not a list")
        return (Node(value, f"{self.path}[{i}]") for i, value in enumerate(self.value))

    def list(self, key: str) -> Iterator["Node"]:
        """The parts of a list that has to be there."""
        return self[key].nodes()

    def list_or_none(self, key: str) -> Iterator["Node"]:
        """The parts of a list, if there is one."""
        node = self.get(key)
        return iter(()) if node is None else node.nodes()

    def text(self, key: str) -> str | None:
        node = self.get(key)
        if node is None:
            return None
        if not isinstance(node.value, str):
            raise Misfit(f"{node.path} is not text")
        return clean(node.value)

    def number(self, key: str) -> float | None:
        """A finite number; Amazon writes numbers as text."""
        node = self.get(key)
        if node is None:
            return None
        try:
            number = math.nan if isinstance(node.value, bool) else float(node.value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise Misfit(f"{node.path} is not a number")
        return number

    def seconds(self, key: str, unit: float = 1) -> float | None:
        """A time, stated in `1 / unit` seconds. An aligner's slip to before the start is the start."""
        number = self.number(key)
        return None if number is None else max(0.0, number / unit)

    def share(self, key: str) -> float | None:
        """A confidence, 0…1."""
        number = self.number(key)
        if number is not None and not 0 <= number <= 1:
            raise Misfit(f"{self._at(key)} is not between 0 and 1")
        return number

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def parse(text: str) -> Node:
    """The content of a JSON file."""
    try:
        # strict=False: a raw control character in a string is dropped later, it is no reason to refuse a call.
        # NaN and Infinity, which WhisperX writes for what it could not align, are "not known".
        return Node(json.loads(text, strict=False, parse_constant=lambda _: None))
    except json.JSONDecodeError as error:
        raise Misfit(f"line {error.lineno}, column {error.colno} is not JSON") from None
    except (ValueError, RecursionError):
        raise Misfit("it holds a number or a nesting too large to be a transcript") from None
