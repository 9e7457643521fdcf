"""Tags as Zendesk takes them: which it drops, how many a ticket bears, and what closed tickets take."""

from typing import Any

import pytest

from app.sandbox.tag_rules import MOST_CHARACTERS, words
from tests.sandbox.desk import Desk

KEPT = ["vip", "größe", "été", "日本語", "тест", "हिन्दी", "ผู้ใช้", "a-b", "a_b", "a:b", "a/b", "2024", "٣"]
DROPPED = [
    "#vip",
    "50%-off",
    "c++",
    "v2.1",
    "jo@example.org",
    "rock&roll",
    "a,b",
    "a(b)",
    "½",
    "😀",
    "a\u2019b",
    "a\u200bb",
]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def written(desk: Desk, form: str, number: int, tags: list[str]) -> list[str]:
    """The ticket's tags after a write in one of the forms there are."""
    change: dict[str, Any] = {"additional_tags": tags}
    if form == "bulk":
        desk.finished(desk.update_many([number], change))
    elif form == "batch":
        desk.finished(desk.update_each({"id": number, **change}))
    elif form == "put":
        desk.put(f"/tickets/{number}", {"ticket": {"tags": tags}})
    else:
        status = 201 if form == "POST" else 200
        answer = desk.call(form, f"/api/v2/tickets/{number}/tags", json={"tags": tags})
        assert (answer.status_code, answer.json) == (status, {"tags": list(desk.world.tickets[number].tags)})
    return list(desk.world.tickets[number].tags)


@pytest.mark.parametrize("form", ["bulk", "batch", "put", "POST", "PUT"])
def test_a_tag_with_another_character_disappears_without_an_error(form: str):
    desk = Desk(drop_batch_tags=False)
    ticket = desk.open_ticket()
    before = () if form in ("put", "POST") else ticket.tags
    assert written(desk, form, ticket.id, [*DROPPED, *KEPT]) == sorted({*before, *KEPT})


def test_the_alphabet():
    assert words(KEPT) == KEPT
    assert words([*DROPPED, "Two  WORDS", None, 7]) == ["two", "words", "7"]
    assert words(" ".join([*KEPT, *DROPPED])) == KEPT


def test_tags_are_taken_off_one_ticket(desk: Desk):
    ticket = desk.open_ticket()
    first, *others = ticket.tags
    assert written(desk, "DELETE", ticket.id, [first, "never there"]) == others
    assert desk.get(f"/tickets/{ticket.id}/tags") == {"tags": others}
    stamp = {"tags": ["x"], "updated_stamp": "2020-01-01T00:00:00Z", "safe_update": "true"}
    assert desk.call("PUT", f"/api/v2/tickets/{ticket.id}/tags", json=stamp).status_code == 409
    closed = desk.tickets(status="closed")[0]
    assert desk.call("PUT", f"/api/v2/tickets/{closed.id}/tags", json={"tags": ["x"]}).status_code == 422
    assert desk.call("GET", "/api/v2/tickets/999999/tags").status_code == 404


def test_a_ticket_takes_so_many_characters_of_tags_and_no_more(desk: Desk):
    ticket = desk.open_ticket()
    full = [f"{number:05}{'x' * 94}" for number in range(50)]
    last = "y" * (MOST_CHARACTERS - len(" ".join(full)) - 1)
    desk.put(f"/tickets/{ticket.id}", {"ticket": {"tags": [*full, last]}})
    assert len(" ".join(ticket.tags)) == MOST_CHARACTERS
    answer = desk.put(f"/tickets/{ticket.id}", {"ticket": {"tags": [*full, last + "y"]}}, 422)
    assert "maximum is 5096" in answer.text
    (result,) = desk.finished(desk.update_many([ticket.id], {"additional_tags": ["z"]}))["results"]
    assert (result["error"], result["id"]) == ("TicketUpdateFailed", ticket.id)
    assert "z" not in ticket.tags
    desk.finished(desk.update_many([ticket.id], {"remove_tags": [last]}))
    assert last not in ticket.tags


@pytest.mark.parametrize("open_to_it", [False, True])
def test_accounts_differ_in_whether_bulk_changes_of_tags_reach_closed_tickets(open_to_it: bool):
    desk = Desk(closed_tags=open_to_it)
    closed = desk.tickets(status="closed")[0]
    emails = desk.world.ledger.emails_seen
    (result,) = desk.finished(desk.update_many([closed.id], {"additional_tags": ["x"]}))["results"]
    assert result.get("success", False) is open_to_it
    assert ("x" in closed.tags) is open_to_it
    if not open_to_it:
        assert "closed prevents ticket update" in result["details"]
    assert desk.world.ledger.emails_seen == emails


def test_an_account_that_takes_them_takes_nothing_else_on_closed_tickets():
    desk = Desk(drop_batch_tags=False)
    desk.world.faults.add("closed-tags")
    closed, other = desk.tickets(status="closed")[:2]
    (result,) = desk.finished(desk.update_many([closed.id], {"additional_tags": ["x"], "priority": "high"}))["results"]
    assert "closed prevents" in result["details"]
    (result,) = desk.finished(desk.update_each({"id": closed.id, "additional_tags": ["x"]}))["results"]
    assert "closed prevents" in result["details"]
    desk.put(f"/tickets/{closed.id}", {"ticket": {"tags": ["x"]}}, 422)
    (result,) = desk.finished(desk.update_many([other.id], {"remove_tags": [other.tags[0]]}))["results"]
    assert result["success"]
