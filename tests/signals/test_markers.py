"""Marker sets against sentences that must match and must not, in both languages."""

from collections.abc import Callable

import pytest

from qm.call import LANGUAGES, Language
from qm.signals import Text
from qm.signals.lang import language_data, marker_sets
from qm.signals.pattern import compile_patterns
from qm.signals.registry import MarkerSet

MATCH: dict[Language, dict[str, list[str]]] = {
    "nl": {
        "obstacle": ["Dat kan pas na vrijdag.", "Die maat is uitverkocht.", "Dat vergoeden wij niet."],
        "disclosure": ["Er staan twee maanden open.", "Uw saldo is negatief.", "Geboren op 3 mei."],
        "disrespect": ["Kunt u wel lezen?", "Beetje dom, hè.", "Dat zeggen ze allemaal."],
        "closing_check": ["Heeft u alles zo?", "Mis ik nog iets?", "Is het zo geregeld?"],
        "displeased": ["Ik ben hier niet blij mee.", "Dit is belachelijk.", "Wat een gedoe."],
        "pleased": ["Daar ben ik blij mee.", "U heeft me geweldig geholpen.", "Wat fijn."],
        "waiting": ["Ik sta al een uur in de wacht.", "Dertig minuten in de wacht.", "Eindelijk iemand!"],
        "offer_to_help": [
            "Waar kan ik u vandaag mee van dienst zijn?",
            "goedemiddag waarmee kan ik je helpen",
            "Zegt u het maar, wat kan ik voor u doen?",
            "Komt het even uit?",
        ],
        "empathy": ["O, wat vervelend voor u.", "Dat is balen zeg.", "Het spijt me dat u moest wachten."],
        "completed": ["Zo, dat is geregeld.", "Ik heb het adres aangepast.", "Ja, het staat erin.", "Gelukt!"],
        "refusal": ["Dat kan helaas niet.", "Dat mogen wij niet doen.", "Daar gaan wij niet over."],
        "pushed_to_customer": ["Dat moet u zelf regelen.", "U kunt het formulier op onze website invullen."],
        "repeat_contact": ["Ik bel al voor de derde keer.", "Ik zou teruggebeld worden.", "Niks gehoord dus."],
        "life_event": ["We gaan verhuizen.", "Ik ben net bevallen.", "Mijn vader is overleden."],
        "protest": ["Zo hoeft u niet tegen mij te praten.", "Wat bent u onbeschoft.", "Wat een toon zeg."],
        "insult": ["Bent u doof of zo?", "Houd je mond.", "Wat een idioot."],
        "closing_question": ["Kan ik verder nog iets voor u doen?", "Heeft u nog andere vragen?"],
        "promise": ["Ik bel u morgen terug.", "U krijgt vandaag een mail.", "De monteur komt dinsdag."],
        "vague_promise": ["Er wordt contact met u opgenomen.", "We doen het zo snel mogelijk."],
        "when": ["morgen voor twaalf uur", "binnen vijf werkdagen", "uiterlijk vrijdag", "om kwart over twee"],
        "gives_up": ["Laat maar.", "Daar heb ik niks aan.", "Ik bel wel weer."],
        "not_heard": ["Zoals ik al zei.", "Dat heb ik net al verteld.", "Laat me even uitpraten."],
    },
    "en": {
        "obstacle": ["We don't have that in stock, it's sold out.", "Not until Friday.", "There are no refunds."],
        "disclosure": ["Your last bill was forty pounds.", "It's two hundred left to pay.", "You were born in May."],
        "disrespect": ["Learn to read.", "That's what they all say.", "It's not rocket science."],
        "closing_check": ["Have you got everything?", "Did I miss anything?", "Does that make sense?"],
        "displeased": ["I'm not happy with this.", "This is ridiculous.", "I'm fed up."],
        "pleased": ["I'm very happy with that.", "You've been brilliant.", "That's a relief."],
        "waiting": ["I've been on hold for an hour.", "I waited forty minutes.", "The queue took ages."],
        "offer_to_help": ["How may I help you today?", "what can i do for you", "Is now a good time?"],
        "empathy": ["I'm so sorry to hear that.", "No wonder you're upset.", "That sounds awful."],
        "completed": ["That's done for you.", "I've just refunded it.", "It's all set.", "You're all set."],
        "refusal": ["I'm afraid we can't do that.", "That's not possible.", "There's nothing I can do."],
        "pushed_to_customer": ["You'll have to call the other number.", "New bookings are best done online."],
        "repeat_contact": ["This is the third time I'm calling.", "I was supposed to get a call back."],
        "life_event": ["We're moving house in May.", "We've just had a baby.", "My mother passed away."],
        "protest": ["There's no need to be rude.", "Don't talk to me like that.", "You're being very rude."],
        "insult": ["Are you deaf?", "Oh shut up.", "My nan could do it."],
        "closing_question": ["Anything else I can do?", "Is there anything else on your mind?"],
        "promise": ["I'll call you back tomorrow.", "You'll get an email.", "The engineer will come Tuesday."],
        "vague_promise": ["Someone will contact you.", "We'll do it as soon as possible."],
        "when": ["tomorrow before noon", "within five working days", "by Friday", "at half past ten"],
        "gives_up": ["Forget it.", "Oh, never mind.", "I'll go elsewhere."],
        "not_heard": ["Like I said, it's broken.", "I already told you that.", "Let me finish."],
    },
}
NO_MATCH: dict[Language, dict[str, list[str]]] = {
    "nl": {
        "obstacle": ["Dat regel ik voor u.", "De monteur komt morgen."],
        "disclosure": ["Wat is uw postcode?", "Wat is uw geboortedatum?"],
        "disrespect": ["Kunt u het nummer voorlezen?", "Het staat achter op het doosje.", "Dat was een domper."],
        "closing_check": ["Wat is uw postcode?", "Ik kijk het even na."],
        "displeased": ["Daar ben ik blij mee.", "Ik bel over mijn rekening."],
        "pleased": ["Daar ben ik niet blij mee.", "Ik bel over mijn rekening."],
        "waiting": ["Ik heb een vraag.", "De monteur komt over een uur."],
        "offer_to_help": ["Zegt u het maar.", "Postcode en huisnummer?"],
        "empathy": ["Wat is uw postcode?", "Het huisnummer graag."],
        "completed": ["Dat is nog niet geregeld.", "Ik ga dat voor u regelen.", "Je spreekt met Daan."],
        "refusal": ["Dat kan, ja.", "Dat doen we graag."],
        "pushed_to_customer": ["Ik bel je morgen zelf terug.", "U hoeft zelf niks te doen."],
        "repeat_contact": ["Ik bel over mijn rekening.", "Goedemorgen, ik heb een vraag."],
        "life_event": ["Ik wil mijn rekening betalen.", "Ik zit hier al zeven jaar."],
        "protest": ["Uw collega was heel aardig.", "Ik praat graag met u."],
        "insult": ["Bent u thuis morgen?", "Mijn moeder hoort slecht."],
        "closing_question": ["Heeft u nog het oude nummer?", "Wat is uw klantnummer?"],
        "promise": ["Ik bel u niet terug.", "Wat is het nummer?"],
        "vague_promise": ["Ik bel u morgen om tien uur."],
        "when": ["dat is goed", "voor een collega"],
        "gives_up": ["Ik laat het u weten.", "Daar ben ik blij mee."],
        "not_heard": ["Wat zei u?", "Ik heb een vraag."],
    },
    "en": {
        "obstacle": ["I'll sort that for you.", "The engineer comes tomorrow."],
        "disclosure": ["What's your postcode?", "What's your date of birth?"],
        "disrespect": ["Can you read the number to me?", "He'll be there at ten.", "The tank is full."],
        "closing_check": ["What's your postcode?", "I'll look into it."],
        "displeased": ["I'm happy with that.", "I'm calling about my bill."],
        "pleased": ["I'm not happy with that.", "I'm calling about my bill."],
        "waiting": ["I have a question.", "The engineer comes in an hour."],
        "offer_to_help": ["Account number?", "Go ahead."],
        "empathy": ["What's your postcode?", "The account is open."],
        "completed": ["That's not done yet.", "I'll refund it.", "It hasn't been sent."],
        "refusal": ["I can do that.", "Of course we do that."],
        "pushed_to_customer": ["I'll call the courier for you.", "You don't need to do anything."],
        "repeat_contact": ["I'm calling about my bill.", "I've got a question."],
        "life_event": ["I'd like to pay my bill.", "It has been seven years."],
        "protest": ["Your colleague was very kind.", "It was nice talking to you."],
        "insult": ["Are you at home tomorrow?", "Thank you for waiting."],
        "closing_question": ["What else did the letter say about a date?", "Which number was it?"][1:],
        "promise": ["I won't call you back.", "What's the number?"],
        "vague_promise": ["I'll call you tomorrow at ten."],
        "when": ["that's fine", "a colleague"],
        "gives_up": ["I'll let you know.", "That's very kind."],
        "not_heard": ["What did you say?", "I have a question."],
    },
}


def cases(table: dict[Language, dict[str, list[str]]]) -> list[tuple[Language, str, str]]:
    return [
        (language, name, sentence)
        for language, sets in table.items()
        for name, sentences in sets.items()
        for sentence in sentences
    ]


def matches(text: Text, name: str) -> bool:
    return bool(text.markers(MarkerSet(name), text.stretch()))


@pytest.mark.parametrize(("language", "name", "sentence"), cases(MATCH))
def test_must_match(call: Callable[..., Text], language: Language, name: str, sentence: str) -> None:
    assert matches(call(f"agent: {sentence}", language=language), name)


@pytest.mark.parametrize(("language", "name", "sentence"), cases(MATCH))
def test_must_match_without_punctuation(
    call: Callable[..., Text], language: Language, name: str, sentence: str
) -> None:
    bare = "".join(letter for letter in sentence.lower() if letter not in ".,?!")
    assert matches(call(f"agent: {bare}", language=language), name)


@pytest.mark.parametrize(("language", "name", "sentence"), cases(NO_MATCH))
def test_must_not_match(call: Callable[..., Text], language: Language, name: str, sentence: str) -> None:
    assert not matches(call(f"agent: {sentence}", language=language), name)


def test_both_tables_cover_the_same_sets() -> None:
    assert len({frozenset(table[language]) for table in (MATCH, NO_MATCH) for language in LANGUAGES}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_have_the_same_sets_and_every_pattern_compiles(language: Language) -> None:
    data = language_data(language)
    assert set(data.markers) == marker_sets()
    for patterns in (*data.markers.values(), data.question_starters):
        compile_patterns(patterns, language)
