"""The API's resources, one module each."""

from __future__ import annotations

from flask import Flask

from . import (
    account,
    control,
    forms,
    job_statuses,
    macros,
    oauth,
    people,
    previews,
    search,
    tags,
    ticket_fields,
    ticket_history,
    ticket_tags,
    tickets,
    triggers,
    update_many,
    views,
)


def mount(app: Flask) -> None:
    """Register every resource."""
    for module in (oauth, account, people, views, tags, ticket_fields, forms, macros, job_statuses, control):
        app.register_blueprint(module.bp)
    for module in (tickets, search, ticket_tags, update_many, ticket_history, previews, triggers):
        app.register_blueprint(module.bp)
