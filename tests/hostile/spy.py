"""Learns which parameters each address reads, so that new ones are covered by themselves."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flask import Flask, Request, has_request_context, request
from werkzeug.datastructures import ImmutableMultiDict

NOT_READ = ("csrf_token",)


class Spy:
    """The names that views have asked for, by endpoint: in the query or, for a form, in the body."""

    def __init__(self, app: Flask) -> None:
        self.names: dict[str, set[str]] = defaultdict(set)
        spy = self

        class Noted(ImmutableMultiDict[str, Any]):
            def __getitem__(self, key: str) -> Any:
                spy.note(key)
                return super().__getitem__(key)

            def __contains__(self, key: object) -> bool:
                spy.note(key)
                return super().__contains__(key)

            def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
                spy.note(key)
                return super().get(key, *args, **kwargs)

            def getlist(self, key: str, *args: Any, **kwargs: Any) -> list[Any]:
                spy.note(key)
                return super().getlist(key, *args, **kwargs)

        class NotedRequest(Request):
            parameter_storage_class = Noted

        app.request_class = NotedRequest

    def note(self, name: object) -> None:
        if has_request_context() and isinstance(name, str) and name not in NOT_READ:
            self.names[request.endpoint or ""].add(name)
