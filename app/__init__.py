"""The web app: `create_app` is its table of contents."""

from __future__ import annotations

from flask import Flask

from app import extensions as ext
from config import ROOT, Config

MIGRATIONS = ROOT / "migrations"


def create_app(config: Config | None = None) -> Flask:
    """Build the application.

    :param config: the settings; by default those of the environment.
    :raises config.ConfigError: with a sentence, when a setting is missing or wrong.
    """
    config = config or Config.load()
    app = Flask(__name__, instance_path=str(config.instance))
    app.config.from_mapping(config.flask_settings())
    app.extensions["config"] = config
    bind_extensions(app)
    return app


def bind_extensions(app: Flask) -> None:
    """The shared objects of `app.extensions`, bound to this app."""
    ext.db.init_app(app)
    ext.migrate.init_app(app, directory=str(MIGRATIONS))
    ext.login.init_app(app)
    ext.csrf.init_app(app)
    ext.bootstrap.init_app(app)
    ext.limiter.init_app(app)
