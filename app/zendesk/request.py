"""One request to Zendesk, before anything is known about how it will go."""

from dataclasses import dataclass, field
from typing import Any

TOKEN_PATH = "/oauth/tokens"  # noqa: S105 - a path


@dataclass(frozen=True)
class Request:
    """What is asked of Zendesk; `bucket` is the name of its own rate limit."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict, repr=False)
    body: dict[str, Any] | None = field(default=None, repr=False)
    own_bucket: str | None = None

    @property
    def safe(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method == "GET" or self.path == TOKEN_PATH

    @property
    def route(self) -> str:
        """Method and path without ids: what logs, messages and rate limits go by."""
        segments = self.path.removeprefix("/api/v2").split("/")
        return f"{self.method} " + "/".join("{id}" if any(c.isdigit() for c in part) else part for part in segments)

    @property
    def bucket(self) -> str:
        return self.own_bucket or self.route
