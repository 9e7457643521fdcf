"""The web process, for `gunicorn run:app` and `flask --app run …`; called as a program, everything together."""

from __future__ import annotations

import signal
import sys

import click

if __name__ == "__main__":  # before the app is imported: the launcher has no use for it
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the launcher listens: an early Ctrl-C ends without a traceback
    from launcher.main import main

    sys.exit(main(sys.argv[1:]))

from app import create_app
from config import ConfigError

TO_BE_PASSED_ON = {"ignore_unknown_options": True}

try:
    app = create_app()
except ConfigError as error:
    sys.exit(str(error))


@app.cli.command("sandbox", with_appcontext=False, add_help_option=False, context_settings=TO_BE_PASSED_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Serve the built-in Zendesk stand-in with an invented company."""
    from app.sandbox.cli import sandbox as serve

    serve.main(arguments, prog_name="flask --app run sandbox")
