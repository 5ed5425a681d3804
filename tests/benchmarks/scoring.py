"""CPU time to judge a call of ten minutes (about 1,500 words, 120 turns) by both forms."""

import resource
import statistics
import time

from qm.call import Speaker
from qm.install import open_forms
from qm.scoring import evaluate_all
from qm.settings import Settings
from qm.signals import Text
from qm.transcript import Transcript, turn_of

LINES = (
    "agent: Good morning, Brightline Energy, you are speaking to Oliver, how can I help you today?",
    "customer: Hello, my direct debit was taken twice this month and now I cannot pay my rent on Friday.",
    "agent: That must be a shock with the rent due. I can see both payments, I will refund the second one now.",
    "customer: And when will that be in my account, because your colleague promised that last week as well?",
)


def long_call(turns: int) -> Transcript:
    """A timed call of so many turns."""
    spoken = []
    for number in range(turns):
        speaker, words = LINES[number % len(LINES)].split(": ", 1)
        spoken.append(turn_of(Speaker(speaker), words, number * 5.0, number * 5.0 + 4))
    return Transcript("en", tuple(spoken), turns * 5.0)


def main() -> None:
    before, began = _megabytes(), time.perf_counter()
    forms = open_forms(Settings())
    print(f"loading both forms: {time.perf_counter() - began:.1f} s, {_megabytes() - before:.0f} MB")
    call = long_call(84)
    runs = []
    for _ in range(30):
        began = time.process_time()
        evaluate_all(Text(call, forms[0].brand), forms)
        runs.append(time.process_time() - began)
    words = sum(len(turn.words) for turn in call.turns)
    print(f"both forms on {words} words, {len(call.turns)} turns: {statistics.median(runs) * 1000:.1f} ms CPU (median)")


def _megabytes() -> float:
    """The most memory that this process has used."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
