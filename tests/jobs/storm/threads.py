"""The threads of a turn, run by hand: one request at a time, in an order of chance, while the turn waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextvars import ContextVar
from functools import partial
from itertools import count
from random import Random
from typing import Any, NamedTuple

_serial = count()
started: ContextVar[float] = ContextVar("started")
"""When the request that runs now was started: in truth those that were started together leave together."""


class Crash(BaseException):
    """The process of a driver ends here."""


class Call(Future[Any]):
    """A request that a turn has started and that nobody has run yet."""

    def __init__(self, pool: Threads, call: Callable[[], Any]) -> None:
        super().__init__()
        self.serial = next(_serial)
        self._pool, self._call = pool, call

    def run(self) -> None:
        self._pool.calls.remove(self)
        try:
            self.set_result(self._call())
        except Crash:
            raise
        except BaseException as error:
            self.set_exception(error)


class Threads:
    """Stands for the ThreadPoolExecutor of one turn."""

    def __init__(self, **_: Any) -> None:
        self.calls: list[Call] = []

    def submit(self, call: Callable[..., Any], *args: Any) -> Call:
        self.calls.append(Call(self, partial(call, *args)))
        return self.calls[-1]

    def shutdown(self, **_: Any) -> None:
        self.calls.clear()

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def outlive(self, chance: Random) -> None:
        """The process ends: of the requests that its threads were about to send some have left by then."""
        for call in list(self.calls):
            if chance.random() < 0.5:
                call.run()


class Waited(NamedTuple):
    """What `concurrent.futures.wait` returns."""

    done: set[Future[Any]]
    not_done: set[Future[Any]]


def wait(chance: Random, futures: Iterable[Future[Any]], **_: Any) -> Waited:
    """Stands for `concurrent.futures.wait`: runs one of the requests, unless one has its answer."""
    pending = set(futures)
    if not any(future.done() for future in pending):
        chance.choice(sorted((each for each in pending if isinstance(each, Call)), key=lambda each: each.serial)).run()
    done = {future for future in pending if future.done()}
    return Waited(done, pending - done)
