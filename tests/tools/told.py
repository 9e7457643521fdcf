"""A job as the sentences of tools tell it; it is in no database."""

from __future__ import annotations

from typing import Any

from app.auth.models import User
from app.jobs.models import Job


def told_job(status: str, parameters: dict[str, Any], **columns: Any) -> Job:
    """Ana's job on the view Open shipping."""
    defaults = {
        "dry_run": False,
        "source": {"view_id": 7},
        "source_title": "Open shipping",
        "total": 3_207,
        "listed_at": 1.0,
        **dict.fromkeys(("succeeded", "unchanged", "failed", "skipped", "unknown", "never_started"), 0),
        "created_by": User(name="Ana"),
    }
    return Job(status=status, **{**defaults, "parameters": parameters, **columns})
