"""Apply Macro to View: one macro on every ticket of a view."""

from __future__ import annotations

from app.tools.apply_macro import snapshot, undo, wording
from app.tools.apply_macro.briefing import briefing
from app.tools.apply_macro.operation import MacroOperation
from app.tools.apply_macro.parameters import MacroParameters
from app.tools.apply_macro.routes import SLUG, bp
from app.tools.apply_macro.shown import changes, told, warnings
from app.tools.tool import JobKind, Tool, Undo

tool = Tool(
    slug=SLUG,
    title="Apply Macro to View",
    summary="Apply one macro to every ticket of a view, previewed as the customer would read it.",
    icon="send",
    roles=frozenset({"admin"}),
    bp=bp,
    jobs=JobKind(
        parameters=MacroParameters,
        filled=lambda parameters: {"macro": parameters.get("macro_id")},
        operation=MacroOperation.of,
        sentence=wording.sentence,
        preview_template="apply_macro/preview.html",
        snapshot=snapshot.read_snapshot,
        changes=changes,
        told=told,
        warnings=warnings,
        reasons=wording.REASONS,
        undo=Undo(undo.snapshot, undo.operation),
        briefing=briefing,
        task="app.tasks.zendesk_tasks.apply_macro_async",
    ),
)
