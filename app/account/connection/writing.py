"""The seat belts: whether anything may be written to Zendesk now, and who says no."""

from __future__ import annotations

from dataclasses import dataclass

from app.account.connection import settings
from app.settings import store
from app.zendesk import account_of

STOP = "stop_writing"
ON, OFF, STOPPED = "ON", "OFF", "stopped"


@dataclass(frozen=True)
class Hold:
    """Nothing may be written now: what a running job waits for, and why a new one is refused, if it is."""

    waits_for: str
    refusal: str | None = None


RELEASE = Hold("an admin to let writing go on: all writing is stopped")


def state() -> str:
    """ON, OFF (the account is read-only) or STOPPED, for the account in force."""
    if stopped():
        return STOPPED
    now = settings.current()
    return OFF if now and not now.writing else ON


def stopped() -> bool:
    """Whether an admin has stopped all writing."""
    return bool(store.get(STOP, False))


def hold() -> Hold | None:
    """What keeps a job from writing now, as the database has it; None when nothing does."""
    if stopped():
        return RELEASE
    now = settings.current()
    if now is None or now.writing:
        return None
    host = account_of(now.zendesk.base_url)
    return Hold(
        f"an admin to turn writing on for {host}",
        f"{host} is read-only here: dry runs work, changes do not. An admin can turn writing on under Connection.",
    )
