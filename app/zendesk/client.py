"""The Zendesk resources that the tools and the job engine work with."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from app import numbers

from .answers import Answer
from .errors import RateLimited
from .lists import PAGE_SIZE, Lists
from .request import ME_PATH
from .resources import MacroPage, TicketPage, ViewCount, newest
from .values import read_time, with_ids
from .zendesk_jobs import ZendeskJob, read_zendesk_job

T = TypeVar("T")

MOST_IDS = 100
"""Ids or objects in one call of show_many and update_many (docs/zendesk.md, Changing tickets)."""

MOST_VIEWS = 5_000
"""Views of an account that are listed; pages show them all."""

MOST_COUNTS = 20
"""Ids in one call of views/count_many (docs/zendesk.md, Rate limits)."""

USAGE = {"include": "usage_7d,usage_30d"}
"""How often a macro was used; only on Support Professional, Suite Growth and higher (docs/zendesk.md, Macros)."""


class Client(Lists):
    """One Zendesk account, with its resources as methods.

    Every method raises the errors of `app.zendesk.errors`. Reads are repeated after a passing failure, writes never.
    Ids go in as integers and objects come out as Zendesk sent them, except where a class of ours is named.
    """

    def me(self) -> dict[str, Any]:
        """The user we act as.

        Raises Anonymous where Zendesk answers 200 to a stranger, also with a new OAuth token: it does so to one that
        was revoked.
        """
        answer = self._get(ME_PATH.removeprefix("/api/v2"))
        user = with_ids(answer.record("user"))
        if user.get("id") is None:
            raise answer.unreadable("no id of the user")
        return user

    def account_settings(self) -> dict[str, Any]:
        """The account's settings; an ordinary agent may get Forbidden (docs/zendesk.md, People and objects)."""
        return self._get("/account/settings").record("settings")

    def views(self) -> Iterator[dict[str, Any]]:
        """The active views that our user may see (docs/zendesk.md, Views)."""
        return self.pages("/views", "views", {"active": "true"}, most=MOST_VIEWS)

    def active_macros(self) -> Iterator[dict[str, Any]]:
        """The active macros that our user may see (docs/zendesk.md, Macros)."""
        return self.pages("/macros", "macros", {"active": "true"})

    def any_ticket(self) -> dict[str, Any] | None:
        """One of the tickets that our user may see; None when there is none."""
        return next(self.pages("/tickets", "tickets"), None)

    def view(self, view_id: int) -> dict[str, Any]:
        return with_ids(self._get(f"/views/{int(view_id)}").record("view"))

    def view_count(self, view_id: int) -> ViewCount:
        """The count of one view; five calls a minute for each view (docs/zendesk.md, Rate limits)."""
        path = f"/views/{int(view_id)}/count"
        return _view_count(self._get(path, bucket=f"GET {path}").record("view_count"))

    def view_counts(self, view_ids: Sequence[int]) -> dict[int, ViewCount]:
        """The counts of several views, by view id; 20 views a request, six requests a minute.

        See docs/zendesk.md, Rate limits.

        Views are absent when Zendesk left them out, or when the limit was reached after the first request.
        """
        counts: dict[int, ViewCount] = {}
        for ids in _batches(view_ids, MOST_COUNTS):
            try:
                answer = self._get("/views/count_many", {"ids": _joined(ids)})
            except RateLimited:
                if not counts:
                    raise
                break
            found = answer.objects("view_counts")
            counts |= {raw["view_id"]: _view_count(raw) for raw in found if raw.get("view_id") is not None}
        return counts

    def view_tickets(self, view_id: int, after: str | None = None) -> TicketPage:
        """Up to 100 tickets of a view, by ascending id, from the cursor `after` on.

        Not guaranteed: completeness while tickets enter or leave the view, for its cursor is an offset in disguise;
        nor the order, which Zendesk has been seen to drop (docs/zendesk.md, Views).
        """
        order = {"sort_by": "id", "sort_order": "asc"}
        answer = self._page(f"/views/{int(view_id)}/tickets", after, order)
        return _ticket_page(answer, self._after(answer, "tickets", whole=False))

    def tickets(self, ids: Sequence[int]) -> TicketPage:
        """Up to 100 tickets by id, in any order; those deleted or hidden from us are absent.

        See docs/zendesk.md, Changing tickets.

        So is one for which Zendesk refuses the whole request.
        """
        _at_most(ids, MOST_IDS)
        answers = self._many(ids, lambda some: self._get("/tickets/show_many", {"ids": _joined(some)}))
        pages = [_ticket_page(answer, None) for answer in answers]
        if len(pages) == 1 and not pages[0].unreadable:
            return pages[0]
        if any(page.unreadable for page in pages):
            raise answers[0].unreadable("a ticket without a readable id")
        tickets = [ticket for page in pages for ticket in page.tickets]
        return TicketPage(tickets, None, min((page.date for page in pages), default=0.0))

    def search_count(self, query: str) -> int:
        """How many tickets a query finds, by the index, which lags (docs/zendesk.md, Search).

        :raises Invalid: or BadRequest, when Zendesk cannot search for that.
        """
        path = "/search/count"
        answer = self._get(path, {"query": f"type:ticket {query}"}, bucket=f"GET {path}")
        count = answer.content.get("count")
        if type(count) is not int or count < 0:
            raise answer.unreadable("no count")
        return count

    def search_export(self, query: str, after: str | None = None) -> TicketPage:
        """Up to 100 tickets that a query finds, as the index knows them, from the cursor `after` on.

        No end at 1,000, archived ones too, by the time of their creation; a ticket may come on two pages, and the
        cursor lives for an hour (docs/zendesk.md, Search).

        :raises Invalid: or BadRequest, when Zendesk cannot search for that, or the cursor has expired.
        """
        path = "/search/export"
        asked = {"query": query, "filter[type]": "ticket", "page[size]": str(PAGE_SIZE)}
        if after is not None:
            asked["page[after]"] = after
        answer = self._get(path, asked, bucket=f"GET {path}")
        return _ticket_page(answer, self._after(answer, "results", whole=False), "results")

    def update_tickets(self, ids: Sequence[int], ticket: dict[str, Any]) -> ZendeskJob:
        """The same change to up to 100 tickets: the bulk form of update_many, sent once.

        See docs/zendesk.md, Changing tickets.

        The tickets are changed later, by the Zendesk job that is returned.
        """
        return self._update_many({"ticket": ticket}, {"ids": _joined(_at_most(ids, MOST_IDS))})

    def update_each(self, tickets: Sequence[dict[str, Any]]) -> ZendeskJob:
        """Each of up to 100 tickets its own change, with its `id`: the batch form of update_many, sent once."""
        return self._update_many({"tickets": list(_at_most(tickets, MOST_IDS))})

    def zendesk_job(self, job_id: str) -> ZendeskJob:
        """A Zendesk job; kept for about a day (docs/zendesk.md, Zendesk jobs), then NotFound."""
        return _zendesk_job(self._get(f"/job_statuses/{quote(job_id, safe='')}"))

    def zendesk_jobs(self, job_ids: Sequence[str]) -> dict[str, ZendeskJob]:
        """Zendesk jobs by id, 100 a request; those that Zendesk no longer knows are absent."""
        found: dict[str, ZendeskJob] = {}
        for ids in _batches(job_ids, MOST_IDS):
            for answer in self._many(ids, lambda some: self._get("/job_statuses/show_many", {"ids": ",".join(some)})):
                jobs = (read_zendesk_job(raw) for raw in answer.records("job_statuses"))
                found |= {job.id: job for job in jobs if job}
        return {job_id: found[job_id] for job_id in job_ids if job_id in found}

    def recent_zendesk_jobs(self) -> Iterator[ZendeskJob]:
        """The account's newest Zendesk jobs, of all integrations. A hint: that one is not listed proves nothing."""
        answer = self._page("/job_statuses", None)
        jobs = (read_zendesk_job(raw) for raw in answer.records("job_statuses"))
        return (job for job in jobs if job)

    def autocomplete_tags(self, prefix: str) -> list[str]:
        """Tags that begin with `prefix`; none for less than two characters (docs/zendesk.md, Tags and fields)."""
        if len(prefix) < 2:  # noqa: PLR2004 - Zendesk's own limit, said above
            return []
        answer = self._get("/autocomplete/tags", {"name": prefix})
        tags = answer.content.get("tags")
        if not isinstance(tags, list):
            raise answer.unreadable("no list of tags")
        return [tag for tag in tags if isinstance(tag, str)]

    def macros(self, after: str | None = None, *, usage: bool = True) -> MacroPage:
        """Up to 100 of the macros that our user may manage, inactive ones too, from the cursor `after` on.

        For an admin these are all macros of the account, other agents' personal ones included (docs/zendesk.md,
        Macros): a page that shows them must leave those out. `usage` adds `usage_7d` and `usage_30d`, which some plans
        refuse.
        """
        answer = self._page("/macros", after, USAGE if usage else None)
        return MacroPage(answer.objects("macros"), self._after(answer, "macros"))

    def macro(self, macro_id: int) -> dict[str, Any]:
        """One macro that our user may manage."""
        return with_ids(self._get(f"/macros/{int(macro_id)}").record("macro"))

    def macro_attachments(self, macro_id: int) -> list[dict[str, Any]]:
        """The files of a macro, five at most; applying it does not bring them along.

        See docs/zendesk.md, Applying a macro.
        """
        return self._get(f"/macros/{int(macro_id)}/attachments").objects("macro_attachments")

    def apply_macro(self, ticket_id: int, macro_id: int) -> dict[str, Any]:
        """The ticket as it would be after the macro, with a rendered `comment`; changes nothing.

        See docs/zendesk.md, Applying a macro.

        It is the whole ticket, other people's values included: never to be sent back as it is.
        """
        answer = self._get(f"/tickets/{int(ticket_id)}/macros/{int(macro_id)}/apply")
        ticket = answer.record("result").get("ticket")
        if not isinstance(ticket, dict):
            raise answer.unreadable("no ticket")
        return ticket

    def audits(self, ticket_id: int) -> Iterator[dict[str, Any]]:
        """Every audit of a ticket, page by page (docs/zendesk.md, Audits); needs the scope `read`.

        No order is asked for: Zendesk has been seen to drop one that comes with a cursor (docs/zendesk.md, Paging).
        """
        return self.pages(f"/tickets/{int(ticket_id)}/audits", "audits")

    def triggers(self) -> Iterator[dict[str, Any]]:
        """The account's triggers, inactive ones too; Forbidden to agents of some plans."""
        return self.pages("/triggers", "triggers")

    def macros_mark(self) -> str:
        """What `mark_of` says of the macros that our user may manage, in one small request."""
        answer = self._get("/macros", {"page": "1", "per_page": "1", "sort_by": "updated_at", "sort_order": "desc"})
        return f"{answer.content.get('count')} {newest(answer.records('macros'))}"

    def groups(self) -> Iterator[dict[str, Any]]:
        """The account's groups; deleted ones are absent."""
        return self.pages("/groups", "groups")

    def brands(self) -> Iterator[dict[str, Any]]:
        return self.pages("/brands", "brands")

    def ticket_forms(self) -> Iterator[dict[str, Any]]:
        """The ticket forms; NotFound or Forbidden on plans without them."""
        return self.pages("/ticket_forms", "ticket_forms")

    def custom_statuses(self) -> Iterator[dict[str, Any]]:
        """The account's own ticket statuses; NotFound or Forbidden where they are not switched on."""
        return self.pages("/custom_statuses", "custom_statuses")

    def ticket_fields(self) -> Iterator[dict[str, Any]]:
        """Every ticket field, with the options of drop-downs and the tags behind them."""
        return self.pages("/ticket_fields", "ticket_fields")

    def users(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """Users by id, 100 a request, in any order; unknown ones are absent."""
        found: list[dict[str, Any]] = []
        for batch in _batches(ids, MOST_IDS):
            for answer in self._many(batch, lambda some: self._get("/users/show_many", {"ids": _joined(some)})):
                found += answer.objects("users")
        return found

    def user_by_email(self, email: str) -> dict[str, Any] | None:
        """The user who has exactly this address, in whatever case; None when no user has."""
        found = self._get("/users/search", {"query": f"email:{email}"}).objects("users")
        return next((user for user in found if str(user.get("email")).lower() == email.lower()), None)

    def groups_of(self, user_id: int) -> list[int]:
        """The ids of the groups that an agent belongs to."""
        memberships = self.pages(f"/users/{int(user_id)}/group_memberships", "group_memberships")
        return [raw["group_id"] for raw in memberships if raw.get("group_id") is not None]

    def _update_many(self, body: dict[str, Any], query: dict[str, str] | None = None) -> ZendeskJob:
        return _zendesk_job(self._put("/tickets/update_many", body, query))


def _view_count(raw: dict[str, Any]) -> ViewCount:
    value = numbers.whole(raw.get("value"), 0, numbers.LARGEST_ROW)
    return ViewCount(value, raw.get("fresh") is True, read_time(raw.get("refreshed_at")))


def _ticket_page(answer: Answer, after: str | None, key: str = "tickets") -> TicketPage:
    if answer.date is None:
        # Without Zendesk's clock we cannot tell whether a stamp is old enough to be relied on.
        raise answer.unreadable("no Date header")
    found = answer.objects(key)
    tickets = [ticket for ticket in found if ticket.get("id") is not None]
    return TicketPage(tickets, after, answer.date, answer.warning, unreadable=len(found) - len(tickets))


def _zendesk_job(answer: Answer) -> ZendeskJob:
    job = read_zendesk_job(answer.content.get("job_status"), answer.warning)
    if job is None:
        raise answer.unreadable("no job_status")
    return job


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _at_most(items: Sequence[Any], most: int) -> Sequence[Any]:
    if not 0 < len(items) <= most:
        raise ValueError(f"One call takes 1 to {most} tickets, not {len(items)}.")
    return items


def _joined(ids: Sequence[int]) -> str:
    return ",".join(str(int(number)) for number in ids)
