"""The API's resources, one module each."""

from __future__ import annotations

from flask import Flask

from . import (
    account,
    job_statuses,
    macros,
    oauth,
    people,
    tags,
    ticket_fields,
    ticket_history,
    tickets,
    update_many,
    views,
)


def mount(app: Flask) -> None:
    """Register every resource."""
    for module in (
        oauth,
        account,
        people,
        views,
        tickets,
        update_many,
        ticket_history,
        job_statuses,
        tags,
        ticket_fields,
        macros,
    ):
        app.register_blueprint(module.bp)
