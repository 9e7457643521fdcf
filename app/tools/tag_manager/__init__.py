"""Tag Manager: add and remove tags on every ticket of a view."""

from __future__ import annotations

from app.tools.confirming import must_type
from app.tools.tag_manager import undo
from app.tools.tag_manager.own import operation_of, own_tags
from app.tools.tag_manager.parameters import TagParameters
from app.tools.tag_manager.routes import bp
from app.tools.tag_manager.snapshot import read_snapshot
from app.tools.tag_manager.wording import REASONS, filled, sentence, told, warnings
from app.tools.tool import JobKind, Tool, Undo

tool = Tool(
    slug="tag-manager",
    title="Tag Manager",
    summary="Add or remove tags on every ticket of a view.",
    icon="tags",
    roles=frozenset({"admin", "agent"}),
    bp=bp,
    jobs=JobKind(
        parameters=TagParameters,
        operation=operation_of,
        own_tags=own_tags,
        sentence=sentence,
        told=told,
        filled=filled,
        preview_template="tag_manager/preview.html",
        snapshot=read_snapshot,
        warnings=warnings,
        reasons=REASONS,
        undo=Undo(undo.snapshot, undo.operation),
        briefing=lambda job: {"must_type": must_type(job)},
        must_type=must_type,
        task="app.tasks.zendesk_tasks.tag_tickets_async",
    ),
)
