"""`/admin/connection`: which account is in force, connecting one, testing it, and the seat belts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import numbers
from app.account import saving
from app.account.cache.whose_eyes import OFFER_ALL
from app.account.connection import current, settings, writing
from app.account.connection.check import Report, check, check_in_force
from app.account.connection.trial import try_on
from app.audit.log import record
from app.auth.me import me
from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.commands.accounts import pause_others
from app.jobs.engine.wakeup import end_wait
from app.presentation import plural
from app.settings import store
from app.web.admin.connection.forms import ConnectionForm
from app.web.confirm import confirmed
from config import Config

bp = Blueprint("connection", __name__, url_prefix="/admin/connection", template_folder="../templates")

REFUSED = 422
TOKENS_END = date(2027, 4, 30)  # the day on which every API token stops working (docs/zendesk.md, Sign-in)
FRAGMENT = "X-Fragment"  # the header of a script that wants the report alone: what is typed stays in the page


@bp.get("")
def index() -> str:
    """The account in force, and the form for another one."""
    return _page(_prefilled())


@bp.post("")
@confirmed("change the Zendesk account")
def save() -> Response:
    """Put another account in force; it begins read-only."""
    form = ConnectionForm()
    if not form.validate():
        return make_response(_page(form), REFUSED)
    host = saving.save(form.typed, me().id)
    paused = pause_others(host)
    record(
        "settings.connection_saved",
        "zendesk_account",
        host,
        f"Saved {host} as the Zendesk account, signing in as {form.typed.identifier}.",
        method=form.typed.method,
        jobs_paused=paused,
    )
    flash(_saved_words(host, paused), "success")
    return _back()


@bp.post("/test")
def test() -> Response:
    """Test what is typed, before it is saved."""
    form = ConnectionForm()
    if not form.validate():
        page = _report(problems=form.sentences()) if FRAGMENT in request.headers else _page(form)
        return make_response(page, REFUSED)
    db.session.commit()  # no transaction may be open while Zendesk answers
    return _answer(check(form.zendesk, settings.network()), form)


@bp.post("/check")
def check_account() -> Response:
    """Test the account in force."""
    db.session.commit()
    return _answer(check_in_force())


@bp.post("/try")
def try_one() -> Response:
    """Add a tag to one chosen ticket and take it off again."""
    typed = request.form.get("ticket_id", "").strip().lstrip("#")
    db.session.commit()
    here = current.current_host()
    ticket_id, problem = numbers.zendesk_id(typed), ""
    if here is None or here != request.form.get("host"):
        problem = "The account was changed meanwhile. Load this page again."
    elif writing.stopped():
        problem = "All writing is stopped. Resume it first."
    elif ticket_id is None:
        problem = "Give the number of a ticket, digits only."
    if problem or ticket_id is None:
        page = _report(problems=[problem]) if FRAGMENT in request.headers else _page(_prefilled(), problems=[problem])
        return make_response(page, REFUSED)
    report = try_on(current.client(background=False), ticket_id)
    outcome = "Writing works." if report.works else f"It failed: {report.problem}"
    record(
        "settings.connection_tried",
        "ticket",
        ticket_id,
        f"Tried a tag on ticket {ticket_id} of {report.host}. {outcome}",
    )
    return _answer(report)


@bp.post("/writing")
def switch_writing() -> Response:
    """Turn writing to the account in force on, confirmed by its host and the password, or off, which is not asked."""
    return _turn_off() if request.form.get("writing") == "off" else _turn_on()


@confirmed("turn writing on")
def _turn_on() -> Response:
    host, typed = current.current_host(), request.form.get("confirm", "").strip().lower()
    if host is None:
        flash("No account is connected.", "error")
        return _back()
    if request.form.get("writing") != "on" or typed != host:
        flash(f"Nothing was turned on. To confirm, type the account's host: {host}.", "error")
        return _back()
    held = writing.hold()
    saving.set_writing(True, me().id)
    record("settings.writing_on", "zendesk_account", host, f"Turned writing on for {host}.")
    if held:
        end_wait(engine(), held.waits_for)
    flash(f"Writing to {host} is on.", "success")
    return _back()


def _turn_off() -> Response:
    host = current.current_host()
    if host is None:
        flash("No account is connected.", "error")
        return _back()
    saving.set_writing(False, me().id)
    record("settings.writing_off", "zendesk_account", host, f"Turned writing off for {host}.")
    flash(f"Writing to {host} is off: the account is read-only here.", "success")
    return _back()


@bp.post("/stop")
def stop_all() -> Response:
    """Stop all writing: within seconds no driver sends anything new."""
    store.put(writing.STOP, True, me().id)
    record("settings.writing_stopped", "", "", "Stopped all writing to Zendesk.")
    flash("All writing is stopped. What is at Zendesk already finishes; jobs wait until you resume writing.", "success")
    return _back()


@bp.post("/release")
@confirmed("resume writing to Zendesk")
def release() -> Response:
    """Resume writing."""
    store.put(writing.STOP, False, me().id)
    woken = end_wait(engine(), writing.RELEASE.waits_for)
    record("settings.writing_released", "", "", "Resumed writing to Zendesk.")
    flash(f"Writing is resumed; {plural(woken, 'job')} woken." if woken else "Writing is resumed.", "success")
    return _back()


@bp.post("/restricted-views")
@confirmed("change who is offered restricted views")
def offer_views() -> Response:
    """Offer views that Zendesk restricts to every person here, or only to whom Zendesk would show them."""
    everybody = request.form.get("offer") == "everybody"
    store.put(OFFER_ALL, everybody, me().id)
    words = "to everybody" if everybody else "only to people who may see them in Zendesk"
    record("settings.restricted_views", "", "", f"Decided to offer restricted views {words}.")
    flash(f"Restricted views are offered {words}.", "success")
    return _back()


@bp.post("/forget")
@confirmed("remove the saved account")
def forget() -> Response:
    """Remove the saved account: the environment's is in force again."""
    host = current.current_host()
    saving.forget()
    here = current.current_host()
    pause_others(here)
    record("settings.connection_forgotten", "zendesk_account", host or "", f"Removed the saved account {host}.")
    flash(
        f"The saved account is removed. {f'{here} is in force now.' if here else 'None is connected now.'}", "success"
    )
    return _back()


def _prefilled() -> ConnectionForm:
    """The form with what is saved; formdata=None, because this page also answers other forms."""
    row = settings.newest()
    if row is None:
        return ConnectionForm(formdata=None)
    field = "oauth_client_id" if row.method == settings.OAUTH else "email"
    return ConnectionForm(formdata=None, subdomain=row.subdomain, method=row.method, **{field: row.identifier})


def _answer(report: Report, form: ConnectionForm | None = None) -> Response:
    if FRAGMENT in request.headers:
        return make_response(_report(report))
    return make_response(_page(form or _prefilled(), report))


def _report(report: Report | None = None, problems: list[str] | None = None) -> str:
    return render_template("admin/connection_report.html", report=report, problems=problems)


def _page(form: ConnectionForm, report: Report | None = None, problems: list[str] | None = None) -> str:
    return render_template(
        "admin/connection.html", form=form, report=report, problems=problems, days=_days_left(), **_in_force()
    )


def _in_force() -> dict[str, Any]:
    config: Config = current_app.extensions["config"]
    return {
        "now": settings.current(),
        "account": current.current_account(),
        "stopped": writing.stopped(),
        "offer_all": bool(store.get(OFFER_ALL, False)),
        "saved": settings.newest() is not None,
        "fixed_url": config.zendesk_api_url,
        "environment": config.zendesk if config.zendesk.configured else None,
    }


def _days_left() -> int:
    return (TOKENS_END - datetime.now(UTC).date()).days


def _saved_words(host: str, paused: int) -> str:
    now = settings.current()
    words = f"{host} is saved and in force."
    if now and not now.writing:
        words += " It is read-only until you turn writing on."
    if paused:
        words += f" {plural(paused, 'job')} of other accounts {'is' if paused == 1 else 'are'} paused."
    return words


def _back() -> Response:
    return redirect(url_for(".index"), 303)
