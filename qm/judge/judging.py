"""One call by one form: what is asked, sent, and heard of the answers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from qm.call import Language
from qm.evaluation import Judgement
from qm.judge.answers import judgements
from qm.judge.client import Client, Completion
from qm.judge.failures import Failed
from qm.judge.masking import RedactedTranscript, shown
from qm.judge.questions import prompt, prompt_hash, questions, schema
from qm.rubric import EvaluationForm
from qm.settings import Settings


@dataclass(frozen=True, slots=True)
class JudgeProvenance:
    """What made a report."""

    model: str
    url: str
    """without user, password and query"""
    prompt_hash: str
    """first 12 hexadecimal digits of the SHA-256 of instructions and questions, without the call"""
    seconds: float
    prompt_tokens: int | None
    """as the server counts; None: it did not say"""
    completion_tokens: int | None


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """What a judge said of one call by one form. A question is in `judgements`, in `dropped`, or was not asked;
    after a failure both are empty."""

    judgements: Mapping[str, Judgement]
    """by criterion, the outcome under `OUTCOME`"""
    dropped: Mapping[str, str]
    """why an answer does not count, by criterion; without words of the call"""
    failure: str | None
    """a sentence for people, without words of the call, key or query: why there are no answers at all"""
    provenance: JudgeProvenance


class Judge:
    """A judge model as the settings name it. Threads and processes may share it.

    Raises:
        SettingsError: no server is named, or its address cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = Client(settings)
        self._most_words = settings.judge_max_words

    def judge(self, redacted: RedactedTranscript, form: EvaluationForm, reader: Language) -> JudgeReport:
        """Ask for the verdicts of the criteria, and the outcome, for which the form wants a judge.

        It takes at most `judge_budget_seconds`; to that, a name server that hangs may add its own patience. It
        raises nothing: the report tells of failures. Not for use inside a running event loop.

        Args:
            redacted: what may leave the machine.
            reader: language of the reasons.
        """
        started = time.monotonic()
        asked = questions(form, reader)
        told = prompt(asked, reader)
        counted: dict[str, Judgement] = {}
        dropped: dict[str, str] = {}
        failure: str | None = None
        completion: Completion | None = None
        if asked:
            try:
                completion = self._client.complete(told, self._lines(redacted), schema(asked))
                counted, dropped = judgements(asked, completion.content, redacted)
            except Failed as error:
                failure = str(error)
        provenance = JudgeProvenance(
            model=self._client.model,
            url=self._client.place,
            prompt_hash=prompt_hash(told),
            seconds=round(time.monotonic() - started, 3),
            prompt_tokens=completion.prompt_tokens if completion else None,
            completion_tokens=completion.completion_tokens if completion else None,
        )
        return JudgeReport(counted, dropped, failure, provenance)

    def _lines(self, redacted: RedactedTranscript) -> str:
        """The call as the model reads it: number, speaker and words of each turn.

        Raises:
            Failed: it is empty, or too long to be sent.
        """
        texts = shown(redacted)
        words = sum(len(text.split()) for text in texts.values())
        if not words:
            raise Failed("The call has no words to judge.")
        if words > self._most_words:
            raise Failed(f"The call has {words} words; QM_JUDGE_MAX_WORDS allows the judge model {self._most_words}.")
        return "\n".join(f"{n + 1} {redacted.turns[n].speaker.value}: {text}" for n, text in texts.items())


def asked_hash(form: EvaluationForm, reader: Language) -> str:
    """First 12 hexadecimal digits of the SHA-256 of what a form asks of a judge, without any call."""
    return prompt_hash(prompt(questions(form, reader), reader))
