"""The sandbox: a Zendesk stand-in with an invented company, for the demo and for tests; nothing else imports it."""

from __future__ import annotations

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from . import gate, routes
from .config import SandboxConfig
from .pages import agent, page
from .wire import Wire
from .world import World

__all__ = ["SandboxConfig", "World", "create_sandbox"]


def create_sandbox(config: SandboxConfig | None = None, world: World | None = None) -> Flask:
    """Build one help desk and its API; `app.extensions["world"]` is its state, ledger and faults.

    :param world: a help desk made before, such as one loaded from a state file; its own config then holds.
    """
    world = world or World(config or SandboxConfig())
    app = Flask(__name__, static_folder=None)
    app.extensions["world"] = world
    app.json = _Json(app)
    gate.install(app)
    routes.mount(app)
    app.register_blueprint(page.bp)
    app.register_blueprint(agent.bp)
    app.wsgi_app = Wire(app.wsgi_app, world)  # type: ignore[method-assign]
    return app


class _Json(DefaultJSONProvider):
    """Keys in the order in which Zendesk sends them, on one line, in UTF-8."""

    sort_keys = False
    compact = True
    ensure_ascii = False
