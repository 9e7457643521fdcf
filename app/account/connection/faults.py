"""What goes wrong with Zendesk, in words: one table for pages, API, command line, jobs and the connection's test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app import zendesk as zd
from app.account.connection.clients import NotConnected, SecretUnreadable

LATER = "Nothing is lost: resume the job to go on where it stopped."
AGAIN = "Try again in a minute."
CHECK_CREDENTIALS = "Check the connection's credentials, then resume."
CREDENTIALS = "Zendesk to take our credentials, which it refused just now"


@dataclass(frozen=True)
class Fault:
    """What is said of a kind of error; sentences may name {host}, {status}, {code}, {asked}, {lasted} and {why}."""

    code: str  # for programs
    what: str  # what is wrong, for a person who looks at the top bar
    then: str = ""  # what the person can do whose request it stopped
    waits: str = "Zendesk to give a readable answer"  # what a job waits for meanwhile
    ended: str = f"Zendesk refused {{asked}} for {{lasted}} ({{status}}). {LATER}"  # why a job stopped, and what now
    setup: str = ""  # for the admin who tests the connection, where `what` does not say it all


NOT_CONNECTED = Fault(
    "not_connected",
    "No Zendesk account is connected yet.",
    "An admin can connect one.",
    CREDENTIALS,
    f"Zendesk refused our credentials. {CHECK_CREDENTIALS}",
)
REFUSED = replace(
    NOT_CONNECTED,
    code="zendesk_refuses_us",
    what="Zendesk refuses our credentials.",
    then="An admin must check the connection.",
)
SECRET = "The saved secret cannot be decrypted any more: an admin must enter it again."  # noqa: S105 - a sentence
ANONYMOUS = "Zendesk does not know the user we sign in as."
FORBIDDEN = Fault(
    "zendesk_forbids",
    "Zendesk forbids this to the user we act as (403).",
    "An admin must check role and scopes.",
    ended="Zendesk forbids {asked} to the user we act as (403). Look at that user's role and rights in Zendesk, and at "
    "those of the connection, then resume.",
    setup="Zendesk forbids this to the user we sign in as (403).",
)
NO_ENDPOINT = Fault(
    "zendesk_plan",
    "Zendesk does not offer this in the account's plan.",
    ended="Zendesk does not offer this here: check the account's address and plan, then resume.",
)
NO_ACCOUNT = replace(
    NO_ENDPOINT,
    code="zendesk_unknown",
    what="There is no Zendesk account at this address.",
    then="An admin must check the subdomain.",
    setup="There is no Zendesk account at {host}: the subdomain is wrong.",
)
NOT_FOUND = Fault(
    "zendesk_not_found",
    "It is gone from Zendesk, or the user we act as may not see it.",
    setup="No Zendesk answers at {host}: the subdomain is wrong.",
)
REDIRECTED = Fault(
    "zendesk_unknown",
    "This address redirects elsewhere, which is never followed.",
    "An admin must check the subdomain.",
    ended="Zendesk's address redirects elsewhere, which we never follow. Check the subdomain, then resume.",
    setup="{host} redirects elsewhere, which is never followed: the subdomain is wrong or has changed.",
)
NETWORK = Fault(
    "zendesk_unreachable",
    "Zendesk does not answer.",
    AGAIN,
    "Zendesk to be reachable",
    setup="{host} cannot be reached over the network ({code}).",
)
RATE_LIMITED = Fault(
    "zendesk_busy",
    "Zendesk's rate limit is used up for the moment.",
    AGAIN,
    "Zendesk's rate limit",
    setup="Zendesk's rate limit is used up for the moment. Test again in a minute.",
)
TROUBLE = Fault("zendesk_trouble", "Zendesk gave no usable answer.", AGAIN)

FAULTS: tuple[tuple[type[zd.ZendeskError], Fault], ...] = (
    (NotConnected, NOT_CONNECTED),
    (SecretUnreadable, replace(REFUSED, what=SECRET, then="")),
    (zd.Anonymous, replace(REFUSED, what=ANONYMOUS, ended=f"{ANONYMOUS} {CHECK_CREDENTIALS}")),
    (zd.Unauthorized, REFUSED),
    (zd.Forbidden, FORBIDDEN),
    (zd.NoHelpDesk, NO_ACCOUNT),
    (zd.InvalidEndpoint, NO_ENDPOINT),
    (zd.NotFound, NOT_FOUND),
    (zd.Redirected, REDIRECTED),
    (zd.NetworkError, NETWORK),
    (
        zd.TooManyJobs,
        replace(
            RATE_LIMITED,
            what="All slots for bulk jobs at Zendesk are taken by other integrations.",
            waits="a free slot for bulk jobs at Zendesk: other integrations use them all",
            setup="",
        ),
    ),
    (zd.RateLimited, RATE_LIMITED),
    (
        zd.ServerError,
        replace(
            TROUBLE,
            what="Zendesk has trouble of its own.",
            waits="Zendesk to recover (it answered {status})",
            setup="Zendesk has trouble of its own ({status}). Test again in a few minutes.",
        ),
    ),
    (
        zd.Endless,
        replace(
            TROUBLE,
            what="A list was given up: {why}.",
            ended="The list of {asked} was given up: {why}. Resume the job to read it once more.",
        ),
    ),
    (
        zd.Unreadable,
        replace(
            TROUBLE,
            ended=f"Zendesk's answer to {{asked}} could not be read for {{lasted}}. {LATER}",
            setup="{host} answers, but not as Zendesk does: another site, or a gateway, answers in its place.",
        ),
    ),
    (
        zd.BadRequest,
        replace(
            TROUBLE,
            setup="{host} refuses to answer ({status}): the account may be suspended, or its trial may be over.",
        ),
    ),
    (zd.ZendeskError, TROUBLE),
)
BROKEN_OFF = replace(NETWORK, setup="{host} broke the connection off: a firewall, or a gateway, may be in the way.")
BY_NETWORK: Mapping[str, Fault] = {  # by Python's name for what failed, which the client gives as the code
    "gaierror": replace(
        NETWORK,
        what="Zendesk's name cannot be looked up: this machine's network has no way out, or needs HTTPS_PROXY.",
        waits="this machine's network to look up Zendesk's name",
        setup="The name {host} cannot be looked up from this machine: its network has no way out, or only by a proxy. "
        "Name that as HTTPS_PROXY.",
    ),
    "ProxyError": replace(
        NETWORK,
        what="The proxy of this installation (HTTPS_PROXY) does not let us through to Zendesk.",
        waits="the proxy (HTTPS_PROXY) to let us through to Zendesk",
        setup="The proxy (HTTPS_PROXY) does not let us through to {host}: it cannot be reached, or refuses its name "
        "and password, or this host.",
    ),
    "SSLCertVerificationError": replace(
        NETWORK,
        what="Zendesk's certificate is not trusted here: the network may read along, and need REQUESTS_CA_BUNDLE.",
        waits="Zendesk's certificate to be trusted here (REQUESTS_CA_BUNDLE)",
        setup="{host} shows a certificate that this machine does not trust. Where your network reads along, name a "
        "file with its certificates as REQUESTS_CA_BUNDLE.",
    ),
    "TimeoutError": replace(
        NETWORK, setup="{host} was called and did not answer in time: a firewall may be in the way."
    ),
    "ConnectionResetError": BROKEN_OFF,
    "RemoteDisconnected": BROKEN_OFF,
}
BY_GATEWAY = Fault(
    "",
    "Something between us and Zendesk refuses this ({status}): a gateway or a firewall.",
    "An admin must look at the network.",
    "the network to let us through to Zendesk: something refused us ({status})",
    "{asked} was refused for {lasted} ({status}), but not in Zendesk's words: a gateway or a firewall between us and "
    "Zendesk may be in the way. Resume the job once it lets us through.",
    "{host} refuses this ({status}), but not in Zendesk's words: a gateway or a firewall may be in the way.",
)
BY_SCOPES = replace(
    FORBIDDEN,
    what="Zendesk forbids our credentials to read: a scope is missing or misspelt.",
    ended="Zendesk forbids this to the user we act as (403). The client needs the scopes read and tickets:write, and "
    "the user the right to edit tickets. Change that, then resume.",
)


def fault_of(error: zd.ZendeskError) -> Fault:
    """Its row of the table; what the network, or something in between, says goes before what the status means."""
    fault = next(fault for kind, fault in FAULTS if isinstance(error, kind))
    if isinstance(error, zd.NetworkError):
        return BY_NETWORK.get(error.code or "", fault)
    if error.by_gateway and not isinstance(error, zd.NotFound):  # 404 is what any server says of an address
        return replace(BY_GATEWAY, code=fault.code)
    return BY_SCOPES if isinstance(error, zd.Forbidden) and error.about_scopes else fault


def told(error: zd.ZendeskError, sentence: str, host: str = "Zendesk", lasted: float = 0.0) -> str:
    """A sentence of a fault, filled in.

    :param lasted: for how many seconds it went on.
    """
    minutes = round(lasted / 60)
    return sentence.format(
        host=host,
        status=error.status or "no answer",
        code=error.code or "no answer",
        asked=error.request or "what the job needs",
        lasted=f"{minutes} minutes" if minutes > 1 else "a minute",
        why=getattr(error, "why", ""),
    )


def problem(error: zd.ZendeskError) -> str:
    """What is wrong."""
    return told(error, fault_of(error).what)
