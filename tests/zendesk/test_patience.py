"""How long an answer is waited for: a job's read up to a minute, a write within the lease, a person ten seconds."""

import time
from typing import Any

import pytest

from app.zendesk import Anonymous, Leash, NetworkError, Timeouts
from tests.zendesk.factories import BRISK, Clock, a_client, an_oauth_client
from tests.zendesk.wire import Received, Script, Wire, reply, silence, trickle

ME = {"user": {"id": 1}}
NOBODY = reply({"user": {"id": None, "name": "Anonymous user", "role": "end-user", "email": "invalid@example.com"}})
QUEUED = {"job_status": {"id": "V3-1", "status": "queued"}}
SLOW = Timeouts(connect=0.5, read=2.0, total=2.5)


def late(content: Any) -> Script:
    return trickle([reply(content)], pause=0.6)


def test_a_jobs_read_may_take_longer_than_a_write():
    with Wire(late(ME)) as wire:
        assert a_client(wire.url, timeouts=BRISK, reads=SLOW).me() == {"id": 1}


def test_a_write_does_not():
    with Wire(late(QUEUED)) as wire:
        client = a_client(wire.url, timeouts=BRISK, reads=SLOW)
        assert client.whole_timeout == BRISK.total
        with pytest.raises(NetworkError) as caught:
            client.update_tickets([1], {})
        assert caught.value.maybe_applied


@pytest.mark.parametrize("way", ["for_person", "brisk", "for_extras"])
def test_what_somebody_waits_for_does_not(way: str):
    with Wire(responder=lambda _: late(ME)) as wire, pytest.raises(NetworkError):
        getattr(a_client(wire.url, timeouts=BRISK, reads=SLOW, attempts=1), way)().me()


def test_a_person_waits_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.zendesk.core.PATIENCE", 0.7)
    began = time.monotonic()
    with Wire(responder=lambda _: silence) as wire, pytest.raises(NetworkError):
        a_client(wire.url, timeouts=SLOW).for_person().me()
    assert time.monotonic() - began < 1.5


def test_requests_on_one_leash_wait_no_longer_together():
    leash = Leash(0.8)
    began = time.monotonic()
    with Wire(responder=lambda _: silence) as wire:
        for _ in range(3):
            with pytest.raises(NetworkError):
                a_client(wire.url, timeouts=SLOW, attempts=1).brisk(leash).me()
    assert time.monotonic() - began < 0.8 + 2 * 0.5 + 0.5


def test_what_took_long_in_vain_is_not_tried_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.zendesk.core.LONG_READ_SECONDS", 0.1)
    with Wire(responder=lambda _: silence) as wire:
        with pytest.raises(NetworkError):
            a_client(wire.url, timeouts=BRISK).me()
        assert len(wire.received) == 1


def tokens(nobody: int) -> Any:
    """A responder that takes the first few tokens for those of nobody."""
    issued = 0

    def respond(request: Received) -> Script:
        nonlocal issued
        if request.method == "POST":
            issued += 1
            return reply({"access_token": f"t{issued}", "expires_in": 1800})
        return NOBODY if int(request.headers["authorization"].removeprefix("Bearer t")) <= nobody else reply(ME)

    return respond


def test_a_token_that_was_revoked_is_replaced_though_zendesk_answers_200():
    with Wire(responder=tokens(nobody=1)) as wire:
        assert an_oauth_client(wire.url).me() == {"id": 1}
        assert len(wire.received) == 4


def test_a_second_anonymous_answer_is_a_refusal():
    with Wire(responder=tokens(nobody=9)) as wire:
        with pytest.raises(Anonymous):
            an_oauth_client(wire.url).me()
        assert len(wire.received) == 4


def test_the_keys_of_readable_answers_are_told():
    told: list[str] = []
    with Wire(reply(ME), reply(text="busy", status=503)) as wire:
        client = a_client(wire.url, Clock(), attempts=1).for_job(3, readable=told.append)
        client.me()
        with pytest.raises(Exception, match="503"):
            client.me()
    assert told == ["GET /api/v2/users/me"]
