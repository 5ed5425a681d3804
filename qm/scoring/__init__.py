"""Judge one transcript by forms. Pure.

rules       what a form's rules say of the text
opinions    what the learned models say
deciding    one answer from both, with confidence and evidence
reasons     the sentences that a coach reads
explaining  how each answer came about
checking    what is wrong with a form that can be read
describing  a form as a coach reads it

Every verdict carries evidence or names what was searched, and every quote is verified before the evaluation is
returned.
"""

from collections.abc import Mapping, Sequence

from qm.call import Language
from qm.evaluation import OUTCOME, Evaluation, Judgement
from qm.rubric import EvaluationForm
from qm.scoring.checking import Remark, check, check_on
from qm.scoring.deciding import Scoring
from qm.scoring.describing import describe
from qm.scoring.explaining import Explanation, explained
from qm.scoring.opinions import Reading
from qm.scoring.reasons import ANSWERS
from qm.scoring.rules import RuleBook
from qm.signals import Text
from qm.transcript import Transcript, verify

__all__ = [
    "ANSWERS",
    "Explanation",
    "Remark",
    "UnverifiedEvidence",
    "check",
    "check_on",
    "describe",
    "evaluate",
    "evaluate_all",
    "explain",
]

_NOTHING: Mapping[str, Judgement] = {}


class UnverifiedEvidence(AssertionError):
    """A signal cited words that do not stand in the transcript: a bug in the signal, not a verdict."""


def evaluate(transcript: Transcript, form: EvaluationForm, reader: Language = "en") -> Evaluation:
    """The verdicts, auto-fails and outcome of a transcript by one form.

    Args:
        reader: language of titles, reasons and coaching tips.

    Raises:
        UnverifiedEvidence: a quote does not stand where it says.
    """
    return evaluate_all(Text(transcript, form.brand, reader), [form])[0]


def evaluate_all(
    text: Text, forms: Sequence[EvaluationForm], judged: Mapping[str, Mapping[str, Judgement]] | None = None
) -> tuple[Evaluation, ...]:
    """`evaluate` by several forms of one brand, which share the work of searching the text.

    Args:
        judged: by form and criterion (or `outcome`), what a judge model says.

    Raises:
        UnverifiedEvidence: a quote does not stand where it says.
    """
    reading = Reading(text)
    evaluations = []
    for form in forms:
        scoring = Scoring(reading, RuleBook(text, form), (judged or {}).get(form.id, _NOTHING))
        evaluations.append(scoring.evaluation())
    for evaluation in evaluations:
        _verify(evaluation, text.transcript)
    return tuple(evaluations)


def explain(text: Text, form: EvaluationForm, judged: Mapping[str, Judgement] | None = None) -> tuple[Explanation, ...]:
    """Which rule decided each verdict and the outcome, what was looked for and where, what models and judge say."""
    return explained(Scoring(Reading(text), RuleBook(text, form), judged or _NOTHING))


def _verify(evaluation: Evaluation, transcript: Transcript) -> None:
    cited = {each.id: each.evidence for each in evaluation.criteria}
    cited |= {each.id: each.evidence for each in evaluation.auto_fails}
    if evaluation.outcome is not None:
        cited[OUTCOME] = evaluation.outcome.evidence
    for name, evidence in cited.items():
        if not all(verify(each, transcript) for each in evidence):
            raise UnverifiedEvidence(f"{evaluation.form}: the evidence of '{name}' does not stand in the transcript")
