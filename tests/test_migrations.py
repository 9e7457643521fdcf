"""The migrations build what the models say, on each database, forth and back, and over data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect, text

from app import create_app
from app.extensions import db
from app.jobs.models import Job
from tests.factories import make_config, make_item, make_job, make_user

BEFORE_RELATIONS = "0008"
BEFORE_SOURCES = "0012"


BEFORE_WORDS = "0013"


@pytest.fixture
def empty_app(empty_database: str, tmp_path: Path) -> Iterator[Flask]:
    """An app whose database has no table yet."""
    app = create_app(make_config(tmp_path, database_url=empty_database))
    yield app
    with app.app_context():
        db.engine.dispose()


def test_an_upgrade_from_nothing_builds_what_the_models_say(empty_app: Flask) -> None:
    with empty_app.app_context():
        flask_migrate.upgrade()
        flask_migrate.check()
        assert {"users", "api_tokens", "jobs", "job_items"} <= set(inspect(db.engine).get_table_names())


def test_a_difference_between_models_and_migrations_is_found(empty_app: Flask) -> None:
    with empty_app.app_context():
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            connection.execute(text("DROP TABLE api_tokens"))
        with pytest.raises(SystemExit):
            flask_migrate.check()


def test_a_downgrade_leaves_nothing_and_an_upgrade_follows(empty_app: Flask) -> None:
    with empty_app.app_context():
        flask_migrate.upgrade()
        flask_migrate.downgrade(revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        flask_migrate.upgrade()
        flask_migrate.check()


def test_an_upgrade_of_a_current_database_changes_nothing(empty_app: Flask) -> None:
    with empty_app.app_context():
        flask_migrate.upgrade()
        before = _rows()
        flask_migrate.upgrade()
        assert _rows() == before


def test_rebuilding_a_table_keeps_the_rows_that_point_to_it(
    empty_app: Flask, tmp_path: Path, revision: Callable[[str, str], None]
) -> None:
    """SQLite rebuilds a table to alter it; with foreign keys on, that would delete every item of every job."""
    with empty_app.app_context():
        flask_migrate.upgrade()
        job = make_job(make_user())
        make_item(job, 17)
        before = _rows()
        revision("tests0", 'batch.alter_column("account", type_=sa.String(300), existing_type=sa.String(253))')
        flask_migrate.upgrade(directory=str(tmp_path / "migrations"))
        assert {**_rows(), "alembic_version": 1} == {**before, "alembic_version": 1}
        assert before["job_items"] == 1


@pytest.fixture
def revision(tmp_path: Path, empty_app: Flask) -> Callable[[str, str], None]:
    """Adds one more migration, in a copy of the folder."""
    import shutil

    from app import MIGRATIONS

    def write(name: str, change: str) -> None:
        shutil.copytree(MIGRATIONS, tmp_path / "migrations")
        head = max(path.name for path in (MIGRATIONS / "versions").glob("*.py")).partition("_")[0]
        (tmp_path / "migrations" / "versions" / f"{name}.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision = {name!r}\ndown_revision = {head!r}\n"
            f"def upgrade():\n    with op.batch_alter_table('jobs') as batch:\n        {change}\n"
        )

    return write


def _rows() -> dict[str, int]:
    with db.engine.connect() as connection:
        tables = sorted(inspect(connection).get_table_names())
        return {table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables}  # noqa: S608


def test_tokens_that_are_there_get_an_end_and_their_owners_role(empty_app: Flask) -> None:
    with empty_app.app_context():
        flask_migrate.upgrade(revision="0007")
        with db.engine.begin() as connection:
            for number, role in ((1, "admin"), (2, "agent")):
                user = "INSERT INTO users (id, email, name, role, password_hash, active, created_at) VALUES "
                connection.execute(text(f"{user} ({number}, '{role}@example.com', 'x', '{role}', 'x', true, 1)"))
                token = "INSERT INTO api_tokens (user_id, name, token_hash, public_replies, created_at) VALUES "
                connection.execute(text(f"{token} ({number}, 'x', '{role}', false, 1)"))
        flask_migrate.upgrade(revision="0008")
        with db.engine.begin() as connection:
            rows = connection.execute(text("SELECT token_hash, role, expires_at FROM api_tokens")).all()
        assert {row[0] for row in rows} == {row[1] for row in rows} == {"admin", "agent"}
        assert all(89 * 86_400 < row[2] - time.time() < 91 * 86_400 for row in rows)
        flask_migrate.downgrade(revision="0007")
        with db.engine.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM api_tokens")).scalar() == 2


def test_jobs_that_are_there_are_told_how_they_came_about(empty_app: Flask) -> None:
    """Also how many tickets were never started, and that a list which was refused may never run."""
    with empty_app.app_context():
        flask_migrate.upgrade()
        owner = make_user()
        preview = make_job(owner, dry_run=True, status="completed", listed_at=1.0)
        run = make_job(owner, source_job_id=preview.id, status="completed", listed_at=10.0, finished_at=70.0)
        retry = make_job(owner, source_job_id=run.id, status="cancelled", listed_at=1.0, total=3, skipped=3)
        for ticket_id, error in enumerate(("cancelled", "cancelled", "closed"), 1):
            make_item(retry, ticket_id, outcome="skipped", error=error)
        said = (
            "This job has more than 5 tickets, the most that the role agent may use this tool on at once.",
            "The view has more than 50,000 tickets, the most that one job may have. Nothing was changed.",
            "7 tickets were expected, but the view lists 9. Nothing was changed. Preview it again.",
            "The view is gone.",
        )
        failed = [make_job(owner, status="failed", error=error).id for error in said]
        flask_migrate.downgrade(revision=BEFORE_RELATIONS)
        flask_migrate.upgrade()
        told = "SELECT id, relation, never_started, refused_for, active_seconds FROM jobs"
        with db.engine.connect() as connection:
            jobs = {row.id: row for row in connection.execute(text(told))}
        assert [jobs[job.id].relation for job in (preview, run, retry)] == [None, "run", "retry"]
        assert [jobs[job.id].never_started for job in (run, retry)] == [0, 2]
        assert jobs[run.id].active_seconds == 60.0
        refused = [jobs[job_id].refused_for for job_id in failed]
        assert refused == ["over_cap", "too_many_tickets", "not_as_expected", None]


def test_jobs_on_views_bear_their_source_and_find_their_view_again(empty_app: Flask) -> None:
    with empty_app.app_context():
        flask_migrate.upgrade(revision=BEFORE_SOURCES)
        told = "tool, account, status, wish, dry_run, parameters, created_by_id, request_id, total"
        zeros = "succeeded, unchanged, failed, skipped, unknown, created_at, lease_token, takeovers, names_current_user"
        values = "'tag-manager', 'a', 'completed', 'run', true, '{}', 1, '', 0, 0, 0, 0, 0, 0, 1, 0, 0, false"
        with db.engine.begin() as connection:
            user = "INSERT INTO users (id, email, name, role, password_hash, active, created_at) VALUES "
            connection.execute(text(f"{user} (1, 'a@example.com', 'x', 'admin', 'x', true, 1)"))
            for row in ("1, 5, 'Open', NULL", "2, 5, 'Open', 1", "3, 6, '', NULL"):
                columns = f"id, view_id, view_title, source_job_id, {told}, {zeros}"
                statement = f"INSERT INTO jobs ({columns}, mark) VALUES ({row}, {values}, 'm')"  # noqa: S608 - our own
                connection.execute(text(statement))
        flask_migrate.upgrade()
        jobs = db.session.query(Job).order_by(Job.id).all()
        assert [job.source for job in jobs] == [{"view_id": 5}, {"job_id": 1}, {"view_id": 6}]
        assert [job.source_title for job in jobs] == ["Open", "Open", "view 6"]
        db.session.remove()
        flask_migrate.downgrade(revision=BEFORE_SOURCES)
        with db.engine.begin() as connection:
            rows = connection.execute(text("SELECT view_id, view_title FROM jobs ORDER BY id")).all()
        assert [tuple(row) for row in rows] == [(5, "Open"), (5, "Open"), (6, "view 6")]


def test_what_is_known_of_jobs_and_tickets_stays_known_under_its_new_names(empty_app: Flask) -> None:
    needs = ("read", "reconcile", "prefetch", "trial", "await_probe", "reread", "rereading", None)
    with empty_app.app_context():
        flask_migrate.upgrade()
        owner = make_user()
        snapshot = {"snapshot": {"fields": []}, "snapshot_version": "v", "snapshot_revision": "2026"}
        about = {"requested_state": "pause", "correlation_id": "c0ffee", "stop_reason": "Dropped.", "woken_at": 7.0}
        job = make_job(owner, audits="usable", **snapshot, **about)
        make_job(owner, audits="opaque")
        for ticket_id, need in enumerate(needs, 1):
            make_item(job, ticket_id, needs=need, crashes=ticket_id)
        told = (
            "SELECT requested_state, correlation_id, snapshot_version, snapshot_revision, stop_reason, woken_at,"
            " audits FROM jobs ORDER BY id",
            "SELECT ticket_id, needs, crashes FROM job_items ORDER BY ticket_id",
        )
        with db.engine.connect() as connection:
            before = [connection.execute(text(each)).all() for each in told]
        flask_migrate.downgrade(revision=BEFORE_WORDS)
        with db.engine.connect() as connection:
            audits = connection.execute(text("SELECT wish, mark, evidence FROM jobs ORDER BY id")).all()
            old = connection.execute(text("SELECT needs FROM job_items ORDER BY ticket_id")).scalars().all()
        assert (audits[0], audits[1].evidence) == (("pause", "c0ffee", "clear"), "blind")
        assert old == ["read", "look", "render", "trial", "proof", "again", "now", None]
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            assert [connection.execute(text(each)).all() for each in told] == before
