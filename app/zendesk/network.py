"""How long a request may take, and which way it leaves the network."""

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, between two pieces of the answer, and for everything together.

    What `total` leaves beside `read` is the time within which the first byte of the request must have left;
    later it is not sent at all, so that a request that waited too long for a connection does not write late.
    """

    connect: float = 3.05
    read: float = 10.0
    total: float = 13.0

    def __post_init__(self) -> None:
        if not 0 < self.read < self.total:
            raise ValueError("The total timeout must be longer than the read timeout.")

    @property
    def send_within(self) -> float:
        return self.total - self.read

    def within(self, seconds: float) -> "Timeouts":
        """The same, but so many seconds for everything at most."""
        if seconds >= self.total:
            return self
        return Timeouts(min(self.connect, seconds), min(self.read, 0.9 * seconds), seconds)


@dataclass(frozen=True)
class Sending:
    """When the deadline of a request began (time.monotonic), and how long it may take."""

    started: float
    timeouts: Timeouts


@dataclass(frozen=True)
class Network:
    """The way out of a company's network: a proxy for https, hosts that need none, certificates to trust instead."""

    proxy: str = field(default="", repr=False)
    no_proxy: str = ""
    ca_bundle: str = ""

    def proxies(self, url: str) -> dict[str, str]:
        """What requests wants to hear for this address; nothing is taken from the environment."""
        return {"https": self.proxy} if self.proxy and not self._needs_none(url) else {}

    def _needs_none(self, url: str) -> bool:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        named = (entry for entry in self.no_proxy.replace(",", " ").lower().split())
        return any(_covers(entry, host, f"{host}:{parts.port or 443}") for entry in named)


def _covers(entry: str, host: str, with_port: str) -> bool:
    """Whether an entry of NO_PROXY means this host: `*`, a name with all below it, an address, or a network."""
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        name = entry.removeprefix("*").removeprefix(".")
        return entry == "*" or (bool(name) and (host == name or host.endswith(f".{name}") or with_port == name))
