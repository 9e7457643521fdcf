"""The command `sandbox`: serves one help desk until it is told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import FrameType

import click

from . import create_sandbox
from .config import SandboxConfig
from .faults import KINDS, InvalidRuleError
from .server import SandboxServer
from .state_file import StateFile, UnusableError, open_world
from .world import World

DEFAULTS = SandboxConfig()


@click.command("sandbox", help="Serve the built-in Zendesk stand-in with an invented company.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, help="0 takes a free one.")
@click.option("--tickets", default=DEFAULTS.tickets, show_default=True, type=click.IntRange(100, 100_000))
@click.option("--seed", default=DEFAULTS.seed, show_default=True, help="The same seed makes the same help desk.")
@click.option("--latency-ms", default=0, show_default=True, help="Every answer is so late.")
@click.option("--job-seconds", default=DEFAULTS.job_seconds, show_default=True, help="A Zendesk job of 100 tickets.")
@click.option("--rate-limit", default=DEFAULTS.rate_limit, show_default=True, help="Requests a minute.")
@click.option("--token-seconds", default=DEFAULTS.token_seconds, show_default=True, help="Life of an OAuth token.")
@click.option(
    "--state", type=click.Path(dir_okay=False, path_type=Path), help="Changes survive a restart in this file."
)
@click.option(
    "--fault", "faults", multiple=True, metavar="KIND[:key=value…]", help=f"A fault on demand: {', '.join(KINDS)}."
)
def sandbox(
    *,
    host: str,
    port: int,
    tickets: int,
    seed: int,
    latency_ms: int,
    job_seconds: float,
    rate_limit: int,
    token_seconds: int,
    state: Path | None,
    faults: tuple[str, ...],
) -> None:
    config = SandboxConfig(
        tickets=tickets,
        seed=seed,
        latency=latency_ms / 1_000,
        job_seconds=job_seconds,
        rate_limit=rate_limit,
        token_seconds=token_seconds,
        faults=faults,
    )
    try:
        world, state_file = _opened(config, state)
    except InvalidRuleError as error:
        raise click.BadParameter(str(error), param_hint="--fault") from error
    try:
        server = SandboxServer(host, port, create_sandbox(world=world))
    except OSError as error:
        raise click.ClickException(f"Port {port} on {host} cannot be used: {error.strerror or error}.") from error
    _stop_on_signals(server)
    with state_file:
        click.echo(f"Sandbox: {server.url}")
        sys.stdout.flush()
        server.serve_forever()
        server.close()


def _opened(config: SandboxConfig, path: Path | None) -> tuple[World, AbstractContextManager[object]]:
    """The world, and what keeps it: nothing, when no file was named or it cannot be used."""
    try:
        world = open_world(config, path)
    except UnusableError as problem:
        click.echo(f"Sandbox: {problem}", err=True)
        return World(config), nullcontext()
    return world, StateFile(world, path) if path else nullcontext()


def _stop_on_signals(server: SandboxServer) -> None:
    """SIGTERM and SIGINT end `serve_forever`; from a thread, because `shutdown` waits for it."""

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
