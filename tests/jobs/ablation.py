"""`make ablation`: takes out one safeguard of the job engine at a time, and expects the tests to notice.

A test that passes without the safeguard it is about proves nothing. Each safeguard is taken out in a process of its
own: pytest loads this module as a plugin (`-p tests.jobs.ablation`), and the variable ABLATE says what is missing.
The product knows nothing of this. Ends with 1 when the absence of a safeguard goes unnoticed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.database import db_now, transaction
from app.jobs import apply, caution, lease, proof, stamps, store, turn, ways
from app.jobs.models import CLEAR, Job
from app.jobs.ways import Seen, UnderStamps

TESTS = ("tests/jobs/test_protocol.py",)
MOST_SECONDS = 300.0  # for the tests of one safeguard


@dataclass(frozen=True)
class Safeguard:
    """What protects, and how a process does without it."""

    name: str
    sentence: str
    take_out: Callable[[], None]


def no_stamp() -> None:
    real = UnderStamps._ticket

    def ticket(self: UnderStamps, item: Any) -> dict[str, Any]:
        sent = real(self, item)
        return {key: value for key, value in sent.items() if key not in ("safe_update", "updated_stamp")}

    UnderStamps._ticket = ticket


def no_audit_check() -> None:
    ways.history_since = lambda _client, _item: []


def no_fence() -> None:
    @contextmanager
    def unguarded(self: lease.Lease) -> Iterator[Any]:
        began = self.clock()
        with transaction() as tx:
            tx.execute(lease.update(Job).where(Job.id == self.job_id).values(lease_expires_at=db_now() + lease.TTL))
            yield tx
        self.renewed_at = began

    lease.Lease.transaction = unguarded
    turn.read_job = _as_if_ours(turn.read_job)


def _as_if_ours(real: Callable[[int], Any]) -> Callable[[int], Any]:
    """The job's row; whoever compares its token with his own finds them the same."""

    class Anyone(int):
        __hash__ = int.__hash__

        def __eq__(self, _: object) -> bool:
            return True

        def __ne__(self, _: object) -> bool:
            return False

    def read(job_id: int) -> Any:
        row = real(job_id)
        return _Row(row, lease_token=Anyone(row.lease_token))

    return read


class _Row:
    """A row of which one value is another."""

    def __init__(self, row: Any, **values: Any) -> None:
        self._row = row
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def no_look_at_the_lease() -> None:
    turn.Turn.check_lease = lambda _self: None


def audits_before_tickets() -> None:
    def look(self: UnderStamps, batch: store.Batch) -> Seen:
        histories = {item.ticket_id: proof.history_since(self.turn.client, item) for item in batch.items}
        return Seen(self.turn.client.tickets(batch.ticket_ids), histories)

    UnderStamps.look = look


def no_intent() -> None:
    """The request leaves while the transaction of its intent is still open."""
    real, answers = store.claim, {}

    def claim(tx: Any, job_id: int, token: int, payload: Any, choice: Any) -> Any:
        batch = real(tx, job_id, token, payload, choice)
        if batch:
            answers[batch.id] = payload.__self__.send(batch)
        return batch

    store.claim = claim
    apply.Applier._send = lambda _self, batch: answers.pop(batch.id)


def no_two_seconds() -> None:
    stamps.OLD_ENOUGH = float("-inf")


def no_metadata() -> None:
    proof.Proof.metadata = lambda _self, _ticket_id: {}


def never_blind() -> None:
    apply.evidence_in = lambda *_: CLEAR


def no_canary() -> None:
    caution.goes_first = lambda _job: 0
    caution.choice = lambda _job, most: store.Choice(most=most)


def no_setting_aside() -> None:
    store.SET_ASIDE_AFTER = 1_000


SAFEGUARDS = (
    Safeguard("stamp", "each ticket goes under its own stamp", no_stamp),
    Safeguard("audits", "what has changed since its stamp is looked up in its audits", no_audit_check),
    Safeguard("fence", "each transaction of a driver proves that the lease is its own", no_fence),
    Safeguard("lease-left", "a change leaves only while the lease outlasts its request", no_look_at_the_lease),
    Safeguard("order", "the stamp is read no later than the audits", audits_before_tickets),
    Safeguard("intent", "the intent is committed before the request leaves", no_intent),
    Safeguard("two-seconds", "a stamp is older than the second in which it would be blind", no_two_seconds),
    Safeguard("metadata", "each change names its job in its audit", no_metadata),
    Safeguard("blind", "where nothing can be recognised an ambiguous comment is not repeated", never_blind),
    Safeguard("canary", "the first tickets go alone until a person has looked", no_canary),
    Safeguard("set-aside", "tickets over which drivers die are set aside", no_setting_aside),
)
QUICK = ("stamp", "audits", "fence", "order")
"""Those of which issue and documentation say that each must be noticed: the suite takes these out, too."""


def pytest_configure() -> None:
    """As a plugin: do without the safeguard that ABLATE names."""
    name = os.environ.get("ABLATE")
    for safeguard in SAFEGUARDS:
        if safeguard.name == name:
            safeguard.take_out()


@dataclass(frozen=True)
class Noticed:
    """How the tests took the absence of one safeguard."""

    failed: tuple[str, ...]
    seconds: float
    output: str


def without(safeguard: Safeguard | None, tests: tuple[str, ...] = TESTS) -> Noticed:
    """Run tests in a process that does without a safeguard; with None in one that has them all."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.jobs.ablation", "-q", "--tb=line", *tests]
    environment = {**os.environ, "ABLATE": safeguard.name if safeguard else ""}
    began = time.monotonic()
    try:
        run = subprocess.run(  # noqa: S603 - our own tests
            command, env=environment, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
        )
        output = run.stdout
    except subprocess.TimeoutExpired as expired:
        output = f"FAILED ended after {expired.timeout:.0f} s - nothing came to an end"
    failed = re.findall(r"^FAILED (?:\S*::)?(.+?)(?: - .*)?$", output, re.MULTILINE)
    return Noticed(tuple(failed), time.monotonic() - began, output)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(each.name for each in SAFEGUARDS)}")
    asked = parser.parse_args()
    chosen = [each for each in SAFEGUARDS if not asked.names or each.name in asked.names]
    whole = without(None)
    if " passed" not in whole.output or whole.failed:
        print(whole.output)
        print("The tests fail with all safeguards in place; nothing can be learned from taking one out.")
        return 1
    print(f"{'with all':12} every test passes ({whole.seconds:.0f} s)")
    unnoticed = 0
    for safeguard in chosen:
        found = without(safeguard)
        told = "; ".join(found.failed) or "NOBODY NOTICED"
        unnoticed += not found.failed
        print(f"{safeguard.name:12} {safeguard.sentence}\n{'':12} {found.seconds:4.0f} s: {told}", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
