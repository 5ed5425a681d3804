"""Beside a verdict: the coaching tip, the agent's note, what a judge model did, measures, the wrap-up."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("evaluation", sa.Column("judge", sa.JSON()))
    op.add_column("call", sa.Column("note", sa.Text()))
    op.add_column("criterion_result", sa.Column("coaching", sa.Text(), nullable=False, server_default=""))
    op.create_index(
        "uq_evaluation_current",
        "evaluation",
        ["transcript_id", "form"],
        unique=True,
        sqlite_where=sa.text("current"),
        postgresql_where=sa.text("current"),
    )
    _create_measures()
    _create_wrap_up()


def _create_measures() -> None:
    op.create_table(
        "measures",
        sa.Column("transcript_id", _number, nullable=False),
        sa.Column("agent_words", sa.Integer(), nullable=False),
        sa.Column("agent_turns", sa.Integer(), nullable=False),
        sa.Column("agent_seconds", sa.Double()),
        sa.Column("agent_longest_turn", sa.Double()),
        sa.Column("agent_words_per_minute", sa.Double()),
        sa.Column("agent_syllables_per_second", sa.Double()),
        sa.Column("agent_interruptions", sa.Integer(), nullable=False),
        sa.Column("customer_words", sa.Integer(), nullable=False),
        sa.Column("customer_turns", sa.Integer(), nullable=False),
        sa.Column("customer_seconds", sa.Double()),
        sa.Column("customer_longest_turn", sa.Double()),
        sa.Column("customer_words_per_minute", sa.Double()),
        sa.Column("customer_syllables_per_second", sa.Double()),
        sa.Column("customer_interruptions", sa.Integer(), nullable=False),
        sa.Column("agent_share_of_talk", sa.Double()),
        sa.Column("agent_share_of_call", sa.Double()),
        sa.Column("non_talk", sa.Double()),
        sa.Column("hold", sa.Double()),
        sa.Column("pauses", sa.Integer()),
        sa.Column("long_pauses", sa.Integer()),
        sa.Column("unannounced_silences", sa.Integer()),
        sa.Column("dead_air", sa.Integer()),
        sa.Column("talk_overs", sa.Integer()),
        sa.Column("talk_over_seconds", sa.Double()),
        sa.PrimaryKeyConstraint("transcript_id", name="pk_measures"),
        sa.ForeignKeyConstraint(
            ["transcript_id"], ["transcript.id"], name="fk_measures_transcript_id", ondelete="CASCADE"
        ),
    )


def _create_wrap_up() -> None:
    op.create_table(
        "wrap_up",
        sa.Column("transcript_id", _number, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_confidence", sa.Double(), nullable=False),
        sa.Column("reason_evidence", sa.JSON(), nullable=False),
        sa.Column("runner_up", sa.Text()),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("summary_evidence", sa.JSON(), nullable=False),
        sa.Column("promises", sa.JSON(), nullable=False),
        sa.Column("next_step", sa.Integer()),
        sa.PrimaryKeyConstraint("transcript_id", name="pk_wrap_up"),
        sa.ForeignKeyConstraint(
            ["transcript_id"], ["transcript.id"], name="fk_wrap_up_transcript_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_wrap_up_reason", "wrap_up", ["reason"])
