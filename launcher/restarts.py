"""When a program that died is started again, and when that is given up."""

from __future__ import annotations

from dataclasses import dataclass

QUICK = 30.0  # seconds: a program that lived longer than this died of something new
MOST_QUICK_DEATHS = 5
LONGEST_WAIT = 15.0


@dataclass
class Restarts:
    """The deaths of one program."""

    quick_deaths: int = 0

    def wait_after(self, lived: float) -> float | None:
        """Seconds to wait before the next start of a program that lived so many seconds; None: give up."""
        self.quick_deaths = self.quick_deaths + 1 if lived < QUICK else 1
        if self.quick_deaths >= MOST_QUICK_DEATHS:
            return None
        return min(2.0 ** (self.quick_deaths - 1), LONGEST_WAIT)
