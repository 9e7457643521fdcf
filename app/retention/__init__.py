"""Retention: what grew old is removed; the numbers of jobs stay."""

from __future__ import annotations

from flask import Flask


def bind_retention(app: Flask) -> None:
    """Add the command `retention`."""
    from app.retention.cli import retention

    app.cli.add_command(retention)
