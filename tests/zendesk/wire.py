"""A server on a real socket that answers from a script, also in ways that no web framework would."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    """One request as it came in; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def content(self) -> Any:
        return json.loads(self.body)


Script = bytes | Callable[[socket.socket, threading.Event], None]
Responder = Callable[[Received], Script]


def reply(
    content: Any = None, status: int = 200, headers: dict[str, str] | None = None, *, text: str | None = None
) -> bytes:
    """An ordinary answer: JSON, or `text` as it is."""
    body = (json.dumps(content) if text is None else text).encode()
    kind = "application/json" if text is None else "text/html"
    lines = {"Date": formatdate(usegmt=True), "Content-Type": kind, "Content-Length": str(len(body))} | (headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body


def reset(sock: socket.socket, _: threading.Event) -> None:
    """Ends the connection with a TCP reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def silence(_: socket.socket, done: threading.Event) -> None:
    """No answer until the test is done."""
    done.wait()


def cut(answer: bytes, left_out: int = 10) -> Script:
    """The answer without its last bytes, then the end of the connection."""

    def send(sock: socket.socket, _: threading.Event) -> None:
        sock.sendall(answer[:-left_out])
        sock.close()

    return send


def trickle(pieces: Iterable[bytes], pause: float = 0.02) -> Script:
    """The pieces one by one, until they are out or the test is done."""

    def send(sock: socket.socket, done: threading.Event) -> None:
        for piece in pieces:
            if done.wait(pause):
                return
            try:
                sock.sendall(piece)
            except OSError:
                return

    return send


class Wire:
    """Serves on 127.0.0.1; one script per request, in order, or whatever `responder` makes of the request."""

    def __init__(self, *scripts: Script, responder: Responder | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.received: list[Received] = []
        self.done = threading.Event()
        self._scripts = list(scripts)
        self._responder = responder or self._next_script
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        # A blocked accept() does not notice close(); shutdown() wakes it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for sock in self._open:
            sock.close()

    @property
    def connections(self) -> int:
        """How many have been made so far."""
        return len(self._open)

    def _accept(self) -> None:
        while not self.done.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(sock)
            threading.Thread(target=self._converse, args=(sock,), daemon=True).start()

    def _converse(self, sock: socket.socket) -> None:
        if self._tls:
            try:
                sock = self._tls.wrap_socket(sock, server_side=True)
            except OSError:
                return
            self._open.append(sock)
        reader = sock.makefile("rb")
        try:
            while request := _read(reader):
                with self._lock:
                    self.received.append(request)
                    script = self._responder(request)
                if callable(script):
                    script(sock, self.done)
                    return
                sock.sendall(script)
        except (OSError, ValueError):
            return
        finally:
            reader.close()
            sock.close()

    def _next_script(self, request: Received) -> Script:
        return self._scripts.pop(0) if self._scripts else reply({"error": "NotInTheScript"}, 418)


def _read(reader: Any) -> Received | None:
    first = reader.readline().decode()
    if not first:
        return None
    method, target, _ = first.split(" ", 2)
    headers = {}
    while line := reader.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Received(method, target, headers, reader.read(int(headers.get("content-length", 0))))
