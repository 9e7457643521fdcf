"""The tickets of a view, listed from its first page to its last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.account.cache import views
from app.account.cache.views import View
from app.account.cache.whose_eyes import may_use, offered
from app.auth.models import User
from app.jobs.sources.base import Found, Id, Listing, Option, Page, SourceGone, SourceRefused, TicketSource
from app.zendesk import UNREADABLE, Client, NotFound

GONE = "The view is gone, or the Zendesk user we act as may no longer see it. Nothing was changed."


def _titles(user: User) -> Iterator[tuple[int, str]]:
    return ((view.id, view.title) for view in offered(user, views.views()))


class ViewTickets(TicketSource):
    """Those that a view holds while it is listed, as the Zendesk user sees it that we act as."""

    noun = "view"
    holds = "every ticket of a view"
    options = (Option("view", "view_id", "ID|TITLE", "The view whose tickets are meant.", titles=_titles),)

    view_id: Id

    @property
    def name(self) -> str:
        return f"view {self.view_id}"

    @property
    def form(self) -> Mapping[str, str]:
        return {"view": str(self.view_id)}

    def look_up(self, user: User) -> Found:
        view = views.view(self.view_id)
        if view is None or not may_use(user, view):
            raise no_view(self.view_id, view)
        return Found(view.title, view.current_user)

    def count(self, client: Client) -> int | None:
        known = views.view(self.view_id)
        return known.count if known and known.count_fresh else None

    def page(self, listing: Listing, after: str | None) -> Page:
        try:
            found = listing.client.view_tickets(self.view_id, after)
        except NotFound as error:
            if error.by_gateway:
                raise
            raise SourceGone(GONE) from error
        return Page(found.tickets, found.date, found.after, unreadable=found.unreadable)

    @property
    def unreachable(self) -> str | None:
        return "A view shows no ticket that Zendesk has archived, which it does 120 days after closing one."


def no_view(view_id: int, view: View | None) -> SourceRefused:
    """What is said of a view that is not there, or that this person may not use."""
    if view is not None and (view.restriction or {}).get("type") == UNREADABLE:
        why = "Who may use it cannot be read in Zendesk's answer, so only people who are admins in Zendesk may."
        return SourceRefused("view_not_found", f"View {view_id} cannot be used here. {why}", 404)
    return SourceRefused("view_not_found", f"There is no view {view_id} that the Zendesk user we act as may see.", 404)
