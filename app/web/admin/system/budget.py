"""The last hour of the rate budget as a picture: a bar for each minute, and the same in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from app.account.connection.gauge import BudgetView, Minute
from app.presentation import plural

MINUTES, WINDOW = 60, 60.0
HEIGHT = 100.0  # of the picture, as per cent of the limit
STEP = 10.0  # from bar to bar


@dataclass(frozen=True)
class Block:
    """A rectangle: who made the requests that it stands for, and where it is."""

    who: str  # jobs, people or others
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Picture:
    """What the page shows: the running minute as a gauge, the hour up to it as blocks."""

    view: BudgetView
    reserve: float
    blocks: tuple[Block, ...]

    @property
    def reserve_line(self) -> float:
        """How far from the top background work stops."""
        return HEIGHT * self.reserve

    @property
    def sentence(self) -> str:
        """The hour in words, for those who do not see the picture, too."""
        hour = self.view.hour
        if not hour:
            return "No request to Zendesk in the hour before this minute is on record."
        busiest = max(hour, key=lambda minute: minute.used)
        return (
            f"In the last hour {plural(sum(each.jobs for each in hour), 'request')} by jobs, "
            f"{sum(each.people for each in hour):,} by people and {sum(each.others for each in hour):,} by other "
            f"programs; at most {busiest.used:,} of {busiest.limit:,} in a minute. Ours waited "
            f"{plural(sum(each.waits for each in hour), 'time')}, and Zendesk refused "
            f"{plural(sum(each.refused for each in hour), 'of them', 'of them')} (429)."
        )


def picture(view: BudgetView | None, reserve: float) -> Picture | None:
    """The picture of a budget; None when there is none."""
    if view is None:
        return None
    blocks = (block for minute in (*view.hour, view.minute) for block in _bar(minute, view.minute.ends))
    return Picture(view, reserve, tuple(blocks))


def _bar(minute: Minute, newest: float) -> list[Block]:
    """The blocks of a minute, one on the other; none when it is not of this hour."""
    slot = MINUTES - 1 - round((newest - minute.ends) / WINDOW)
    top, blocks = HEIGHT, []
    for who in ("others", "jobs", "people"):
        height = min(top, HEIGHT * getattr(minute, who) / max(1, minute.limit))
        top -= height
        if height and 0 <= slot < MINUTES:
            blocks.append(Block(who, slot * STEP, round(top, 2), round(height, 2)))
    return blocks
