"""When API tokens end and what they may at most, and when a session's person gave the password once more.

A token that is there already counts for 90 days from now on, in the role that its owner has now.
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

LIFE_SECONDS = 90 * 86_400.0


def upgrade() -> None:
    with op.batch_alter_table("user_sessions") as sessions:
        sessions.add_column(sa.Column("confirmed_at", sa.Double(), nullable=True))
    with op.batch_alter_table("api_tokens") as tokens:
        tokens.add_column(sa.Column("expires_at", sa.Double(), nullable=True))
        tokens.add_column(sa.Column("role", sa.String(length=16), nullable=True))
    fill = (
        "UPDATE api_tokens SET expires_at = :ends, role = (SELECT role FROM users WHERE users.id = api_tokens.user_id)"
    )
    op.get_bind().execute(sa.text(fill), {"ends": time.time() + LIFE_SECONDS})
    with op.batch_alter_table("api_tokens") as tokens:
        tokens.alter_column("role", existing_type=sa.String(length=16), nullable=False)
        tokens.create_check_constraint(op.f("ck_api_tokens_role"), "role in ('admin', 'agent')")


def downgrade() -> None:
    with op.batch_alter_table("api_tokens") as tokens:
        tokens.drop_constraint(op.f("ck_api_tokens_role"), type_="check")
        tokens.drop_column("role")
        tokens.drop_column("expires_at")
    with op.batch_alter_table("user_sessions") as sessions:
        sessions.drop_column("confirmed_at")
