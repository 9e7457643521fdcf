"""A ticket as the sandbox keeps it, and as the API shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .fields import Fields, Value
from .forms import CUSTOM_STATUSES, STATUSES, TICKET_FORM
from .history import Audit, Beginning
from .times import iso

STATUS_RANK = {status: rank for rank, status in enumerate(STATUSES)}
ARCHIVED_AFTER = 120 * 86_400
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("question", "incident", "problem", "task")


@dataclass(slots=True)
class Ticket:
    """One ticket; times are whole seconds since the epoch, `tags` is sorted, `fields` goes by field id."""

    id: int
    created_at: int
    updated_at: int
    status_at: int
    subject: str
    description: str
    language: str
    status: str
    via: str
    requester_id: int
    brand_id: int
    tags: tuple[str, ...]
    fields: dict[int, Value]
    priority: str | None = None
    type: str | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    satisfaction: str = "unoffered"
    external_id: str | None = None
    problem_id: int | None = None
    due_at: str | None = None
    cc_ids: tuple[int, ...] = ()
    follower_ids: tuple[int, ...] = ()
    public: bool = True
    ticket_form_id: int = TICKET_FORM
    custom_status_id: int | None = None  # None for the default one of its status
    beginning: Beginning | None = None  # kept from the first change on
    history: list[Audit] = field(default_factory=list)  # of the changes, without the creation

    @property
    def closed(self) -> bool:
        return self.status == "closed"

    def archived(self, now: float) -> bool:
        """Zendesk archives tickets 120 days after they were closed."""
        return self.closed and now - self.status_at > ARCHIVED_AFTER


def ticket_json(ticket: Ticket, fields: Fields, base: str) -> dict[str, Any]:
    """The ticket with every key that recordings of 2023 and later have (docs/zendesk.md, People and objects)."""
    values = [{"id": each.id, "value": ticket.fields.get(each.id)} for each in fields.custom]
    return {
        "url": f"{base}/api/v2/tickets/{ticket.id}.json",
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": {"channel": ticket.via, "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        "generated_timestamp": ticket.updated_at,
        "type": ticket.type,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": ticket.status,
        "recipient": None,
        "requester_id": ticket.requester_id,
        "submitter_id": ticket.requester_id,
        "assignee_id": ticket.assignee_id,
        "organization_id": ticket.organization_id,
        "group_id": ticket.group_id,
        "collaborator_ids": list(ticket.cc_ids),
        "follower_ids": list(ticket.follower_ids),
        "email_cc_ids": list(ticket.cc_ids),
        "forum_topic_id": None,
        "problem_id": ticket.problem_id,
        "has_incidents": False,
        "is_public": ticket.public,
        "due_at": ticket.due_at,
        "tags": list(ticket.tags),
        "custom_fields": values,
        "satisfaction_rating": {"score": ticket.satisfaction},
        "sharing_agreement_ids": [],
        "custom_status_id": ticket.custom_status_id or CUSTOM_STATUSES[ticket.status],
        "fields": values,
        "followup_ids": [],
        "ticket_form_id": ticket.ticket_form_id,
        "brand_id": ticket.brand_id,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": ticket.via == "native_messaging",
    }
