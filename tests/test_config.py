"""The settings: typed, checked at the start, with generated secrets that stay, and all of them in .env.example."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config import ROOT, Config, ConfigError
from environment import Environment

GOOD_KEY = "0123456789abcdef0123456789abcdef"


def load(folder: Path, **environ: str) -> Config:
    return Config.load(environ, folder)


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert config.environment == "development"
    assert config.database_url == f"sqlite:///{tmp_path / 'app.db'}"
    assert not config.zendesk.configured
    assert (config.sync_ticket_limit, config.async_ticket_limit) == (500, 50_000)


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        load(tmp_path).port = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    first, second = load(tmp_path), load(tmp_path)
    assert first.secret_key == second.secret_key
    assert first.encryption_keys == second.encryption_keys
    assert first.secret_key not in first.encryption_keys
    for name in ("secret_key", "encryption_keys"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_the_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: load(tmp_path).secret_key, range(8)))
    assert len(set(keys)) == 1


def test_two_installations_do_not_share_a_key(tmp_path: Path) -> None:
    assert load(tmp_path / "a").secret_key != load(tmp_path / "b").secret_key


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        SECRET_KEY="hush-key",
        DATABASE_URL="postgresql://u:hush-db@h/d",
        ZENDESK_API_TOKEN="hush-token",
        ZENDESK_OAUTH_CLIENT_SECRET="hush-client",
        ADMIN_PASSWORD="hush-password",
        REDIS_URL="redis://:hush-redis@h/0",
    )
    assert "hush" not in repr(config)
    assert config.encryption_keys[0] not in repr(config)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_the_driver_that_is_installed(tmp_path: Path, scheme: str) -> None:
    assert load(tmp_path, DATABASE_URL=f"{scheme}://h/d").database_url == "postgresql+psycopg://h/d"


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({"ZENDESK_SUBDOMAIN": "Acme"}, "https://acme.zendesk.com"),
        ({"ZENDESK_API_URL": "http://127.0.0.1:9/"}, "http://127.0.0.1:9"),
        ({"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_API_URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9"),
    ],
)
def test_the_account_is_a_subdomain_or_a_whole_address(tmp_path: Path, environ: dict[str, str], address: str) -> None:
    assert load(tmp_path, **environ).zendesk.base_url == address


def test_an_address_of_the_environment_is_not_that_of_a_saved_account_in_the_demo(tmp_path: Path) -> None:
    given = load(tmp_path, ZENDESK_API_URL="http://127.0.0.1:9/")
    assert given.zendesk_api_url == "http://127.0.0.1:9"
    demo = load(tmp_path, ZENDESK_API_URL="http://127.0.0.1:9/", ZENDESK_DEMO="1")
    assert (demo.zendesk.base_url, demo.zendesk_api_url) == ("http://127.0.0.1:9", "")


def test_production_takes_a_good_key_and_logs_json(tmp_path: Path) -> None:
    config = load(tmp_path, FLASK_ENV="production", SECRET_KEY=GOOD_KEY, ENCRYPTION_KEYS=Fernet.generate_key().decode())
    settings = config.flask_settings()
    assert config.log_format == "json"
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert str(settings["SESSION_COOKIE_NAME"]).startswith("__Host-")


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"FLASK_ENV": "production"}, "SECRET_KEY is not set"),
        ({"FLASK_ENV": "production", "SECRET_KEY": "short"}, "SECRET_KEY is too easy to guess"),
        ({"FLASK_ENV": "production", "SECRET_KEY": "ab" * 20}, "SECRET_KEY is too easy to guess"),
        ({"FLASK_ENV": "production", "SECRET_KEY": GOOD_KEY}, "ENCRYPTION_KEYS is not set"),
        ({"FLASK_ENV": "production", "SECRET_KEY": GOOD_KEY, "ENCRYPTION_KEYS": " , "}, "ENCRYPTION_KEYS is not set"),
        ({"FLASK_ENV": "staging"}, "FLASK_ENV is 'staging'; it must be one of"),
        ({"PORT": "http"}, "PORT is 'http'; it must be a whole number from 1 to"),
        ({"PORT": "0"}, "PORT is '0'"),
        ({"PORT": "\u0665000"}, "PORT is"),
        ({"SYNC_TICKET_LIMIT": "-1"}, "SYNC_TICKET_LIMIT is '-1'"),
        ({"ZENDESK_MAX_INFLIGHT_JOBS": "31"}, "ZENDESK_MAX_INFLIGHT_JOBS is '31'"),
        ({"ZENDESK_RATE_RESERVE": "1"}, "ZENDESK_RATE_RESERVE is '1'"),
        ({"ZENDESK_RATE_RESERVE": "nan"}, "ZENDESK_RATE_RESERVE is 'nan'"),
        ({"ENCRYPTION_KEYS": "nonsense"}, "ENCRYPTION_KEYS must be Fernet keys"),
        ({"ZENDESK_SUBDOMAIN": "acme.zendesk.com"}, "ZENDESK_SUBDOMAIN is 'acme.zendesk.com'"),
        ({"ZENDESK_SUBDOMAIN": "evil.example/"}, "ZENDESK_SUBDOMAIN is"),
        ({"ZENDESK_API_URL": "ftp://acme"}, "ZENDESK_API_URL must be a whole base URL"),
        ({"ZENDESK_API_URL": "https://"}, "ZENDESK_API_URL must be a whole base URL"),
        ({"ZENDESK_API_URL": "https://me:pw@acme.zendesk.com"}, "ZENDESK_API_URL must be a whole base URL"),
        ({"ZENDESK_API_URL": "https://acme.zendesk.com?x=1"}, "ZENDESK_API_URL must be a whole base URL"),
        ({"ZENDESK_API_URL": "https://acme.zendesk.com:port"}, "ZENDESK_API_URL must be a whole base URL"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'"),
        ({"HTTPS_PROXY": "socks5://me:hush@proxy:1080"}, "HTTPS_PROXY must be the address of an http proxy"),
        ({"HTTPS_PROXY": "http://me:hush@:3128"}, "HTTPS_PROXY must be the address of an http proxy"),
        ({"HTTPS_PROXY": "http://proxy:port"}, "HTTPS_PROXY must be the address of an http proxy"),
        ({"REQUESTS_CA_BUNDLE": "/no/such/file.pem"}, "REQUESTS_CA_BUNDLE must name a file"),
        ({"REQUESTS_CA_BUNDLE": __file__}, "REQUESTS_CA_BUNDLE must name a file"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)) as caught:
        load(tmp_path, **environ)
    assert "hush" not in str(caught.value)


def test_the_way_to_zendesk_may_lead_through_a_proxy(tmp_path: Path) -> None:
    config = load(tmp_path, HTTPS_PROXY="http://me:hush@proxy:3128", NO_PROXY="10.0.0.0/8")
    assert (config.https_proxy, config.no_proxy) == ("http://me:hush@proxy:3128", "10.0.0.0/8")
    assert "hush" not in repr(config)
    assert load(tmp_path, https_proxy="proxy.acme.com:3128").https_proxy == "http://proxy.acme.com:3128"


@pytest.mark.parametrize("pasted", ["me@acme.com/token", " me@acme.com/Token ", "me@acme.com"])
def test_an_address_pasted_with_its_ending_is_understood(tmp_path: Path, pasted: str) -> None:
    assert load(tmp_path, ZENDESK_EMAIL=pasted).zendesk.email == "me@acme.com"


def test_a_key_that_was_made_before_production_needed_one_is_named(tmp_path: Path) -> None:
    made = load(tmp_path).encryption_keys[0]
    with pytest.raises(ConfigError, match=re.escape(str(tmp_path / "encryption_keys"))) as refused:
        load(tmp_path, FLASK_ENV="production", SECRET_KEY=GOOD_KEY)
    assert made not in str(refused.value)


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "gunicorn", "run:app"],
        ["-m", "celery", "-A", "celery_app", "worker"],
        ["-m", "flask", "--app", "run", "users", "--help"],
    ],
)
@pytest.mark.process
def test_no_process_starts_in_production_without_encryption_keys(tmp_path: Path, command: list[str]) -> None:
    environ = {
        **os.environ,
        "FLASK_ENV": "production",
        "SECRET_KEY": GOOD_KEY,
        "INSTANCE_PATH": str(tmp_path),
        "ENCRYPTION_KEYS": "",
        "PORT": "1",
    }
    program = [sys.executable, *command]
    ended = subprocess.run(program, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)  # noqa: S603, PLW1510
    assert ended.returncode
    assert "ENCRYPTION_KEYS is not set." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_one_key_does_not_serve_two_ends(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    with pytest.raises(ConfigError, match="must not be the same"):
        load(tmp_path, SECRET_KEY=key, ENCRYPTION_KEYS=key)


def test_the_example_file_names_every_setting_and_no_other() -> None:
    read = {field.alias for field in Environment.model_fields.values() if field.alias and field.alias.isupper()}
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert len(read) > 15
    assert named == read


def test_the_example_file_as_it_stands_is_valid(tmp_path: Path) -> None:
    from dotenv import dotenv_values

    values = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}
    assert Config.load({**values, "INSTANCE_PATH": str(tmp_path)}).environment == "development"


def test_nothing_but_the_settings_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").rglob("*.py")
        if re.search(r"os\.(environ|getenv)|from os import.*(environ|getenv)", path.read_text())
    }
    assert {reader for reader in readers if not reader.startswith(("app/sandbox/", "launcher/"))} == set()
