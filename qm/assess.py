"""One transcript to everything qm says of it: evaluations with a judge model's opinion, measures, the wrap-up.

Used by the stored calls and by `qm score` alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType

from qm.call import CallMetadata
from qm.evaluation import OUTCOME, Evaluation, Judgement, JudgeRecord
from qm.insight import WrapUp, wrap_up
from qm.measures import Measures, measure
from qm.rubric import EvaluationForm, JudgeUse
from qm.rubric.reasons import ReasonTree
from qm.scoring import evaluate_all
from qm.settings import Settings
from qm.signals import Text
from qm.transcript import Transcript, quote


@dataclass(frozen=True, slots=True)
class Opinions:
    """What a judge model says of one call by one form."""

    judgements: Mapping[str, Judgement]
    record: JudgeRecord


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything qm says of one call."""

    text: Text
    evaluations: tuple[Evaluation, ...]
    judged: Mapping[str, Mapping[str, Judgement]]
    """by form and criterion, what a judge model said"""
    measures: Measures
    wrap_up: WrapUp


def assess(  # noqa: PLR0913, PLR0917  what there is to know of a call
    transcript: Transcript,
    metadata: CallMetadata,
    forms: Sequence[EvaluationForm],
    reasons: ReasonTree,
    settings: Settings,
    counts: Mapping[str, str] = MappingProxyType({}),
) -> Assessment:
    """Judge, measure and wrap up a call. A judge model is asked when the settings name one and a form wants it.

    Args:
        counts: by form, the version that counts already: its judge is not asked again.

    Raises:
        SettingsError: the judge's address cannot be read.
        UnverifiedEvidence: a quote does not stand where it says: a bug.
    """
    text = Text(transcript, forms[0].brand, settings.language, metadata.note)
    evaluations, judged = _evaluations(text, forms, settings, counts)
    wrapped = wrap_up(text, reasons, metadata.started_at, metadata.direction)
    return Assessment(text, evaluations, judged, measure(text), wrapped)


def _evaluations(
    text: Text, forms: Sequence[EvaluationForm], settings: Settings, counts: Mapping[str, str]
) -> tuple[tuple[Evaluation, ...], Mapping[str, Mapping[str, Judgement]]]:
    """The evaluations, and what the judge said, by form and criterion."""
    alone = evaluate_all(text, forms)
    wanting = [form for form in forms if _wants_judge(form)] if settings.judge_url else []
    if not wanting:
        return alone, {}
    from qm.judge import asked_hash  # httpx takes a while to load

    suffixes = {form.id: _suffix(settings, asked_hash(form, settings.language)) for form in wanting}
    asked = [form for form in wanting if counts.get(form.id) != form.version + suffixes[form.id]]
    opinions = _opinions(text.transcript, asked, settings)
    judged = {form: each.judgements for form, each in opinions.items()}
    together = {each.form: each for each in evaluate_all(text, asked, judged)}
    recorded = [
        _recorded(together[each.form], each, opinions[each.form], suffixes[each.form])
        if each.form in opinions
        else each
        for each in alone
    ]
    return tuple(recorded), judged


def _suffix(settings: Settings, prompt_hash: str) -> str:
    """What a judge adds to a version: another model or other questions are another version."""
    return "-" + sha256(f"{settings.judge_model} {prompt_hash}".encode()).hexdigest()[:6]


def _wants_judge(form: EvaluationForm) -> bool:
    uses = [each.judge for each in form.criteria] + ([form.outcome.judge] if form.outcome else [])
    return any(use is not JudgeUse.OFF for use in uses)


def _opinions(transcript: Transcript, forms: Sequence[EvaluationForm], settings: Settings) -> dict[str, Opinions]:
    from qm.judge import Judge, redact_plainly

    judge, redacted = Judge(settings), redact_plainly(transcript)
    opinions = {}
    for form in forms:
        report = judge.judge(redacted, form, settings.language)
        # The judge's quotes are of the masked words; the evaluation cites the same words as they were said.
        said = {
            name: replace(each, evidence=tuple(quote(transcript, e.turn, e.first, e.last) for e in each.evidence))
            for name, each in report.judgements.items()
        }
        made = report.provenance
        tokens = (made.prompt_tokens, made.completion_tokens)
        record = JudgeRecord(
            made.model, made.url, made.prompt_hash, made.seconds, *tokens, report.failure, dict(report.dropped), {}
        )
        opinions[form.id] = Opinions(said, record)
    return opinions


def _recorded(evaluation: Evaluation, alone: Evaluation, opinions: Opinions, suffix: str) -> Evaluation:
    """With what the judge was and whether it agreed; where it had a say, the version says so."""
    own = {each.id: str(each.verdict) for each in alone.criteria}
    own |= {OUTCOME: str(alone.outcome.outcome)} if alone.outcome else {}
    agreed = {name: said.answer == own[name] for name, said in opinions.judgements.items() if name in own}
    version = evaluation.version + suffix if opinions.judgements else evaluation.version
    return replace(evaluation, version=version, judge=replace(opinions.record, agreed=agreed))
