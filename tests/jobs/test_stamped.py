"""Changes that must not happen twice, on bad days: each ticket gets its comment once, and its outcome is true."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.jobs.collaborators import engine
from app.jobs.commands import again, service
from app.jobs.commands.create import JobRefused
from app.jobs.engine.driver import drive
from app.jobs.models import Job
from app.jobs.protocol.operation import Found, Item, Snapshot
from app.jobs.sources.frozen import FrozenList
from config import Config
from tests.jobs.comments import CommentOperation, comments_by_ticket, use_comments
from tests.jobs.crashes import Killed, die_once, let_the_lease_run_out
from tests.jobs.desk import Desk, desk

UPDATE = "/tickets/update_many"
TO_CUSTOMERS = Snapshot({}, "1", writes_to_customers=True)


@pytest.fixture
def made(config: Config, database: str) -> Iterator[Desk]:
    with desk(config) as found:
        use_comments(found.app)
        yield found


def comment(found: Desk, **fields: Any) -> Job:
    return found.submit(**{"canary": 0, **fields})


def check_truth(found: Desk, job: Job) -> None:
    """Every ticket has its outcome, and the outcome is true: the comment is there once, or not at all."""
    items = found.items(job)
    assert job.total == len(items) > 200
    there = comments_by_ticket(found.world)
    assert not [ticket_id for ticket_id, times in there.items() if times > 1]
    for item in items:
        assert (item.outcome == "succeeded") == (there[item.ticket_id] == 1) or item.outcome == "unknown", (
            item.ticket_id
        )


def test_each_ticket_gets_its_comment_under_its_stamp_with_our_mark(made: Desk):
    job = comment(made)
    assert job.status == "completed"
    assert job.failed == job.unknown == 0
    check_truth(made, job)
    ticket = next(item.ticket_id for item in made.items(job) if item.outcome == "succeeded")
    custom = made.world.tickets[ticket].history[-1].custom
    assert (custom["job"], custom["item"]) == (job.correlation_id, ticket)
    sent = next(record.body for record in made.world.ledger.requests if record.path.endswith(UPDATE))
    assert all(each["safe_update"] is True and each["updated_stamp"] for each in sent["tickets"])
    assert made.read(job.id).audits == "usable"


FAULTS = [
    f"500:method=PUT:path={UPDATE}:times=2",
    f"500-after:method=PUT:path={UPDATE}:times=2",
    f"502:method=PUT:path={UPDATE}:times=1",
    f"503:method=PUT:path={UPDATE}:times=1:retry_after=1",
    f"429:method=PUT:path={UPDATE}:times=1:retry_after=1",
    f"reset:method=PUT:path={UPDATE}:times=1",
    f"reset-after:method=PUT:path={UPDATE}:times=2",
    "500:method=GET:path=/tickets/*/audits:times=2",
    "job-failed:times=2",
    "job-killed:times=1",
    "job-vanished:times=1",
    "job-half:times=2",
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("lost", ["", "drop-metadata"], ids=["with-marks", "without-marks"])
def test_every_ticket_gets_its_comment_once_in_spite_of(fault: str, lost: str, config: Config):
    faults = (fault, lost) if lost else (fault,)
    with desk(config, faults=faults) as found:
        use_comments(found.app)
        job = found.finish(comment(found))
        assert job.status == "completed"
        assert job.failed == job.unknown == 0
        assert job.succeeded > 200
        check_truth(found, job)


def test_tickets_that_agents_edit_meanwhile_are_planned_anew(config: Config):
    with desk(config, job_seconds=2.5, faults=("agent-edits:tickets=5:times=2",)) as found:
        use_comments(found.app)
        job = found.finish(comment(found))
        assert job.status == "completed"
        assert job.failed == job.unknown == 0
        check_truth(found, job)
        assert any(item.conflicts for item in found.items(job))


@pytest.mark.parametrize("point", ["claim", "mark_sent", "record"])
def test_a_driver_that_dies_is_taken_over_and_no_comment_is_written_twice(
    point: str, made: Desk, monkeypatch: pytest.MonkeyPatch
):
    die_once(point, monkeypatch)
    with pytest.raises(Killed):
        comment(made, idempotency_key="one")
    job = comment(made, idempotency_key="one")
    let_the_lease_run_out(job.id)
    job = made.finish(job)
    assert job.status == "completed"
    assert job.failed == job.unknown == 0
    check_truth(made, job)


def test_the_first_tickets_go_alone_and_then_a_person_is_waited_for(made: Desk):
    use_comments(made.app, snapshot=TO_CUSTOMERS)
    job = made.submit()
    assert (job.status, job.canary, job.canary_status) == ("paused", 5, "waiting")
    assert "the first 5 tickets" in (job.waiting_for or "")
    assert sum(comments_by_ticket(made.world).values()) == 5
    with pytest.raises(JobRefused, match="continue it"):
        service.resume(job.id)
    job = made.finish(service.go_on(job.id))
    assert job.status == "completed"
    check_truth(made, job)
    with pytest.raises(JobRefused, match="does not wait"):
        service.go_on(job.id)


@pytest.mark.parametrize("lost", [False, True])
def test_where_the_first_tickets_were_all_nobody_is_asked_to_look(config: Config, lost: bool):
    faults = (f"500-after:method=PUT:path={UPDATE}:times=1",) if lost else ()
    with desk(config, faults=faults) as found:
        use_comments(found.app, snapshot=TO_CUSTOMERS)
        changes = found.finish(found.submit(dry_run=True)).succeeded
        job = found.finish(found.submit(canary=changes))
        assert (job.status, job.canary, job.canary_status) == ("completed", changes, None)
        assert job.waiting_for is None
        assert sum(comments_by_ticket(found.world).values()) == job.succeeded == changes
        check_truth(found, job)


def test_where_one_ticket_is_left_after_the_first_it_waits_for_a_look(made: Desk):
    use_comments(made.app, snapshot=TO_CUSTOMERS)
    changes = made.finish(made.submit(dry_run=True)).succeeded
    job = made.finish(made.submit(canary=changes - 1))
    assert (job.status, job.canary_status) == ("paused", "waiting")
    assert sum(comments_by_ticket(made.world).values()) == changes - 1
    assert made.finish(service.go_on(job.id)).succeeded == changes


def test_a_first_ticket_that_was_overtaken_goes_again_before_others(config: Config):
    with desk(config, job_seconds=2.0, faults=("agent-edits:tickets=2:times=1",)) as found:
        use_comments(found.app, snapshot=TO_CUSTOMERS)
        job = found.finish(found.submit())
        assert job.canary_status == "waiting"
        assert sum(comments_by_ticket(found.world).values()) == 5


def test_what_is_rendered_for_each_ticket_is_sent_once_too(made: Desk):
    use_comments(made.app, CommentOperation(rendered=True))
    job = made.finish(comment(made))
    assert job.status == "completed"
    check_truth(made, job)
    rendered = [record for record in made.requests("show_many") if "," not in record.query]
    assert len(rendered) <= 1.05 * job.succeeded


def test_in_an_account_that_shows_nothing_of_ours_an_ambiguous_comment_is_not_sent_again(config: Config):
    lost = f"500-after:method=PUT:path={UPDATE}:every=2:times=1"
    with desk(config, faults=(lost, "drop-metadata")) as found:
        use_comments(found.app, Unrecognisable())
        job = found.finish(comment(found))
        assert job.status == "completed"
        assert found.read(job.id).audits == "opaque"
        assert job.unknown == 100
        assert job.succeeded > 100
        check_truth(found, job)
        asked = next(item for item in found.items(job) if item.outcome == "unknown")
        assert asked.error in ("blind", "altered")


class Unrecognisable(CommentOperation):
    """Zendesk rewrites what this one writes."""

    def found(self, audit: dict[str, Any], item: Item) -> Found:
        return Found.ANOTHER if any(event["type"] == "Comment" for event in audit["events"]) else Found.NOTHING


def test_a_person_marks_what_is_to_be_checked_and_retries_what_is_not_there(config: Config):
    lost = f"500-after:method=PUT:path={UPDATE}:every=2:times=1"
    with desk(config, faults=(lost, "drop-metadata")) as found:
        use_comments(found.app, Unrecognisable())
        job = found.finish(comment(found))
        first, second = [item.ticket_id for item in found.items(job) if item.outcome == "unknown"][:2]
        job = service.mark(job.id, first, there=True)
        job = service.mark(job.id, second, there=False)
        assert (job.unknown, job.failed) == (98, 1)
        with pytest.raises(JobRefused):
            service.mark(job.id, first, there=False)
        preview = found.finish(again.retry(job.id, found.user))
        rerun = found.finish(found.submit(source=FrozenList(job_id=preview.id), parameters=None))
        assert [item.ticket_id for item in found.items(rerun)] == [second]
        assert rerun.status == "completed"


def test_a_job_whose_snapshot_changes_stops_with_a_sentence_and_sends_nothing_more(config: Config):
    with desk(config, app_limits={"sync_ticket_limit": 0}) as found:
        use_comments(found.app)
        preview = found.finish(comment(found, dry_run=True))
        job = comment(found, source=FrozenList(job_id=preview.id), parameters=None)
        use_comments(found.app, CommentOperation(current=False), Snapshot({}, "2"))
        drive(engine(), job.id)
        job = found.read(job.id)
        assert job.status == "failed"
        assert "changed in Zendesk" in (job.error or "")
        assert not comments_by_ticket(found.world)
        use_comments(found.app)
        service.resume(job.id)
        job = found.finish(job)
        assert job.status == "completed"
        check_truth(found, job)


def test_a_preview_that_must_not_repeat_is_carried_out_once(made: Desk):
    preview = comment(made, dry_run=True)
    job = comment(made, source=FrozenList(job_id=preview.id), parameters=None)
    with pytest.raises(JobRefused, match=f"job {job.id} already"):
        comment(made, source=FrozenList(job_id=preview.id), parameters=None)


def test_a_ticket_that_has_just_changed_is_read_again_first(config: Config):
    """A stamp tells only whole seconds: within one an edit goes unseen."""
    with desk(config) as found:
        use_comments(found.app)
        preview = found.finish(comment(found, dry_run=True))
        ticket = next(item.ticket_id for item in found.items(preview) if item.outcome == "succeeded")
        with found.world.lock:
            found.world.advance()
            found.world.tickets[ticket].updated_at = int(found.world.now)
        job = found.finish(comment(found))
        assert job.status == "completed"
        assert next(item for item in found.items(job) if item.ticket_id == ticket).outcome == "succeeded"
        reread = [record for record in found.requests("show_many") if record.query.endswith(f"={ticket}")]
        assert reread


def test_what_was_rendered_from_something_else_than_was_previewed_is_not_sent(made: Desk):
    use_comments(made.app, CommentOperation(rendered=True, current=False))
    job = comment(made)
    assert job.status == "failed"
    assert "changed in Zendesk" in (job.error or "")
    assert not comments_by_ticket(made.world)
    assert not made.requests("update_many")
    use_comments(made.app, CommentOperation(rendered=True))
    job = made.finish(service.resume(job.id))
    assert job.status == "completed"
    check_truth(made, job)


def test_the_same_text_in_the_second_of_the_stamp_is_an_earlier_jobs(config: Config):
    """A second job with the same words, on tickets whose stamp is the first one's comment, beside quick agents."""
    with desk(config, job_seconds=2.5) as found:
        use_comments(found.app)
        first = found.finish(comment(found))
        with found.world.lock:
            found.world.faults.add("agent-edits", tickets=5, times=2)
        second = found.finish(comment(found))
        assert (first.status, second.status) == ("completed", "completed")
        there = comments_by_ticket(found.world)
        assert any(item.conflicts for item in found.items(second))
        for item in found.items(second):
            if item.outcome == "succeeded":
                assert there[item.ticket_id] == 2, item.ticket_id
