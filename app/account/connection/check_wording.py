"""What is wrong with a connection, in one sentence for the admin who sets it up."""

from __future__ import annotations

from http import HTTPStatus

from app import zendesk as zd
from app.account.connection.identity import problem

MISSING_SCOPE = (
    "Zendesk issued a token and then forbids its use (403): a scope is missing or misspelt. "
    "The OAuth client needs exactly: read tickets:write."
)
NO_RIGHT = "Zendesk forbids this to the user we sign in as (403)."

FAULTS: tuple[tuple[type[zd.ZendeskError], str], ...] = (
    (zd.NoHelpDesk, "There is no Zendesk account at {host}: the subdomain is wrong."),
    (zd.Redirected, "{host} redirects elsewhere, which is never followed: the subdomain is wrong or has changed."),
    (zd.InvalidEndpoint, "Zendesk does not offer this in the account's plan."),
    (zd.NotFound, "No Zendesk answers at {host}: the subdomain is wrong."),
    (zd.NetworkError, "{host} cannot be reached over the network ({code})."),
    (zd.Forbidden, NO_RIGHT),
    (zd.RateLimited, "Zendesk's rate limit is used up for the moment. Test again in a minute."),
    (zd.ServerError, "Zendesk has trouble of its own ({status}). Test again in a few minutes."),
    (zd.Unreadable, "{host} answers, but not as Zendesk does: another site, or a gateway, answers in its place."),
    (zd.BadRequest, "{host} refuses to answer ({status}): the account may be suspended, or its trial may be over."),
)
BROKEN_OFF = "{host} broke the connection off: a firewall, or a gateway, may be in the way."
BY_GATEWAY = "{host} refuses this ({status}), but not in Zendesk's words: a gateway or a firewall may be in the way."
NO_ANSWER = {  # by Python's name for it, which the client gives as the code
    "gaierror": (
        "The name {host} cannot be looked up from this machine: its network has no way out, or only by a proxy. "
        "Name that as HTTPS_PROXY."
    ),
    "ProxyError": (
        "The proxy (HTTPS_PROXY) does not let us through to {host}: it cannot be reached, or refuses its name and "
        "password, or this host."
    ),
    "TimeoutError": "{host} was called and did not answer in time: a firewall may be in the way.",
    "ConnectionResetError": BROKEN_OFF,
    "RemoteDisconnected": BROKEN_OFF,
    "SSLCertVerificationError": (
        "{host} shows a certificate that this machine does not trust. Where your network reads along, name a file with "
        "its certificates as REQUESTS_CA_BUNDLE."
    ),
}
OAUTH_REFUSALS = {  # by OAuth's own code
    "invalid_client": "Zendesk refused the OAuth client's id or secret. Copy both again from the Admin Center.",
    "invalid_scope": "Zendesk refused the scopes. The OAuth client needs exactly: read tickets:write.",
    "unauthorized_client": "Zendesk refused the kind of the OAuth client. It must be Confidential.",
}


def in_words(error: zd.ZendeskError, host: str) -> str:
    """Any trouble with Zendesk at `host`, as a sentence."""
    if isinstance(error, zd.Endless):
        return problem(error)
    sentence = NO_ANSWER.get(error.code or "") if isinstance(error, zd.NetworkError) else None
    sentence = BY_GATEWAY if error.by_gateway and not isinstance(error, zd.NotFound) else sentence
    sentence = sentence or next((sentence for kind, sentence in FAULTS if isinstance(error, kind)), None)
    values = {"host": host, "code": error.code or "no answer", "status": error.status}
    return sentence.format(**values) if sentence else problem(error)


def refused(error: zd.Unauthorized, *, oauth: bool, issued: bool) -> str:
    """Refused credentials; `issued` when Zendesk had given a token for them before."""
    if isinstance(error, zd.Anonymous):
        return _anonymous(oauth)
    if error.by_gateway and error.status == HTTPStatus.UNAUTHORIZED:
        return "Something refuses us (401), but not in Zendesk's words: a gateway or a firewall may be in the way."
    if issued:
        return "Zendesk issued a token and then refused it (401). Look at the OAuth client in the Admin Center."
    if not oauth:
        return "Zendesk refused the e-mail address or the API token. All API tokens stop working on 30 April 2027."
    # OAuth's own codes are in lower case; Zendesk's are not, and the page of a firewall has none.
    if error.status == HTTPStatus.FORBIDDEN and not (error.code or "").islower():
        return "Zendesk forbids signing in from here (403). Look at the IP restrictions in the Admin Center."
    return OAUTH_REFUSALS.get(error.code or "", OAUTH_REFUSALS["invalid_client"])


def _anonymous(oauth: bool) -> str:
    taken = "Zendesk answers, but takes us for its “Anonymous user”:"
    if oauth:
        return f"{taken} the user who made the OAuth client is gone. Make it anew as the service user."
    return f"{taken} the e-mail address or the API token is wrong, or the account allows no API tokens."
