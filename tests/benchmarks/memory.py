"""Peak memory of one worker process that hears a one-hour two-channel call with the demo model."""

import resource
import sys
import tempfile
import time
from pathlib import Path

from recordings import long_call

from qm import audio
from qm.call import CallMetadata
from qm.settings import Settings
from qm.speech import hear, open_recogniser


def peak() -> float:
    """MB, of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder:
        path = long_call(Path(folder) / "long.wav", 10)  # warm: the call that is tiled is in memory from here on
        recogniser = open_recogniser(Settings())
        hear(path, CallMetadata(language="nl"), audio.survey(path).sound, recogniser, lambda _: None)
        print(f"10 minutes: peak {peak():.0f} MB", flush=True)
        path = long_call(Path(folder) / "long.wav", minutes)
        began = time.monotonic()
        hear(path, CallMetadata(language="nl"), audio.survey(path).sound, recogniser, lambda _: None)
        print(f"{minutes:g} minutes: peak {peak():.0f} MB, {minutes * 60 / (time.monotonic() - began):.1f} × real time")


if __name__ == "__main__":
    main()
