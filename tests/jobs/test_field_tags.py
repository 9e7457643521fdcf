"""Tags that are options of ticket fields, from the preview to what Zendesk holds afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.jobs.collaborators import engine
from app.jobs.commands import service
from app.jobs.commands.service import Submission
from app.jobs.models import Job
from app.jobs.sources.frozen import FrozenList
from app.sandbox.macros import Macro
from app.zendesk import Client, Forbidden
from config import Config
from tests.factories import make_job, on_view
from tests.jobs.desk import Desk, desk

RETURNS = "returns"


@pytest.fixture
def small(config: Config, database: str) -> Iterator[Desk]:
    with desk(config, tickets=200) as made:
        yield made


@pytest.fixture
def one(config: Config) -> Iterator[Desk]:
    with desk(config, tickets=100) as made:
        yield made


def apply(desk: Desk, *actions: tuple[str, Any], **fields: Any) -> Job:
    """A job of a macro with these actions; `{reason}` and `{gift}` in them are the fields' numbers."""
    numbers = {"reason": "Contact reason", "gift": "Goodwill granted"}
    ids = {name: desk.world.fields.named(title).id for name, title in numbers.items()}
    with desk.world.lock:
        desk.world.macros[7] = Macro(7, "M", tuple((field.format(**ids), value) for field, value in actions), 7)
    about = {"tool": "apply-macro-to-view", "user": desk.user, "parameters": {"macro_id": 7}, "dry_run": False}
    return desk.finish(service.submit(Submission(**about, **on_view(desk.view_id, "V"), **fields)))


def put_tags(desk: Desk, *tags: str) -> list[int]:
    """Give every ticket of the view these tags, with the value of the drop-down that one of them stands for."""
    ids = desk.tickets_of_view()
    reason = desk.world.fields.named("Contact reason")
    with desk.world.lock:
        for number in ids:
            ticket = desk.world.tickets[number]
            ticket.tags = tuple(sorted({*(tag for tag in ticket.tags if tag not in reason.tags), *tags}))
            chosen = [tag for tag in tags if tag in reason.tags]
            ticket.fields = {**ticket.fields, reason.id: chosen[0] if chosen else None}
    return ids


def held(desk: Desk, number: int) -> list[str]:
    return sorted(desk.world.tickets[number].tags)


def check_after(desk: Desk, job: Any) -> None:
    """What is recorded of each changed ticket is what Zendesk holds."""
    changed = [item for item in desk.items(job) if item.outcome == "succeeded"]
    assert changed
    for item in changed:
        assert sorted((item.after or {})["tags"]) == held(desk, item.ticket_id)


def test_a_preview_and_its_job_know_which_option_goes(small: Desk):
    put_tags(small, "reason_refund", RETURNS)
    preview = small.finish(small.submit("reason_damaged", RETURNS, dry_run=True))
    assert preview.status == "completed"
    foreseen = {item.ticket_id: sorted((item.after or {})["tags"]) for item in small.items(preview) if item.after}
    assert not any("reason_refund" in tags for tags in foreseen.values())
    groups = (preview.summary or {})["groups"]
    assert [(group["add"], group["remove"]) for group in groups] == [(["reason_damaged"], ["reason_refund", RETURNS])]
    job = small.finish(small.submit(source=FrozenList(job_id=preview.id), parameters=None))
    check_after(small, job)
    assert {number: held(small, number) for number in foreseen} == foreseen
    again = small.finish(small.submit("reason_damaged", RETURNS, dry_run=True))
    assert again.unchanged == again.total - again.skipped


def test_lost_answers_are_settled_by_what_zendesk_holds(small: Desk):
    put_tags(small, "reason_refund")
    small.world.faults.add("reset-after", method="PUT", path="/tickets/update_many", times=1)
    job = small.finish(small.submit("reason_damaged"))
    assert job.status == "completed"
    check_after(small, job)


def test_fields_that_changed_after_the_preview_stop_the_job_before_anything_is_sent(small: Desk):
    put_tags(small, "reason_refund", RETURNS)
    preview = small.finish(small.submit("reason_damaged", dry_run=True))
    reason = small.world.fields.named("Contact reason")
    wider = replace(reason, options=(*reason.options, ("Other", "b2b")))
    small.world.fields = replace(
        small.world.fields, all=tuple(wider if each == reason else each for each in small.world.fields.all)
    )
    job = small.finish(small.submit(source=FrozenList(job_id=preview.id), parameters=None))
    assert job.status == "failed"
    assert "Preview it again" in (job.error or "")
    assert not small.changes()


def test_forbidden_ticket_fields_cost_their_part_only(small: Desk, monkeypatch: pytest.MonkeyPatch):
    def forbid(_client: Client) -> Any:
        raise Forbidden("GET /ticket_fields answered 403", status=403)

    monkeypatch.setattr(Client, "ticket_fields", forbid)
    preview = small.finish(small.submit("reason_damaged", dry_run=True))
    assert preview.status == "completed"
    assert "does not show its ticket fields" in (preview.snapshot or {})["missing"]
    job = small.finish(small.submit(source=FrozenList(job_id=preview.id), parameters=None))
    assert job.status == "completed"
    assert job.succeeded


def test_two_options_of_one_drop_down_start_nothing(small: Desk):
    with pytest.raises(service.JobRefused, match="options of the drop-down “Contact reason”"):
        small.submit("reason_damaged reason_late")
    assert not small.changes()


def test_tickets_with_too_many_tags_are_left_and_the_others_go(small: Desk):
    ids = small.tickets_of_view()
    full = small.world.tickets[ids[0]]
    with small.world.lock:
        full.tags = tuple(sorted({*full.tags, *(f"filler_{number:04}" for number in range(420))}))
    tags = " ".join(f"{letter}" * 200 for letter in "abcdefgh")
    preview = small.finish(small.submit(tags, dry_run=True))
    (refused,) = [item for item in small.items(preview) if item.outcome == "failed"]
    assert (refused.ticket_id, refused.error) == (ids[0], "tags_too_long")
    job = small.finish(small.submit(source=FrozenList(job_id=preview.id), parameters=None))
    assert (job.status, job.failed) == ("completed", 1)
    assert not set(tags.split()) & set(full.tags)
    check_after(small, job)


def test_the_fields_are_asked_for_once_a_job(small: Desk):
    preview = small.finish(small.submit(dry_run=True))
    assert len(small.requests("ticket_fields")) == 1
    small.finish(small.submit(source=FrozenList(job_id=preview.id), parameters=None))
    assert len(small.requests("ticket_fields")) == 2


@pytest.mark.parametrize(
    "actions",
    [
        [("custom_fields_{reason}", "reason_damaged"), ("current_tags", "x")],
        [("custom_fields_{reason}", "reason_damaged"), ("remove_tags", "reason_refund wismo")],
        [("custom_fields_{reason}", "reason_damaged"), ("set_tags", "x goodwill")],
        [("custom_fields_{reason}", ""), ("current_tags", "x")],
        [("custom_fields_{gift}", "true"), ("current_tags", "x")],
        [("custom_fields_{gift}", "false"), ("current_tags", "x")],
        [("custom_fields_{gift}", "true"), ("remove_tags", "goodwill wismo")],
        [("current_tags", "reason_damaged x")],
        [("set_tags", "x")],
        [("custom_fields_{reason}", "reason_damaged")],
        [("custom_fields_{gift}", "false")],
    ],
)
def test_a_macro_that_sets_fields_and_tags_ends_as_was_foreseen(one: Desk, actions: list[tuple[str, Any]]):
    ids = put_tags(one, "reason_refund")
    gift = one.world.fields.named("Goodwill granted")
    for number in ids:
        ticket, ticked = one.world.tickets[number], number % 2 == 0
        tags = {*ticket.tags, "goodwill"} if ticked else {*ticket.tags} - {"goodwill"}
        ticket.tags, ticket.fields = tuple(sorted(tags)), {**ticket.fields, gift.id: ticked}
    job = apply(one, *actions)
    assert job.status == "completed"
    assert not job.failed
    assert job.succeeded
    for item in one.items(job):
        ticket, after = one.world.tickets[item.ticket_id], item.after or {}
        if item.outcome == "succeeded":
            assert sorted(after.get("tags", (item.before or {})["tags"])) == held(one, item.ticket_id)
            fields = after.get("custom_fields", {})
            assert {number: ticket.fields[int(number)] for number in fields} == fields
    again = apply(one, *actions, idempotency_key="again")
    assert again.succeeded == 0, "nothing is left to do"


def test_tickets_that_are_planned_again_are_so_by_the_fields_of_now(one: Desk):
    """The preview of a retry comes with what its job was made of, which may be long ago."""
    earlier = make_job(one.user, account=engine().account(), parameters={"add": ["reason_damaged"], "remove": []})
    stale = {"fields": [{"id": "1", "title": "Old", "kind": "tagger", "tags": ["reason_damaged", "wismo"]}]}
    put_tags(one, "reason_refund", "wismo")
    job = make_job(
        one.user,
        account=earlier.account,
        parameters=earlier.parameters,
        status="queued",
        dry_run=True,
        source={"view_id": one.view_id},
        source_job_id=earlier.id,
        snapshot={**stale, "missing": None},
        listed_at=None,
    )
    preview = one.finish(job)
    assert preview.status == "completed"
    assert [each["title"] for each in (preview.snapshot or {})["fields"]] == ["Contact reason"]
    planned = [set((item.after or {})["tags"]) for item in one.items(preview) if item.after]
    assert planned
    assert all({"reason_damaged", "wismo"} <= tags and "reason_refund" not in tags for tags in planned)
