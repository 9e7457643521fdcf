"""What tools that change tickets have in common: choosing which, the dry run, carrying it out."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from math import ceil
from typing import Any, ClassVar, NamedTuple

from flask import current_app, flash, redirect, request, url_for
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, StringField

from app import numbers
from app.account.cache import views
from app.account.cache.views import View
from app.account.cache.whose_eyes import offered
from app.account.connection import current
from app.account.connection.clients import client
from app.auth.me import me
from app.extensions import db
from app.jobs.commands import service
from app.jobs.models import Job
from app.jobs.sources import registry
from app.jobs.sources.base import Found, InvalidSource, Listing, SourceGone, SourceRefused, TicketSource
from app.jobs.sources.contents import Contents, contents
from app.jobs.sources.frozen import FrozenList
from app.presentation import MINUTE, duration
from app.tools import given_lists
from app.tools.again import filled_in
from app.tools.source_parts import LIST, PARTS, VIEW, Part, meant
from app.tools.tool import OWN, InvalidParameters, Parameters, Values
from app.zendesk import ZendeskError
from config import Config

LATER = "Try again in a minute."
VIEW_GONE = "This view is not there any more. Choose another one."
LONGEST_TOKEN = 64
LONGEST_PASTED = 100_000  # characters that are shown again
BATCH = 100
TOLD_LATELY = 300.0  # seconds; counts are asked for every two minutes
SECONDS_A_BATCH = 11.0  # what Zendesk's own job for 100 tickets takes (docs/zendesk.md, Zendesk jobs)


class ViewForm(FlaskForm):
    """The form of such a tool: which tickets, and the tool's own parameters.

    `model` is the class of these. A form has a field for each, by its name, and may have more. Which tickets is said in
    one of the parts of `source_parts.py`. `chosen`, `found` and `parameters` are set once the form is valid; `counted`
    once a person had the tickets counted.
    """

    model: ClassVar[type[Parameters]]

    source = StringField("Which tickets")
    view_id = StringField("View")
    token = HiddenField()
    preset_name = StringField("Name of the preset")
    preset_canary = StringField("Tickets that go first")
    preset_shared = BooleanField("Shared")

    chosen: TicketSource | None = None
    found: Found | None = None
    counted: Contents | None = None
    parameters: Values
    gives_list = False  # the request bears a list, which was just read
    new_list: int | None = None  # its number, where it could be read

    @property
    def filled(self) -> MultiDict[str, str]:
        """What is filled in to say which tickets: of the form that was sent, or of the address."""
        return request.form if request.method == "POST" else filled_in()

    @property
    def part(self) -> Part:
        """The part of the form that says which tickets."""
        return LIST if self.gives_list else meant(self.filled)

    @property
    def takes_own_tags(self) -> bool:
        """Whether each ticket of a list may have tags of its own."""
        return OWN in self.model.model_fields

    @property
    def understood(self) -> given_lists.Understood | None:
        """The list that was given, for the person to look at before anything starts."""
        number = self.new_list if self.gives_list else self.filled.get("list")
        return given_lists.understood(number) if self.part is LIST else None

    def reads_list(self) -> bool:
        """Whether what was sent bears a list; it is read then, and shown."""
        file, ids = request.files.get("file"), request.form.get("ids", "").strip()
        here = self.part is LIST and bool((file and file.filename) or ids)
        self.gives_list = here or "read_list" in request.form
        if self.gives_list:
            try:
                self.new_list = given_lists.keep_given(own_tags=self.takes_own_tags)
            except ValueError as sentence:
                self.complain("source", str(sentence))
        return self.gives_list

    @property
    def pasted(self) -> str:
        """What was pasted and could not be read, or stands in the address, to be shown for reading."""
        unread = self.source.errors or request.method == "GET"
        return self.filled.get("ids", "")[:LONGEST_PASTED] if unread else ""

    def source_fields(self) -> Iterator[tuple[str, str]]:
        """The fields of the chosen part that this form has no field of its own for, to be sent once more."""
        for name in self.part.fields:
            if name not in self:
                yield from ((name, value) for value in self.filled.getlist(name))

    def given(self) -> Values:
        """The parameters as they were filled in, by name, for `model` to check."""
        own = {OWN: True} if self.takes_own_tags and self.chosen and self.chosen.instructs else {}
        return {**{name: self[name].data for name in self.model.model_fields if name in self}, **own}

    def read_parameters(self) -> dict[str, str]:
        """Set `parameters`; a sentence for each field of the tool's own that does not fit."""
        try:
            self.parameters = self.model.read(self.given()).kept()
        except InvalidParameters as wrong:
            return wrong.fields
        return {}

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether a job can be made of it; else each field bears its sentence."""
        fine = super().validate(extra_validators)
        sentences = self.choose_source() | self.read_parameters()
        for name, sentence in sentences.items():
            self.complain(name, sentence)
        return fine and not sentences

    def complain(self, name: str, sentence: str) -> None:
        """Let a field bear one more sentence."""
        self[name].errors = [*self[name].errors, sentence]

    def fresh_token(self) -> str:
        """A one-use token: the same filled-in form, sent twice, makes one job."""
        self.token.data = secrets.token_urlsafe(16)
        return self.token.data

    def key(self) -> str:
        """The idempotency key of this form with this content."""
        source = self.chosen.kept() if self.chosen else None
        content = repr((self.token.data, source, sorted(self.parameters.items())))
        return "preview-" + hashlib.sha256(content.encode()).hexdigest()

    def choose_source(self) -> dict[str, str]:
        """Set `chosen` and `found`; the sentence, by its field, when no tickets are named that this person may use."""
        part = self.part
        field = "view_id" if part is VIEW else "source"
        if not (self.filled.get(part.lead) or "").strip():
            return {field: part.empty}
        try:
            chosen = registry.read(part.read(self.filled))
            self.found = chosen.look_up(me())
        except InvalidSource as wrong:
            return {field: VIEW_GONE if part is VIEW else " ".join(wrong.fields.values())}
        except SourceRefused as refused:
            return {field: VIEW_GONE if part is VIEW else refused.message}
        except ZendeskError:
            return {field: f"Zendesk did not answer, so this {part.title.lower()} could not be looked up. {LATER}"}
        finally:
            db.session.commit()  # what was looked up for it would hold up others, and ourselves
        self.chosen = chosen
        return {}

    def count(self) -> None:
        """Have the tickets counted that are named, or let the form bear the sentence why that cannot be."""
        problems = self.choose_source()
        person, role = me().id, me().role
        db.session.commit()  # no transaction may be open while Zendesk is asked
        try:
            if self.chosen:
                self.counted = contents(self.chosen, Listing(client(background=False), person, role))
        except SourceGone as gone:
            problems = {"source": str(gone)}
        except ZendeskError:
            problems = {"source": f"Zendesk did not answer, so the tickets were not counted. {LATER}"}
        for name, sentence in problems.items():
            self.complain(name, sentence)


class CountSaid(NamedTuple):
    """What is known of a count's age, in a word or two, and where that comes from."""

    word: str
    why: str


def count_said(view: View) -> CountSaid:
    """How old the count of a view is, as far as Zendesk says: when it told us is not when it counted."""
    told = time.time() - view.counted_at if view.counted_at else 0.0
    if told > TOLD_LATELY:
        return CountSaid(f"over {duration(told // MINUTE * MINUTE)} old", "Zendesk has not told a newer count since.")
    if not view.count_fresh:
        return CountSaid("out of date", "Zendesk says so, and counts anew.")
    return CountSaid("fresh", "Zendesk's own word; it keeps the counts of large views for up to 90 minutes.")


def parts() -> dict[str, Any]:
    """What the page with the form shows besides: the views on offer, and the limits."""
    config: Config = current_app.extensions["config"]
    listed = views.views()
    mine = offered(me(), listed)
    return {
        "source_parts": PARTS,
        "views": mine,
        "left_out": len(listed) - len(mine),
        "views_said": views.said(),
        "account": current.current_account(),
        "sync_limit": config.sync_ticket_limit,
        "async_limit": config.async_ticket_limit,
    }


def preview(tool: str, form: ViewForm, **more: Any) -> Job:
    """Start the dry run that a valid form asks for.

    :raises service.JobRefused: nothing was started.
    """
    assert form.chosen is not None  # noqa: S101 - the form is valid
    return service.submit(
        service.Submission(
            tool=tool,
            user=me(),
            parameters=form.parameters,
            source=form.chosen,
            found=form.found,
            idempotency_key=form.key(),
            **more,
        )
    )


def carry_out(tool: str, source_job_id: int) -> Response:
    """Run a preview on exactly the tickets that it listed, as the form on its page asks; then show the job."""
    return started(
        source_job_id,
        service.Submission(
            tool=tool,
            user=me(),
            parameters=None,
            source=FrozenList(job_id=source_job_id),
            dry_run=False,
            expected_total=numbers.whole(request.form.get("expected_total"), 0, numbers.LARGEST_ROW),
            accept_current_user="accept_current_user" in request.form,
            idempotency_key=once("apply", source_job_id),
        ),
    )


def started(source_job_id: int, submission: service.Submission) -> Response:
    """Submit what a preview's page asks for and show the new job; or the preview again, with the reason why not."""
    shown = source_job_id
    try:
        shown = service.submit(submission).id
    except service.JobRefused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("jobs.show", job_id=shown), 303)


def once(act: str, source_job_id: int) -> str:
    """The idempotency key of a form on a preview's page, by the one-use token in it."""
    return f"{act}-{source_job_id}-{request.form.get('token', '')[:LONGEST_TOKEN]}"


def bulk_seconds(tickets: int) -> float:
    """Seconds that Zendesk will need for so many changes, in batches of 100, several at a time; only a guess."""
    config: Config = current_app.extensions["config"]
    return max(1, ceil(ceil(tickets / BATCH) / config.max_inflight_jobs)) * SECONDS_A_BATCH
