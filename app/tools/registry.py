"""The tools, in the order of the navigation. A new one is a folder and a line here; see `app/tools/tool.py`."""

from __future__ import annotations

from app.tools import apply_macro, macro_search, tag_manager
from app.tools.tool import Tool

TOOLS: list[Tool] = [
    macro_search.tool,
    apply_macro.tool,
    tag_manager.tool,
]
