"""Follows a job on standard error: a progress bar in a terminal, else a line for each change of status or quarter."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import click
from sqlalchemy.exc import OperationalError

from app.cli.jobs import words
from app.database import reading
from app.extensions import db
from app.jobs import status as st
from app.jobs.models import Job
from app.jobs.store import queries
from app.web.pages.jobs import shown

LOOK_EVERY = 1.0  # seconds
PATIENCE = 60  # looks in vain, at a database that is away for a moment
BAR = 12  # characters: with counts, pace and time left it fits into 80
BESIDE = BAR + len(" []  100%  ") + 1  # the last column stays free: some terminals wrap there


@dataclass(frozen=True)
class Look:
    """A job as it is at one moment."""

    job: Job
    pace: queries.Pace


def follow(job_id: int) -> Job:
    """Show how a job goes on until nothing more happens by itself: it ended, or is paused. The job as it is then.

    Ctrl-C ends the following, not the job; it says so.
    """
    show = _as_bar if sys.stderr.isatty() else _as_lines
    try:
        show(_looks(job_id))
    except KeyboardInterrupt:
        click.echo(left_running(job_id), err=True)
    return _look(job_id).job


def left_running(job_id: int) -> str:
    """What is said after Ctrl-C."""
    return f"Job {job_id} goes on without this command. Follow it again: {words.COMMAND} show {job_id} --follow"


def _looks(job_id: int) -> Iterator[Look]:
    while True:
        look = _look(job_id)
        yield look
        if look.job.status not in st.DRIVEN:
            return
        time.sleep(LOOK_EVERY)


def _look(job_id: int) -> Look:
    """Nothing stays open behind it. A database that does not answer is asked again for about a minute."""
    for left in reversed(range(PATIENCE)):
        try:
            with reading():
                job = db.session.get_one(Job, job_id, populate_existing=True)
                look = Look(job, queries.pace(job))
            db.session.commit()
        except OperationalError:
            db.session.rollback()
            if not left:
                raise
            time.sleep(LOOK_EVERY)
        else:
            return look
    raise AssertionError("unreachable: the last look raises")


def _as_lines(looks: Iterator[Look]) -> None:
    said: set[str] = set()
    for look in looks:
        for sentence in filter(None, (shown.milestone(look.job), words.waits(look.job))):
            if sentence not in said:
                said.add(sentence)
                click.echo(sentence, err=True)


def _as_bar(looks: Iterator[Look]) -> None:
    bar = click.progressbar(
        length=1,
        width=BAR,
        bar_template="%(label)s [%(bar)s]  %(info)s",
        show_eta=False,  # ours counts from the moment when the list was frozen
        item_show_func=_info,
        file=sys.stderr,
    )

    def stand_at(look: Look) -> None:
        bar.label = shown.status_of(look.job).word
        bar.length = None if look.job.listed_at is None else max(look.job.total, 1)  # while it grows: no share
        bar.pos, bar.current_item = look.job.processed, look

    stand_at(next(looks))
    with bar:
        for look in looks:
            stand_at(look)
            bar.render_progress()


def _info(look: Look | None) -> str:
    """What the job waits for, or counts, pace and time left: as much of it as fits on the line."""
    if look is None:
        return ""
    text = words.waits(look.job) or words.progress(look.job, look.pace)
    room = shutil.get_terminal_size().columns - len(shown.status_of(look.job).word) - BESIDE
    return text if len(text) <= room else f"{text[: max(room - 1, 0)]}\N{HORIZONTAL ELLIPSIS}"
