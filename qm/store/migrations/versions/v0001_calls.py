"""Calls, their jobs, transcripts, evaluations and the quarantine."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_time = sa.DateTime(timezone=True)
_sha256 = sa.String(64)
_word = sa.String(32)
_language = sa.String(8)


def upgrade() -> None:
    _create_call()
    _create_job()
    _create_transcript()
    _create_turn()
    _create_evaluation()
    _create_criterion_result()
    _create_quarantine()


def _create_call() -> None:
    op.create_table(
        "call",
        sa.Column("id", _sha256, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", _time, nullable=False),
        sa.Column("started_at", _time),
        sa.Column("direction", _word),
        sa.Column("language", _language),
        sa.Column("agent_id", sa.Text()),
        sa.Column("agent_name", sa.Text()),
        sa.Column("team", sa.Text()),
        sa.Column("queue", sa.Text()),
        sa.Column("customer_reference", sa.Text()),
        sa.Column("agent_channel", sa.Integer(), nullable=False),
        sa.Column("detected_language", _language),
        sa.Column("duration", sa.Double(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("separated", sa.Boolean(), nullable=False),
        sa.Column("peak_dbfs", sa.Double(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call"),
    )
    for column in ("started_at", "name", "agent_id"):
        op.create_index(f"ix_call_{column}", "call", [column])


def _create_job() -> None:
    op.create_table(
        "job",
        sa.Column("call_id", _sha256, nullable=False),
        sa.Column("stage", _word, nullable=False),
        sa.Column("state", _word, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", _time, nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("worker", sa.Text()),
        sa.Column("lease_until", _time),
        sa.Column("woken_at", _time),
        sa.Column("reason", _word),
        sa.Column("detail", sa.Text()),
        sa.Column("seconds_done", sa.Double()),
        sa.Column("started_at", _time),
        sa.Column("finished_at", _time),
        sa.PrimaryKeyConstraint("call_id", "stage", name="pk_job"),
        _owner("job", "call_id", "call.id"),
    )
    op.create_index("ix_job_state_next_attempt_at", "job", ["state", "next_attempt_at"])


def _create_transcript() -> None:
    op.create_table(
        "transcript",
        sa.Column("id", _number, nullable=False),
        sa.Column("call_id", _sha256, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", _language),
        sa.Column("duration", sa.Double()),
        sa.Column("engine", sa.Text()),
        sa.Column("model", sa.Text()),
        sa.Column("model_hash", sa.Text()),
        sa.Column("options", sa.JSON()),
        sa.Column("created_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transcript"),
        sa.UniqueConstraint("call_id", "version", name="uq_transcript_call_id_version"),
        _owner("transcript", "call_id", "call.id"),
    )


def _create_turn() -> None:
    op.create_table(
        "turn",
        sa.Column("id", _number, nullable=False),
        sa.Column("transcript_id", _number, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("speaker", _word, nullable=False),
        sa.Column("start", sa.Double()),
        sa.Column("end", sa.Double()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("suppressed", _word),
        sa.PrimaryKeyConstraint("id", name="pk_turn"),
        sa.UniqueConstraint("transcript_id", "position", name="uq_turn_transcript_id_position"),
        _owner("turn", "transcript_id", "transcript.id"),
    )


def _create_evaluation() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", _number, nullable=False),
        sa.Column("call_id", _sha256, nullable=False),
        sa.Column("transcript_id", _number, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Double()),
        sa.Column("coverage", sa.Double(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("auto_fails", sa.JSON(), nullable=False),
        sa.Column("outcome", _word),
        sa.Column("outcome_confidence", sa.Double()),
        sa.Column("outcome_reason", sa.Text()),
        sa.Column("outcome_evidence", sa.JSON()),
        sa.Column("outcome_searched", sa.JSON()),
        sa.Column("created_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation"),
        sa.UniqueConstraint("transcript_id", "form", "version", name="uq_evaluation_transcript_id_form_version"),
        _owner("evaluation", "call_id", "call.id"),
        _owner("evaluation", "transcript_id", "transcript.id"),
    )
    op.create_index("ix_evaluation_call_id", "evaluation", ["call_id"])


def _create_criterion_result() -> None:
    op.create_table(
        "criterion_result",
        sa.Column("evaluation_id", _number, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("verdict", _word, nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("searched", sa.JSON()),
        sa.Column("error_class", _word),
        sa.PrimaryKeyConstraint("evaluation_id", "position", name="pk_criterion_result"),
        _owner("criterion_result", "evaluation_id", "evaluation.id"),
    )


def _create_quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", _number, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", _sha256, nullable=False),
        sa.Column("reason", _word, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", _time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sa.UniqueConstraint("path", "sha256", name="uq_quarantine_path_sha256"),
    )


def _owner(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete="CASCADE")
