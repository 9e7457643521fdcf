"""The requests of a turn that are out, each with what becomes of its answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from app import zendesk as zd
from app.jobs.engine.pacing import Gate
from app.jobs.engine.trouble import Impossible, note
from app.jobs.engine.turn import Turn


@dataclass
class Requests:
    """All of them pass one gate; writes pass one more."""

    turn: Turn
    gate: Gate
    writes: Gate = field(init=False)  # shut while there is no free slot for a Zendesk job
    impossible: Impossible | None = None  # why the job cannot go on
    _out: dict[Future[Any], Callable[[Future[Any]], None]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.writes = Gate(self.turn.clock, patience=self.gate.patience, timing=self.turn.timing)

    def __bool__(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._out)

    def ask(self, call: Callable[[], Any], then: Callable[[Future[Any]], None]) -> None:
        """Begin a request; its answer goes to `then`, in the turn's own thread."""
        self._out[self.turn.start(call)] = then

    def wait(self, seconds: float) -> None:
        """Wait for answers, for so many seconds at most, and take those that came."""
        for future in self.turn.wait_for(self._out, seconds):
            self._out.pop(future)(future)

    def note(self, error: zd.ZendeskError, gate: Gate | None = None) -> None:
        """Shut the gate for as long as the trouble suggests; the job ends where waiting does not help."""
        try:
            note(gate or self.gate, error)
        except Impossible as impossible:
            self.impossible = impossible
