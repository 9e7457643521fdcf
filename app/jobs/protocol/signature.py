"""Whether an audit is a change that a tag job sent without metadata: by the program that Zendesk names in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app import zendesk as zd
from app.jobs.protocol.matching import TOOL, Seen, bears_correlation_id, custom_of, object_in

Histories = Mapping[int, Sequence[dict[str, Any]]]
"""Audits by ticket."""


@dataclass(frozen=True)
class Signature:
    """How a job recognises what it sent without metadata: by the program that Zendesk names in each audit.

    `metadata.system.client` of an audit is the User-Agent of the request behind it, and ours names the job.
    """

    job_id: int
    correlation_id: str

    def bears(self, audit: dict[str, Any], ticket_id: int) -> bool:
        """Whether this audit is a change of the job."""
        if bears_correlation_id(audit, {self.correlation_id}, ticket_id):
            return True
        return zd.named_job(client_of(audit)) == str(self.job_id)

    def told_apart(self, seen: Seen) -> tuple[Histories, Histories]:
        """The audits that are changes of the job, and those of tickets of which none is."""
        ours, rest = dict[int, Sequence[dict[str, Any]]](), dict[int, Sequence[dict[str, Any]]]()
        for ticket_id, history in seen.histories.items():
            if found := [audit for audit in history or () if self.bears(audit, ticket_id)]:
                ours[ticket_id] = found
            elif history:
                rest[ticket_id] = history
        return ours, rest

    def untold(self, histories: Histories, author: int, *, told: bool) -> frozenset[int]:
        """The tickets of which an audit may be the job's, and does not say so."""
        return frozenset(
            ticket_id
            for ticket_id, audits in histories.items()
            if any(self.may_bear(audit, author, told=told) for audit in audits)
        )

    def may_bear(self, audit: dict[str, Any], author: int, *, told: bool) -> bool:
        """Whether an audit that does not bear it may be a change of the job all the same.

        :param author: the user we act as; what another user wrote is not ours.
        :param told: audits of this account are known to name the program: then another program is another program.
        """
        if isinstance(audit.get("author_id"), int | str) and str(audit["author_id"]) != str(author):
            return False
        client = client_of(audit)
        if zd.named_job(client) is not None or custom_of(audit).get("tool") == TOOL:
            return False  # another job of ours
        return not (client and told)


def client_of(audit: dict[str, Any]) -> str:
    """The program behind an audit, as Zendesk noted it; empty where it did not."""
    client = object_in(object_in(audit.get("metadata")).get("system")).get("client")
    return client if isinstance(client, str) else ""


@dataclass(frozen=True)
class SeenTags(Seen):
    """What Zendesk shows of a tag job's tickets; of those in `untold` their audits do not tell who changed them."""

    ours: Histories = field(default_factory=dict)  # the audits that are ours
    untold: frozenset[int] = frozenset()
