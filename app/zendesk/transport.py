"""Sends one HTTP request and reads its answer, within a deadline that holds for the whole of it.

`requests` has a timeout per socket operation only: an answer that trickles in never ends. The connections made here
know the deadline of the exchange they work for, and whether a byte of its request has left this machine.
"""

import http.client
import io
import socket
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .network import Network, Timeouts

POOL_SIZE = 32
READ_BYTES = 64 * 1024
LARGEST_BODY = 32 * 1024 * 1024
DEEPEST = 20
"""Errors within one another that are looked at."""

PROXY_FAILED = "ProxyError"


class Exchange:
    """One request and its answer under way: when it must have been sent, when it must be over, whether it was sent."""

    def __init__(self, timeouts: Timeouts, started: float) -> None:
        self.timeouts = timeouts
        self.deadline = started + timeouts.total
        self.send_by = started + timeouts.send_within
        self.sent = False
        self.tunnelling = False  # talking to the proxy: nothing of the request itself is sent

    def left(self) -> float:
        """Seconds until the deadline; raises TimeoutError when it has passed."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the whole exchange took too long")
        return seconds

    def about_to_send(self) -> None:
        if not self.sent and time.monotonic() > self.send_by:
            raise TimeoutError("too late to send")
        self.sent = True


class NoAnswerError(Exception):
    """No whole answer: `reason` is a word for the log, `sent` False when surely nothing left this machine."""

    def __init__(self, reason: str, *, sent: bool, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.status = status


@dataclass(frozen=True)
class RawAnswer:
    """Status, headers and decoded body; `cut` when the body could not be read to its end."""

    status: int
    headers: CaseInsensitiveDict[str] = field(repr=False)
    body: bytes = field(repr=False)
    cut: str | None
    seconds: float


class Transport:
    """A pool of connections to one Zendesk account, shared by all threads; make a new one after a fork."""

    def __init__(self, timeouts: Timeouts, adapter: BaseAdapter | None = None, network: Network | None = None) -> None:
        self.timeouts = timeouts
        self._network = network or Network()
        self._adapter = adapter or _DeadlineAdapter()
        self._per_thread = threading.local()

    def send(self, prepared: requests.PreparedRequest, started: float, timeouts: Timeouts | None = None) -> RawAnswer:
        """Sends once; `started` (time.monotonic) is when the deadline began. Raises NoAnswerError."""
        exchange = Exchange(timeouts or self.timeouts, started)
        mark = _current.set(exchange)
        failure = None
        try:
            return self._send(prepared, exchange)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            failure = PROXY_FAILED if exchange.tunnelling or _is_of_proxy(error) else _root_cause(error)
        finally:
            _current.reset(mark)
        # Raised out here so that no traceback shows the URL and headers that the library's error carries.
        raise NoAnswerError(failure, sent=exchange.sent)

    def close(self) -> None:
        self._adapter.close()

    def _send(self, prepared: requests.PreparedRequest, exchange: Exchange) -> RawAnswer:
        began = time.monotonic()
        timeouts = exchange.timeouts
        limits = urllib3.Timeout(connect=timeouts.connect, read=timeouts.read, total=exchange.left())
        # A strange adapter cannot tell whether it sent and must be taken for one that did; ours takes this back.
        exchange.about_to_send()
        with self._session().send(
            prepared,
            stream=True,
            allow_redirects=False,
            proxies=self._network.proxies(prepared.url or ""),
            verify=self._network.ca_bundle or True,
            timeout=limits,  # pyright: ignore[reportArgumentType]
        ) as response:
            body, cut = _read_body(response, exchange)
            return RawAnswer(response.status_code, response.headers, body, cut, time.monotonic() - began)

    def _session(self) -> requests.Session:
        """This thread's session: no proxies and no certificates from the environment.

        Requests are prepared without it, so that they carry neither its cookies nor what a .netrc says.
        """
        session: requests.Session | None = getattr(self._per_thread, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.mount("http://", self._adapter)
            session.mount("https://", self._adapter)
            self._per_thread.session = session
        return session


def _read_body(response: requests.Response, exchange: Exchange) -> tuple[bytes, str | None]:
    """The body, and why it ended early if it did; the status is worth keeping even then."""
    body = bytearray()
    try:
        for piece in response.iter_content(READ_BYTES):
            body += piece
            if len(body) > LARGEST_BODY:
                return bytes(body), "too large"
            exchange.left()
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        return bytes(body), _root_cause(error)
    return bytes(body), None


def _is_of_proxy(error: BaseException | None) -> bool:
    """Whether the proxy failed, and not what lies behind it."""
    seen = 0
    while error is not None and seen < DEEPEST:
        if isinstance(error, requests.exceptions.ProxyError | urllib3.exceptions.ProxyError):
            return True
        error = next((part for part in _parts(error) if isinstance(part, BaseException)), None)
        seen += 1
    return False


def _root_cause(error: BaseException) -> str:
    """The kind of the innermost error, such as ConnectionRefusedError: its text may name hosts and queries."""
    while inner := next((part for part in _parts(error) if isinstance(part, BaseException)), None):
        error = inner
    return type(error).__name__


def _parts(error: BaseException) -> tuple[object, ...]:
    """Where requests and urllib3 keep the error they wrapped; not __context__, which may be the caller's own."""
    return (getattr(error, "reason", None), *error.args, error.__cause__)


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket, and sets its timeout before each piece to what is left of the exchange."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(min(self._exchange.left(), self._exchange.timeouts.read))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineSocket:
    """What http.client needs of a socket to read an answer."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self._reader = _DeadlineReader(sock, exchange)

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        exchange = _current.get()
        super().__init__(_DeadlineSocket(sock, exchange) if exchange else sock, *args, **kwargs)  # pyright: ignore[reportArgumentType]


class _KnowsWhetherSent:
    """Mixed into a connection: notes the moment from which a request may have been executed."""

    response_class = _DeadlineResponse

    def send(self, data: Any) -> None:
        exchange = _current.get()
        if self.sock is None:  # pyright: ignore[reportAttributeAccessIssue]
            self.connect()  # pyright: ignore[reportAttributeAccessIssue]
        if exchange and not exchange.tunnelling:
            exchange.about_to_send()
        super().send(data)  # pyright: ignore[reportAttributeAccessIssue]


class _Connection(_KnowsWhetherSent, HTTPConnection):
    pass


class _TlsConnection(_KnowsWhetherSent, HTTPSConnection):
    def _tunnel(self) -> None:
        """What goes to a proxy before it lets us through is no part of the request."""
        exchange = _current.get()
        if exchange:
            exchange.tunnelling = True
        super()._tunnel()  # pyright: ignore[reportAttributeAccessIssue]
        if exchange:
            exchange.tunnelling = False


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection  # pyright: ignore[reportAssignmentType]


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection  # pyright: ignore[reportAssignmentType]


class _DeadlineAdapter(HTTPAdapter):
    """The adapter that requests mounts: one urllib3 pool, no retries, connections that know their exchange."""

    def __init__(self) -> None:
        super().__init__(pool_connections=2, pool_maxsize=POOL_SIZE, max_retries=urllib3.Retry(0, read=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        if exchange := _current.get():
            exchange.sent = False
        return super().send(*args, **kwargs)
