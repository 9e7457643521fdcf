"""The OAuth access token: fetched once for all, renewed before it expires and when it is refused."""

import threading
from base64 import b64encode

import pytest

from app.zendesk import (
    Client,
    MemoryTokenStore,
    NetworkError,
    NotFound,
    ServerError,
    Token,
    Unauthorized,
    ZendeskError,
)
from tests.zendesk.factories import BRISK, CLIENT_SECRET, Clock, a_client, an_oauth_client
from tests.zendesk.wire import Received, Script, Wire, reply, reset, silence

ME = reply({"user": {"id": 1}})
QUEUED = reply({"job_status": {"id": "V3-1", "status": "queued"}})
REFUSED = reply({"error": "Couldn't authenticate you"}, 401)


def a_token(value: str, lifetime: float | None = 1800) -> bytes:
    return reply({"access_token": value, "token_type": "bearer", "expires_in": lifetime})


def used(wire: Wire) -> list[str | None]:
    """The Authorization headers of the requests so far, None for those to the token endpoint."""
    return [request.headers.get("authorization") for request in wire.received]


def test_an_api_token_is_sent_as_basic_credentials():
    with Wire(ME) as wire:
        a_client(wire.url).me()
        assert used(wire) == ["Basic " + b64encode(b"agent@example.com/token:an-api-token").decode()]


def test_a_refused_api_token_is_not_tried_again():
    with Wire(REFUSED) as wire, pytest.raises(Unauthorized):
        a_client(wire.url).me()
    assert len(wire.received) == 1


def test_the_access_token_is_asked_for_as_zendesk_documents_it():
    with Wire(a_token("t1"), ME) as wire:
        an_oauth_client(wire.url).me()
        request = wire.received[0]
        assert (request.method, request.target) == ("POST", "/oauth/tokens")
        assert request.headers["content-type"] == "application/json"
        assert request.content == {
            "grant_type": "client_credentials",
            "client_id": "giga",
            "client_secret": CLIENT_SECRET,
            "scope": "read tickets:write",
        }
        assert used(wire) == [None, "Bearer t1"]


def test_one_token_serves_every_request_and_every_client_made_from_one():
    with Wire(a_token("t1"), ME, ME, ME) as wire:
        client = an_oauth_client(wire.url)
        client.me()
        client.for_job(214).me()
        client.for_person().me()
        assert used(wire) == [None, "Bearer t1", "Bearer t1", "Bearer t1"]


@pytest.mark.parametrize(("lifetime", "margin"), [(1800, 60.0), (100, 20.0), (None, 60.0)])
def test_it_is_renewed_shortly_before_it_expires(lifetime: float | None, margin: float):
    clock = Clock()
    with Wire(a_token("t1", lifetime), ME, ME, a_token("t2"), ME) as wire:
        client = an_oauth_client(wire.url, clock)
        client.me()
        clock.time += (lifetime or 1800) - margin - 1
        client.me()
        clock.time += 1
        client.me()
        assert used(wire) == [None, "Bearer t1", "Bearer t1", None, "Bearer t2"]


def test_another_processes_token_is_used_without_fetching():
    store, clock = MemoryTokenStore(), Clock()
    store.renew(None, lambda: Token("theirs", clock.time + 1800, clock.time))
    with Wire(ME) as wire:
        an_oauth_client(wire.url, clock, token_store=store).me()
        assert used(wire) == ["Bearer theirs"]


def test_a_stored_token_that_has_expired_is_replaced_first():
    store, clock = MemoryTokenStore(), Clock()
    store.renew(None, lambda: Token("old", clock.time - 5, clock.time - 1800))
    with Wire(a_token("new"), ME) as wire:
        an_oauth_client(wire.url, clock, token_store=store).me()
        assert used(wire) == [None, "Bearer new"]


def test_a_token_that_another_process_renewed_but_that_aged_since_is_replaced():
    store, clock = MemoryTokenStore(), Clock()
    with Wire(a_token("t1"), ME, a_token("t3"), ME) as wire:
        client = an_oauth_client(wire.url, clock, token_store=store)
        client.me()
        store.renew(store.read(), lambda: Token("t2", clock.time + 100, clock.time))
        clock.time += 1800
        client.me()
        assert used(wire) == [None, "Bearer t1", None, "Bearer t3"]


@pytest.mark.parametrize("write", [False, True])
def test_a_refused_token_is_renewed_once_and_the_request_repeated_once(write: bool):
    with Wire(a_token("t1"), REFUSED, a_token("t2"), QUEUED if write else ME) as wire:
        client = an_oauth_client(wire.url)
        if write:
            assert client.update_tickets([1], {}).id == "V3-1"
        else:
            assert client.me() == {"id": 1}
        assert used(wire) == [None, "Bearer t1", None, "Bearer t2"]


def test_a_second_refusal_ends_it():
    with Wire(a_token("t1"), REFUSED, a_token("t2"), REFUSED) as wire:
        with pytest.raises(Unauthorized) as caught:
            an_oauth_client(wire.url).update_tickets([1], {})
        assert caught.value.maybe_applied is False
        assert used(wire) == [None, "Bearer t1", None, "Bearer t2"]


@pytest.mark.parametrize("write", [False, True])
def test_a_stored_token_that_is_refused_too_is_replaced_by_a_new_one(write: bool):
    store, clock = MemoryTokenStore(), Clock()
    done = QUEUED if write else ME
    with Wire(a_token("t1", None), ME, REFUSED, REFUSED, a_token("t3", None), done) as wire:
        client = an_oauth_client(wire.url, clock, token_store=store)
        client.me()
        clock.time += 10
        store.renew(store.read(), lambda: Token("t2", clock.time + 1800, clock.time))
        clock.time += 10
        if write:
            assert client.update_tickets([1], {}).id == "V3-1"
        else:
            assert client.me() == {"id": 1}
        assert used(wire)[2:] == ["Bearer t1", "Bearer t2", None, "Bearer t3"]


def test_a_new_token_that_is_refused_after_a_stored_one_ends_it():
    store, clock = MemoryTokenStore(), Clock()
    with Wire(a_token("t1"), ME, REFUSED, REFUSED, a_token("t3"), REFUSED) as wire:
        client = an_oauth_client(wire.url, clock, token_store=store)
        client.me()
        store.renew(store.read(), lambda: Token("t2", clock.time + 1800, clock.time))
        clock.time += 10
        with pytest.raises(Unauthorized):
            client.me()
        assert used(wire)[2:] == ["Bearer t1", "Bearer t2", None, "Bearer t3"]


def test_a_stored_token_that_has_aged_is_not_tried_in_place_of_a_refused_one():
    store, clock = MemoryTokenStore(), Clock()
    with Wire(a_token("t1"), ME, REFUSED, a_token("t3"), ME) as wire:
        client = an_oauth_client(wire.url, clock, token_store=store)
        client.me()
        store.renew(store.read(), lambda: Token("t2", clock.time + 100, clock.time))
        clock.time += 200
        client.me()
        assert used(wire)[2:] == ["Bearer t1", None, "Bearer t3"]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_client_credentials_are_told_and_not_tried_again(status: int):
    with Wire(reply({"error": "invalid_client"}, status)) as wire:
        with pytest.raises(Unauthorized) as caught:
            an_oauth_client(wire.url).me()
        assert caught.value.code == "invalid_client"
        assert len(wire.received) == 1


def test_fetching_a_token_that_all_wait_for_is_not_repeated_after_a_long_silence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.zendesk.core.LONG_SECONDS", 0.1)
    with Wire(silence, a_token("t1"), ME) as wire:
        with pytest.raises(NetworkError, match="TimeoutError"):
            an_oauth_client(wire.url, timeouts=BRISK).me()
        assert len(wire.received) == 1


def test_fetching_a_token_is_repeated_after_a_passing_failure():
    with Wire(reset, reply(text="<html>", status=502), a_token("t1"), ME) as wire:
        an_oauth_client(wire.url).me()
        assert used(wire) == [None, None, None, "Bearer t1"]


def failing_to_sign_in(*scripts: Script) -> tuple[ZendeskError, Wire]:
    with Wire(*scripts) as wire, pytest.raises(ZendeskError) as caught:
        an_oauth_client(wire.url, timeouts=BRISK).update_tickets([1], {})
    return caught.value, wire


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (reset, NetworkError),
        (silence, NetworkError),
        (reply(text="<html>", status=500), ServerError),
        (reply(text="<html>"), ZendeskError),
        (reply({"access_token": "line\nbreak"}), ZendeskError),
        (reply({"access_token": ""}), ZendeskError),
        (reply({}), ZendeskError),
        (reply({"error": "RecordNotFound"}, 404), NotFound),
    ],
)
def test_a_write_that_got_no_token_surely_was_not_executed(script: Script, kind: type[ZendeskError]):
    error, wire = failing_to_sign_in(script, script, script)
    assert isinstance(error, kind)
    assert error.maybe_applied is False
    assert {request.path for request in wire.received} == {"/oauth/tokens"}


@pytest.mark.parametrize("late", [BRISK.send_within + 0.02, BRISK.total + 0.02])
def test_a_write_is_not_sent_when_its_token_came_too_late(late: float):
    class SlowStore(MemoryTokenStore):
        def renew(self, old, fetch):
            token = super().renew(old, fetch)
            threading.Event().wait(late)
            return token

    with Wire(a_token("t1"), QUEUED) as wire:
        with pytest.raises(NetworkError) as caught:
            an_oauth_client(wire.url, token_store=SlowStore(), timeouts=BRISK).update_tickets([1], {})
        assert caught.value.maybe_applied is False
        assert len(wire.received) == 1


def test_a_living_token_is_used_on_while_no_new_one_can_be_had():
    clock = Clock()
    broken = reply(text="<html>", status=500)
    with Wire(a_token("t1"), ME, broken, broken, broken, ME, ME) as wire:
        client = an_oauth_client(wire.url, clock)
        client.me()
        clock.time += 1800 - 30
        client.me()
        client.me()
        assert used(wire) == [None, "Bearer t1", None, None, None, "Bearer t1", "Bearer t1"]


def test_ten_threads_fetch_one_token():
    release = threading.Barrier(10)

    def respond(request: Received) -> Script:
        return a_token("t1") if request.path == "/oauth/tokens" else ME

    def ask(client: Client) -> None:
        release.wait()
        client.me()

    with Wire(responder=respond) as wire:
        client = an_oauth_client(wire.url)
        threads = [threading.Thread(target=ask, args=(client,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert used(wire).count(None) == 1
        assert used(wire).count("Bearer t1") == 10


def test_a_refusal_that_ten_threads_hear_renews_the_token_once():
    release = threading.Barrier(10)

    def respond(request: Received) -> Script:
        if request.path == "/oauth/tokens":
            return a_token("t2")
        return ME if request.headers["authorization"] == "Bearer t2" else REFUSED

    def ask(client: Client) -> None:
        release.wait()
        client.me()

    clock, store = Clock(), MemoryTokenStore()
    store.renew(None, lambda: Token("t1", clock.time + 1800, clock.time))
    with Wire(responder=respond) as wire:
        client = an_oauth_client(wire.url, clock, token_store=store)
        threads = [threading.Thread(target=ask, args=(client,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert used(wire).count(None) == 1
        assert used(wire).count("Bearer t2") == 10


def test_a_failed_fetch_leaves_the_stored_token_as_it_was():
    store = MemoryTokenStore()
    old = store.renew(None, lambda: Token("old", 1.0))

    def fail() -> Token:
        raise NetworkError("x")

    with pytest.raises(NetworkError):
        store.renew(old, fail)
    assert store.read() == old
    assert store.renew(Token("older", 0.0), fail) == old


def test_without_its_birth_a_token_is_renewed_a_minute_before_its_end():
    assert Token("x", 1000.0).renew_at == 940.0
