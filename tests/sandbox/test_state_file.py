"""A restart goes on where the last run ended."""

from pathlib import Path
from typing import Any

import pytest

from app.sandbox import create_sandbox
from app.sandbox.state_file import StateFile, UnusableError, open_world
from tests.sandbox.desk import Desk


def restarted(desk: Desk, path: Path, **settings: Any) -> Desk:
    """Another process with the same settings and file, at the same time."""
    other = Desk(**settings)
    other.clock.now = desk.clock.now
    other.world = open_world(other.config, path)
    other.app = create_sandbox(world=other.world)
    other.client = other.app.test_client()
    return other


def test_changes_survive(tmp_path: Path):
    desk, path = Desk(), tmp_path / "state"
    tickets = desk.tickets(status="open")[:3]
    desk.put(f"/tickets/{tickets[0].id}", {"ticket": {"status": "pending", "comment": {"body": "Hello"}}})
    desk.finished(desk.update_many([ticket.id for ticket in tickets], {"additional_tags": ["kept"]}))
    StateFile(desk.world, path).save()
    desk.clock.forward(86_400)
    again = restarted(desk, path)
    assert again.world.tickets == desk.world.tickets
    assert +again.world.tag_uses == +desk.world.tag_uses
    for number in (ticket.id for ticket in tickets):
        assert again.get(f"/tickets/{number}/audits") == desk.get(f"/tickets/{number}/audits")
    assert again.world.next_id() == desk.world.next_id()


def test_a_later_save_adds_to_an_earlier_one(tmp_path: Path):
    desk, path = Desk(), tmp_path / "state"
    first, second = desk.tickets(status="open")[:2]
    keeper = StateFile(desk.world, path)
    for ticket in (first, second, first):
        desk.put(f"/tickets/{ticket.id}", {"ticket": {"comment": {"body": "Once more"}}})
        keeper.save()
    again = restarted(desk, path).world
    assert [len(again.tickets[ticket.id].history) for ticket in (first, second)] == [3, 2]


def test_a_job_at_work_goes_on(tmp_path: Path):
    desk, path = Desk(), tmp_path / "state"
    ids = [ticket.id for ticket in desk.tickets(status="open")[:100]]
    job = desk.update_many(ids, {"additional_tags": ["kept"]})
    desk.clock.forward(5)
    StateFile(desk.world, path).save()
    begun = len(desk.tickets(tag="kept"))
    assert 0 < begun < 100
    again = restarted(desk, path)
    assert again.get(f"/job_statuses/{job['id']}")["job_status"]["progress"] == begun
    finished = again.finished(job)
    assert (finished["status"], len(finished["results"])) == ("completed", 100)
    assert len(again.tickets(tag="kept")) == 100
    assert again.update_many(ids[:1], {"priority": "low"})["id"] != job["id"]


def test_what_changed_is_saved_on_leaving(tmp_path: Path):
    desk, path = Desk(), tmp_path / "state"
    ticket = desk.open_ticket()
    with StateFile(desk.world, path):
        desk.put(f"/tickets/{ticket.id}", {"ticket": {"subject": "Another"}})
    assert open_world(desk.config, path).tickets[ticket.id].subject == "Another"


@pytest.mark.parametrize("settings", [{"seed": 1}, {"tickets": 300}])
def test_the_file_of_another_help_desk_is_left_alone(tmp_path: Path, settings: dict[str, Any]):
    desk, path = Desk(), tmp_path / "state"
    StateFile(desk.world, path).save()
    before = path.read_bytes()
    with pytest.raises(UnusableError, match="seed 2026 and 400 tickets"):
        open_world(Desk(**settings).config, path)
    assert path.read_bytes() == before


def test_what_is_no_state_file_is_left_alone(tmp_path: Path):
    path = tmp_path / "state"
    path.write_text("a shopping list, long enough to be looked at" * 100)
    with pytest.raises(UnusableError):
        open_world(Desk().config, path)
    assert path.read_text().startswith("a shopping list")


def test_what_could_not_be_written_is_written_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    desk, folder = Desk(), tmp_path / "gone"
    keeper = StateFile(desk.world, folder / "state")
    ticket = desk.open_ticket()
    desk.put(f"/tickets/{ticket.id}", {"ticket": {"subject": "Another"}})
    keeper.save()
    assert "cannot be written" in capsys.readouterr().err
    folder.mkdir()
    keeper.save()
    assert open_world(desk.config, folder / "state").tickets[ticket.id].subject == "Another"


def test_a_new_file_begins_with_the_demo_data(tmp_path: Path):
    assert len(open_world(Desk().config, tmp_path / "none").tickets) == 400
