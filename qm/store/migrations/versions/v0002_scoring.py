"""What a coach needs with a verdict: the tip; the agent's own note of the call; what a judge model did."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evaluation", sa.Column("judge", sa.JSON()))
    op.add_column("call", sa.Column("note", sa.Text()))
    op.add_column("criterion_result", sa.Column("coaching", sa.Text(), nullable=False, server_default=""))
