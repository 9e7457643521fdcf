"""Tag Manager: add and remove tags on every ticket of a view."""

from __future__ import annotations

from app.tickets.tags import REASONS
from app.tools.tag_manager.operation import TagOperation
from app.tools.tag_manager.parameters import TagParameters
from app.tools.tag_manager.routes import bp
from app.tools.tag_manager.snapshot import read_snapshot
from app.tools.tag_manager.wording import sentence, warnings
from app.tools.tool import JobKind, Tool

tool = Tool(
    slug="tag-manager",
    title="Tag Manager",
    summary="Add or remove tags on every ticket of a view.",
    icon="tags",
    roles=frozenset({"admin", "agent"}),
    bp=bp,
    jobs=JobKind(
        parameters=TagParameters,
        operation=TagOperation.of,
        sentence=sentence,
        preview_template="tag_manager/preview.html",
        snapshot=read_snapshot,
        warnings=warnings,
        reasons=REASONS,
        task="app.tasks.zendesk_tasks.tag_tickets_async",
    ),
)
