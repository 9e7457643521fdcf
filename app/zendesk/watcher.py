"""Who may look on while requests are made: for numbers, not for decisions."""

from typing import Protocol

from .limits import Reading


class Watcher(Protocol):
    """Is told of each request; must be thread-safe, quick, and not raise."""

    def answered(self, route: str, status: int | None, seconds: float, account: Reading | None) -> None:
        """A request was answered, or not (status None); `account` is the rate limit that the answer told."""
        ...

    def waited(self, reason: str, seconds: float) -> None:
        """A request had to wait: for the "rate limit", or to be sent "again"."""
        ...

    def refused(self) -> None:
        """Our credentials were refused for good: also with another token, where there are tokens."""
        ...


class NobodyWatches:
    """The watcher of a client whose answers are not watched."""

    def answered(self, route: str, status: int | None, seconds: float, account: Reading | None) -> None:
        pass

    def waited(self, reason: str, seconds: float) -> None:
        pass

    def refused(self) -> None:
        pass
