"""Which ticket a job sent first, to learn whether the account takes changes of closed ones, and what accounts did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("trial_ticket", sa.BigInteger(), nullable=True))
    op.create_table(
        "trials",
        sa.Column("account", sa.String(length=253), nullable=False),
        sa.Column("took", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_trials")),
    )


def downgrade() -> None:
    op.drop_table("trials")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("trial_ticket")
