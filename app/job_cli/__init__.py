"""`flask --app run jobs …`: the command line twin of the job pages, for terminals and for scripts."""

from __future__ import annotations

from flask import Flask


def bind_job_cli(app: Flask) -> None:
    """Add the command `jobs`."""
    from app.job_cli.commands import jobs
    from app.job_cli.run import run

    jobs.add_command(run)
    app.cli.add_command(jobs)
