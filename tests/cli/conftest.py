"""The command line as a person uses it: exit status, standard output, standard error."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qm.demo import MODEL

Qm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder of this test's own."""
    return tmp_path / "home"


@pytest.fixture
def qm(home: Path) -> Iterator[Qm]:
    """Run `qm` with arguments; keywords are settings (`model="small"`)."""

    def run(*arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
        named = {f"QM_{name.upper()}": str(value) for name, value in settings.items()}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("QM_")}
        environment |= {"QM_HOME": str(home), "HF_HUB_OFFLINE": "1", **named}
        command = [sys.executable, "-m", "qm.cli", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)

    yield run


@pytest.fixture
def model() -> Path:
    """The bundled speech model."""
    return MODEL
