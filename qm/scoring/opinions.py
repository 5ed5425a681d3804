"""What the learned models say of one text, and the quotes that show it. Pure."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from qm.call import Speaker
from qm.evaluation import OUTCOME
from qm.learned import VOICES, Learned, Opinion, TurnFeature, call_features, turn_features
from qm.rubric import definition_hash
from qm.scoring.rules import RuleBook
from qm.signals import Text
from qm.transcript import Evidence, quote

SHORT = 2 / 3
"""of the shortest call that was learned from, below which the rules judge alone"""
_LONG = 28
"""words; of a longer turn only the strongest stretch of so many is quoted"""


class Reading:
    """A text with what the models of several forms share."""

    def __init__(self, text: Text) -> None:
        self.text = text

    @cached_property
    def turns(self) -> list[list[TurnFeature]]:
        return turn_features(self.text)

    @cached_property
    def confidences(self) -> Mapping[int, Sequence[float]]:
        """The recogniser's confidences by turn, those that are known."""
        turns = {n: self.text.turn(n).words for n in self.text.turns}
        return {n: [w.confidence for w in words if w.confidence is not None] for n, words in turns.items()}

    @property
    def usable(self) -> bool:
        """The models learned from calls in a known language in which both sides are heard and told apart."""
        both = self.text.voices[Speaker.AGENT] and self.text.voices[Speaker.CUSTOMER]
        return bool(self.text.language is not None and self.text.stems and self.text.attributed and both)


def opinions(reading: Reading, rules: RuleBook) -> Mapping[str, Opinion]:
    """By criterion, and `outcome`; none for what was redefined since the models learned it, or cannot be read.

    Nor for a call much shorter than those that were learned from: to the models a piece of a call looks cut off.
    """
    models = rules.form.learned
    if models is None or not reading.usable or len(reading.text.turns) < SHORT * models.shortest:
        return {}
    numbers = call_features(rules.text, rules.answers(), rules.found())
    wanted = {each.id: definition_hash(each.definition) for each in rules.form.criteria}
    wanted |= {OUTCOME: definition_hash({})} if rules.form.outcome else {}
    said = models.opinions(reading.turns, numbers)
    known = [target for target in wanted if target in said and models.definitions.get(target) == wanted[target]]
    return {target: said[target] for target in known}


def quotes(text: Text, opinion: Opinion, target: str, models: Learned) -> tuple[Evidence, ...]:
    """The turns that show the likeliest answer; of a long turn the stretch with the strongest words."""
    what = f"{target}:{opinion.answer}"
    return tuple(_quote(text, text.turns[at], what, models) for at in sorted(opinion.turns))


def _quote(text: Text, turn: int, what: str, models: Learned) -> Evidence:
    words = text.turn(turn).words
    if len(words) <= _LONG:
        return quote(text.transcript, turn)
    voice = VOICES[text.speaker(turn)]
    strength = [0.0] * len(words)
    for plain, word in text.spoken(turn):
        strength[word] += models.turns.weight((voice, plain), what)
    first = max(range(len(words) - _LONG + 1), key=lambda at: sum(strength[at : at + _LONG]))
    return quote(text.transcript, turn, first, first + _LONG - 1)
