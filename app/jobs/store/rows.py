"""Columns and conditions of tickets that reading and writing share."""

from __future__ import annotations

from sqlalchemy import or_

from app.jobs.models import JobItem

ITEM = (
    JobItem.ticket_id,
    JobItem.before,
    JobItem.after,
    JobItem.stamp,
    JobItem.conditional,
    JobItem.instruction,
)
TRIED = or_(JobItem.attempts > 0, JobItem.conflicts > 0)
