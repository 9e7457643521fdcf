"""Which tickets of a tag job go under their stamps, because an answer was lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("job_items") as items:
        items.add_column(sa.Column("conditional", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("job_batches") as batches:
        batches.add_column(sa.Column("latest_copy", sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("job_batches") as batches:
        batches.drop_column("latest_copy")
    with op.batch_alter_table("job_items") as items:
        items.drop_column("conditional")
