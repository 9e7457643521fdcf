"""What is wrong with a connection, in one sentence for the admin who sets it up."""

from __future__ import annotations

from http import HTTPStatus

from app import zendesk as zd
from app.account.connection.faults import fault_of, told

MISSING_SCOPE = (
    "Zendesk issued a token and then forbids its use (403): a scope is missing or misspelt. "
    "The OAuth client needs exactly: read tickets:write."
)
OAUTH_REFUSALS = {  # by OAuth's own code
    "invalid_client": "Zendesk refused the OAuth client's id or secret. Copy both again from the Admin Center.",
    "invalid_scope": "Zendesk refused the scopes. The OAuth client needs exactly: read tickets:write.",
    "unauthorized_client": "Zendesk refused the kind of the OAuth client. It must be Confidential.",
}


def in_words(error: zd.ZendeskError, host: str) -> str:
    """Any trouble with Zendesk at `host`, as a sentence."""
    fault = fault_of(error)
    return told(error, fault.setup or fault.what, host)


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
