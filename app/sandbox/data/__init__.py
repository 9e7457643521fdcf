"""The demo data: one invented company, made from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..config import SandboxConfig
from ..fields import Fields
from ..forms import CustomStatus, TicketForm
from ..macros import Macro
from ..people import People
from ..tickets import Ticket
from ..triggers import Trigger
from ..views import View
from .company import build_fields, build_people, other_clients
from .forms import build_forms, build_statuses
from .macros import DYNAMIC_CONTENT, build_macros
from .tickets import Writer
from .triggers import build_triggers
from .views import build_views


@dataclass(frozen=True)
class HelpDesk:
    """Everything that the company has at the start, each by its id; tickets ascending."""

    people: People
    fields: Fields
    tickets: dict[int, Ticket]
    views: dict[int, View]
    macros: dict[int, Macro]
    triggers: dict[int, Trigger]
    forms: dict[int, TicketForm]
    custom_statuses: dict[int, CustomStatus]
    dynamic_content: dict[str, dict[str, str]]
    other_clients: dict[str, str]


def build(config: SandboxConfig, born: float) -> HelpDesk:
    """The help desk of `config.seed` with `config.tickets` tickets, whose dates lead up to `born`."""
    people = build_people(config, born, _chance(config, "people"))
    fields = build_fields()
    tickets = Writer(people, fields, config.tickets, _chance(config, "tickets")).tickets()
    views = build_views(people, fields, config.email)
    macros, triggers = build_macros(people, fields), build_triggers(people)
    forms, statuses = build_forms(people, fields), build_statuses()
    own = (forms, statuses, DYNAMIC_CONTENT, other_clients(people))
    return HelpDesk(people, fields, tickets, views, macros, triggers, *own)


def _chance(config: SandboxConfig, part: str) -> random.Random:
    return random.Random(f"{config.seed} {part}")  # noqa: S311 - repeats with the seed
