"""How soon something happens: `qm --help`, the first scorecard of `qm demo`, all twelve calls."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from qm import store
from qm.settings import Settings
from qm.store import Database, State

QM = [sys.executable, "-m", "qm.cli"]


def help_seconds() -> float:
    """Median of five runs of `qm --help`."""
    runs = []
    for _ in range(5):
        began = time.monotonic()
        subprocess.run([*QM, "--help"], capture_output=True, check=True)
        runs.append(time.monotonic() - began)
    return statistics.median(runs)


def done(home: Path) -> int:
    """How many calls are scored."""
    if not (home / "qm.sqlite3").exists():
        return 0
    with Database(Settings(home=home).database) as database:
        if database.revision() is None:
            return 0
        with database.reading() as session:
            return sum(row.state is State.DONE for row in store.list_calls(session))


def main() -> None:
    print(f"qm --help: {help_seconds():.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        began = time.monotonic()
        demo = subprocess.Popen(
            [*QM, "demo"], env=os.environ | {"QM_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        first = None
        while demo.poll() is None:
            if first is None and done(home):
                first = time.monotonic() - began
                print(f"first scorecard: {first:.1f} s", flush=True)
            time.sleep(0.1)
        print(f"twelve calls: {time.monotonic() - began:.1f} s, {done(home)} scored, exit status {demo.returncode}")


if __name__ == "__main__":
    main()
