"""What processes count: each in files of its own, in the format of prometheus_client, which adds them up for reading.

The library's own metric objects choose at their import, by an environment variable, between one process and several;
Celery's command line imports the library (for Flower) before any code of ours runs. So the files are written here.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
import time
import weakref
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.utils import floatToGoString

log = logging.getLogger(__name__)

HOST = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())
INFINITY = float("inf")
ROOM = 1 << 20  # bytes of a file from its start


@dataclass(frozen=True)
class Counter:
    """Something that only grows."""

    name: str  # without the ending _total
    about: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Histogram:
    """Lengths of time; `buckets` are upper bounds in seconds."""

    name: str
    about: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...]


@dataclass(frozen=True)
class Latest:
    """A number of which the newest, of all processes, counts."""

    name: str
    about: str


ANSWERS = Histogram(
    "giga_http_request_seconds",
    "Time to answer a request to us.",
    ("route", "method", "status"),
    (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
ZENDESK_ANSWERS = Histogram(
    "giga_zendesk_request_seconds",
    "Time until Zendesk answered a request, or did not (status none); ids in routes are left out.",
    ("route", "status"),
    (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
ZENDESK_WAITS = Counter("giga_zendesk_waits", "Waits before a request to Zendesk.", ("reason",))
ZENDESK_WAITED = Counter("giga_zendesk_wait_seconds", "Seconds waited before requests to Zendesk.", ("reason",))
RATE_LIMIT = Latest("giga_zendesk_rate_limit", "Requests a minute that the account may make, as Zendesk said last.")
RATE_LEFT = Latest("giga_zendesk_rate_limit_remaining", "Requests left in that minute, as Zendesk said last.")


class Meter:
    """Counts into the files of this process below `folder`; thread-safe, also after a fork.

    Numbers never stop what they count: while the folder cannot be written, nothing is counted, and the log says so.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._begin()

    def count(self, what: Counter, *labels: str, by: float = 1.0) -> None:
        """Let a counter grow."""
        self._add("counter", [(_key(what, f"{what.name}_total", labels), by)])

    def observe(self, what: Histogram, seconds: float, *labels: str) -> None:
        """Note one length of time."""
        reached = next(bound for bound in (*what.buckets, INFINITY) if seconds <= bound)
        # All buckets, the others by nothing: a reader must find each of them from the first observation on.
        buckets = [
            (_key(what, f"{what.name}_bucket", labels, floatToGoString(bound)), float(bound == reached))
            for bound in (*what.buckets, INFINITY)
        ]
        self._add("histogram", [*buckets, (_key(what, f"{what.name}_sum", labels), seconds)])

    def set(self, what: Latest, value: float) -> None:
        """Note a number's newest value."""
        with self._lock_of_this_process():
            file = self._file("gauge_mostrecent")
            if file is not None:
                file.write_value(mmap_key(what.name, what.name, [], [], what.about), value, time.time())

    def close(self) -> None:
        """Close the files; what is counted from now on opens them again."""
        with self._lock_of_this_process():
            _close(self._files)

    def _add(self, kind: str, amounts: list[tuple[str, float]]) -> None:
        with self._lock_of_this_process():
            file = self._file(kind)
            if file is not None:
                for key, amount in amounts:
                    file.write_value(key, file.read_value(key)[0] + amount, 0.0)

    def _file(self, kind: str) -> MmapedDict | None:
        if kind not in self._files and not self._broken:
            try:
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                file = self.folder / f"{kind}_{HOST}.{self._process}.db"
                _reserve(file)
                self._files[kind] = MmapedDict(str(file))
            except OSError as error:
                self._broken = True
                log.warning("nothing is counted for /metrics: %s cannot be written (%s)", self.folder, error.strerror)
        return self._files.get(kind)

    def _lock_of_this_process(self) -> threading.Lock:
        if self._process != os.getpid():
            self._begin()  # after a fork: the files are the parent's, and its lock may be held forever
        return self._lock

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._files: dict[str, MmapedDict] = {}
        self._broken = False
        weakref.finalize(self, _close, self._files)


def _close(files: dict[str, MmapedDict]) -> None:
    for file in files.values():
        file.close()
    files.clear()


def _reserve(file: Path) -> None:
    """Take room on the disk now: a mapped file without any would end the process when the disk is full."""
    with file.open("ab") as made:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(made.fileno(), 0, ROOM)


def _key(what: Counter | Histogram, sample: str, labels: tuple[str, ...], bound: str | None = None) -> str:
    le = ((), ()) if bound is None else (("le",), (bound,))
    return mmap_key(what.name, sample, [*what.labels, *le[0]], [*labels, *le[1]], what.about)
