"""The sandbox on a real port: connections that are kept and reset, and the command."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from app.sandbox import SandboxConfig, create_sandbox
from app.sandbox.server import SOCKET
from tests.sandbox.desk import basic
from tests.sandbox_server import serve

ROOT = Path(__file__).resolve().parents[2]
CONFIG = SandboxConfig(tickets=200, rate_limit=10_000)
HEADERS = {"Authorization": basic(f"{CONFIG.email}/token", CONFIG.api_token)}
ME = "/api/v2/users/me.json"
PATIENCE = 20
COMMAND = "from app.sandbox.cli import sandbox; sandbox()"


def get(url: str, session: requests.Session | None = None) -> requests.Response:
    if session:
        return session.get(url, headers=HEADERS, timeout=PATIENCE)
    return requests.get(url, headers=HEADERS, timeout=PATIENCE)


def test_one_connection_carries_many_requests():
    app, clients = create_sandbox(CONFIG), []

    def noting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        clients.append(environ[SOCKET].getpeername())
        return app(environ, start_response)

    with serve(noting) as url, requests.Session() as session:
        answers = [get(url + ME, session) for _ in range(5)]
        answers.append(session.put(f"{url}/api/v2/tickets/1", json={"ticket": {}}, headers=HEADERS, timeout=PATIENCE))
        answers.append(get(url + ME, session))
    assert [answer.status_code for answer in answers] == [200] * 5 + [404, 200]
    assert (len(clients), len(set(clients))) == (7, 1)


def test_the_date_is_the_sandboxs_own():
    with serve(create_sandbox(SandboxConfig(tickets=200, clock=lambda: 1_795_500_000.0))) as url:
        assert get(url + ME).headers["Date"] == "Tue, 24 Nov 2026 06:00:00 GMT"


@pytest.mark.parametrize(("kind", "jobs"), [("reset", 0), ("reset-after", 1)])
def test_a_reset_reaches_the_client(kind: str, jobs: int):
    app = create_sandbox(CONFIG)
    world = app.extensions["world"]
    world.faults.add(kind, method="PUT")
    ticket = next(iter(world.tickets))
    with serve(app) as url, requests.Session() as session:
        get(url + ME, session)
        with pytest.raises(requests.ConnectionError):
            session.put(
                f"{url}/api/v2/tickets/update_many?ids={ticket}",
                json={"ticket": {"additional_tags": ["x"]}},
                headers=HEADERS,
                timeout=PATIENCE,
            )
        assert get(url + ME, session).status_code == 200
    assert world.zendesk_jobs.made == jobs


def test_leaving_ends_idle_connections_and_frees_the_port():
    app = create_sandbox(CONFIG)
    with requests.Session() as session:
        with serve(app) as url:
            get(url + ME, session)
        with pytest.raises(requests.ConnectionError):
            get(url + ME)
        with serve(app, port=int(url.rpartition(":")[2])) as again:
            assert again == url
            assert get(url + ME, session).status_code == 200


@contextmanager
def command(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and the line with which it began."""
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", COMMAND, "--tickets", "200", "--port", "0", *options],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    with process:
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_listens_and_stops_on_a_signal(number: signal.Signals, tmp_path: Path):
    state = tmp_path / "state"
    with command("--state", str(state), "--fault", "503:path=/views") as (process, line):
        assert line.startswith("Sandbox: http://127.0.0.1:")
        url = line.split()[1]
        assert get(f"{url}/api/v2/views").status_code == 503
        assert get(f"{url}{ME}").json()["user"]["name"] == "Giga Tools Service"
        process.send_signal(number)
        out, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, errors) == (0, "", "")
    with sqlite3.connect(state) as connection:
        facts = dict(connection.execute("SELECT name, value FROM facts"))
    connection.close()
    assert facts["tickets"] == "200"


@pytest.mark.process
def test_a_foreign_state_file_is_said_and_left_alone(tmp_path: Path):
    state = tmp_path / "state"
    state.write_text("a shopping list, long enough to be looked at" * 100)
    with command("--state", str(state)) as (process, line):
        assert line.startswith("Sandbox: http://")
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)
    assert "is no state file" in errors
    assert state.read_text().startswith("a shopping list")


@pytest.mark.process
def test_a_taken_port_and_a_wrong_fault_are_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with command("--port", port) as (process, _):
            _, errors = process.communicate(timeout=PATIENCE)
            assert process.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in errors
    with command("--fault", "418") as (process, _):
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 2
    assert "no kind of fault" in errors
