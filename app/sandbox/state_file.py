"""Keeps what happened to the demo data in a file, so that a restart goes on where the last run ended."""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any

from .changes import Cause
from .config import SandboxConfig
from .history import Audit
from .tickets import Ticket
from .world import World
from .zendesk_jobs import Item, ZendeskJob

VERSION = 1
SAVE_SECONDS = 3.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tickets (id INTEGER PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS zendesk_jobs (id TEXT PRIMARY KEY, state TEXT NOT NULL);
"""
TICKET_STATE = tuple(each.name for each in fields(Ticket) if each.name != "history")
AUDIT_STATE = tuple(each.name for each in fields(Audit))
JOB_STATE = ("id", "number", "queued_at", "starts_at", "step", "status", "done", "results", "ended_at")
TUPLES = ("tags", "cc_ids", "follower_ids")

State = dict[str, Any]


class UnusableError(Exception):
    """The file is of another help desk, or no state file; the message is a sentence."""


class StateFile:
    """Changed tickets and Zendesk jobs in an SQLite file: each save is one transaction of what changed since.

    As a context manager it saves every few seconds and once more on leaving. Not kept: tokens, counters, the ledger.
    """

    def __init__(self, world: World, path: Path) -> None:
        self._world, self._path = world, path
        self._saved_jobs: dict[str, tuple[int, str]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._save_now_and_then, daemon=True)

    def __enter__(self) -> StateFile:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self.save()

    def save(self) -> None:
        """Write what changed since the last time; the lock is held while it is gathered, not while it is written."""
        tickets, jobs, facts = self._gathered()
        if not tickets and not jobs and self._path.exists():
            return
        try:
            with closing(sqlite3.connect(self._path)) as connection, connection:
                connection.executescript(SCHEMA)
                connection.executemany("INSERT OR REPLACE INTO tickets VALUES (?, ?)", tickets)
                connection.executemany("INSERT OR REPLACE INTO zendesk_jobs VALUES (?, ?)", jobs)
                connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts)
        except sqlite3.Error as error:
            self._to_do_again(tickets)
            print(f"Sandbox: {self._path} cannot be written ({error}); trying again later.", file=sys.stderr)

    def _gathered(self) -> tuple[list[tuple[int, str]], list[tuple[str, str]], list[tuple[str, str]]]:
        world = self._world
        with world.lock:
            world.advance()
            tickets = [(number, json.dumps(_ticket_state(world.tickets[number]))) for number in sorted(world.touched)]
            world.touched.clear()
            jobs = []
            for job in world.zendesk_jobs.known.values():
                if self._saved_jobs.get(job.id) != (job.done, job.status):
                    self._saved_jobs[job.id] = (job.done, job.status)
                    jobs.append((job.id, json.dumps(_job_state(job))))
            facts = {**_identity(world.config), "born": world.born, "last_id": world.last_id}
        return tickets, jobs, [(name, json.dumps(value)) for name, value in facts.items()]

    def _to_do_again(self, tickets: list[tuple[int, str]]) -> None:
        with self._world.lock:
            self._world.touched.update(number for number, _ in tickets)
        self._saved_jobs.clear()

    def _save_now_and_then(self) -> None:
        while not self._over.wait(SAVE_SECONDS):
            self.save()


def open_world(config: SandboxConfig, path: Path | None) -> World:
    """The world of `config`, with the changes that the file holds, if there is one.

    :raises UnusableError: when the file belongs to another help desk or cannot be read; it is left as it is.
    """
    if path is None or not path.exists():
        return World(config)
    try:
        with closing(sqlite3.connect(path)) as connection:
            facts = {name: json.loads(value) for name, value in connection.execute("SELECT name, value FROM facts")}
            if {name: facts.get(name) for name in _identity(config)} != _identity(config):
                made = f"seed {facts.get('seed')} and {facts.get('tickets')} tickets"
                raise UnusableError(f"{path} belongs to a help desk of {made}; it is left as it is and not used.")
            world = World(config, born=facts["born"])
            world.last_id = facts["last_id"]
            for (state,) in connection.execute("SELECT state FROM tickets"):
                _restore_ticket(world, json.loads(state))
            for (state,) in connection.execute("SELECT state FROM zendesk_jobs"):
                _restore_job(world, json.loads(state))
    except sqlite3.DatabaseError as error:
        raise UnusableError(f"{path} is no state file of the sandbox ({error}); it is not used.") from error
    world.recount_tags()
    return world


def _identity(config: SandboxConfig) -> State:
    return {"version": VERSION, "seed": config.seed, "tickets": config.tickets}


def _ticket_state(ticket: Ticket) -> State:
    history = [[getattr(audit, name) for name in AUDIT_STATE] for audit in ticket.history]
    return {**{name: getattr(ticket, name) for name in TICKET_STATE}, "history": history}


def _restore_ticket(world: World, state: State) -> None:
    state["fields"] = {int(key): value for key, value in state["fields"].items()}
    subject, requester_id, tags, public = state["beginning"]
    state["beginning"] = (subject, requester_id, tuple(tags), public)
    state["history"] = [Audit(*values) for values in state["history"]]
    state.update({name: tuple(state[name]) for name in TUPLES})
    ticket = Ticket(**state)
    world.tickets[ticket.id] = ticket


def _job_state(job: ZendeskJob) -> State:
    cause = {
        "author": job.cause.author.id,
        "client": job.cause.client,
        "request": job.cause.request,
        "bulk": job.cause.bulk,
    }
    items = [[item.ticket_id, item.change] for item in job.items]
    return {**{name: getattr(job, name) for name in JOB_STATE}, "items": items, "cause": cause}


def _restore_job(world: World, state: State) -> None:
    cause = state["cause"]
    state["cause"] = Cause(
        world.people.users[cause["author"]], cause["client"], cause["request"], state["id"], cause.get("bulk", False)
    )
    state["items"] = [Item(ticket_id, change) for ticket_id, change in state["items"]]
    world.zendesk_jobs.restore(ZendeskJob(**state))
