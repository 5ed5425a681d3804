"""The labelled calls: all can be read, and they are what their README says."""

from collections import Counter
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from qm.errors import FormError
from qm.evaluation import Outcome, Verdict
from qm.rubric import load, shipped
from qm.training import LabelledCall, read_corpus, shipped_corpus
from qm.training.corpus import Part, Style

CALL = """\
id: nl-anna-07
language: nl
direction: inbound
industry: energy
scenario: a question
style: punctuated
call: |
  agent: Goedemorgen, met Anna.
  customer: Dag, waar blijft mijn monteur?
outcome: unresolved
impression: 4
auto_fails: []
verdicts:
  warm_welcome: partly_met 1
reason: fault/visit
promises: []
life_events: []
competitors: []
pii: []
why: Nothing happens.
"""


@cache
def calls(part: Part) -> tuple[LabelledCall, ...]:
    return read_corpus(shipped_corpus(), part)


@cache
def everything() -> tuple[LabelledCall, ...]:
    return tuple(chain(calls("train"), calls("test")))


def test_every_criterion_that_words_can_show_is_labelled() -> None:
    wanted = {c.id for name in ("brand_values", "resolution") for c in load(shipped()[name]).criteria}
    wanted -= {"correct_answer", "wrap_up_note"}  # these need facts and a note that no call has
    for call in everything():
        assert set(call.verdicts) == wanted, call.id


def test_calls_are_whole_and_both_styles_and_languages_are_there() -> None:
    for call in everything():
        assert 12 <= len(call.transcript.turns) <= 60, call.id
    assert min(Counter((call.language, call.style) for call in everything()).values()) >= 50
    assert set(Counter(call.style for call in everything())) == set(Style)
    assert set(Counter(call.outcome for call in everything())) == set(Outcome)


def test_positive_verdicts_name_their_turns() -> None:
    for call in everything():
        for criterion, label in call.verdicts.items():
            assert label.turns or label.verdict in (Verdict.NOT_MET, Verdict.NOT_APPLICABLE), (call.id, criterion)


def test_no_sentence_is_a_template() -> None:
    turns = (turn.text.lower() for call in everything() for turn in call.transcript.turns)
    again = {text: n for text, n in Counter(turns).items() if n > 2 and len(text.split()) >= 8}
    assert not again


def test_the_test_part_is_about_a_quarter_and_shares_no_call() -> None:
    train, test = ({call.id for call in calls(part)} for part in ("train", "test"))
    assert not train & test


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("outcome: unresolved", "outcome: solved", r"call.yaml line 10: unknown outcome 'solved'"),
        ("partly_met 1", "partly_met 3", r"call.yaml line 14: there is no turn 3; the call has turns 1 to 2"),
        ("partly_met 1", "good 1", r"call.yaml line 14: unknown verdict 'good'"),
        ("language: nl", "language: fr", r"call.yaml line 2: unknown language 'fr'"),
        ("impression: 4", "impression: 11", r"call.yaml line 11: wrong impression; use a number from 1 to 10"),
        ("why: Nothing happens.\n", "", r"call.yaml line 1: the key 'why' is missing"),
    ],
)
def test_a_mistake_names_file_line_and_cure(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "call.yaml").write_text(CALL.replace(old, new), "utf-8")
    with pytest.raises(FormError, match=message):
        read_corpus(tmp_path, "train")


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="no labelled calls"):
        read_corpus(tmp_path, "train")
