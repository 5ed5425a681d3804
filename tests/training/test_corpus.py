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


def test_the_test_part_is_about_a_quarter_shares_no_call_and_has_hands_of_its_own() -> None:
    train, test = ({call.id for call in calls(part)} for part in ("train", "test"))
    assert not train & test
    assert 0.2 <= len(test) / len(train | test) <= 0.3
    learned_from, measured = ({call.hand for call in calls(part)} for part in ("train", "test"))
    assert len(measured - learned_from) >= 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("outcome: unresolved", "outcome: solved", r"call.yaml line 10: unknown outcome 'solved'"),
        ("partly_met 1", "partly_met 3", r"call.yaml line 14: there is no turn 3; the call has turns 1 to 2"),
        ("partly_met 1", "good 1", r"call.yaml line 14: unknown verdict 'good'"),
        ("language: nl", "language: fr", r"call.yaml line 2: unknown language 'fr'"),
        ("impression: 4", "impression: 11", r"call.yaml line 11: wrong impression; use a number from 1 to 10"),
        ("impression: 4", "impression: 4.7", r"call.yaml line 11: wrong impression; use a whole number from 1 to 10"),
        ("why: Nothing happens.\n", "", r"call.yaml line 1: the key 'why' is missing"),
        (
            "nl-anna-07",
            "call7",
            r"call.yaml line 1: 'call7' is no id of a call; write language-hand-number, such as nl",
        ),
        ("nl-anna-07", "nl--07", r"call.yaml line 1: 'nl--07' is no id of a call"),
        ("promises: []", "promises: [{turn: 1, who: agent, what: , when: }]", r"call.yaml line 16: expected a text"),
        (
            "  agent: Goedemorgen, met Anna.\n  customer: Dag",
            "  Dag",
            r"call.yaml line 7: the call looks like plain text",
        ),
    ],
)
def test_a_mistake_names_file_line_and_cure(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "call.yaml").write_text(CALL.replace(old, new), "utf-8")
    with pytest.raises(FormError, match=message):
        read_corpus(tmp_path, "train")


def test_a_promise_may_lack_who_and_when(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    promise = "promises: [{turn: 1, who: ~, what: it, when: null}, {turn: 1, who: agent, what: it, when: morgen}]"
    (tmp_path / "train" / "call.yaml").write_text(CALL.replace("promises: []", promise), "utf-8")
    (call,) = read_corpus(tmp_path, "train")
    assert [(each.who, each.when) for each in call.promises] == [(None, None), ("agent", "morgen")]


def test_an_id_that_stands_twice_is_told_with_both_files(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for name in ("first", "second"):
        (tmp_path / "train" / f"{name}.yaml").write_text(CALL, "utf-8")
    with pytest.raises(FormError, match=r"second.yaml line 1: the id 'nl-anna-07' stands in first.yaml, too; give"):
        read_corpus(tmp_path, "train")


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="no labelled calls"):
        read_corpus(tmp_path, "train")
