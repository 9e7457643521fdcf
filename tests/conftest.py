"""Fixtures for all tests: an app on a migrated database, clients that check every page, servers of our own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask

from app import create_app
from app.auth import sessions
from app.extensions import db
from config import Config
from tests.factories import make_config, make_user
from tests.pages import PageClient
from tests.servers import Postgres, postgres, redis_server
from tests.templates import compile_once

compile_once()

_databases = count(1)


SLOW_FOLDERS = ("browser", "force")  # each bears a marker of its name


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the folders tell, and let the tests by force begin: they take longest, and mostly wait."""
    for item in items:
        folder = item.nodeid.split("/")[1]
        if folder in SLOW_FOLDERS:
            item.add_marker(folder)
    items.sort(key=lambda item: not item.nodeid.startswith("tests/force/"))


def migrate(config: Config) -> None:
    """Bring the database of these settings to the newest revision."""
    app = create_app(config)
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()


@contextmanager
def app_of(environ: Mapping[str, str], instance: Path) -> Iterator[Flask]:
    """The app that processes with this environment share, on a migrated database, in an application context."""
    config = Config.load(environ, instance)
    migrate(config)
    app = create_app(config)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file: to be copied, which is much quicker than migrating again."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(make_config(folder))
    return folder / "app.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated, empty database on the server: to be copied."""
    postgres_server.run("CREATE DATABASE migrated")
    migrate(make_config(tmp_path_factory.mktemp("migrated"), database_url=postgres_server.url("migrated")))
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'app.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    with postgres_database(server, "template1") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database; a test that asks for it runs once on each kind."""
    if request.param == "sqlite":
        yield copy_of(request.getfixturevalue("migrated_sqlite"), tmp_path)
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    with postgres_database(server, request.getfixturevalue("migrated_postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def redis_url(_redis_server: str) -> str:
    """The URL of an empty Redis of our own."""
    import redis

    with redis.Redis.from_url(_redis_server) as client:
        client.flushall()
    return _redis_server


@pytest.fixture
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    """The settings of `app`: a copy of the migrated SQLite file, or `database` where the test asks for that.

    Redis is away unless the test asks for `redis_url`.
    """
    changes: dict[str, str] = {}
    if "database" in request.fixturenames:
        changes["database_url"] = request.getfixturevalue("database")
    else:
        changes["database_url"] = copy_of(request.getfixturevalue("migrated_sqlite"), tmp_path)
    if "redis_url" in request.fixturenames:
        changes["redis_url"] = request.getfixturevalue("redis_url")
    return make_config(tmp_path, **changes)


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    """The application, with no context pushed: one that outlives a request would carry its user into the next."""
    app = create_app(config)
    app.test_client_class = PageClient
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> PageClient:
    """A browser that nobody has signed in with."""
    return _client(app)


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., PageClient]:
    """`sign_in("admin")`: a browser of its own in which a new user with that role is signed in (`client.user_id`).

    Their password was given once more just now, unless `confirmed=False`.
    """

    def signed_in(role: str = "agent", *, confirmed: bool = True, **columns: object) -> PageClient:
        client = _client(app)
        with app.app_context():
            user = make_user(role, **columns)
            sid = sessions.start(user)
            if confirmed:
                sessions.confirm(sid or "")
        with client.session_transaction() as session:
            session[sessions.KEY] = sid
        client.user_id = user.id
        return client

    return signed_in


def _client(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def copy_of(migrated: Path, folder: Path) -> str:
    """The URL of a copy of that SQLite file in a folder."""
    shutil.copyfile(migrated, folder / "app.db")
    return f"sqlite:///{folder / 'app.db'}"


@contextmanager
def postgres_database(server: Postgres, template: str) -> Iterator[str]:
    name = f"test_{next(_databases)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")
