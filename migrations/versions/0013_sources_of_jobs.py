"""Where a job's tickets come from, as JSON and in words, for any kind of source; what is said of one very ticket.

On the way back, jobs on something that is no view have none; those that came from another job get its view again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

JOBS = sa.table(
    "jobs",
    sa.column("id", sa.Integer),
    sa.column("view_id", sa.BigInteger),
    sa.column("view_title", sa.Text),
    sa.column("source_job_id", sa.Integer),
    sa.column("source", sa.JSON),
    sa.column("source_title", sa.Text),
)


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("source", sa.JSON(), nullable=True))
        jobs.add_column(sa.Column("source_title", sa.Text(), nullable=True))
    with op.batch_alter_table("job_items") as items:
        items.add_column(sa.Column("instruction", sa.JSON(none_as_null=True), nullable=True))
    here = op.get_bind()
    for job in here.execute(sa.select(JOBS.c.id, JOBS.c.view_id, JOBS.c.view_title, JOBS.c.source_job_id)).all():
        source = {"view_id": job.view_id} if job.source_job_id is None else {"job_id": job.source_job_id}
        title = job.view_title or f"view {job.view_id}"
        here.execute(sa.update(JOBS).where(JOBS.c.id == job.id).values(source=source, source_title=title))
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("source", existing_type=sa.JSON(), nullable=False)
        jobs.alter_column("source_title", existing_type=sa.Text(), nullable=False)
        jobs.drop_column("view_id")
        jobs.drop_column("view_title")


def downgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("view_id", sa.BigInteger(), nullable=True))
        jobs.add_column(sa.Column("view_title", sa.Text(), nullable=True))
    here = op.get_bind()
    columns = (JOBS.c.id, JOBS.c.source, JOBS.c.source_title, JOBS.c.source_job_id)
    views: dict[int, int | None] = {}
    for job in here.execute(sa.select(*columns).order_by(JOBS.c.id)).all():
        # The job that another came from is older, and so it stands in here already.
        views[job.id] = job.source.get("view_id") or views.get(job.source_job_id)
        values = {"view_id": views[job.id], "view_title": job.source_title}
        here.execute(sa.update(JOBS).where(JOBS.c.id == job.id).values(values))
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("view_title", existing_type=sa.Text(), nullable=False)
        jobs.drop_column("source_title")
        jobs.drop_column("source")
    with op.batch_alter_table("job_items") as items:
        items.drop_column("instruction")
