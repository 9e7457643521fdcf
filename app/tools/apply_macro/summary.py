"""What a dry run of a macro found, for its page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.jobs.operation import Planned
from app.zendesk import Client

if TYPE_CHECKING:
    from app.tools.apply_macro.operation import MacroOperation


def summarise(operation: MacroOperation, client: Client, planned: Iterable[Planned]) -> dict[str, Any]:
    """Counts."""
    return {}
