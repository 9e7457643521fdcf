"""The web app: `create_app` is its table of contents."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Flask

from app import extensions as ext
from app.account.connection import current, writing
from app.auth import bind_auth
from app.cli import bind_cli
from app.jobs.collaborators import Engine
from app.logs import bind_logs
from app.numbers.routes import bind_numbers
from app.presentation import bind_presentation
from app.responses import KeepableResponse
from app.security import bind_security
from app.tasks.application import init_celery, wake_worker
from app.tools import mounted, registry, rules
from app.web.account_bar import bind_account_bar
from app.web.admin import bind_admin
from app.web.api.routes import bp as api
from app.web.errors import bind_errors
from app.web.health import bind_health
from app.web.metrics import bind_metrics
from app.web.pages.dashboard.routes import bp as dashboard
from app.web.pages.jobs.routes import bp as job_pages
from app.web.pages.lists.routes import bp as list_pages
from app.web.pages.presets.routes import bp as preset_pages
from app.web.pages.profile.routes import bp as profile
from app.web.pages.sign_in.routes import bp as sign_in
from app.web.uploads import bind_uploads
from config import ROOT, Config

MIGRATIONS = ROOT / "migrations"


def create_app(config: Config | None = None, *, stopping: Callable[[], bool] = lambda: False) -> Flask:
    """Build the application.

    :param config: the settings; by default those of the environment.
    :param stopping: whether this process is asked to leave; a driver then ends its turn.
    :raises config.ConfigError: with a sentence, when a setting is missing or wrong.
    """
    config = config or Config.load()
    app = Flask(__name__, instance_path=str(config.instance))
    app.response_class = KeepableResponse
    app.config.from_mapping(config.flask_settings())
    app.extensions["config"] = config
    bind_numbers(app)
    bind_logs(app, config)
    bind_metrics(app)
    bind_extensions(app)
    bind_security(app, config)
    bind_auth(app, config, current.current_host)
    bind_errors(app)
    bind_health(app)
    bind_jobs(app, config, stopping)
    bind_pages(app)
    bind_uploads(app)
    bind_cli(app)
    return app


def bind_extensions(app: Flask) -> None:
    """The shared objects of `app.extensions`, bound to this app."""
    ext.db.init_app(app)
    ext.migrate.init_app(app, directory=str(MIGRATIONS))
    ext.login.init_app(app)
    ext.csrf.init_app(app)
    ext.bootstrap.init_app(app)


def bind_jobs(app: Flask, config: Config, stopping: Callable[[], bool]) -> None:
    """The job engine with its collaborators, and the tools whose operations it runs."""
    mounted.mount(app, registry.TOOLS)
    driver_of = {slug: kind.task for slug, kind in mounted.job_kinds(app).items()}
    app.extensions["jobs"] = Engine(
        operation=mounted.operation_of,
        snapshot=mounted.snapshot_of,
        undo=mounted.undo_of,
        client=current.client,
        account=current.current_host,
        wake_worker=partial(wake_worker, init_celery(app, config, driver_of.values()), driver_of),
        sync_ticket_limit=config.sync_ticket_limit,
        async_ticket_limit=config.async_ticket_limit,
        max_inflight_jobs=config.max_inflight_jobs,
        refused_share=config.refused_share,
        own_tags=mounted.own_tags,
        cap=rules.cap_of,
        role_cap=rules.cap_of_role,
        hold=writing.hold,
        stopping=stopping,
    )


def bind_pages(app: Flask) -> None:
    """The pages that belong to no tool, the words that all templates use, the JSON API, and the pages of admins."""
    bind_presentation(app)
    bind_account_bar(app)
    app.register_blueprint(sign_in)
    app.register_blueprint(profile)
    app.register_blueprint(dashboard)
    app.register_blueprint(job_pages)
    app.register_blueprint(list_pages)
    app.register_blueprint(preset_pages)
    app.register_blueprint(api)
    bind_admin(app)
