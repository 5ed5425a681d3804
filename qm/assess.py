"""One transcript to everything qm says of it: evaluations by every form, with a judge model's opinion, and measures.

Used by the stored calls and by `qm score` alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qm.evaluation import Evaluation, Judgement, JudgeRecord
from qm.rubric import EvaluationForm, JudgeUse
from qm.scoring import evaluate_all
from qm.settings import Settings
from qm.transcript import Transcript, quote


@dataclass(frozen=True, slots=True)
class Opinions:
    """What a judge model says of one call by one form."""

    judgements: Mapping[str, Judgement]
    record: JudgeRecord


def assess(
    transcript: Transcript, forms: Sequence[EvaluationForm], settings: Settings, note: str | None = None
) -> tuple[Evaluation, ...]:
    """The evaluations of a call. A judge model is asked when the settings name one and a form wants it.

    Args:
        note: what the agent wrote of the call.

    Raises:
        SettingsError: the judge's address cannot be read.
        UnverifiedEvidence: a quote does not stand where it says: a bug.
    """
    asked = [form for form in forms if _wants_judge(form)] if settings.judge_url else []
    opinions = _opinions(transcript, asked, settings) if asked else {}
    judged = {form: each.judgements for form, each in opinions.items()}
    evaluations = evaluate_all(transcript, forms, settings.language, judged, note)
    if not opinions:
        return evaluations
    alone = evaluate_all(transcript, asked, settings.language, note=note)
    without = {each.form: each for each in alone}
    return tuple(
        _recorded(each, without[each.form], opinions[each.form]) if each.form in opinions else each
        for each in evaluations
    )


def _wants_judge(form: EvaluationForm) -> bool:
    uses = [each.judge for each in form.criteria] + ([form.outcome.judge] if form.outcome else [])
    return any(use is not JudgeUse.OFF for use in uses)


def _opinions(transcript: Transcript, forms: Sequence[EvaluationForm], settings: Settings) -> dict[str, Opinions]:
    from qm.judge import Judge, redact_plainly  # httpx takes a while to load

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


def _recorded(evaluation: Evaluation, alone: Evaluation, opinions: Opinions) -> Evaluation:
    """With what the judge was and whether it agreed; where it had a say, the version names its prompt, too."""
    own = {each.id: str(each.verdict) for each in alone.criteria}
    own |= {"outcome": str(alone.outcome.outcome)} if alone.outcome else {}
    agreed = {name: said.answer == own[name] for name, said in opinions.judgements.items() if name in own}
    version = f"{evaluation.version}-{opinions.record.prompt_hash[:6]}" if opinions.judgements else evaluation.version
    return replace(evaluation, version=version, judge=replace(opinions.record, agreed=agreed))
