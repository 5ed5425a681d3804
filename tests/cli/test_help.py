"""The documentation is true: every command is in the README, and every README command exists."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from qm.cli import qm
from qm.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, *above: str) -> dict[str, click.Command]:
    """Every command by its words: `forms check`."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, *above, name)
        else:
            found[" ".join([*above, name])] = command
    return found


@pytest.mark.parametrize("name", commands(qm))
def test_each_command_is_documented(name: str) -> None:
    assert f"`qm {name}" in README
    assert CliRunner().invoke(qm, [*name.split(), "--help"]).exit_code == 0


@pytest.mark.parametrize("name", [n for n in commands(qm) if n not in {"db upgrade", "clip", "forms schema"}])
def test_each_command_that_prints_results_speaks_json(name: str) -> None:
    assert "as_json" in {parameter.name for parameter in commands(qm)[name].params}


def test_the_readme_names_only_what_exists() -> None:
    known = commands(qm)
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
    shown = re.findall(r"^qm ([^#\n]+)", blocks, re.MULTILINE) + re.findall(r"`qm ([^`]+)`", README)
    for line in shown:
        words = shlex.split(line)
        name = next(n for n in known if words[: len(n.split())] == n.split())
        options = {option for parameter in known[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_each_setting_is_documented() -> None:
    for name in Settings.model_fields:
        assert f"QM_{name.upper()}" in README
