"""What is derived from a transcript comes back as it was saved, and is replaced when it is made anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qm import store
from qm.call import Recording
from qm.insight import wrap_up
from qm.measures import measure
from qm.rubric.reasons import find_tree, load_tree
from qm.signals import Text
from qm.store import Database
from qm.transcript import Transcript

LINES = (
    "agent 0-4: Good morning, this is Sam, how can I help?",
    "customer 5-11: My invoice is far too high this month and I want my money back.",
    "agent 12-18: I will send you a corrected invoice by Friday, and somebody will call you.",
    "customer 19-21: Great, that solves it, thanks.",
)
CALLED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def heard(call: Recording, hear: Callable[..., int], transcript: Transcript) -> int:
    """The id of the stored call's transcript."""
    return hear(call.id, transcript)


@pytest.fixture
def text(text_of: Callable[..., Text]) -> Text:
    return text_of(*LINES, language="en")


def test_measures(database: Database, call: Recording, heard: int, text: Text) -> None:
    first, second = measure(text), replace(measure(text), hold=12.5)
    with database.writing() as session:
        store.save_measures(session, heard, first)
    with database.reading() as session:
        assert store.measures_of(session, call.id) == first
    with database.writing() as session:
        store.save_measures(session, heard, second)
    with database.reading() as session:
        assert store.measures_of(session, call.id) == second


def test_a_wrap_up_with_promises(database: Database, call: Recording, heard: int, text: Text) -> None:
    done = wrap_up(text, load_tree(find_tree("general")), CALLED_AT)
    assert done.promises
    assert done.next_step is not None
    assert done.next_step.due is not None
    with database.writing() as session:
        store.save_wrap_up(session, heard, done)
    with database.reading() as session:
        assert store.wrap_up_of(session, call.id) == done
    bare = replace(done, promises=(), next_step=None)
    with database.writing() as session:
        store.save_wrap_up(session, heard, bare)
    with database.reading() as session:
        assert store.wrap_up_of(session, call.id) == bare


def test_before_scoring_there_is_neither(database: Database, call: Recording, heard: int) -> None:
    with database.reading() as session:
        assert store.measures_of(session, call.id) is None
        assert store.wrap_up_of(session, call.id) is None
