"""One request to Zendesk, before anything is known about how it will go."""

import zlib
from dataclasses import dataclass, field
from typing import Any

ME_PATH = "/api/v2/users/me"
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
    def name(self) -> str:
        """Method and path, with ids: what a person is told. The query may hold customers' words."""
        return f"{self.method} {self.path}"

    @property
    def key(self) -> str:
        """Tells the request from those with another query, without showing it."""
        return f"{self.name} {zlib.crc32(repr(sorted(self.query.items())).encode()):08x}" if self.query else self.name

    @property
    def bucket(self) -> str:
        return self.own_bucket or self.route
