"""Which of a judge's answers count: those that were asked for, with quotes that stand in the call. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, TypeAdapter, ValidationError

from qm.evaluation import Judgement, Outcome, Verdict
from qm.judge.failures import Failed
from qm.judge.masking import RedactedTranscript, shown
from qm.judge.questions import Question
from qm.transcript import Evidence, Turn, quote, verify

NOT_ASKED = "(not asked)"
"""where a report counts answers to questions of the model's own; no criterion can be called so"""

_MOST_QUOTES = 10
_LONGEST_WHY = 400
"""characters"""
_WITHOUT_QUOTES = {Verdict.CANNOT_TELL, Verdict.NOT_APPLICABLE, Verdict.NOT_MET, Outcome.NOT_DETERMINABLE}
"""answers that may rest on something that is absent"""


class _Quote(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    turn: int
    """from 1"""
    speaker: str
    words: Annotated[str, StringConstraints(max_length=4000)]


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    quotes: Annotated[list[_Quote], Field(max_length=_MOST_QUOTES)]
    why: str
    answer: str
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


_ANSWERS = TypeAdapter(dict[str, JsonValue])
_FENCED = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL | re.IGNORECASE)


class _Dropped(Exception):
    """An answer that does not count; `str` is why, without words of the call or of the model."""


def judgements(
    questions: Sequence[Question], reply: str, redacted: RedactedTranscript
) -> tuple[dict[str, Judgement], dict[str, str]]:
    """The answers that count, and why others do not, by question.

    Raises:
        Failed: the reply is not the object that was asked for.
    """
    answers, hearing = _answers(reply), _Hearing(redacted)
    counted: dict[str, Judgement] = {}
    dropped: dict[str, str] = {}
    asked = {question.id: question for question in questions}
    for name, question in asked.items():
        if name not in answers:
            dropped[name] = "it has no answer"
            continue
        try:
            counted[name] = hearing.judgement(question, answers[name])
        except _Dropped as reason:
            dropped[name] = str(reason)
    if others := answers.keys() - asked.keys():
        dropped[NOT_ASKED] = f"{len(others)} answers to what was not asked"
    return counted, dropped


def _answers(reply: str) -> dict[str, JsonValue]:
    text = reply.strip()
    fenced = _FENCED.fullmatch(text)
    try:
        return _ANSWERS.validate_json(fenced[1] if fenced else text)
    except ValidationError:
        raise Failed("The judge model's reply is not the JSON object that it was asked for.") from None


class _Hearing:
    """One call, in which quotes are looked up."""

    def __init__(self, redacted: RedactedTranscript) -> None:
        self._redacted = redacted
        self._spoken = {number: _Spoken.of(redacted.turns[number]) for number in shown(redacted)}

    def judgement(self, question: Question, raw: JsonValue) -> Judgement:
        """
        Raises:
            _Dropped: the answer does not count.
        """
        answer = _parsed(raw)
        if answer.answer not in question.answers:
            raise _Dropped("its answer is none of those that were asked")
        evidence = tuple(dict.fromkeys(self._evidence(each) for each in answer.quotes))
        if not evidence and answer.answer not in _WITHOUT_QUOTES:
            raise _Dropped("it has no quote")
        return Judgement(answer.answer, float(answer.confidence), _line(answer.why), evidence)

    def _evidence(self, said: _Quote) -> Evidence:
        turn, (first, last) = self._place(said)
        evidence = quote(self._redacted, turn, first, last)
        # Models miscount turns; in a dialogue that makes one side's words the other's, unless they agree on whose.
        if evidence.speaker != said.speaker:
            raise _Dropped("a quote is not of the speaker that it names")
        if not verify(evidence, self._redacted):
            raise _Dropped("a quote cannot be verified")
        return evidence

    def _place(self, said: _Quote) -> tuple[int, tuple[int, int]]:
        """The turn, and first and last word: of the turn that is cited, else of the only one with these words."""
        wanted = _tokens(said.words)
        if not wanted:
            raise _Dropped("a quote has no words")
        cited = self._spoken.get(said.turn - 1)
        if cited and (span := cited.span(wanted)):
            return said.turn - 1, span
        places = [(turn, span) for turn, spoken in self._spoken.items() if (span := spoken.span(wanted))]
        if not places:
            raise _Dropped("a quote does not stand in the call")
        if len(places) > 1:
            raise _Dropped("a quote stands in several turns, but not in the one that it names")
        return places[0]


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A turn's words as they are compared."""

    line: str
    """the tokens, with a space before and after each: text is searched in linear time, whatever a judge quotes"""
    words: tuple[int, ...]
    """the word of the turn that each token comes from"""

    @classmethod
    def of(cls, turn: Turn) -> "_Spoken":
        pairs = [(token, at) for at, word in enumerate(turn.words) for token in _tokens(word.text)]
        return cls(f" {' '.join(token for token, _ in pairs)} ", tuple(at for _, at in pairs))

    def span(self, wanted: Sequence[str]) -> tuple[int, int] | None:
        """First and last word of the first place where the tokens stand next to each other."""
        at = self.line.find(f" {' '.join(wanted)} ")
        if at < 0:
            return None
        first = self.line.count(" ", 0, at)
        return self.words[first], self.words[first + len(wanted) - 1]


def _parsed(raw: JsonValue) -> _Answer:
    try:
        return _Answer.model_validate(raw)
    except ValidationError as error:
        place = error.errors(include_url=False, include_input=False)[0]["loc"]
        # A field that was not asked for has a name of the model's choice.
        field = str(place[0]) if place and place[0] in _Answer.model_fields else "answer"
        raise _Dropped(f"its {field} is not of the form that was asked") from None


def _tokens(text: str) -> list[str]:
    """Words as they are compared: small letters and digits only; a word of punctuation is none."""
    letters = unicodedata.normalize("NFKC", text).casefold()
    tokens = ("".join(filter(str.isalnum, part)) for part in letters.split())
    return [token for token in tokens if token]


def _line(text: str) -> str:
    """One printable line; a model may write control characters, which PostgreSQL refuses."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= _LONGEST_WHY else line[: _LONGEST_WHY - 1] + "…"
