"""Each signal against dialogues that must match and must not, in both languages: `tables/<signal>.yaml`.

A dialogue is lines parted by " / ", `a` the agent and `c` the customer, with times where they matter. The finding
`everything` is all that the customer says.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from qm.call import LANGUAGES, Language
from qm.signals import SIGNALS, Finding, Text
from qm.transcript import quote, verify

TABLES = Path(__file__).parent / "tables"
FEWEST = 3
"""dialogues of each kind in each language"""
ONE_FORM = {("u_je_switches", "en")}
"""a language in which a signal can never match"""


def table(name: str) -> dict[str, Any]:
    return yaml.safe_load((TABLES / f"{name}.yaml").read_text("utf-8"))


def rows() -> list[tuple[str, Language, str, bool]]:
    return [
        (name, language, dialogue, kind == "match")
        for name in sorted(SIGNALS)
        if (TABLES / f"{name}.yaml").exists()
        for language in LANGUAGES
        for kind in ("match", "none")
        for dialogue in table(name)[language][kind]
    ]


@pytest.mark.parametrize("name", SIGNALS)
def test_each_signal_has_a_table_in_both_languages(name: str) -> None:
    assert (TABLES / f"{name}.yaml").exists(), f"write tests/signals/tables/{name}.yaml"
    for language in LANGUAGES:
        dialogues = table(name)[language]
        assert len(dialogues["none"]) >= FEWEST
        assert len(dialogues["match"]) >= FEWEST or (name, language) in ONE_FORM


def test_each_table_is_of_a_signal() -> None:
    assert {path.stem for path in TABLES.iterdir()} == set(SIGNALS)


@pytest.mark.parametrize(("name", "language", "dialogue", "expected"), rows())
def test_table(call: Callable[..., Text], name: str, language: Language, dialogue: str, expected: bool) -> None:
    given = table(name)
    lines = [{"a": "agent", "c": "customer"}[line[0]] + line[1:] for line in dialogue.split(" / ")]
    voiced = lines if len({line.split()[0].rstrip(":") for line in lines}) > 1 else [*lines, "agent: Ja."]
    text = call(*voiced, language=language, brand=given.get("brand", "general"), note=given.get("note"))
    everything = Finding(tuple(quote(text.transcript, n) for n in text.by("customer")), 1.0)
    arguments = {
        key: everything if value == "everything" else value for key, value in given.get("arguments", {}).items()
    }
    found = SIGNALS[name](text, **arguments)
    assert isinstance(found, Finding), found
    assert bool(found) == expected, [each.quote for each in found.evidence]
    assert all(verify(each, text.transcript) for each in found.evidence)
