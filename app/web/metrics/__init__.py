"""`GET /metrics` for Prometheus: what the processes count together, and what database and Redis say at that moment."""

from __future__ import annotations

from flask import Flask

from app.metrics.meter import Meter


def bind_metrics(app: Flask) -> None:
    """Give the app its meter, let it time each answer, and mount the page."""
    from app.web.metrics import routes

    app.extensions["meter"] = Meter()
    app.after_request(routes.note)
    app.register_blueprint(routes.bp)
