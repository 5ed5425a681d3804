"""The shipped forms against the twelve demo scripts, judged by hand.

The scripts are among the calls that the models learned from, so they check that the forms judge sensibly and no more;
the floors are what the forms reach, so that a change that loses agreement is seen. The scripts say who speaks when
with pauses only; times are laid out from the words.
"""

from functools import cache
from pathlib import Path

import pytest
import yaml

import qm
from qm.call import Language, Speaker
from qm.evaluation import Evaluation
from qm.rubric import load, shipped
from qm.scoring import evaluate
from qm.training.noise import misheard
from qm.transcript import Transcript, Turn, turn_of

SCRIPTS = sorted((Path(qm.__file__).parent / "demo" / "calls").glob("*.yaml"))
FORMS = ("brand_values", "resolution")
SECONDS_PER_WORD = 0.4
PAUSE = 0.4


@cache
def script(path: Path) -> dict:
    return yaml.safe_load(path.read_text("utf-8"))


def transcript_of(call: dict) -> Transcript:
    turns: list[Turn] = []
    at = 0.0
    for each in call["turns"]:
        start = max(0.0, at + each.get("pause", PAUSE))
        end = start + SECONDS_PER_WORD * len(each["text"].split())
        turns.append(turn_of(Speaker(each["speaker"]), each["text"], start, end))
        at = end
    return Transcript(call["language"], tuple(turns), duration=at)


@cache
def judged(path: Path) -> dict[str, Evaluation]:
    transcript = transcript_of(script(path))
    return {name: evaluate(transcript, load(shipped()[name])) for name in FORMS}


def agreement(language: Language) -> list[tuple[str, str, str, str]]:
    """Call, criterion, expected, given."""
    return [
        (path.stem, f"{name}.{result.id}", script(path)["expected"][name][result.id], result.verdict.value)
        for path in SCRIPTS
        if script(path)["language"] == language
        for name in FORMS
        for result in judged(path)[name].criteria
    ]


@pytest.mark.parametrize(("language", "floor"), [("nl", 0.90), ("en", 0.94)])
def test_verdicts_agree(language: Language, floor: float) -> None:
    rows = agreement(language)
    same = sum(expected == given for _, _, expected, given in rows)
    for call, criterion, expected, given in rows:
        if expected != given:
            print(f"{call:32} {criterion:38} expected {expected:15} given {given}")
    print(f"{language}: {same} of {len(rows)} verdicts agree ({same / len(rows):.0%})")
    assert same / len(rows) >= floor


@pytest.mark.parametrize(("rate", "floor"), [(0.1, 0.95), (0.2, 0.90)])
def test_misheard_words_leave_verdicts_alone(rate: float, floor: float) -> None:
    """Simulated word errors. These calls are among those that the models learned; test_quality.py has unseen ones."""
    same, total = 0, 0
    for path in SCRIPTS:
        said = transcript_of(script(path))
        for seed in range(3):
            for name, exact in judged(path).items():
                noisy = evaluate(misheard(said, rate, f"{path.stem} {seed}"), load(shipped()[name]))
                pairs = list(zip(exact.criteria, noisy.criteria, strict=True))
                same += sum(before.verdict is after.verdict for before, after in pairs)
                total += len(pairs)
    print(f"{rate:.0%} of the words misheard: {same / total:.1%} of the verdicts the same")
    assert same / total >= floor


def test_outcomes_agree() -> None:
    rows = [(p.stem, script(p)["expected"]["outcome"], judged(p)["resolution"].outcome) for p in SCRIPTS]
    for call, expected, given in rows:
        print(f"{call:32} expected {expected:24} given {given.outcome.value} ({given.reason})")
    assert sum(expected == given.outcome.value for _, expected, given in rows) >= 11


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_auto_fail_where_expected_and_nowhere_else(path: Path) -> None:
    failed = any(evaluation.failed for evaluation in judged(path).values())
    assert failed == script(path)["expected"]["failed"]
