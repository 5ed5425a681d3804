"""What programs read: calls, evaluations and evidence as plain JSON values."""

from dataclasses import asdict
from typing import Any

from qm.comparison import Changes, Comparison
from qm.evaluation import AutoFail, CriterionResult, Evaluation, OutcomeResult, Searched
from qm.insight import Promise, WrapUp
from qm.measures import Measures
from qm.scoring import Explanation
from qm.store import CallRow
from qm.transcript import Evidence


def call_json(row: CallRow) -> dict[str, Any]:
    """One call of a list."""
    return {
        "id": row.id,
        "name": row.name,
        "started_at": row.started_at.isoformat() if row.started_at else None,
        "received_at": row.received_at.isoformat(),
        "agent_id": row.agent_id,
        "agent_name": row.agent_name,
        "direction": row.direction,
        "language": row.language,
        "duration": row.duration,
        "stage": row.stage,
        "state": row.state,
        "reason": row.reason,
        "detail": row.detail,
        "outcome": row.outcome,
        "scores": {
            score.form: {
                "version": score.version,
                "score": rounded(score.score),
                "coverage": rounded(score.coverage, 3),
                "failed": score.failed,
            }
            for score in row.scores
        },
    }


def evaluation_json(evaluation: Evaluation) -> dict[str, Any]:
    """One evaluation, the contract of `qm score --json`."""
    result = evaluation.outcome
    return {
        "form": evaluation.form,
        "version": evaluation.version,
        "score": rounded(evaluation.score),
        "coverage": rounded(evaluation.coverage, 3),
        "failed": evaluation.failed,
        "outcome": result.outcome if result else None,
        "outcome_detail": _outcome_json(result) if result else None,
        "judge": asdict(evaluation.judge) if evaluation.judge else None,
        "auto_fails": [_auto_fail_json(fail) for fail in evaluation.auto_fails],
        "criteria": [_criterion_json(criterion) for criterion in evaluation.criteria],
    }


def measures_json(measures: Measures) -> dict[str, Any]:
    """How the conversation went in numbers; seconds, shares 0…1."""
    return asdict(measures)


def wrap_up_json(wrap_up: WrapUp) -> dict[str, Any]:
    """Why somebody called, what was said of it, what is promised."""
    reason, step = wrap_up.reason, wrap_up.next_step
    return {
        "reason": {
            "path": reason.path,
            "confidence": rounded(reason.confidence, 3),
            "runner_up": reason.runner_up,
            "evidence": [_evidence_json(each) for each in reason.evidence],
        },
        "summary": wrap_up.summary.sentence,
        "summary_evidence": [_evidence_json(each) for each in wrap_up.summary.evidence],
        "promises": [_promise_json(each) for each in wrap_up.promises],
        "next_step": _promise_json(step) if step else None,
    }


def _promise_json(promise: Promise) -> dict[str, Any]:
    due = promise.due
    return {
        "who": promise.who,
        "action": promise.action,
        "due": due.words if due else None,
        "earliest": due.earliest.isoformat() if due and due.earliest else None,
        "latest": due.latest.isoformat() if due and due.latest else None,
        "vague": promise.vague,
        "evidence": [_evidence_json(each) for each in promise.evidence],
    }


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """What a new version of a form changes."""
    means = comparison.mean_scores
    return {
        "form": comparison.form,
        "versions": sorted(comparison.versions),
        "calls": comparison.calls,
        "first": comparison.first,
        "changed": comparison.changed,
        "mean_score": {"before": rounded(means[0]), "after": rounded(means[1])} if means else None,
        "outcomes": _changes_json(comparison.outcomes),
        "failed": _changes_json(comparison.failed),
        "criteria": {name: _changes_json(changes) for name, changes in comparison.criteria.items()},
    }


def _changes_json(changes: Changes) -> list[dict[str, Any]]:
    return [{"before": b or None, "after": a or None, "calls": n} for (b, a), n in changes.most_common()]


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """How one answer came about."""
    return {
        "id": explanation.id,
        "answer": explanation.answer,
        "reason": explanation.reason,
        "learned": {answer: round(chance, 3) for answer, chance in explanation.learned},
        "rules": [{"rule": rule, "holds": holds} for rule, holds in explanation.rules],
        "findings": [
            {
                "name": each.name,
                "found": each.found,
                "searched": each.searched,
                "quotes": [_evidence_json(quote) for quote in each.quotes],
            }
            for each in explanation.findings
        ],
    }


def _criterion_json(criterion: CriterionResult) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "title": criterion.title,
        "verdict": criterion.verdict,
        "value": criterion.value,
        "weight": criterion.weight,
        "confidence": rounded(criterion.confidence, 3),
        "reason": criterion.reason,
        "evidence": [_evidence_json(evidence) for evidence in criterion.evidence],
        "searched": _searched_json(criterion.searched),
        "error_class": criterion.error_class,
        "coaching": criterion.coaching,
    }


def _outcome_json(result: OutcomeResult) -> dict[str, Any]:
    return {
        "confidence": rounded(result.confidence, 3),
        "reason": result.reason,
        "evidence": [_evidence_json(evidence) for evidence in result.evidence],
        "searched": _searched_json(result.searched),
    }


def _auto_fail_json(fail: AutoFail) -> dict[str, Any]:
    return {
        "id": fail.id,
        "title": fail.title,
        "error_class": fail.error_class,
        "reason": fail.reason,
        "evidence": [_evidence_json(evidence) for evidence in fail.evidence],
    }


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    return {
        "turn": evidence.turn,
        "speaker": evidence.speaker,
        "start": rounded(evidence.start, 2),
        "end": rounded(evidence.end, 2),
        "quote": evidence.quote,
    }


def _searched_json(searched: Searched | None) -> dict[str, Any] | None:
    if searched is None:
        return None
    return {
        "what": searched.what,
        "turns": list(searched.turns),
        "start": rounded(searched.start, 2),
        "end": rounded(searched.end, 2),
    }


def rounded(value: float | None, digits: int = 1) -> float | None:
    """`value` with that many decimals; None stays None."""
    return None if value is None else round(value, digits)
