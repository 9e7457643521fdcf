"""The Zendesk API client: one account, typed errors, every request within its limits; knows nothing of our jobs."""

from .account import account_of
from .budget import Ask, Budget, LocalBudget
from .client import Client, MacroPage, TicketPage, ViewCount, mark_of
from .credentials import ApiToken, Credentials, MemoryTokenStore, OAuthClient, Token, TokenStore
from .errors import (
    Anonymous,
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    InvalidEndpoint,
    NetworkError,
    NoHelpDesk,
    NotFound,
    RateLimited,
    Redirected,
    ServerError,
    TooManyJobs,
    Unauthorized,
    Unreadable,
    ZendeskError,
)
from .limits import RateHeaders, Reading
from .transport import Timeouts
from .watcher import Watcher
from .zendesk_jobs import Result, ZendeskJob

__all__ = [
    "Anonymous",
    "ApiToken",
    "Ask",
    "BadRequest",
    "Budget",
    "Client",
    "Conflict",
    "Credentials",
    "Forbidden",
    "Invalid",
    "InvalidEndpoint",
    "LocalBudget",
    "MacroPage",
    "MemoryTokenStore",
    "NetworkError",
    "NoHelpDesk",
    "NotFound",
    "OAuthClient",
    "RateHeaders",
    "RateLimited",
    "Reading",
    "Redirected",
    "Result",
    "ServerError",
    "TicketPage",
    "Timeouts",
    "Token",
    "TokenStore",
    "TooManyJobs",
    "Unauthorized",
    "Unreadable",
    "ViewCount",
    "Watcher",
    "ZendeskError",
    "ZendeskJob",
    "account_of",
    "mark_of",
]
