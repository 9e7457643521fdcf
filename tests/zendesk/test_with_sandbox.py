"""The client against the sandbox Zendesk, over real HTTP."""

from collections.abc import Iterator

import pytest

from app.sandbox import SandboxConfig, create_sandbox
from app.zendesk import Anonymous, ApiToken, Client, NotFound, OAuthClient, Unauthorized
from tests.sandbox_server import serve

CONFIG = SandboxConfig(tickets=400, job_seconds=0.0, count_seconds=0.0)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(create_sandbox(CONFIG)) as base_url:
        yield base_url


@pytest.fixture
def client(url: str) -> Client:
    return Client(url, OAuthClient(CONFIG.oauth_client_id, CONFIG.oauth_client_secret))


@pytest.fixture(scope="module")
def largest(url: str) -> tuple[int, int]:
    """A view of several pages: its id and how many tickets it has. Zendesk's first count is always null."""
    client = Client(url, ApiToken(CONFIG.email, CONFIG.api_token))
    ids = [view["id"] for view in client.views()]
    assert all(count.value is None for count in client.view_counts(ids).values())
    counts = {view_id: count.value or 0 for view_id, count in client.view_counts(ids).items()}
    view_id = max(counts, key=lambda view_id: counts[view_id])
    return view_id, counts[view_id]


def listed(client: Client, view_id: int) -> list[dict]:
    page = client.view_tickets(view_id)
    tickets = page.tickets
    while page.after is not None:
        page = client.view_tickets(view_id, page.after)
        tickets += page.tickets
    return tickets


def test_signs_in_both_ways(client: Client, url: str):
    by_token = Client(url, ApiToken(CONFIG.email, CONFIG.api_token))
    assert client.me()["email"] == by_token.me()["email"] == CONFIG.email


def test_wrong_credentials_are_refused(url: str):
    with pytest.raises(Unauthorized):
        Client(url, OAuthClient(CONFIG.oauth_client_id, "wrong")).me()
    with pytest.raises(Unauthorized):
        Client(url, ApiToken(CONFIG.email, "wrong")).me()


def test_a_stranger_is_not_taken_for_somebody(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ApiToken, "header", "Basic bWVAeC5jb206d3Jvbmc=")  # me@x.com with a password
    with pytest.raises(Anonymous):
        Client(url, ApiToken("me@x.com", "")).me()


def test_lists_a_view_completely_though_the_last_page_has_a_cursor(client: Client, largest: tuple[int, int]):
    view_id, count = largest
    ids = [ticket["id"] for ticket in listed(client, view_id)]
    assert count > 100
    assert len(ids) == len(set(ids)) == count
    assert ids == sorted(ids)


def test_tags_tickets_by_a_zendesk_job(client: Client, largest: tuple[int, int]):
    ids = [ticket["id"] for ticket in listed(client, largest[0]) if ticket["status"] != "closed"][:100]
    job = client.for_job(214).update_tickets(ids, {"additional_tags": ["giga_test"]})
    assert job.warning is None
    while not job.terminal:
        job = client.zendesk_jobs([job.id])[job.id]
    outcomes = job.by_ticket(ids)
    assert len(ids) == 100
    assert outcomes.keys() == set(ids)
    assert all(result.ok for result in outcomes.values())
    assert all("giga_test" in ticket["tags"] for ticket in client.tickets(ids).tickets)
    assert job.id in {recent.id for recent in client.recent_zendesk_jobs()}


def test_closed_tickets_and_stale_stamps_are_told_apart(client: Client):
    tickets = {ticket["id"]: ticket for view in client.views() for ticket in listed(client, view["id"])}
    closed = next(ticket for ticket in tickets.values() if ticket["status"] == "closed")
    opened = next(ticket for ticket in tickets.values() if ticket["status"] == "open")
    stale = "2001-01-01T00:00:00Z"
    job = client.update_each(
        [
            {"id": closed["id"], "subject": "x", "safe_update": True, "updated_stamp": closed["updated_at"]},
            {"id": opened["id"], "subject": "x", "safe_update": True, "updated_stamp": stale},
        ]
    )
    while not job.terminal:
        job = client.zendesk_job(job.id)
    outcomes = job.by_ticket([closed["id"], opened["id"]])
    assert outcomes[closed["id"]].closed
    assert outcomes[opened["id"]].conflict
    assert not outcomes[opened["id"]].closed


def test_what_is_gone_is_not_found(client: Client):
    with pytest.raises(NotFound):
        client.view(1)
    with pytest.raises(NotFound):
        client.zendesk_job("V3-gone")
    assert client.tickets([10**9]).tickets == []
    assert client.zendesk_jobs(["V3-gone"]) == {}


def test_fields_tags_users_and_settings_can_be_read(client: Client):
    assert list(client.ticket_fields())
    assert client.autocomplete_tags("re")
    me = client.me()
    assert [user["id"] for user in client.users([me["id"], 10**9])] == [me["id"]]
    assert client.account_settings()
