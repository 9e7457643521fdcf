"""What is wrong with a connection, in one sentence for the admin who sets it up."""

from __future__ import annotations

from app import zendesk as zd
from app.connection.identity import problem

MISSING_SCOPE = (
    "Zendesk issued a token and then forbids its use (403): a scope is missing or misspelt. "
    "The OAuth client needs exactly: read tickets:write."
)
NO_RIGHT = "Zendesk forbids this to the user we sign in as (403)."
NO_SUCH_NAME = "gaierror"  # Python's name for it, which the client gives as the code

FAULTS: tuple[tuple[type[zd.ZendeskError], str], ...] = (
    (zd.NoHelpDesk, "There is no Zendesk account at {host}: the subdomain is wrong."),
    (zd.Redirected, "{host} redirects elsewhere, which is never followed: the subdomain is wrong or has changed."),
    (zd.InvalidEndpoint, "Zendesk does not offer this in the account's plan."),
    (zd.NotFound, "No Zendesk answers at {host}: the subdomain is wrong."),
    (zd.NetworkError, "{host} cannot be reached over the network ({code})."),
    (zd.Forbidden, NO_RIGHT),
)


def in_words(error: zd.ZendeskError, host: str) -> str:
    """Any trouble with Zendesk at `host`, as a sentence."""
    if error.code == NO_SUCH_NAME:
        return f"The name {host} leads nowhere: the subdomain is wrong, or this machine cannot look up names."
    sentence = next((sentence for kind, sentence in FAULTS if isinstance(error, kind)), None)
    return sentence.format(host=host, code=error.code or "no answer") if sentence else problem(error)


def refused(error: zd.Unauthorized, *, oauth: bool, issued: bool) -> str:
    """Refused credentials; `issued` when Zendesk had given a token for them before."""
    if isinstance(error, zd.Anonymous):
        return (
            "Zendesk answers, but takes us for its “Anonymous user”: the e-mail address or the API token is "
            "wrong, or the account allows no API tokens."
        )
    if issued:
        return "Zendesk issued a token and then refused it (401). Look at the OAuth client in the Admin Center."
    if oauth:
        return "Zendesk refused the OAuth client's id or secret. Copy both again from the Admin Center."
    return "Zendesk refused the e-mail address or the API token. All API tokens stop working on 30 April 2027."
