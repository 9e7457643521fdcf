"""What happens on the wire: deadlines, broken answers, and whether a write may have been executed."""

import itertools
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter

from app.zendesk import ApiToken, Client, NetworkError, Redirected, ServerError, Timeouts, Unreadable, ZendeskError
from app.zendesk import transport as transport_module
from tests.zendesk.factories import API_TOKEN, BRISK, EMAIL, a_client
from tests.zendesk.wire import Script, Wire, cut, reply, reset, silence, trickle

QUEUED = {"job_status": {"id": "V3-1", "status": "queued"}}
ME = {"user": {"id": 1}}

A_MOMENT = 5.0  # seconds: what trickles in here never ends by itself


def update(client: Client) -> ZendeskError:
    """The error of a write that fails."""
    with pytest.raises(ZendeskError) as caught:
        client.update_tickets([1], {"additional_tags": ["x"]})
    return caught.value


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port that is bound, so that nobody else gets it, but refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_refused_connection_surely_executed_nothing(free_port: int):
    error = update(a_client(f"http://127.0.0.1:{free_port}"))
    assert isinstance(error, NetworkError)
    assert error.maybe_applied is False
    assert error.code == "ConnectionRefusedError"


def test_an_unknown_host_surely_executed_nothing(monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = update(a_client("http://acme.zendesk.invalid"))
    assert isinstance(error, NetworkError)
    assert error.maybe_applied is False


def test_a_failed_handshake_surely_executed_nothing():
    with Wire() as wire:
        error = update(a_client(wire.url.replace("http:", "https:")))
        assert isinstance(error, NetworkError)
        assert error.maybe_applied is False
        assert not wire.received


def test_a_reset_after_the_request_leaves_it_open_and_is_not_repeated():
    with Wire(reset, reply(QUEUED)) as wire:
        error = update(a_client(wire.url))
        assert isinstance(error, NetworkError)
        assert error.maybe_applied is True
        assert len(wire.received) == 1


def test_no_answer_in_time_leaves_it_open_and_is_not_repeated():
    with Wire(silence, reply(QUEUED)) as wire:
        error = update(a_client(wire.url, timeouts=BRISK))
        assert isinstance(error, NetworkError)
        assert error.maybe_applied is True
        assert len(wire.received) == 1


def test_a_truncated_answer_leaves_it_open_and_is_not_repeated():
    with Wire(cut(reply(QUEUED)), reply(QUEUED)) as wire:
        error = update(a_client(wire.url))
        assert isinstance(error, Unreadable)
        assert error.maybe_applied is True
        assert error.status == 200
        assert len(wire.received) == 1


def test_a_truncated_answer_is_not_believed_though_it_could_be_parsed():
    with Wire(cut(reply(text=json.dumps(QUEUED) + " " * 200_000))) as wire:
        assert isinstance(update(a_client(wire.url)), Unreadable)


def test_a_truncated_error_keeps_its_status():
    with Wire(cut(reply({"error": "RecordInvalid"}, 422))) as wire:
        error = update(a_client(wire.url))
        assert error.status == 422
        assert error.maybe_applied is False


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failed_write_is_not_repeated(status: int):
    with Wire(reply(text="<html>", status=status, headers={"Retry-After": "0"}), reply(QUEUED)) as wire:
        error = update(a_client(wire.url))
        assert isinstance(error, ServerError)
        assert error.maybe_applied is True
        assert len(wire.received) == 1


@pytest.mark.parametrize("first", [reset, cut(reply(ME)), reply(text="<html>", status=502), reply(text="")])
def test_a_read_is_repeated_after_a_passing_failure(first: Script):
    with Wire(first, reply(ME)) as wire:
        assert a_client(wire.url).me() == {"id": 1}
        assert len(wire.received) == 2


def test_headers_that_trickle_in_do_not_outlast_the_deadline():
    endless = itertools.chain([b"HTTP/1.1 200 OK\r\n"], (b"X-%d: y\r\n" % n for n in itertools.count()))
    with Wire(trickle(endless)) as wire:
        began = time.monotonic()
        error = update(a_client(wire.url, timeouts=BRISK))
        assert time.monotonic() - began < BRISK.total + A_MOMENT
        assert isinstance(error, NetworkError)
        assert error.maybe_applied is True


def test_a_body_that_trickles_in_does_not_outlast_the_deadline():
    endless = itertools.chain([b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"], itertools.repeat(b" "))
    with Wire(trickle(endless)) as wire:
        began = time.monotonic()
        error = update(a_client(wire.url, timeouts=BRISK))
        assert time.monotonic() - began < BRISK.total + A_MOMENT
        assert isinstance(error, Unreadable)
        assert error.maybe_applied is True


def test_a_write_that_got_its_connection_too_late_is_not_sent(monkeypatch: pytest.MonkeyPatch):
    connect = transport_module.HTTPConnection.connect

    def slowly(connection: transport_module.HTTPConnection) -> None:
        connect(connection)
        time.sleep(BRISK.send_within + 0.02)

    monkeypatch.setattr(transport_module.HTTPConnection, "connect", slowly)
    with Wire(reply(QUEUED)) as wire:
        error = update(a_client(wire.url, timeouts=BRISK))
        assert isinstance(error, NetworkError)
        assert error.maybe_applied is False
        assert not wire.received


def test_a_body_beyond_all_measure_is_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(transport_module, "LARGEST_BODY", 100_000)
    large = reply({"user": {"id": 1, "name": "x" * 200_000}})
    with Wire(large) as wire, pytest.raises(Unreadable, match="too large"):
        a_client(wire.url, attempts=1).me()


def test_redirects_are_not_followed_with_a_read_or_a_write():
    with Wire(reply(ME), reply(ME)) as other:
        away = reply(text="", status=307, headers={"Location": f"{other.url}/api/v2/users/me?next=secret"})
        with Wire(away, away) as wire:
            client = a_client(wire.url)
            assert isinstance(update(client), Redirected)
            with pytest.raises(Redirected):
                client.me()
            assert len(wire.received) == 2
        assert not other.received


def test_cookies_are_not_kept():
    with Wire(reply(ME, headers={"Set-Cookie": "session=1; Path=/"}), reply(ME)) as wire:
        client = a_client(wire.url)
        client.me()
        client.me()
        assert "cookie" not in wire.received[1].headers


def test_the_environment_decides_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login stranger password stranger\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with Wire(reply(ME)) as wire:
        client = a_client(wire.url)
        assert client.me() == {"id": 1}
        assert requests.utils.get_netrc_auth(wire.url) == ("stranger", "stranger")
        assert wire.received[0].headers["authorization"] == ApiToken(EMAIL, API_TOKEN).header


def test_one_connection_serves_many_requests():
    with Wire(responder=lambda _: reply(ME)) as wire:
        client = a_client(wire.url)
        for _ in range(5):
            client.me()
        assert wire.connections == 1
        assert len(wire.received) == 5


def test_a_connection_that_the_server_closed_is_not_used_for_a_write():
    closing = reply(ME, headers={"Connection": "close"})
    with Wire(lambda sock, _: sock.sendall(closing), reply(QUEUED)) as wire:
        client = a_client(wire.url)
        client.me()
        assert client.update_tickets([1], {}).id == "V3-1"


def test_a_strange_adapter_is_taken_for_one_that_sent():
    class Broken(HTTPAdapter):
        def send(self, *_: object, **__: object) -> requests.Response:
            raise requests.ConnectionError("who knows")

    assert update(a_client("http://acme.zendesk.invalid", adapter=Broken())).maybe_applied is True


def test_the_whole_timeout_is_longer_than_that_of_one_read():
    with pytest.raises(ValueError, match="longer"):
        Timeouts(read=10, total=10)


def test_the_whole_timeout_can_be_asked_for():
    assert a_client("http://acme.zendesk.invalid").whole_timeout == 13.0
