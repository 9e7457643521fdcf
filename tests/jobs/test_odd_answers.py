"""Jobs on accounts whose lists, ids, texts and refusals are odd: they go through, or end with a sentence, soon."""

from __future__ import annotations

import time

import pytest

from app.jobs.commands import service
from app.jobs.engine import reread
from app.jobs.models import Job
from app.jobs.timing import EngineTiming
from app.tools.tag_manager.operation import TagOperation
from app.tools.ticket_csv import csv_chunks
from app.zendesk import Client, Forbidden, NotFound, RateLimited, TicketPage, ZendeskError
from config import Config
from tests.jobs.desk import Desk, desk
from tests.zendesk.factories import a_client
from tests.zendesk.wire import Wire, reply

VIEW = "method=GET:path=/views/*/tickets"
UPDATE = "method=PUT:path=/tickets/update_many"


@pytest.mark.parametrize(
    "fault",
    [
        f"whole-lists:{VIEW}",
        f"offset-lists:{VIEW}",
        f"empty-pages:{VIEW}:times=3",
        f"403:{VIEW}:times=2",
        f"401:{VIEW}:times=2",
        f"403:{UPDATE}:times=2",
        f"401:{UPDATE}:times=2",
        "403:method=GET:path=/job_statuses/show_many:times=2",
        f"lone-surrogates:{VIEW}",
    ],
)
def test_a_job_goes_through_in_spite_of(fault: str, config: Config):
    with desk(config, faults=(fault,)) as made:
        job = made.finish(made.submit())
        assert (job.status, job.error) == ("completed", None)
        assert job.total == job.succeeded + job.unchanged + job.skipped
        made.check_truth(job)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (f"circular-cursors:{VIEW}", "go round in circles"),
        (f"empty-pages:{VIEW}", "brought nothing new"),
        (f"repeating-pages:{VIEW}", "brought nothing new"),
    ],
)
def test_a_listing_without_an_end_is_given_up_and_can_begin_anew(fault: str, why: str, config: Config):
    with desk(config, faults=(fault,)) as made:
        job = made.finish(made.submit())
        assert job.status == "failed"
        assert why in (job.error or "")
        assert len(made.requests("/tickets")) <= 15
        assert made.changes() == {}
        assert (job.list_cursor, job.list_pages, job.list_barren) == (None, 0, 0)


def test_one_bad_ticket_costs_only_itself(config: Config):
    with desk(config) as calm:
        bad = calm.tickets_of_view()[3]
    with desk(config, faults=(f"bad-ticket:{UPDATE}:ticket={bad}",)) as made:
        job = made.finish(made.submit())
        refused = {item.ticket_id for item in made.items(job) if item.outcome == "failed"}
        assert refused == {bad}
        made.check_truth(job)


def test_tickets_whose_numbers_cannot_be_read_are_named(config: Config):
    with desk(config, faults=(f"odd-ids:{VIEW}",)) as made:
        job = made.finish(made.submit())
        if job.status == "completed":
            assert job.total == len(made.tickets_of_view())
        else:
            assert "no number that can be read" in (job.error or "")
            assert made.changes() == {}


def ended_within(made: Desk, job: Job, seconds: float) -> Job:
    began = time.monotonic()
    job = made.finish(job)
    assert time.monotonic() - began < seconds
    return job


def test_what_cannot_be_read_ends_the_job_with_the_request_and_it_can_go_on(
    config: Config, monkeypatch: pytest.MonkeyPatch
):
    def unreadable(client: Client, view_id: int, after: str | None = None) -> TicketPage:
        return client._page("/macros", after).records("tickets")  # pyright: ignore - it has none

    with desk(config, timing=EngineTiming(unreadable=3.0)) as made:
        with monkeypatch.context() as patch:
            patch.setattr(Client, "view_tickets", unreadable)
            job = made.submit()
            assert list(job.trouble or ()) != []
            assert job.waiting_for == "Zendesk to give a readable answer"
            job = ended_within(made, job, 30.0)
        assert job.status == "failed"
        assert "Zendesk's answer to GET /api/v2/macros could not be read for a minute" in (job.error or "")
        assert job.trouble is None
        service.resume(job.id)
        job = made.finish(job)
        assert job.status == "completed"
        made.check_truth(job)


def test_a_gateway_that_always_refuses_ends_the_job(config: Config):
    with desk(config, timing=EngineTiming(gateway=3.0), faults=(f"403:{VIEW}",)) as made:
        job = ended_within(made, made.submit(), 30.0)
        assert job.status == "failed"
        assert "a gateway or a firewall" in (job.error or "")
        assert "scope" not in (job.error or "")


def test_a_list_with_half_a_character_can_be_exported(config: Config):
    with desk(config, faults=(f"lone-surrogates:{VIEW}",)) as made:
        job = made.finish(made.submit())
        assert b"".join(part.encode() for part in csv_chunks(job)).count(b"\n") > job.total


@pytest.mark.parametrize("error", [Forbidden("no", status=403), RateLimited("later", retry_after=900.0)])
def test_a_dry_run_that_cannot_be_summed_up_is_done_all_the_same(
    error: ZendeskError, config: Config, monkeypatch: pytest.MonkeyPatch
):
    def summarise(*_: object) -> None:
        raise error

    monkeypatch.setattr(TagOperation, "summarise", summarise)
    with desk(config) as made:
        job = made.finish(made.submit(dry_run=True))
        assert (job.status, job.summary, job.error) == ("completed", None, None)
        assert job.total == len(made.tickets_of_view())


def test_a_gateway_that_finds_nothing_for_a_while_loses_no_view(config: Config, monkeypatch: pytest.MonkeyPatch):
    listed, asked = Client.view_tickets, []

    def stray(client: Client, view_id: int, after: str | None = None) -> TicketPage:
        asked.append(after)
        if len(asked) <= 2:
            raise NotFound("GET /views/{id}/tickets answered 404", status=404, key="GET view", by_gateway=True)
        return listed(client, view_id, after)

    monkeypatch.setattr(Client, "view_tickets", stray)
    with desk(config) as made:
        job = made.finish(made.submit())
        assert (job.status, job.error) == ("completed", None)
        made.check_truth(job)


@pytest.mark.parametrize("status", [400, 422])
def test_rereading_what_is_refused_for_every_ticket_costs_no_more_than_asking_for_each(status: int):
    ids = list(range(1, 65))
    with Wire(responder=lambda _: reply({"error": "RecordInvalid"}, status)) as wire:
        assert reread._read(a_client(wire.url), ids) is None
        assert len(wire.received) < 2 * len(ids)
