"""Ports, private files, logs and the demo's credentials."""

from __future__ import annotations

import io
import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from app.sandbox import SandboxConfig
from launcher import console, log_files, ports, private, programs
from launcher.log_files import LogFile
from launcher.redis_server import RedisServer, trouble_with

WARNING = "2026-11-24T03:00:51Z warning app.jobs a job waits\n"


def test_a_taken_port_is_told_with_a_free_one_to_take_instead() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        sentence = ports.why_not("127.0.0.1", port) or ""
    assert sentence.startswith(f"Port {port} of 127.0.0.1 is taken")
    proposed = int(sentence.partition("PORT=")[2].split()[0])
    assert proposed > port
    assert ports.why_not("127.0.0.1", proposed) is None


def test_an_address_of_another_machine_is_told() -> None:
    assert "cannot be used" in (ports.why_not("192.0.2.1", 5000) or "")


def test_a_kept_port_stays_until_somebody_else_has_it(tmp_path: Path) -> None:
    first = ports.kept(tmp_path / "port")
    assert ports.kept(tmp_path / "port") == first
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        assert ports.kept(tmp_path / "port") != first


def test_a_stranger_on_our_redis_port_is_not_taken_for_ours(redis_url: str, tmp_path: Path) -> None:
    port = int(redis_url.rpartition(":")[2].partition("/")[0])
    assert not RedisServer(tmp_path, "our-password", port).answers()


def test_a_named_redis_that_is_away_is_told_without_its_password() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        trouble = trouble_with(f"redis://:hush@127.0.0.1:{closed.getsockname()[1]}/0") or ""
    assert trouble.startswith("The Redis that REDIS_URL names, at 127.0.0.1, does not answer")
    assert "hush" not in trouble


def test_a_named_redis_that_answers_is_no_trouble(redis_url: str) -> None:
    assert trouble_with(redis_url) is None


def test_a_private_file_replaces_one_that_all_could_read(tmp_path: Path) -> None:
    file = tmp_path / "redis.conf"
    file.write_text("old")
    file.chmod(0o644)
    private.write(file, "requirepass new")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("requirepass new", 0o600)


def test_a_log_tells_only_new_warnings_and_only_whole_lines(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text(WARNING)
    log = LogFile(tmp_path, "web")
    with log.open() as output:
        output.write(b"2026-11-24T03:00:52Z info app.web calm\n" + WARNING.encode()[:20])
        output.flush()
        assert log.new_warnings() == []
        output.write(WARNING.encode()[20:])
        output.flush()
        assert log.new_warnings() == [WARNING.strip()]
        assert log.new_warnings() == []


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "x", "level": "error", "timestamp": "2026"}',
        "[2026-11-24 03:00:53 +0000] [31084] [ERROR] Connection in use",
        "Traceback (most recent call last):",
        "Error: Can't locate revision identified by '0009'",
    ],
)
def test_warnings_of_all_kinds_are_seen(tmp_path: Path, line: str) -> None:
    log = LogFile(tmp_path, "web")
    with log.open() as output:
        output.write(f"{line}\n".encode())
    assert log.new_warnings() == [line]


def test_a_flood_of_warnings_is_counted_not_shown(tmp_path: Path) -> None:
    log = LogFile(tmp_path, "web")
    with log.open() as output:
        output.write(WARNING.encode() * 40)
    assert log.new_warnings() == [*[WARNING.strip()] * 5, "… and 35 more"]


def test_a_log_that_grew_too_large_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "LARGEST", 10)
    log = LogFile(tmp_path, "web")
    with log.open() as output:
        output.write(WARNING.encode())
        output.flush()
        assert log.new_warnings()
        output.write(b"after\n")
    assert (tmp_path / "web.log.1").read_text() == WARNING
    assert log.last_line() == "after"


def test_a_terminal_that_is_gone_does_not_stop_the_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with io.TextIOWrapper(io.FileIO(writing, "w"), write_through=True) as nobody_reads:
        monkeypatch.setattr(sys, "stdout", nobody_reads)
        console.say("Stopping")
        console.say("Stopped.")


def test_the_demo_signs_in_as_the_sandbox_expects() -> None:
    settings = SandboxConfig()
    demo = programs.sandbox_account(5401)
    assert demo == {
        "ZENDESK_DEMO": "1",
        "ZENDESK_API_URL": "http://127.0.0.1:5401",
        "ZENDESK_OAUTH_CLIENT_ID": settings.oauth_client_id,
        "ZENDESK_OAUTH_CLIENT_SECRET": settings.oauth_client_secret,
    }
