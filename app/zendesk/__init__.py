"""The Zendesk API client: one account, typed errors, every request within its limits; knows nothing of our jobs."""

from .account import account_of
from .budget import Ask, Budget, LocalBudget
from .client import Client
from .credentials import ApiToken, Credentials, MemoryTokenStore, OAuthClient, Token, TokenStore
from .dropped import dropped_keys
from .errors import (
    Anonymous,
    BadRequest,
    Conflict,
    Endless,
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
from .leash import Leash
from .limits import RateHeaders, Reading
from .network import Network, Timeouts
from .program import named_job
from .resources import MacroPage, TicketPage, ViewCount, mark_of
from .values import UNREADABLE, read_id, read_restriction, read_time
from .walk import MOST_RECORDS, Walk, gathered
from .watcher import Watcher
from .zendesk_jobs import Result, ZendeskJob

__all__ = [
    "MOST_RECORDS",
    "UNREADABLE",
    "Anonymous",
    "ApiToken",
    "Ask",
    "BadRequest",
    "Budget",
    "Client",
    "Conflict",
    "Credentials",
    "Endless",
    "Forbidden",
    "Invalid",
    "InvalidEndpoint",
    "Leash",
    "LocalBudget",
    "MacroPage",
    "MemoryTokenStore",
    "Network",
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
    "Walk",
    "Watcher",
    "ZendeskError",
    "ZendeskJob",
    "account_of",
    "dropped_keys",
    "gathered",
    "mark_of",
    "named_job",
    "read_id",
    "read_restriction",
    "read_time",
]
