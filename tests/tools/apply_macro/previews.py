"""A finished dry run of a macro for tests of pages: its snapshot and what it found."""

from __future__ import annotations

from typing import Any

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"
SLUG = "apply-macro-to-view"


def make_comment(*, public: bool = True, **changes: Any) -> dict[str, Any]:
    said = {"html": "<p>Hello Mia, <b>sorry</b>.</p>", "text": "Hello Mia, sorry.", "author": "Giga Tools Service"}
    return {**said, "public": public, **changes}


def make_sample(ticket_id: int = 7, **changes: Any) -> dict[str, Any]:
    defaults = {
        "ticket_id": ticket_id,
        "subject": "Where is my parcel?",
        "status": "open",
        "brand": "Outdoor",
        "requester": "Mia Lang",
        "changes": [{"label": "Status", "before": "Open", "after": "Solved"}],
        "comment": make_comment(),
        "problem": None,
    }
    return {**defaults, **changes}


def make_summary(**changes: Any) -> dict[str, Any]:
    defaults = {
        "change": 2391,
        "unchanged": 222,
        "closed": 27,
        "refused": [{"code": "unrendered", "sentence": "A placeholder stayed.", "remedy": "Edit it.", "count": 3}],
        "may_refuse": [{"code": "no_assignee", "sentence": "Nobody is assigned.", "remedy": "", "count": 12}],
        "statuses": {"open": 2613, "closed": 27},
        "brands": [{"name": "Outdoor", "count": 2000}, {"name": "B2B", "count": 640}],
        "groups": [{"words": ["Status → Solved", "+late", "public reply"], "count": 2391}],
        "fields": [{"tag": "late", "field": "Reason", "effect": "set", "count": 5, "displaced": None}],
        "sample": [make_sample(), make_sample(8, comment=None, problem="Not filled in: Zendesk did not answer.")],
        "longest": make_sample(9, comment=make_comment(text="Long " * 300)),
        "emptiest": make_sample(10, comment=make_comment(text="Hello ,")),
        "rendered": 10,
        "empty_placeholders": [{"placeholder": "{{ticket.requester.first_name}}", "count": 4}],
        "mail": {
            "tickets": 2391,
            "requesters": 2240,
            "ccs": 131,
            "sentence": "Up to 2,240 customers and 131 CCs get an e-mail.",
        },
        "triggers": {
            "known": True,
            "sentence": "3 triggers may run: 1 sends e-mail (Notify requester), 1 calls a webhook (ERP sync).",
            "groups": [
                {
                    "kind": "comment",
                    "title": "They run on a comment like this one",
                    "triggers": [{"title": "Notify requester", "mails": True, "calls": False}],
                },
                {
                    "kind": "any",
                    "title": "They run on any update",
                    "triggers": [{"title": "ERP sync", "mails": False, "calls": True}],
                },
            ],
        },
    }
    return {**defaults, **changes}


def make_snapshot(*, public: bool = True, **changes: Any) -> dict[str, Any]:
    comment = {"text": "Hello {{ticket.requester.first_name}}", "rich": True, "public": public, "mode": "public"}
    defaults = {
        "macro": {"id": 25, "title": "Shipping::Delay apology"},
        "acting": {"id": 1, "name": "Giga Tools Service"},
        "actions": [],
        "fields": {"77": {"name": "Contact reason", "options": {"late": "Late parcel"}}},
        "names": {"user": {"complete": True, "by_id": {"5": {"name": "Ana Silva", "email": "ana@example.com"}}}},
        "categories": {},
        "backed": {"fields": [], "missing": None},
        "comment": {**comment, "dynamic": True},
        "dynamic": True,
        "words": ["Status becomes Solved", "Public reply, filled in for each ticket"],
        "cautions": [],
    }
    return {**defaults, **changes}


def a_preview(**changes: Any) -> dict[str, Any]:
    """The columns of such a job; `summary` and `snapshot` as given, or as above."""
    defaults = {
        "tool": SLUG,
        "dry_run": True,
        "status": "completed",
        "started_at": 1.0,
        "listed_at": 2.0,
        "finished_at": 3.0,
        "total": 2643,
        "succeeded": 2391,
        "unchanged": 222,
        "skipped": 27,
        "failed": 3,
        "parameters": {"macro_id": 25},
        "snapshot": make_snapshot(),
        "snapshot_version": "v1",
        "writes_to_customers": True,
        "summary": make_summary(),
    }
    return {**defaults, **changes}
