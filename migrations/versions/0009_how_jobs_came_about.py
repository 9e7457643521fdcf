"""How a job came from its source, what it was asked with a key, how long it was driven, why it may never run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

RELATIONS = """
    UPDATE jobs SET relation = CASE
        WHEN (SELECT source.dry_run FROM jobs AS source WHERE source.id = jobs.source_job_id) THEN 'run'
        ELSE 'retry' END
    WHERE source_job_id IS NOT NULL
"""
NEVER_STARTED = """
    UPDATE jobs SET never_started = (
        SELECT count(*) FROM job_items
        WHERE job_items.job_id = jobs.id AND job_items.outcome = 'skipped' AND job_items.error = 'cancelled')
    WHERE status = 'cancelled'
"""
# What was said so far is all that tells: the sentences of jobs that were too large, or not as large as agreed.
REFUSED = """
    UPDATE jobs SET refused_for = CASE
        WHEN error LIKE 'This job has more than %' THEN 'over_cap'
        WHEN error LIKE 'The view has more than %' THEN 'too_many_tickets'
        ELSE 'not_as_expected' END
    WHERE status = 'failed' AND listed_at IS NULL AND (
        error LIKE 'This job has more than %' OR error LIKE 'The view has more than %'
        OR error LIKE '% tickets were expected, but the view lists %')
"""
ACTIVE = """
    UPDATE jobs SET active_seconds = finished_at - CASE WHEN started_at > listed_at THEN started_at ELSE listed_at END
    WHERE status = 'completed' AND listed_at IS NOT NULL AND finished_at > listed_at
        AND (started_at IS NULL OR finished_at > started_at)
"""


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("relation", sa.String(length=8), nullable=True))
        jobs.add_column(sa.Column("request_hash", sa.String(length=64), nullable=True))
        jobs.add_column(sa.Column("never_started", sa.Integer(), server_default="0", nullable=False))
        jobs.add_column(sa.Column("waits_for_person", sa.Boolean(), server_default=sa.false(), nullable=False))
        jobs.add_column(sa.Column("refused_for", sa.String(length=32), nullable=True))
        jobs.add_column(sa.Column("active_seconds", sa.Double(), server_default="0", nullable=False))
    with op.batch_alter_table("job_items") as items:
        items.add_column(sa.Column("changed_since", sa.JSON(), nullable=True))
    for statement in (RELATIONS, NEVER_STARTED, REFUSED, ACTIVE):
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("job_items") as items:
        items.drop_column("changed_since")
    with op.batch_alter_table("jobs") as jobs:
        for column in (
            "active_seconds",
            "refused_for",
            "waits_for_person",
            "never_started",
            "request_hash",
            "relation",
        ):
            jobs.drop_column(column)
