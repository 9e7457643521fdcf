"""The company's 14 triggers: its e-mails to customers and agents, a webhook, and routing by tag."""

from __future__ import annotations

from ..actions import Action
from ..people import People
from ..triggers import Trigger
from ..views import Condition

FIRST_ID = 360_004_700_000
STEP = 53
ERP_SYNC = "01JD0ERPSYNC7K2V9Q4T8XNORD"
CREATED = Condition("update_type", "is", "Create")
UPDATED = Condition("update_type", "is", "Change")
BY_AGENT = Condition("role", "is", "agent")
BY_CUSTOMER = Condition("role", "is", "end_user")
PUBLIC = Condition("comment_is_public", "is", "true")
LINK = "\n\n{{ticket.link}}"


def mail(to: str, subject: str, body: str) -> Action:
    return ("notification_group" if to == "group_id" or to.isdigit() else "notification_user", [to, subject, body])


def build_triggers(people: People) -> dict[int, Trigger]:
    """The triggers by id, in the order in which they run.

    Routing goes by tags that only macros set, so that a job about other tags meets no change but its own.
    """
    triggers: dict[int, Trigger] = {}

    def add(title: str, *every: Condition, do: tuple[Action, ...], **more: object) -> None:
        position = len(triggers) + 1
        number = FIRST_ID + position * STEP
        triggers[number] = Trigger(number, title, position, every, do, **more)  # type: ignore[arg-type]

    for title, conditions, action in (*_to_customers(), *_to_agents(people)):
        add(title, *conditions, do=(action,))
    add("ERP sync", UPDATED, do=(("notification_webhook", [ERP_SYNC, '{"ticket": "{{ticket.id}}"}']),))
    for what, tag, group in (("returns", "return_received", "Returns"), ("invoices", "invoice_copy", "Billing")):
        to = str(people.group_named(group).id)
        elsewhere = Condition("group_id", "is_not", to)
        add(f"Route {what} to {group}", UPDATED, tagged(tag), elsewhere, do=(("group_id", to),))
    watch = Condition("current_tags", "not_includes", "delivery_watch")
    add("Watch parcels sent anew", UPDATED, tagged("resent"), watch, do=(("current_tags", "delivery_watch"),))
    add("Raise what VIPs write", UPDATED, BY_CUSTOMER, tagged("vip vip_customer"), do=(("priority", "high"),))
    billing = str(people.group_named("Billing").id)
    add("Route rental deposits to Billing", CREATED, tagged("rental"), do=(("group_id", billing),))
    add("Summer sale 2024", UPDATED, tagged("promo_summer_2024"), do=(("priority", "high"),), active=False)
    return triggers


def tagged(words: str) -> Condition:
    return Condition("current_tags", "includes", words)


def _to_customers() -> tuple[tuple[str, tuple[Condition, ...], Action], ...]:
    received = "Your request ({{ticket.id}}) has been received." + LINK
    updated = "Your request ({{ticket.id}}) has been updated.\n\n{{ticket.comments_formatted}}"
    subject = "[Nordfell] Re: {{ticket.title}}"
    return (
        ("Notify requester of received request", (CREATED,), mail("requester_id", subject, received)),
        (
            "Notify requester and CCs of a comment",
            (UPDATED, BY_AGENT, PUBLIC),
            mail("requester_and_ccs", subject, updated),
        ),
    )


def _to_agents(people: People) -> tuple[tuple[str, tuple[Condition, ...], Action], ...]:
    unsolved = Condition("status", "less_than", "solved")
    others = Condition("assignee_id", "is_not", "current_user")
    escalations = str(people.group_named("Escalations").id)
    return (
        (
            "Notify assignee when the customer writes",
            (UPDATED, BY_CUSTOMER, Condition("comment_is_public", "is", "not_relevant")),
            mail("assignee_id", "[Nordfell] {{ticket.title}}", "A new comment on #{{ticket.id}}." + LINK),
        ),
        (
            "Notify assignee of assignment",
            (UPDATED, Condition("assignee_id", "changed", ""), others),
            mail("assignee_id", "[Nordfell] Assigned: {{ticket.title}}", "#{{ticket.id}} is yours." + LINK),
        ),
        (
            "Notify group of assignment",
            (UPDATED, Condition("group_id", "changed", ""), Condition("assignee_id", "is", "")),
            mail(
                "group_id", "[Nordfell] {{ticket.group.name}}: {{ticket.title}}", "#{{ticket.id}} is new here." + LINK
            ),
        ),
        (
            "Notify assignee of a reopened ticket",
            (UPDATED, Condition("status", "value_previous", "solved"), unsolved, others),
            mail("assignee_id", "[Nordfell] Reopened: {{ticket.title}}", "#{{ticket.id}} is open again." + LINK),
        ),
        (
            "Tell Escalations of what became urgent",
            (UPDATED, Condition("priority", "value", "urgent"), unsolved),
            mail(escalations, "[Nordfell] Urgent: {{ticket.title}}", "#{{ticket.id}} is urgent." + LINK),
        ),
    )
