"""How long a job has waited for what it does not get, and how far a listing that brings nothing new has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("list_pages", sa.Integer(), server_default="0", nullable=False))
        jobs.add_column(sa.Column("list_barren", sa.Integer(), server_default="0", nullable=False))
        jobs.add_column(sa.Column("trouble", sa.JSON(), nullable=True))
    with op.batch_alter_table("zendesk_reads") as reads:
        reads.add_column(sa.Column("said", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("zendesk_reads") as reads:
        reads.drop_column("said")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("trouble")
        jobs.drop_column("list_barren")
        jobs.drop_column("list_pages")
