"""What an error from Zendesk means for a job: wait, or stop with a sentence."""

from __future__ import annotations

from app import zendesk as zd
from app.jobs import wording
from app.jobs.engine.pacing import Gate


class Impossible(Exception):  # noqa: N818 - a verdict on the job, not a fault of the program
    """The job cannot go on until a person has put something right; the message is the sentence for that person."""


class Refused(Impossible):
    """The job may never run, for its list is not what it may be; `code` says why, and resuming is no way on."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def note(gate: Gate, error: zd.ZendeskError) -> None:
    """Shut the gate for as long as the trouble suggests; how long it has lasted already is kept in its patience.

    :raises Impossible: when waiting does not help.
    """
    lasted = gate.patience.ended(error)
    if lasted is not None:
        raise Impossible(wording.dead_end(error, lasted)) from error
    match error:
        case zd.RateLimited():
            gate.shut(error.retry_after, wording.wait_reason(error))
        case zd.TooManyJobs():
            gate.shut(error.retry_after or gate.timing.no_slot, wording.wait_reason(error))
        case zd.ServerError():
            gate.back_off(wording.wait_reason(error), at_least=error.retry_after or 0.0)
        case _:
            gate.back_off(wording.wait_reason(error))
