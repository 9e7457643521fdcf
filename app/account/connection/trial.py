"""Tries writing on one ticket that a person chose: adds a tag, looks, takes it off, looks again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app import zendesk as zd
from app.account.connection.check import BAD, GOOD, Point, Report
from app.account.connection.faults import problem
from app.zendesk import Client

PATIENCE = 20.0  # seconds for each of the two Zendesk jobs
LOOK_EVERY = 0.5


class _Failed(Exception):  # noqa: N818 - an event of the trial
    """The trial ends here; the message says why."""


def try_on(
    client: Client,
    ticket_id: int,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Report:
    """Add a tag of our own to the ticket and take it off again, in the way that jobs do it.

    Never raises because of Zendesk; says so when the tag may have stayed. Takes up to a minute.
    """
    trial = _Trial(client.for_person(), ticket_id, f"giga_tools_check_{secrets.token_hex(3)}", clock, sleep)
    try:
        trial.run()
    except (_Failed, zd.ZendeskError) as error:
        trial.fail(_sentence(error, ticket_id))
    return Report(client.account, tuple(trial.points))


@dataclass
class _Trial:
    client: Client
    ticket_id: int
    tag: str
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    points: list[Point] = field(default_factory=list)
    at: str = "Ticket"
    tagged: bool = False  # or may be

    def run(self) -> None:
        status = self._read()[0]
        if status == "closed":
            raise _Failed(f"Ticket {self.ticket_id} is closed, and may take no change. Choose another one.")
        self._say(f"Ticket {self.ticket_id} can be read; it is {status}.")
        self.at, self.tagged = "Add a tag", True
        self._write("additional_tags", wanted=True)
        self._say(f"The tag {self.tag} was added, and read back.")
        self.at = "Take it off"
        self._write("remove_tags", wanted=False)
        self.tagged = False
        self._say("The tag is gone again. Writing works.")

    def fail(self, sentence: str) -> None:
        if self.tagged:
            sentence += f" Look at ticket {self.ticket_id}: the tag {self.tag} may still be on it."
        self.points.append(Point(self.at, BAD, sentence))

    def _say(self, sentence: str) -> None:
        self.points.append(Point(self.at, GOOD, sentence))

    def _read(self) -> tuple[str, list[str]]:
        tickets = self.client.tickets([self.ticket_id]).tickets
        if not tickets:
            raise _Failed(f"There is no ticket {self.ticket_id} that the user we act as may see.")
        return str(tickets[0].get("status")), list(tickets[0].get("tags") or ())

    def _write(self, how: str, *, wanted: bool) -> None:
        try:
            job = self.client.update_tickets([self.ticket_id], {how: [self.tag]})
        except zd.ZendeskError as error:
            self.tagged = error.maybe_applied or not wanted
            raise
        ends = self.clock() + PATIENCE
        while not job.terminal:
            if self.clock() >= ends:
                raise _Failed(f"Zendesk's job was not done within {PATIENCE:.0f} s.")
            self.sleep(LOOK_EVERY)
            job = self.client.zendesk_job(job.id)
        if (self.tag in self._read()[1]) != wanted:
            result = job.by_ticket([self.ticket_id]).get(self.ticket_id)
            self.tagged = not wanted
            said = f" ({result.details or result.error})" if result and result.error else ""
            raise _Failed(f"Zendesk's job ended, but the ticket is not changed{said}.")


def _sentence(error: Exception, ticket_id: int) -> str:
    match error:
        case zd.Forbidden():
            return (
                f"Zendesk forbids it (403): the user may not edit ticket {ticket_id}, or the OAuth client lacks a "
                "scope. It needs exactly: read tickets:write."
            )
        case zd.ZendeskError():
            return problem(error)
    return str(error)
