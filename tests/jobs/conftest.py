"""Fixtures for tests of the job engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import copy_of
from tests.jobs.storm.storm import Storm, storm


@pytest.fixture(scope="module")
def _one_storm(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storm]:
    folder = tmp_path_factory.mktemp("storm")
    with storm(folder, copy_of(migrated_sqlite, folder)) as made:
        yield made


@pytest.fixture
def weather(_one_storm: Storm) -> Storm:
    """A new help desk on which the test decides what happens, and when; time, threads and network are in its hands."""
    _one_storm.begin()
    return _one_storm
