"""No secret gets out of the client: not by a log, an error, a traceback or a repr."""

import logging
import traceback
from collections.abc import Callable

import pytest

from app.zendesk import ApiToken, Client, NetworkError, OAuthClient, Token, ZendeskError
from tests.zendesk.factories import API_TOKEN, CLIENT_SECRET, EMAIL, a_client, an_oauth_client
from tests.zendesk.wire import Received, Responder, Script, Wire, reply, reset

ACCESS_TOKEN = "an-access-token"
SECRETS = (API_TOKEN, CLIENT_SECRET, EMAIL, ACCESS_TOKEN, ApiToken(EMAIL, API_TOKEN).header.removeprefix("Basic "))

Make = Callable[[str], Client]


def secrets_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def echoing(status: int) -> Responder:
    """Sends back in the error whatever it was sent."""

    def respond(request: Received) -> Script:
        if request.path == "/oauth/tokens" and status != 401:
            return reply({"access_token": ACCESS_TOKEN, "expires_in": 1800})
        echo = f"{request.headers.get('authorization')} {request.body.decode()}"
        return reply({"error": echo, "description": echo, "details": {"base": [{"description": echo}]}}, status)

    return respond


def failing(make: Make, responder: Responder) -> tuple[Client, ZendeskError]:
    with Wire(responder=responder) as wire:
        client = make(wire.url)
        with pytest.raises(ZendeskError) as caught:
            client.update_tickets([1], {})
    return client, caught.value


def test_what_is_called_a_secret_here_is_really_sent():
    with Wire(responder=echoing(500)) as wire:
        for make in (a_client, an_oauth_client):
            with pytest.raises(ZendeskError):
                make(wire.url).update_tickets([1], {})
        sent = "".join(f"{request.headers} {request.body}" for request in wire.received)
    assert {API_TOKEN, EMAIL} == set(SECRETS) - set(secrets_in(sent))  # these two go out in base64


@pytest.mark.parametrize("status", [200, 302, 401, 403, 422, 429, 500])
@pytest.mark.parametrize("make", [a_client, an_oauth_client])
def test_logs_and_errors_are_clean_though_zendesk_echoes(make: Make, status: int, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    client, error = failing(make, echoing(status))
    logging.getLogger("tests.zendesk").error("%r %r", client, vars(client), exc_info=error)
    assert "update_many" in caplog.text or "oauth" in caplog.text
    assert not secrets_in(caplog.text)
    assert not secrets_in(f"{error!s} {error!r}")


def refusing(request: Received) -> Script:
    return reply({"access_token": ACCESS_TOKEN}) if request.path == "/oauth/tokens" else reply({}, 500)


@pytest.mark.parametrize("make", [a_client, an_oauth_client])
@pytest.mark.parametrize("responder", [refusing, lambda _: reset, lambda _: reply({}, 500), lambda _: reply({}, 401)])
def test_tracebacks_are_clean_even_with_local_variables(make: Make, responder: Responder):
    _, error = failing(make, responder)
    lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    assert not secrets_in("".join(lines))


def test_a_network_error_does_not_bring_the_librarys_along():
    """The errors of requests hold the prepared request, headers and all."""
    with Wire(reset) as wire, pytest.raises(NetworkError) as caught:
        a_client(wire.url).update_tickets([1], {})
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_reprs_of_credentials_hide_them():
    things = [ApiToken(EMAIL, API_TOKEN), OAuthClient("giga", CLIENT_SECRET), Token(ACCESS_TOKEN, 1.0)]
    assert not secrets_in(repr(things))
    assert "giga" in repr(things)
