"""The tickets that a macro's dry run shows one by one: before and after by name, and the comment as it will be read."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.jobs.outcomes import Outcome
from app.jobs.protocol.operation import Planned, Values
from app.jobs.wording import reason
from app.macros.rich_text import harmless
from app.macros.unshown import notes, plain_notes
from app.tools.apply_macro import comment as comments
from app.tools.apply_macro import wording
from app.zendesk import Client, Conflict, RateLimited, ZendeskError

if TYPE_CHECKING:
    from app.tools.apply_macro.operation import MacroOperation

NO_ROOM = "Not filled in yet: Zendesk's rate limit leaves no room now."
MEANWHILE = "Not filled in: the ticket has changed since it was listed, or Zendesk showed an old state of it."
NO_ANSWER = "Not filled in: Zendesk did not answer as it should."


@dataclass(frozen=True)
class Sampled:
    """A ticket to show; `after` is None where Zendesk did not render it, and then `problem` says why.

    `refused` is the code of a refusal that awaits it when the preview is carried out.
    """

    ticket: Planned
    after: Values | None
    problem: str | None = None
    refused: str | None = None


def with_renderings(operation: MacroOperation, client: Client, tickets: Sequence[Planned]) -> list[Sampled]:
    """The tickets with what Zendesk renders for them, one request each; with a sentence where it does not."""
    found: list[Sampled] = []
    no_room = False
    for ticket in tickets:
        if ticket.after is not None or not operation.effects.rendered:
            found.append(Sampled(ticket, ticket.after))
        elif no_room:
            found.append(Sampled(ticket, None, NO_ROOM))
        else:
            found.append(_rendered(operation, client, ticket))
            no_room = found[-1].problem == NO_ROOM
    return found


def shown(operation: MacroOperation, sampled: Sampled, names: Mapping[str, Any]) -> dict[str, Any]:
    """A ticket for the page.

    `{ticket_id, subject, status, brand, requester, changes: [{label, before, after}], comment: {html, text, public,
    author, notes: […]} | None, problem}`; `html` is harmless, and still belongs into a sandboxed frame.
    """
    before, fields = sampled.ticket.before, operation.values["fields"]
    after = sampled.after if sampled.after is not None else operation.difference(before)
    return {
        "ticket_id": sampled.ticket.ticket_id,
        "subject": before["subject"],
        "status": before["status"],
        "brand": wording.named("brand_id", before["brand_id"], names, fields),
        "requester": wording.named("cc", before["requester_id"], names, fields),
        "changes": wording.change(before, after, names, fields),
        "comment": _comment(after["comment"], operation.values["acting"]["name"]) if "comment" in after else None,
        "problem": sampled.problem,
    }


def _rendered(operation: MacroOperation, client: Client, ticket: Planned) -> Sampled:
    try:
        plan = operation.render(client, ticket.item)
    except RateLimited:
        return Sampled(ticket, None, NO_ROOM)
    except Conflict:
        return Sampled(ticket, None, MEANWHILE)
    except ZendeskError:
        return Sampled(ticket, None, NO_ANSWER)
    if plan.outcome == Outcome.PENDING or plan.error is None:
        return Sampled(ticket, plan.after or {})
    found = wording.REASONS.get(plan.error) or reason(plan.error)
    return Sampled(ticket, None, f"{found.sentence} {plan.detail or ''}".strip(), plan.error)


def _comment(comment: Values, author: str) -> dict[str, Any]:
    rich = comment.get("html_body")
    return {
        "html": harmless(rich) if rich else _paragraphs(comment["body"]),
        "text": comments.text(comment),
        "public": comment["public"],
        "author": author,
        "notes": notes(rich) if rich else plain_notes(comment["body"]),
    }


def _paragraphs(text: str) -> str:
    parts = html.escape(text, quote=False).split("\n\n")
    return "".join(f"<p>{part}</p>" for part in parts if part).replace("\n", "<br>")
