"""`make ablation`: takes out one safeguard of the job engine at a time, and expects the tests to notice.

A test that passes without the safeguard it is about proves nothing. Each safeguard is taken out in processes of their
own: pytest loads this package as a plugin (`-p tests.ablation`), workers of tests by force call `pytest_configure` too,
and the variable ABLATE says what is missing. The product knows nothing of this.
"""

from __future__ import annotations

from tests.ablation import by_force, protocol
from tests.ablation.safeguard import do_without

__all__ = ["SAFEGUARDS", "pytest_configure"]

SAFEGUARDS = (*protocol.SAFEGUARDS, *by_force.SAFEGUARDS)


def pytest_configure() -> None:
    """As a plugin: do without the safeguard that the environment names."""
    do_without(SAFEGUARDS)
