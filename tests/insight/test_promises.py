"""Promises in hand-written turns: who acts, by when, and what is none."""

from collections.abc import Callable
from datetime import datetime

import pytest

from qm.call import Language
from qm.insight import Promise, promises_of
from qm.signals import Text
from qm.training import read_corpus, shipped_corpus
from qm.transcript import verify

CALLED = datetime(2026, 3, 4, 10, 0)

DUTCH = """
Ik bel u morgen voor twaalven terug.                              | agent        | morgen voor twaalven
Dan bel ik je vrijdagmiddag zelf.                                 | agent        | vrijdagmiddag
Ik stuur u vandaag nog een bevestiging.                           | agent        | vandaag
Ik zoek het voor u uit en u hoort van mij.                        | agent        | -
Daar zorg ik voor.                                                | agent        | -
Ik ga het navragen bij de planning.                               | agent        | -
Ik stort het bedrag binnen twee werkdagen terug.                  | agent        | binnen twee werkdagen
Ik laat het u uiterlijk vrijdag weten.                            | agent        | uiterlijk vrijdag
U hoort dinsdag van mij.                                          | agent        | dinsdag
Ik neem maandag contact met u op.                                 | agent        | maandag
Ik kijk donderdag zelf of het binnen is.                          | agent        | donderdag
dan bel ik u om kwart over drie                                   | agent        | om kwart over drie
We sturen u een nieuwe pas, die is er binnen vijf werkdagen.      | organisation | binnen vijf werkdagen
Wij nemen morgen contact met u op.                                | organisation | morgen
U krijgt binnen een uur een mail met het bedrag.                  | organisation | binnen een uur
De monteur komt dinsdag tussen acht en tien.                      | organisation | dinsdag tussen acht en tien
Mijn collega belt u uiterlijk woensdag.                           | organisation | uiterlijk woensdag
Samira belt je morgen tussen tien en twaalf.                      | organisation | morgen tussen tien en twaalf
Hij komt morgen tussen negen en vijf.                             | organisation | morgen tussen negen en vijf
De eindnota komt binnen drie weken.                               | organisation | binnen drie weken
Dan heeft u het overmorgen.                                       | organisation | overmorgen
u krijgt morgen een brief met alles erin                          | organisation | morgen
Iemand neemt contact met u op.                                    | unnamed      | -
Er wordt naar gekeken.                                            | unnamed      | -
U wordt vanzelf gebeld.                                           | unnamed      | -
Het bedrag wordt uiterlijk vrijdag teruggestort.                  | unnamed      | uiterlijk vrijdag
Dat wordt binnen tien werkdagen uitbetaald.                       | unnamed      | binnen tien werkdagen
Er wordt zo snel mogelijk contact opgenomen.                      | unnamed      | -
Daar belt iemand u morgen over.                                   | unnamed      | morgen
Ik stuur het formulier zo snel mogelijk op.                       | agent        | -
Ze nemen contact met u op zodra ze tijd hebben.                   | organisation | -
"""

ENGLISH = """
I'll call you back tomorrow before noon.                          | agent        | tomorrow before noon
I'll send you a link by email.                                    | agent        | -
I'm going to email you the form this afternoon.                   | agent        | this afternoon
I'll ring you on Friday between two and four.                     | agent        | on Friday between two and four
I will let you know by Thursday.                                  | agent        | by Thursday
Leave it with me.                                                 | agent        | -
You'll hear from me by Monday.                                    | agent        | by Monday
I'll chase it up with the depot.                                  | agent        | -
I'll credit the account within two working days.                  | agent        | within two working days
I'm sending the new card tomorrow.                                | agent        | tomorrow
I'll find out and get back to you at half past three.             | agent        | at half past three
and ill ring you tomorrow at nine                                 | agent        | tomorrow at nine
We'll send you a new box on Wednesday.                            | organisation | on Wednesday
We will refund it within five working days.                       | organisation | within five working days
You'll get a letter within ten days.                              | organisation | within ten days
The engineer will come on Tuesday between eight and ten.          | organisation | on Tuesday between eight and ten
My colleague will ring you next week.                             | organisation | next week
He'll call you on the 29th.                                       | organisation | on the 29th
She'll call you on Friday.                                        | organisation | on Friday
They'll email you.                                                | organisation | -
I'll get our senior engineer to ring you tomorrow at ten.         | organisation | tomorrow at ten
It'll be with you tomorrow by half past ten.                      | organisation | tomorrow by half past ten
You should receive it by Friday.                                  | organisation | by Friday
theyll each get a text in half an hour                            | organisation | in half an hour
Someone will be in touch.                                         | unnamed      | -
Somebody will call you next week.                                 | unnamed      | next week
The money will be refunded by Friday.                             | unnamed      | by Friday
It will be sent as soon as possible.                              | unnamed      | -
You'll be contacted within two working days.                      | unnamed      | within two working days
It's being looked into.                                           | unnamed      | -
Someone will call you as soon as they can.                        | unnamed      | -
"""

NONE = {
    "nl": [
        "Ik bel u over uw contract.",
        "Zal ik u morgen terugbellen?",
        "Kan ik u nog ergens mee helpen?",
        "Ik heb u vorige week een mail gestuurd.",
        "U moet dat zelf voor vrijdag doorgeven.",
        "U kunt ons morgen bellen tot vijf uur.",
        "Wat krijgt u dan te zien?",
        "Ik stuur niks op.",
        "Fijne dag nog!",
        "Het was gisteren druk.",
        "Heeft u maandag ook gebeld?",
        "Goedemorgen, u spreekt met Sanne.",
        "Dat kost tien euro per maand.",
    ],
    "en": [
        "I'm calling about your contract.",
        "Shall I ring you tomorrow?",
        "Can I help you with anything else?",
        "I sent you an email last week.",
        "You need to send that yourself before Friday.",
        "You can call us until five.",
        "I'll just pop you on hold.",
        "I'll be honest with you.",
        "I won't send anything.",
        "Have a nice day!",
        "Did you ring on Monday?",
        "Good morning, this is Oliver.",
        "I'll put you through to the team.",
    ],
}


def rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines()]


CASES = [("nl", *row) for row in rows(DUTCH)] + [("en", *row) for row in rows(ENGLISH)]


def promises(call: Callable[..., Text], language: Language, *lines: str) -> tuple[Promise, ...]:
    text = call("customer: Ja?" if language == "nl" else "customer: Yes?", *lines, language=language)
    found = promises_of(text, CALLED)
    for each in found:
        assert all(verify(evidence, text.transcript) for evidence in each.evidence)
        assert each.action in each.evidence[0].quote
    return found


@pytest.mark.parametrize(("language", "said", "who", "due"), CASES, ids=[case[1] for case in CASES])
def test_a_promise(call: Callable[..., Text], language: Language, said: str, who: str, due: str) -> None:
    found = promises(call, language, f"agent: {said}")
    assert [each.who for each in found][:1] == [who]
    assert [each.due.words for each in found if each.due] == ([] if due == "-" else [due])
    assert found[0].vague == (found[0].due is None) or len(found) > 1


@pytest.mark.parametrize(("language", "said"), [(each, said) for each in ("nl", "en") for said in NONE[each]])
def test_no_promise(call: Callable[..., Text], language: Language, said: str) -> None:
    assert promises(call, language, f"agent: {said}") == ()


def test_the_customer_promises_nothing(call: Callable[..., Text]) -> None:
    assert promises(call, "en", "customer: I'll call you back tomorrow.", "agent: Fine.") == ()


def test_a_time_with_perhaps_is_vague(call: Callable[..., Text]) -> None:
    (found,) = promises(call, "nl", "agent: Mijn collega belt u waarschijnlijk morgen.")
    assert found.due is not None and found.vague


def test_two_promises_in_one_turn(call: Callable[..., Text]) -> None:
    found = promises(
        call, "en", "agent: I'll send you a label today. My colleague will ring you on Friday, and I'll tell him why."
    )
    assert [(each.who, each.due.words if each.due else None) for each in found][:2] == [
        ("agent", "today"),
        ("organisation", "on Friday"),
    ]


def test_a_time_beside_the_promise_is_quoted_as_well(call: Callable[..., Text]) -> None:
    (found,) = promises(call, "en", "agent: I'll send the small truck out. Thursday, before noon.")
    assert found.due is not None and found.due.words == "Thursday, before noon"
    assert [each.quote for each in found.evidence] == ["I'll send the small truck out.", "Thursday, before noon."]


FLOORS = {"nl": (0.55, 0.48), "en": (0.62, 0.48)}
"""recall and precision of the turns with a promise, on the labelled calls for training"""


@pytest.mark.parametrize("language", FLOORS)
def test_on_labelled_calls(language: Language) -> None:
    right = said = labelled = 0
    for each in read_corpus(shipped_corpus(), "train"):
        if each.language == language:
            found = {promise.evidence[0].turn for promise in promises_of(Text(each.transcript), CALLED)}
            known = {promise.turn for promise in each.promises}
            right, said, labelled = right + len(found & known), said + len(found), labelled + len(known)
    print(f"{language}: recall {right / labelled:.3f}, precision {right / said:.3f} of {labelled} turns")
    assert right / labelled >= FLOORS[language][0]
    assert right / said >= FLOORS[language][1]
