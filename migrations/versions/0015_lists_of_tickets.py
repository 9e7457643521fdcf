"""Lists of tickets that people give by their ids; what Zendesk lets an agent see of tickets, found out anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "ticket_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=253), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("read_as", sa.JSON(), nullable=False),
        sa.Column("own_tags", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_ticket_lists_created_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_lists")),
    )
    with op.batch_alter_table("ticket_lists") as lists:
        lists.create_index(op.f("ix_ticket_lists_created_at"), ["created_at"])
    op.create_table(
        "ticket_list_parts",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind in ('tickets', 'rejected')", name=op.f("ck_ticket_list_parts_kind")),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["ticket_lists.id"],
            name=op.f("fk_ticket_list_parts_list_id_ticket_lists"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("list_id", "kind", "number", name=op.f("pk_ticket_list_parts")),
    )
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("zendesk_restriction", sa.String(length=32), nullable=True))
    op.execute("UPDATE users SET zendesk_matched_at = NULL")  # so that each is looked up again, with the restriction


def downgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.drop_column("zendesk_restriction")
    op.drop_table("ticket_list_parts")
    op.drop_table("ticket_lists")
