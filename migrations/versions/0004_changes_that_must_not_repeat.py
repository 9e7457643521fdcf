"""What a job remembers of changes that must not happen twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("render_all", sa.Boolean(), server_default=sa.false(), nullable=False))
        jobs.add_column(sa.Column("mark", sa.String(length=32), server_default="", nullable=False))
        jobs.add_column(sa.Column("material", sa.JSON(), nullable=True))
        jobs.add_column(sa.Column("material_version", sa.String(length=64), nullable=True))
        jobs.add_column(sa.Column("writes_to_customers", sa.Boolean(), server_default=sa.false(), nullable=False))
        jobs.add_column(sa.Column("accepts_current_user", sa.Boolean(), server_default=sa.false(), nullable=False))
        jobs.add_column(sa.Column("canary", sa.Integer(), nullable=True))
        jobs.add_column(sa.Column("canary_status", sa.String(length=8), nullable=True))
        jobs.add_column(sa.Column("evidence", sa.String(length=8), nullable=True))
        jobs.add_column(sa.Column("refusals_accepted", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("job_items") as items:
        items.add_column(sa.Column("needs", sa.String(length=8), nullable=True))
        items.add_column(sa.Column("conflicts", sa.Integer(), server_default="0", nullable=False))
        items.add_column(sa.Column("deaths", sa.Integer(), server_default="0", nullable=False))
        items.create_index("ix_job_items_job_id_outcome_needs_ticket_id", ["job_id", "outcome", "needs", "ticket_id"])


def downgrade() -> None:
    with op.batch_alter_table("job_items") as items:
        items.drop_index("ix_job_items_job_id_outcome_needs_ticket_id")
        for column in ("deaths", "conflicts", "needs"):
            items.drop_column(column)
    with op.batch_alter_table("jobs") as jobs:
        for column in (
            "refusals_accepted",
            "evidence",
            "canary_status",
            "canary",
            "accepts_current_user",
            "writes_to_customers",
            "material_version",
            "material",
            "mark",
            "render_all",
        ):
            jobs.drop_column(column)
