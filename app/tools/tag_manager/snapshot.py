"""What a tag job is made of beyond its tags: the ticket fields behind them, read once and frozen with the job."""

from __future__ import annotations

from app.jobs.protocol.operation import Snapshot, Unusable, Values
from app.tickets.fields import TagFields, read_ticket_fields
from app.zendesk import Client


def read_snapshot(client: Client, parameters: Values) -> Snapshot:
    """The fields that the tags of these parameters belong to, as `TagFields.frozen` has them.

    :raises Unusable: with a sentence, when several of the tags to add are options of one drop-down.
    :raises ZendeskError: when waiting may help.
    """
    fields = TagFields.of(*read_ticket_fields(client))
    if not parameters.get("own"):
        fields = fields.behind((*parameters["add"], *parameters["remove"]))
    if clashes := fields.clashes(parameters["add"]):
        raise Unusable(" ".join(_clash(field.title, tags) for field, tags in clashes))
    return Snapshot(values=fields.frozen(), version=None)


def _clash(title: str, tags: list[str]) -> str:
    listed = " and ".join(f"“{tag}”" for tag in tags)
    return (
        f"{listed} are options of the drop-down “{title}”. A ticket has one of them at a time, and Zendesk would "
        "decide which stays. Add one only. Nothing was started."
    )
