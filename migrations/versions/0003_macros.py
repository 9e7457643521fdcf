"""The macros of the account, read once for all processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "zendesk_macros",
        sa.Column("account", sa.String(length=253), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=True),
        sa.Column("read_at", sa.Double(), nullable=True),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("so_far", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_zendesk_macros")),
    )


def downgrade() -> None:
    op.drop_table("zendesk_macros")
