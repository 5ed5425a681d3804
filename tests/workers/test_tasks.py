"""A worker that cannot work says why, in one sentence; the calls wait."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery.exceptions import Ignore

from qm.settings import Settings
from workers import tasks
from workers.app import create_app


@pytest.mark.parametrize("task", [tasks.hear, tasks.score])
def test_a_form_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, task: object
) -> None:
    monkeypatch.setattr(logging.getLogger("qm"), "propagate", True)
    app = create_app(Settings(home=tmp_path, broker_url=f"filesystem://{tmp_path}/queue", forms=("nowhere",)))
    with pytest.raises(Ignore):
        task("0" * 64)  # type: ignore[operator]
    [record] = caplog.records
    assert "nowhere" in record.getMessage()
    assert record.exc_info is None
    app.close()


def test_a_setting_that_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "workers.embedded", "1"]
    environment = os.environ | {
        "QM_HOME": str(tmp_path),
        "QM_BROKER_URL": f"filesystem://{tmp_path}",
        "QM_THREADS": "0",
    }
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr
        [said] = worker.stderr.read().splitlines()
    assert "QM_THREADS" in said
    assert worker.returncode == 1
