"""An update of one ticket on its way: why it happens, what it will be, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import Details
from .people import User
from .tickets import Ticket

if TYPE_CHECKING:
    from .world import World


BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
"""The program of a change that an agent makes by hand."""


class RefusedError(Exception):
    """This ticket does not take this update; `details` goes by field, as in a 422."""

    def __init__(self, details: Details) -> None:
        super().__init__("; ".join(item["description"] for items in details.values() for item in items))
        self.details = details


@dataclass(frozen=True)
class Cause:
    """Behind a change: the user, the program (User-Agent), the request, and the Zendesk job if it was one.

    `bulk` is true for the bulk form of update_many, the only one that may take tags of closed tickets.
    """

    author: User
    client: str
    request: int
    zendesk_job: str | None = None
    bulk: bool = False


@dataclass
class Draft:
    """An update on its way: the ticket's new values and the events that are no plain change of a value."""

    world: World
    ticket: Ticket
    cause: Cause
    values: dict[str, Any] = field(default_factory=dict)
    comment: dict[str, Any] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)

    def get(self, name: str) -> Any:
        return self.values.get(name, getattr(self.ticket, name))

    def changed(self, since: dict[str, Any] | None = None) -> dict[str, list[Any]]:
        """Field to [old, new], of what is really different: from the ticket, or from earlier `values` of this draft."""
        found = {}
        for name, new in self.values.items():
            old = since[name] if since and name in since else getattr(self.ticket, name)
            if name == "fields":
                found |= {str(key): [old.get(key), new[key]] for key in new if new[key] != old.get(key)}
            elif new != old:
                found[name] = [_plain(old), _plain(new)]
        return found


def refused(name: str, description: str, error: str | None = None, **more: Any) -> RefusedError:
    return RefusedError({name: [{"description": description, "error": error, **more}]})


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
