"""What is started, in the order in which the programs need each other, and what the person is told."""

from __future__ import annotations

import http.client
import os
import secrets
import shlex
from collections.abc import Callable

from config import Config, ConfigError
from launcher import ports, private, programs
from launcher.console import say, shown
from launcher.errors import CannotRunError
from launcher.redis_server import RedisServer, trouble_with
from launcher.supervisor import Program, Supervisor

ANYWHERE = {"0.0.0.0": ports.LOOPBACK, "::": "::1"}  # noqa: S104 - where to reach a server that listens everywhere
WEB_PATIENCE = 2.0  # seconds

Ready = Callable[[], bool]


def start(supervisor: Supervisor, config: Config) -> None:
    """Start all programs and say where to go.

    :raises CannotRunError: something cannot be started; what was started goes on.
    :raises StopAsked: the developer wants to stop.
    """
    say("Zendesk Giga Tools is starting; Ctrl-C stops it.")
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    redis_ready = _redis(supervisor, config, environ)
    sandbox_ready = _sandbox(supervisor, config, environ)
    _note(config, environ)
    if first_admin := supervisor.run_once(programs.database(environ)):
        say(f"\n{first_admin}\n")
    supervisor.wait_for(redis_ready, "redis")
    flower = _flower(config, environ)
    supervisor.start(programs.web(config, environ))
    supervisor.wait_for(sandbox_ready, "sandbox")
    supervisor.wait_for(lambda: _healthy(config), "web")
    # The developer does not wait for these, so web comes first.
    for program in (programs.worker(environ), programs.beat(environ), *flower):
        supervisor.start(program)
    _say_where(config, new=bool(first_admin))


def _redis(supervisor: Supervisor, config: Config, environ: dict[str, str]) -> Ready:
    """Our own Redis, unless one is named; what listens on the usual port may be a stranger's."""
    if config.redis_url_given:
        if trouble := trouble_with(config.redis_url):
            say(trouble)
        return lambda: True
    folder = private.folder(config.instance / "redis")
    server = RedisServer(folder, secrets.token_urlsafe(32), ports.kept(folder / "port"))
    supervisor.start(programs.redis(server, environ))
    environ["REDIS_URL"] = server.url
    return server.answers


def _sandbox(supervisor: Supervisor, config: Config, environ: dict[str, str]) -> Ready:
    """The sandbox, unless an account is named; one that is named by half must not end in the demo unnoticed."""
    account = config.zendesk
    if account.configured:
        return lambda: True
    if account.base_url and not account.oauth_client_id and not account.email:
        say("No Zendesk account is named yet: connect one in the browser, under Connection.")
        return lambda: True
    if account.base_url or account.oauth_client_id or account.email:
        say("The Zendesk account is only half configured, so no tool will work: it takes ZENDESK_SUBDOMAIN or")
        say("ZENDESK_API_URL, and a pair, ZENDESK_OAUTH_CLIENT_ID and _SECRET or ZENDESK_EMAIL and ZENDESK_API_TOKEN.")
        return lambda: True
    folder = private.folder(config.instance / "sandbox")
    port = ports.kept(folder / "port")
    supervisor.start(programs.sandbox(port, folder, environ))
    environ |= programs.sandbox_account(port)
    return lambda: ports.answers(ports.LOOPBACK, port)


def _flower(config: Config, environ: dict[str, str]) -> tuple[Program, ...]:
    """Flower, when it is wished for; the web process is told where it is."""
    if not config.flower:
        return ()
    try:
        config.flower_sign_in()
    except ConfigError as error:
        raise CannotRunError(str(error)) from error
    port = ports.kept(private.folder(config.instance / "flower") / "port")
    environ["FLOWER_URL"] = config.flower_url or programs.flower_url(port)
    return (programs.flower(config, port, environ),)


def _note(config: Config, environ: dict[str, str]) -> None:
    """Keep what the children are told in a file, for a person who runs `flask` or `celery` in another terminal."""
    told = {name: value for name, value in environ.items() if os.environ.get(name) != value}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in told.items()]
    private.write(config.instance / "run.env", "".join(lines))


def _healthy(config: Config) -> bool:
    """Whether the web process answers."""
    host = ANYWHERE.get(config.host, config.host)
    connection = http.client.HTTPConnection(host, config.port, timeout=WEB_PATIENCE)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say_where(config: Config, *, new: bool) -> None:
    host = ANYWHERE.get(config.host, config.host)
    say(f"\nAddress: http://{f'[{host}]' if ':' in host else host}:{config.port}\n")
    if new:
        say("Open it, sign in with the e-mail and password above (they are not shown again), and pick a tool.")
    else:
        say("Open it and sign in. A lost password: .venv/bin/flask --app run users password EMAIL")
    say(f"Logs are in {shown(config.instance / 'log')}.")
