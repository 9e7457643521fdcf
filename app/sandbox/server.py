"""Serves the sandbox on a real port: threads, HTTP/1.1 with keep-alive, no line per request."""

from __future__ import annotations

import socket
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from typing import IO, TYPE_CHECKING, Any, cast
from wsgiref.handlers import SimpleHandler
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

SOCKET = "sandbox.socket"  # in the WSGI environment: what a fault resets


class KeepAliveHandler(WSGIRequestHandler):
    """Answers one request after the other on a connection; wsgiref's own handler, and Werkzeug's, end it after one."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for the acknowledgement of its headers

    @property
    def app(self) -> WSGIApplication:
        assert isinstance(self.server, SandboxServer)  # noqa: S101 - who else
        return self.server.app

    def handle(self) -> None:
        try:
            BaseHTTPRequestHandler.handle(self)
        except OSError:  # the other side is gone, or a fault took the socket away
            self.close_connection = True

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        environ = {**self.get_environ(), SOCKET: self.connection}
        answer = Answer(
            self.rfile, cast("IO[bytes]", self.wfile), sys.stderr, environ, multithread=True, multiprocess=False
        )
        answer.run(self.app)
        self.close_connection = self.close_connection or answer.ends_with_connection

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the ledger has it."""


class Answer(SimpleHandler):
    """One answer. The app says how long it is and what time it is."""

    http_version = "1.1"
    server_software = None
    origin_server = True
    result: Any  # what the app gave, until it is closed
    headers: Any
    ends_with_connection = False

    def run(self, application: WSGIApplication) -> None:
        """Answer; what the app gave is closed also when the client went away, which wsgiref leaves open."""
        try:
            super().run(application)
        finally:
            close = getattr(self.result, "close", None)
            if close:
                close()

    def send_headers(self) -> None:
        """An answer whose length is unknown, such as a streamed one, ends where the connection does."""
        self.cleanup_headers()
        if "Content-Length" not in self.headers:
            self.ends_with_connection = True
            self.headers["Connection"] = "close"
        super().send_headers()

    def log_exception(self, exc_info: Any) -> None:
        """Nothing: a fault ends connections on purpose."""

    def error_output(self, environ: Any, start_response: Any) -> Any:
        raise ConnectionResetError


class SandboxServer(socketserver.ThreadingMixIn, WSGIServer):
    """A threaded server that knows its connections, so that it can end them."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: WSGIApplication) -> None:
        """Bind and listen; `port` 0 takes a free one.

        :raises OSError: when the port is taken.
        """
        self.app = app
        self.connections: set[socket.socket] = set()
        super().__init__((host, port), KeepAliveHandler)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]}:{self.server_address[1]}"

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def close(self) -> None:
        """Stop listening and end every connection, also those that are idle; after `serve_forever` has returned."""
        self.server_close()
        for connection in tuple(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.connections.discard(connection)
