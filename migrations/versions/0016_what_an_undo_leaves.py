"""What an undo leaves as it is on a ticket, by name; of tickets that are there already there is nothing to tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    with op.batch_alter_table("job_items") as items:
        items.add_column(sa.Column("left_as_is", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("job_items") as items:
        items.drop_column("left_as_is")
