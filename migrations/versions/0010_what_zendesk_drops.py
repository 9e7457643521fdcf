"""What Zendesk left out of changes that it otherwise took, and why a job sends nothing more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("dropped", sa.Text(), nullable=True))
        jobs.add_column(sa.Column("halted", sa.Text(), nullable=True))
    with op.batch_alter_table("job_batches") as batches:
        batches.add_column(sa.Column("dropped", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("job_batches") as batches:
        batches.drop_column("dropped")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("halted")
        jobs.drop_column("dropped")
