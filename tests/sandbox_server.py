"""Serves a sandbox, or any WSGI app, on a real free port for the time of a test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from app.sandbox.server import SandboxServer


@contextmanager
def serve(app: Callable[..., Iterable[bytes]], port: int = 0) -> Iterator[str]:
    """The base URL of `app`, served by threads over HTTP/1.1 with keep-alive; on leaving, every connection ends.

    With the `port` of an earlier server the address stays, as after a restart.
    """
    server: Any = SandboxServer("127.0.0.1", port, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()
        server.close()
