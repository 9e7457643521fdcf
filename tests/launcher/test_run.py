"""`python run.py` as a person uses it, with real processes and real signals."""

from __future__ import annotations

import signal
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launcher.launched import Launched, belonging_to, free_port, launched, until

pytestmark = pytest.mark.process

STRANGERS_REDIS = 6379
WITHIN = 20.0  # seconds for everything to be gone on a busy machine


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation")


@pytest.fixture(scope="module")
def callers_of_6379() -> Iterator[list[object]]:
    """Who connects to Redis's usual port while the tests run; None can be seen when a real one is there."""
    callers: list[object] = []
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", STRANGERS_REDIS))
    except OSError:
        yield callers  # somebody's Redis is there: the test below also looks at the connections of each process
        listener.close()
        return
    listener.listen()
    thread = threading.Thread(target=_note_callers, args=(listener, callers), daemon=True)
    thread.start()
    yield callers
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture(scope="module")
def first_start(instance: Path, callers_of_6379: list[object]) -> Iterator[Launched]:
    """An installation that was started for the first time, and runs."""
    with launched(instance, free_port()) as run:
        run.says("Address: ")
        yield run


def test_the_first_start_tells_address_email_and_password_each_on_its_own_line(first_start: Launched) -> None:
    assert first_start.says("Address: ") == f"http://127.0.0.1:{first_start.port}"
    assert "@" in first_start.says("E-mail: ")
    assert len(first_start.says("Password: ")) >= 16
    assert first_start.is_healthy()


def test_secrets_are_for_their_owner_only(first_start: Launched) -> None:
    files = ("redis/redis.conf", "run.env", "secret_key", "encryption_keys", "log/web.log")
    assert {name: stat.S_IMODE((first_start.instance / name).stat().st_mode) for name in files} == dict.fromkeys(
        files, 0o600
    )


def test_no_secret_but_the_first_password_is_shown_or_visible_in_commands(first_start: Launched) -> None:
    settings = (first_start.instance / "redis/redis.conf").read_text()
    secret = settings.partition("requirepass ")[2].split()[0]
    password = first_start.says("Password: ")
    commands = [" ".join(process.cmdline()) for process in belonging_to(first_start.instance)]
    logs = [log.read_text() for log in (first_start.instance / "log").iterdir()]
    assert not [text for text in (*first_start.lines, *commands, *logs) if secret in text]
    assert not [text for text in (*commands, *logs) if password in text]


def test_without_redis_url_nobody_talks_to_a_strangers_redis(
    first_start: Launched, callers_of_6379: list[object]
) -> None:
    processes = belonging_to(first_start.instance)
    children = [process for process in processes if "run.py" not in process.cmdline()]
    named = {process.environ().get("REDIS_URL", "") for process in children if "celery" in process.cmdline()}
    remote = {link.raddr.port for process in processes for link in process.net_connections() if link.raddr}
    assert len(named) == 1
    assert f":{STRANGERS_REDIS}/" not in named.pop()
    assert STRANGERS_REDIS not in remote
    assert callers_of_6379 == []


def test_a_second_start_in_the_same_folder_is_refused(first_start: Launched) -> None:
    with launched(first_start.instance, free_port()) as second:
        assert second.process.wait(WITHIN) == 1
    assert second.lines == [
        f"It is running already, as process {first_start.process.pid}. Press Ctrl-C in its terminal, or: "
        f"kill {first_start.process.pid}\n"
    ]
    assert first_start.is_healthy()


def test_a_killed_web_server_is_reported_and_back_on_its_port(first_start: Launched) -> None:
    web = first_start.child("gunicorn run:app")
    web.kill()
    assert first_start.says("web ended by SIGKILL and is started again in 1 s.").endswith("log/web.log)")
    until(first_start.is_healthy, "the web server is back")
    assert first_start.child("gunicorn run:app").pid != web.pid


def test_ctrl_c_leaves_no_process_behind(first_start: Launched) -> None:
    first_start.process.send_signal(signal.SIGINT)
    assert first_start.process.wait(WITHIN) == 0
    assert belonging_to(first_start.instance) == []
    assert first_start.says("Stopped.") == ""


def test_a_later_start_has_no_new_password_and_sigkill_leaves_nothing_behind(instance: Path) -> None:
    with launched(instance, free_port()) as run:
        run.says("Address: ")
        assert run.find("Password: ") is None
        for words in (
            "-server 127.0.0.1",
            "app.sandbox",
            "gunicorn",
            "celery_app worker",
            "celery_app beat",
            "guard.py",
        ):
            assert run.child(words).is_running()
        run.process.kill()
        until(lambda: not belonging_to(instance), "everything is gone", WITHIN)


def test_sigkill_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    with launched(tmp_path, free_port()) as run:
        run.says("  sandbox ")
        assert run.child("app.sandbox").is_running()
        run.process.kill()
        until(lambda: not belonging_to(tmp_path), "everything is gone", WITHIN)


def test_a_taken_port_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with launched(tmp_path, port) as run:
            assert run.process.wait(WITHIN) == 1
    assert len(run.lines) == 1
    assert run.lines[0].startswith(f"Port {port} of 127.0.0.1 is taken by another program. Take another one: PORT=")
    assert not (tmp_path / "redis").exists()


def test_a_wrong_setting_is_said_in_a_sentence(tmp_path: Path) -> None:
    with launched(tmp_path, free_port(), ZENDESK_SUBDOMAIN="not a word") as run:
        assert run.process.wait(WITHIN) == 1
    assert [line.split(" is ")[0] for line in run.lines] == ["ZENDESK_SUBDOMAIN"]


def _note_callers(listener: socket.socket, callers: list[object]) -> None:
    while True:
        try:
            connection, address = listener.accept()
        except OSError:
            return
        callers.append(address)
        connection.close()
