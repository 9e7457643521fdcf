"""The commands of `flask --app run`: thin, over the same code as pages and API."""

from __future__ import annotations

from flask import Flask


def bind_cli(app: Flask) -> None:
    """Add every command."""
    from app.cli import people, retention, zendesk
    from app.cli.jobs.again import jobs
    from app.cli.jobs.export import export_job
    from app.cli.jobs.presets import presets
    from app.cli.jobs.run import with_parameters
    from app.tools.mounted import job_kinds

    jobs.add_command(with_parameters(job_kinds(app)))
    jobs.add_command(export_job)
    jobs.add_command(presets)
    for command in (jobs, people.users, people.api_tokens, zendesk.zendesk, zendesk.secrets, retention.retention):
        app.cli.add_command(command)
