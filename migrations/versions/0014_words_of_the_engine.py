"""The engine's columns and the words in them bear the names of docs/protocol.md; what people and scripts see stays.

Both databases rename a column in place, in indexes and in checks as well.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

COLUMNS = {
    "jobs": {
        "wish": "requested_state",
        "mark": "correlation_id",
        "material": "snapshot",
        "material_version": "snapshot_version",
        "material_edition": "snapshot_revision",
        "evidence": "audits",
        "halted": "stop_reason",
        "rung_at": "woken_at",
    },
    "job_items": {"deaths": "crashes"},
}
AUDITS = {"clear": "usable", "blind": "opaque"}
NEEDS = {"look": "reconcile", "render": "prefetch", "proof": "await_probe", "again": "reread", "now": "rereading"}


def upgrade() -> None:
    for table, names in COLUMNS.items():
        for old, new in names.items():
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    _rename_check("ck_jobs_wish", "ck_jobs_requested_state", "requested_state in ('run', 'pause', 'cancel')")
    _needs_of(8, to=16)
    _replace("jobs", "audits", AUDITS)
    _replace("job_items", "needs", NEEDS)


def downgrade() -> None:
    _replace("job_items", "needs", {new: old for old, new in NEEDS.items()})
    _replace("jobs", "audits", {new: old for old, new in AUDITS.items()})
    _needs_of(16, to=8)
    for table, names in COLUMNS.items():
        for old, new in names.items():
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}")
    _rename_check("ck_jobs_requested_state", "ck_jobs_wish", "wish in ('run', 'pause', 'cancel')")


def _needs_of(width: int, *, to: int) -> None:
    with op.batch_alter_table("job_items") as items:
        items.alter_column("needs", type_=sa.String(to), existing_type=sa.String(width), existing_nullable=True)


def _rename_check(old: str, new: str, condition: str) -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_constraint(op.f(old), type_="check")
        jobs.create_check_constraint(op.f(new), condition)


def _replace(table: str, column: str, words: dict[str, str]) -> None:
    named = sa.table(table, sa.column(column))
    for old, new in words.items():
        op.execute(named.update().where(named.c[column] == old).values({column: new}))
