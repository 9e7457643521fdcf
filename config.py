"""The settings: read once from the environment and `.env`, checked, then frozen; nothing else reads the environment."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from environment import ROOT, ConfigError, Environment, read

log = logging.getLogger(__name__)

__all__ = ["ROOT", "Config", "ConfigError", "ZendeskConfig"]

SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
TOGETHER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own name for the folder
ROOM = 1 << 20  # bytes of a file of counters from its start, as prometheus_client makes it
SHORTEST_SECRET = 20
SHORTEST_FLOWER_PASSWORD = 12


@dataclass(frozen=True)
class ZendeskConfig:
    """The account that the environment names: the fallback while nothing is saved in the admin panel."""

    base_url: str
    oauth_client_id: str = ""
    oauth_client_secret: str = field(default="", repr=False)
    email: str = ""
    api_token: str = field(default="", repr=False)
    subdomain: str = ""  # the word before .zendesk.com, where one is named

    @property
    def configured(self) -> bool:
        return bool(self.base_url and (self.oauth_client_id or self.email))


@dataclass(frozen=True)
class Config:
    """Every setting, typed; `Config.load()` builds it, tests build it with keyword arguments."""

    environment: str
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    instance: Path
    zendesk: ZendeskConfig = field(default_factory=lambda: ZendeskConfig(base_url=""))
    zendesk_api_url: str = field(default="", repr=False)  # where also an account saved in the admin panel is called
    sync_ticket_limit: int = 500
    async_ticket_limit: int = 50_000
    max_inflight_jobs: int = 10
    rate_reserve: float = 0.2
    https_proxy: str = field(default="", repr=False)  # it may hold a password
    no_proxy: str = ""
    ca_bundle: str = ""
    refused_share: float = 0.2  # of a job's tickets; above it a job that must not repeat stops by itself
    host: str = "127.0.0.1"
    port: int = 5000
    trusted_proxies: int = 0  # how many proxies in front each add the address they saw to X-Forwarded-For
    redis_url_given: bool = True  # or our guess, which `make run` never acts on: the Redis there may be a stranger's
    admin_email: str = ""
    admin_password: str = field(default="", repr=False)
    log_format: str = "text"
    metrics_token: str = field(default="", repr=False)
    flower: bool = False  # whether `make run` starts it, too
    flower_auth: str = field(default="", repr=False)  # name:password, several with commas between
    flower_url: str = ""

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, instance: Path | None = None) -> Config:
        """The settings of this process.

        :param environ: the variables; by default `.env` beside this file, overridden by the real environment.
        :param instance: where generated secrets and the default database live.
        :raises ConfigError: with a sentence, when a value is missing or does not fit.
        """
        env = read(environ)
        instance = instance or Path(env.instance_path or ROOT / "instance")
        instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(
            environment=env.flask_env,
            instance=instance,
            secret_key=_secret_key(env, instance),
            encryption_keys=_encryption_keys(env, instance),
            database_url=_database_url(env.database_url, instance),
            redis_url=env.redis_url or "redis://localhost:6379/0",
            redis_url_given=bool(env.redis_url),
            zendesk=_zendesk(env),
            zendesk_api_url="" if env.zendesk_demo == "1" else env.zendesk_api_url,
            sync_ticket_limit=env.sync_ticket_limit,
            async_ticket_limit=env.async_ticket_limit,
            max_inflight_jobs=env.zendesk_max_inflight_jobs,
            rate_reserve=env.zendesk_rate_reserve,
            https_proxy=env.https_proxy or env.https_proxy_as_curl_has_it,
            no_proxy=env.no_proxy or env.no_proxy_as_curl_has_it,
            ca_bundle=env.requests_ca_bundle,
            refused_share=env.stop_at_refused_share,
            host=env.host,
            port=env.port,
            trusted_proxies=env.trusted_proxies,
            admin_email=env.admin_email,
            admin_password=env.admin_password,
            log_format=env.log_format or ("json" if env.flask_env == "production" else "text"),
            metrics_token=env.metrics_token,
            flower=env.flower == "1",
            flower_auth=env.flower_basic_auth,
            flower_url=env.flower_url.rstrip("/"),
        )

    def count_together(self) -> None:
        """Let the processes of this machine count for /metrics together: before prometheus_client is imported.

        Each has files of its own there; those of the dead count on until all are dead, when the next to start begins
        anew. While the folder cannot be written, each counts for itself.
        """
        folder = self.instance / "metrics" / re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            files = list(folder.glob("*.db"))
            if not any(map(_is_of_the_living, files)):
                for file in files:
                    file.unlink()
            (folder / "writable").touch()
        except OSError as error:
            log.warning("this process counts for /metrics alone: %s cannot be written (%s)", folder, error.strerror)
        else:
            os.environ[TOGETHER] = str(folder)

    def flower_sign_in(self) -> str:
        """Who may open Flower, as name:password, several with commas between; outside production made when missing.

        :raises ConfigError: with a sentence, when no admin is named in production, or a password is easy to guess.
        """
        if self.production and not self.flower_auth:
            raise ConfigError("FLOWER_BASIC_AUTH is not set. In production Flower needs a sign-in: name:password.")
        made = self.instance / "flower_auth"
        people = self.flower_auth or _kept(made, lambda: f"flower:{secrets.token_urlsafe(18)}")
        for person in people.split(","):
            name, _, password = person.partition(":")
            if not name or len(password) < SHORTEST_FLOWER_PASSWORD:
                raise ConfigError(
                    "FLOWER_BASIC_AUTH must be name:password, several with commas between, "
                    f"and each password {SHORTEST_FLOWER_PASSWORD} characters or longer."
                )
        return people

    def flask_settings(self) -> dict[str, object]:
        """What Flask and its extensions read, in their own words."""
        return {
            "SECRET_KEY": self.secret_key,
            "TESTING": self.environment == "testing",
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(self.database_url),
            "SESSION_COOKIE_NAME": "__Host-giga" if self.production else "giga",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.production,
            "SESSION_COOKIE_PATH": "/",
            "WTF_CSRF_TIME_LIMIT": None,  # it ends with the session: a form left open over lunch still works
            "WTF_CSRF_SSL_STRICT": False,  # plain http behind a proxy: the Referer check would refuse every form
            "WTF_CSRF_CHECK_DEFAULT": False,  # app.auth checks all of it, after it knows whether a bearer token came
            "MAX_CONTENT_LENGTH": 1024 * 1024,
            "BOOTSTRAP_SERVE_LOCAL": True,
        }


def _is_of_the_living(file: Path) -> bool:
    """Whether the process that writes a file of prometheus_client's may still be there."""
    try:
        os.kill(int(file.stem.rpartition("_")[2]), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def reserve_counters() -> None:
    """Take room on the disk for what this process counts: a mapped file without any would end it on a full disk."""
    folder = os.environ.get(TOGETHER) if hasattr(os, "posix_fallocate") else None
    for kind in ("counter", "histogram", "gauge_livemostrecent") if folder else ():
        with contextlib.suppress(OSError), Path(str(folder), f"{kind}_{os.getpid()}.db").open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, ROOM)


def _secret_key(env: Environment, instance: Path) -> str:
    key, production = env.secret_key, env.flask_env == "production"
    if not key and production:
        raise ConfigError(
            "SECRET_KEY is not set. In production give every process the same random key, for example from "
            "python -c 'import secrets; print(secrets.token_hex(32))'."
        )
    if production and (len(key) < SHORTEST_SECRET or len(set(key)) < SHORTEST_SECRET // 2):
        raise ConfigError(f"SECRET_KEY is too easy to guess; it needs at least {SHORTEST_SECRET} random characters.")
    return key or _kept(instance / "secret_key", lambda: secrets.token_hex(32))


def _encryption_keys(env: Environment, instance: Path) -> tuple[str, ...]:
    kept = instance / "encryption_keys"
    given = env.encryption_keys.strip(", ")
    if env.flask_env == "production" and not given:
        example = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        source = f"the one that was made here, in {kept}," if kept.exists() else f"one from {example},"
        raise ConfigError(
            f"ENCRYPTION_KEYS is not set. In production give every process the same key, {source} and keep it with "
            "your backups: without it the saved Zendesk secret cannot be read."
        )
    keys = given or _kept(kept, lambda: Fernet.generate_key().decode())
    found = tuple(key.strip() for key in keys.split(",") if key.strip())
    for key in found:
        try:
            Fernet(key)
        except ValueError as error:
            raise ConfigError("ENCRYPTION_KEYS must be Fernet keys, newest first, with commas between.") from error
    if env.secret_key in found:
        raise ConfigError("ENCRYPTION_KEYS and SECRET_KEY must not be the same.")
    return found


def _kept(path: Path, make: Callable[[], str]) -> str:
    """A secret of this installation: made once, for its owner only, also when several processes start together."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def _database_url(url: str, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / 'app.db'}"
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _engine_options(database_url: str) -> dict[str, object]:
    """Room for every thread of a process; errors without the values of their statements, which are customers' words."""
    options: dict[str, object] = {"hide_parameters": True}
    if database_url.startswith("sqlite"):
        return options | ({} if ":memory:" in database_url else {"pool_size": 20, "max_overflow": 20})
    # A connection that died while it lay in the pool is replaced unnoticed; a server that is away is given up soon.
    pool = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}
    return options | pool | {"connect_args": {"connect_timeout": 5}}


def _zendesk(env: Environment) -> ZendeskConfig:
    subdomain = env.zendesk_subdomain.lower()
    if subdomain and not SUBDOMAIN.fullmatch(subdomain):
        raise ConfigError(f"ZENDESK_SUBDOMAIN is {subdomain!r}; give the word before .zendesk.com, such as acme.")
    return ZendeskConfig(
        base_url=env.zendesk_api_url or (f"https://{subdomain}.zendesk.com" if subdomain else ""),
        subdomain=subdomain,
        oauth_client_id=env.zendesk_oauth_client_id,
        oauth_client_secret=env.zendesk_oauth_client_secret,
        email=without_token_suffix(env.zendesk_email),
        api_token=env.zendesk_api_token,
    )


def without_token_suffix(email: str) -> str:
    """The address alone: many copy `me@acme.com/token`, which is how Zendesk's examples sign in, for it."""
    suffix = "/token"
    return email[: -len(suffix)].rstrip() if email.lower().endswith(suffix) else email
