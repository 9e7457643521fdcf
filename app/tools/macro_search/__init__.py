"""Search Macros: find anything that a macro says or does."""

from __future__ import annotations

from app.tools.macro_search.routes import bp
from app.tools.tool import Tool

tool = Tool(
    slug="macro-search",
    title="Search Macros",
    summary="Find anything a macro says or does: words, tags, fields, links.",
    icon="search",
    roles=frozenset({"admin", "agent"}),
    bp=bp,
)
