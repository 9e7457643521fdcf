"""Stands for the tests of this folder: one on each database, shared, and made anew where a test wants its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest

from tests.conftest import postgres_database
from tests.force.hurry import hurry
from tests.force.stand import Stand, stand, sweeping
from tests.force.zendesk import account
from tests.servers import Redis, redis_to_restart

Made = Callable[..., AbstractContextManager[Stand]]


@pytest.fixture(scope="package", autouse=True)
def hurried() -> Iterator[None]:
    """This process, too, hurries: it sweeps."""
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        yield


@pytest.fixture(scope="package")
def own_redis() -> Iterator[Redis]:
    with redis_to_restart() as server:
        yield server


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest, hurried: None, own_redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    """A stand that is swept. Tests may do anything to it that it gets over; a worker is theirs to ask for."""
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{shutil.copyfile(request.getfixturevalue('migrated_sqlite'), folder / 'app.db')}"
        else:
            server = request.getfixturevalue("postgres_server")
            url = stack.enter_context(postgres_database(server, request.getfixturevalue("migrated_postgres")))
        made = stack.enter_context(stand(folder, url, own_redis, stack.enter_context(account())))
        stack.enter_context(sweeping(made))
        yield made


@pytest.fixture(autouse=True)
def calm(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that used the shared stand, its Zendesk works as it should."""
    yield
    if "shared" in request.fixturenames:
        request.getfixturevalue("shared").account.calm()
