"""CPU seconds for one hour of two-channel audio, stage by stage, without VAD and recognition.

Speech is taken to be in every second half minute of each channel, and the recogniser answers at once with
150 words a minute: the amount of text is real, only the listening is free.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recordings import long_call

from qm import install
from qm.call import Language
from qm.pipeline import Accepted, Pipeline
from qm.settings import Settings
from qm.speech import voice
from qm.speech.recogniser import Segment
from qm.transcript import Provenance, Word

TEXT = "goedemorgen u spreekt met Sanne waarmee kan ik u helpen ik bel over mijn rekening die klopt niet".split()


class Instant:
    """A recogniser that costs nothing."""

    provenance = Provenance("instant", "none", "0" * 16)

    def detect_language(self, samples: Any) -> tuple[Language, float]:
        return "nl", 1.0

    def recognise(self, samples: Any, language: Language) -> list[Segment]:
        seconds = len(samples) / 16_000
        count = int(seconds * 2.5)
        words = (Word(TEXT[i % len(TEXT)], i * 0.4, i * 0.4 + 0.3, 0.9) for i in range(count))
        return [Segment(tuple(words))] if count else []


def measured(label: str, work: Callable[[], Any]) -> Any:
    """Do `work` and print its CPU seconds."""
    began = time.process_time()
    result = work()
    print(f"{label}: {time.process_time() - began:.2f} s CPU", flush=True)
    return result


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", database_url=None)
        path = long_call(Path(folder) / "hour.wav", 60)
        install.prepare(settings).close()
        began = time.process_time()
        with Pipeline.open(settings) as pipeline:
            pipeline._recogniser = Instant()
            find_speech = voice.find_speech
            voice.find_speech = lambda samples: [
                voice.Span(at, at + 15.0) for at in range(0, len(samples) // 16_000 - 15, 30)
            ]
            accepted = measured("intake (hash, survey, copy, store)", lambda: pipeline.ingest(path))
            assert isinstance(accepted, Accepted)
            assert measured("speech (decode, merge, store)", lambda: pipeline.hear(accepted.call_id))
            assert measured("score (two forms, store)", lambda: pipeline.score(accepted.call_id))
            voice.find_speech = find_speech
        print(f"one hour of two-channel audio: {time.process_time() - began:.2f} s CPU without VAD and recognition")


if __name__ == "__main__":
    main()
