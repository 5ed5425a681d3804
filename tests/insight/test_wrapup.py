"""The wrap-up of whole calls, and of what is hardly a call."""

from collections.abc import Callable
from datetime import datetime

import pytest

from qm.call import Direction, Speaker
from qm.insight import wrap_up
from qm.insight.wrapup import Summary
from qm.rubric.reasons import OTHER, ReasonTree, find_tree, load_tree
from qm.signals import Text
from qm.training import read_corpus, shipped_corpus
from qm.transcript import Suppressed, Transcript, Turn, turn_of, verify, words_of

CALLED = datetime(2026, 3, 4, 10, 0)

CALL = (
    "agent: Goedemiddag, Zilverwinkel, met Fatima. Waarmee kan ik u helpen?",
    "customer: Dag, met De Boer. Mijn pakket is nog steeds niet bezorgd en ik wacht al een week.",
    "agent: Wat vervelend, een week wachten. Ik kijk het even na.",
    "customer: Graag.",
    "agent: Het lag nog in het depot. Ik heb de bezorging opnieuw ingepland.",
    "customer: Wanneer komt het dan?",
    "agent: De bezorger komt vrijdag tussen tien en twaalf. Ik bel u morgen om te horen of u de mail heeft.",
    "customer: Ja, goed.",
    "agent: Is het zo opgelost?",
    "customer: Vrijdag ben ik thuis, dus dan is het voor mij opgelost.",
    "agent: Dan wens ik u een fijne dag.",
    "customer: Dag.",
)


@pytest.fixture(scope="module")
def tree() -> ReasonTree:
    return load_tree(find_tree("general"))


def test_a_call_is_wrapped_up(call: Callable[..., Text], tree: ReasonTree) -> None:
    text = call(*CALL)
    found = wrap_up(text, tree, CALLED)
    assert found.reason.path == "order/delivery"
    assert found.summary.sentence == (
        "Customer: “Mijn pakket is nog steeds niet bezorgd en ik wacht al een week.” "
        "Agent: “Ik heb de bezorging opnieuw ingepland.” "
        "Customer: “Vrijdag ben ik thuis, dus dan is het voor mij opgelost.”"
    )
    assert [each.who for each in found.promises] == ["organisation", "agent"]
    assert found.next_step is not None and found.next_step.due is not None
    assert found.next_step.due.latest == datetime(2026, 3, 5, 23, 59)


def test_the_summary_speaks_the_language_of_the_reader(call: Callable[..., Text], tree: ReasonTree) -> None:
    text = Text(call(*CALL).transcript, reader="nl")
    assert wrap_up(text, tree, CALLED).summary.sentence.startswith("Klant: “Mijn pakket")


def test_without_a_dated_promise_the_next_step_is_a_vague_one(call: Callable[..., Text], tree: ReasonTree) -> None:
    text = call("customer: My parcel is lost.", "agent: Someone will be in touch.", "customer: Right then, thank you.")
    found = wrap_up(text, tree, CALLED).next_step
    assert found is not None and found.vague and found.who == "unnamed"


def test_without_a_promise_there_is_no_next_step(call: Callable[..., Text], tree: ReasonTree) -> None:
    text = call("customer: Where is my parcel, please?", "agent: It is at your neighbour's house.")
    assert wrap_up(text, tree, CALLED).next_step is None


def transcripts() -> dict[str, Transcript]:
    long = tuple(
        turn_of((Speaker.AGENT, Speaker.CUSTOMER)[n % 2], "I will call you back tomorrow about the parcel. " * 5)
        for n in range(1112)
    )
    noise = "\x00 \x07\x1b[31m \u202e \ud7ff \u200b ... ?!. ' ’ - 99999999999999999999 / 45-99-0000 12:99 3u99 €€"
    return {
        "no turns": Transcript(None, ()),
        "no turns, a language": Transcript("nl", ()),
        "an empty turn": Transcript("nl", (Turn(Speaker.AGENT, ()),)),
        "another language": Transcript(None, (turn_of(Speaker.CUSTOMER, "Bonjour, mon colis n'est pas arrivé hier"),)),
        "only the agent": Transcript("en", (turn_of(Speaker.AGENT, "Your parcel will be sent tomorrow."),)),
        "only the customer": Transcript("en", (turn_of(Speaker.CUSTOMER, "Where is my parcel?"),)),
        "unknown speakers": Transcript(
            "en", (turn_of(Speaker.UNKNOWN, "Where is my parcel? I'll ring tomorrow."),) * 4
        ),
        "control characters": Transcript("nl", tuple(turn_of(speaker, noise) for speaker in Speaker)),
        "only suppressed": Transcript("en", (Turn(Speaker.AGENT, words_of("I will call you"), Suppressed.LOOP),)),
        "50,000 words": Transcript("en", long),
        "one turn of 50,000 words": Transcript("nl", (turn_of(Speaker.AGENT, "ik bel u morgen terug en " * 8400),)),
    }


@pytest.mark.parametrize("name", transcripts())
@pytest.mark.parametrize("moment", [None, CALLED])
def test_what_is_hardly_a_call(name: str, moment: datetime | None, tree: ReasonTree) -> None:
    transcript = transcripts()[name]
    found = wrap_up(Text(transcript), tree, moment)
    quotes = [*found.reason.evidence, *found.summary.evidence, *(q for each in found.promises for q in each.evidence)]
    assert all(verify(each, transcript) for each in quotes)
    if name in ("no turns", "no turns, a language", "an empty turn", "another language", "only suppressed"):
        assert (found.reason.path, found.reason.confidence, found.promises) == (OTHER, 0.0, ())
        assert found.summary == Summary("", ())
    if name in ("only the customer", "unknown speakers"):
        assert found.promises == ()


def test_every_quote_of_the_labelled_calls_stands_in_them(tree: ReasonTree) -> None:
    for each in read_corpus(shipped_corpus(), "train"):
        found = wrap_up(Text(each.transcript), tree, CALLED, each.direction)
        assert len(found.summary.evidence) <= 3
        quotes = [*found.reason.evidence, *found.summary.evidence]
        assert all(verify(one, each.transcript) for one in quotes)
        assert (found.next_step is None) == (not found.promises)


def test_of_an_outbound_call_the_agent_says_why(call: Callable[..., Text], tree: ReasonTree) -> None:
    text = call(
        "agent: Good morning, I'm ringing because your contract runs out on the thirtieth.",
        "customer: Oh, hello. I was just fixing my boiler, it's broken again.",
    )
    assert wrap_up(text, tree, CALLED, Direction.OUTBOUND).reason.path == "contract/renewal"
