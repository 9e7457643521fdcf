"""The programs that make up an installation, and the environment that tells them of each other."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from config import Config
from launcher import ports
from launcher.console import shown
from launcher.redis_server import RedisServer
from launcher.supervisor import Program

# The sandbox's own (`app.sandbox.config`), which is not imported outside of it; a test holds them together.
DEMO_CLIENT_ID = "giga_tools_demo"
DEMO_CLIENT_SECRET = "demo-client-secret-for-the-sandbox"  # noqa: S105 - opens nothing but invented data

Environ = Mapping[str, str]


def redis(server: RedisServer, environ: Environ) -> Program:
    about = f"port {server.port}, for us alone; data in {shown(server.folder)}"
    return Program("redis", server.command(), environ, about, service=True)


def sandbox(port: int, folder: Path, environ: Environ) -> Program:
    start = "from app.sandbox.cli import sandbox; sandbox(prog_name='sandbox')"
    options = ("--port", str(port), "--state", str(folder / "state.json"))
    about = f"{sandbox_url(port)}, a Zendesk with demo data: no account is configured"
    return Program("sandbox", (sys.executable, "-c", start, *options), environ, about, service=True)


def database(environ: Environ) -> Program:
    return Program("database", _python("launcher.prepare"), environ, "Preparing the database")


def web(config: Config, environ: Environ) -> Program:
    return Program("web", _python("gunicorn", "run:app"), environ, f"pages and API on port {config.port}")


def worker(environ: Environ) -> Program:
    # Gossip and mingle are talk among many workers; alone it only waits for answers that never come.
    options = ("--without-gossip", "--without-mingle")
    about = "runs jobs of more than a few hundred tickets"
    return Program("worker", _python("celery", "-A", "celery_app", "worker", *options), environ, about)


def beat(environ: Environ) -> Program:
    about = "finds jobs that lost their worker"
    return Program("beat", _python("celery", "-A", "celery_app", "beat"), environ, about)


def flower(config: Config, port: int, environ: Environ) -> Program:
    whose = "as FLOWER_BASIC_AUTH says" if config.flower_auth else f"with {shown(config.instance / 'flower_auth')}"
    about = f"{flower_url(port)}, shows workers and tasks; sign in {whose}"
    return Program("flower", _python("celery", "-A", "celery_app", "flower", f"--port={port}"), environ, about)


def flower_url(port: int) -> str:
    return f"http://{ports.LOOPBACK}:{port}"


def sandbox_url(port: int) -> str:
    return f"http://{ports.LOOPBACK}:{port}"


def sandbox_account(port: int) -> dict[str, str]:
    """The settings that connect an installation to the sandbox."""
    return {
        "ZENDESK_API_URL": sandbox_url(port),
        "ZENDESK_DEMO": "1",
        "ZENDESK_OAUTH_CLIENT_ID": DEMO_CLIENT_ID,
        "ZENDESK_OAUTH_CLIENT_SECRET": DEMO_CLIENT_SECRET,
    }


def _python(*module_and_options: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *module_and_options)
