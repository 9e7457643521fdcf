"""Reads lists to their end, however the account pages them, and asks for many records without losing all to one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from .answers import Answer
from .core import Core
from .errors import BadRequest, Endless, Invalid, InvalidEndpoint, NotFound
from .walk import MOST_RECORDS, Walk

T = TypeVar("T")

PAGE_SIZE = 100
"""The most that Zendesk gives on one page."""

LIST_SECONDS, PERSONS_LIST_SECONDS = 600.0, 10.0
"""How long a list may take, for a job and for a person who waits."""

OFFSET = "page="
"""How the mark of a page begins that is counted, and not behind a cursor."""

NEVER_EMPTY = frozenset({"audits"})
"""Lists that always have an entry: a ticket's first audit is its creation."""

OFFSET_PARTS = ("page", "per_page")
MOST_HALVES = 200
"""Requests for one set of ids; each id alone, and all the halves on the way there, are 199."""


class Lists(Core):
    """A client that knows Zendesk's ways of giving many records."""

    def pages(
        self, path: str, key: str, query: dict[str, str] | None = None, *, most: int = MOST_RECORDS
    ) -> Iterator[dict[str, Any]]:
        """Every record of a list, each once, page by page as they are needed.

        Stops on `has_more`, never on the links, which are filled in on the last page too; a list without `meta` is
        whole when its `next_page` is null, and counted page by page when that names another page of the same list.
        Raises Endless, after what came until then, for a list that has more than `most` records, whose pages turn in a
        circle or bring nothing new, or that takes too long; and what any GET raises.
        """
        answer = self._page(path, None, query)
        walk = self._walk(answer, most)
        while True:
            yield from walk.fresh(answer.objects(key))
            after = self._after(answer, key)
            walk.go_on(after)
            if after is None:
                return
            answer = self._page(path, after, query)

    def _walk(self, answer: Answer, most: int) -> Walk:
        seconds = LIST_SECONDS if self._background else PERSONS_LIST_SECONDS
        return Walk(answer.request.route, most=most, seconds=seconds, facts=answer.facts(maybe_applied=False))

    def _page(self, path: str, after: str | None, query: dict[str, str] | None = None) -> Answer:
        """The page at the mark `after`; the first one when it is None."""
        if after is not None and after.startswith(OFFSET):
            # A cursor's page[size] beside a counted page is refused as a contradiction.
            return self._get(path, {**(query or {}), **dict(parse_qsl(after))})
        cursor = {} if after is None else {"page[after]": after}
        return self._get(path, {**(query or {}), "page[size]": str(PAGE_SIZE), **cursor})

    def _after(self, answer: Answer, key: str, *, whole: bool = True) -> str | None:
        """The mark of the page that follows; None after the last.

        An answer that does not say whether there is more is an error, for taking it for the end would lose records: but
        where `whole` lists come without any such word, as the audits of an archived ticket do, one that is no full page
        is complete.
        """
        content = answer.content
        if content.get("meta") is not None:
            return _next_cursor(answer)
        if "next_page" in content:
            link = content["next_page"]
            return None if link is None else self._counted(answer, link)
        count, found = content.get("count"), len(answer.records(key))
        if isinstance(count, int) and not isinstance(count, bool):
            if count > found:
                raise answer.unreadable(f"{found} of {count} records, and no next page")
            return None
        if whole and found != PAGE_SIZE and (found or key not in NEVER_EMPTY):
            return None
        raise answer.unreadable("no has_more and no next_page")

    def _counted(self, answer: Answer, link: Any) -> str:
        """The mark of the page that a link names; only a page of the same list, at the account that was asked."""
        try:
            parts, own = urlsplit(link), urlsplit(self._base_url)
        except (ValueError, TypeError, AttributeError):
            raise answer.unreadable("a next_page that is no address") from None
        paths = {own.path + answer.request.path, answer.request.path}
        same = parts.netloc.lower() == own.netloc.lower() and parts.path.removesuffix(".json") in paths
        query = dict(parse_qsl(parts.query)) if same else {}
        if not query.get("page", "").isdecimal():
            raise answer.unreadable("a next_page that is none of this list")
        return urlencode({name: query[name] for name in OFFSET_PARTS if name in query})

    def _many(self, ids: Sequence[T], ask: Callable[[Sequence[T]], Answer]) -> list[Answer]:
        """The answers about some ids: one, or several where a single id makes Zendesk refuse all of them.

        Then it is left out of the answers, as one that does not exist is. Raises what Zendesk says when it takes none,
        and what a gateway says when nothing passes it.
        """
        waiting, answers, asked = [ids], [], 0
        while waiting:
            some = waiting.pop()
            asked += 1
            try:
                answers.append(ask(some))
            except (NotFound, Invalid, BadRequest) as error:
                if isinstance(error, InvalidEndpoint) or asked >= MOST_HALVES:
                    raise
                if len(some) > 1:
                    waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
                elif not answers and not waiting and (error.by_gateway or not isinstance(error, NotFound)):
                    raise  # none of them passed: it is not one id that is refused
        return answers


def _next_cursor(answer: Answer) -> str | None:
    """Where the next page of a cursor-paginated list begins."""
    meta = answer.content["meta"]
    if not isinstance(meta, dict) or not isinstance(meta.get("has_more"), bool):
        raise answer.unreadable("no has_more")
    if not meta["has_more"]:
        return None
    after = meta.get("after_cursor")
    if not isinstance(after, str) or not after:
        raise answer.unreadable("has_more without a cursor")
    if after == answer.request.query.get("page[after]"):
        raise Endless(
            f"{answer.request.route} was given up: its pages go round in circles, the same cursor twice",
            why="its pages go round in circles",
            **answer.facts(maybe_applied=False),
        )
    return after
