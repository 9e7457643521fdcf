"""`jobs run` against a sandbox on a real port: whose it is, what is shown and asked before, what then runs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.auth.models import User
from app.cli.jobs import exits, run
from app.database import read_transaction
from app.extensions import db
from app.jobs.models import Job
from app.sandbox import World
from app.sandbox.data.tags import STRIKE
from app.sandbox.faults import edit_as_agent
from app.tools import rules
from app.tools.rules import Rule
from tests.cli.jobs.conftest import Jobs
from tests.factories import make_user

TAG = "strike_nov_2026"


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_can_be_asked", lambda: True)


def view_id(world: World) -> int:
    return next(view.id for view in world.views.values() if view.title.startswith("Carrier strike"))


def order(world: World, user: User, *more: str) -> tuple[object, ...]:
    return ("run", "--tool", "tag-manager", "--view", view_id(world), "--add", TAG, "--as", user.email, *more)


def tagged(world: World) -> int:
    return sum(TAG in ticket.tags for ticket in world.tickets.values())


def made(app: Flask) -> int:
    with app.app_context(), read_transaction() as tx:
        return tx.scalar(select(func.count()).select_from(Job)) or 0


def test_a_job_is_a_dry_run_unless_told_otherwise(
    database: str, jobs: Jobs, world: World, agent: User, app: Flask
) -> None:
    done = jobs(*order(world, agent))
    assert done.exit_code == exits.DONE
    assert "Will change" in done.stdout
    assert f"--preview 1 --for-real --as {agent.email}" in done.stdout
    assert tagged(world) == 0


def test_a_dry_run_is_carried_out_on_exactly_its_list(database: str, jobs: Jobs, world: World, agent: User) -> None:
    preview = json.loads(jobs(*order(world, agent, "--json")).stdout)
    newcomer = next(
        ticket.id for ticket in world.tickets.values() if ticket.status == "open" and STRIKE not in ticket.tags
    )
    edit_as_agent(world, newcomer, {"tags": [STRIKE]})
    assert STRIKE in world.tickets[newcomer].tags
    words = ("--preview", preview["id"], "--for-real", "--yes", "--as", agent.email, "--json")
    done = jobs("run", "--tool", "tag-manager", *words)
    job = json.loads(done.stdout)
    assert done.exit_code == exits.DONE
    assert (job["source"], job["parameters"]) == ({"job_id": preview["id"]}, preview["parameters"])
    assert job["succeeded"] == preview["succeeded"] == tagged(world)
    assert f"Will change{preview['succeeded']:>13}" in done.stderr, "the numbers are shown without asking"


def test_with_yes_a_view_is_changed_at_once(jobs: Jobs, world: World, agent: User, app: Flask) -> None:
    done = jobs(*order(world, agent, "--for-real", "--yes", "--json"))
    assert (done.exit_code, made(app)) == (exits.DONE, 1)
    assert json.loads(done.stdout)["succeeded"] == tagged(world) > 0


@pytest.mark.usefixtures("at_a_terminal")
def test_in_a_terminal_the_numbers_are_shown_and_a_person_is_asked(
    jobs: Jobs, world: World, agent: User, app: Flask
) -> None:
    declined = jobs(*order(world, agent, "--for-real", "--json"), stdin="n\n")
    assert (declined.exit_code, declined.stdout, tagged(world)) == (exits.REFUSED, "", 0)
    assert "Nothing was changed." in declined.stderr
    assert "(DEMO)? [y/N]" in declined.stderr
    agreed = jobs(*order(world, agent, "--for-real", "--json"), stdin="y\n")
    job = json.loads(agreed.stdout)
    assert agreed.exit_code == exits.DONE
    assert job["source"] == {"job_id": 2}, "what was shown is what runs"
    assert f"Change {job['succeeded']:,} tickets in {job['account']} (DEMO)?" in agreed.stderr
    assert tagged(world) == job["succeeded"] > 0


@pytest.mark.usefixtures("at_a_terminal")
def test_nobody_is_asked_when_nothing_would_change(jobs: Jobs, world: World, agent: User, app: Flask) -> None:
    jobs(*order(world, agent, "--for-real", "--yes"))
    again = jobs(*order(world, agent, "--for-real"))
    assert again.exit_code == exits.DONE
    assert "Nothing to change." in again.stderr
    assert "[y/N]" not in again.stderr
    assert made(app) == 2, "the job and the dry run after it"


@pytest.mark.usefixtures("at_a_terminal")
def test_what_is_no_finished_dry_run_is_refused_without_asking(jobs: Jobs, world: World, agent: User) -> None:
    jobs(*order(world, agent, "--for-real", "--yes"))
    refused = jobs("run", "--tool", "tag-manager", "--preview", 1, "--for-real", "--as", agent.email)
    assert refused.exit_code == exits.REFUSED
    assert "Job 1 is not a dry run of this tool." in refused.stderr
    assert "[y/N]" not in refused.stderr


def test_without_a_terminal_changes_need_a_yes(jobs: Jobs, world: World, agent: User, app: Flask) -> None:
    refused = jobs(*order(world, agent, "--for-real"))
    assert refused.exit_code == exits.USAGE
    assert "say --yes if it is meant" in refused.stderr
    assert made(app) == 0


def test_a_view_is_found_by_its_title(jobs: Jobs, world: World, agent: User) -> None:
    title = world.views[view_id(world)].title
    words = ("--add", TAG, "--as", agent.email, "--json")
    job = json.loads(jobs("run", "--tool", "tag-manager", "--view", title.upper(), *words).stdout)
    assert job["source"] == {"view_id": view_id(world)}
    missing = jobs("run", "--tool", "tag-manager", "--view", "No such view", *words)
    assert missing.exit_code == exits.REFUSED
    assert "There is no view with the title 'No such view'" in missing.stderr


def test_a_title_that_two_views_have_is_not_guessed(jobs: Jobs, world: World, agent: User, app: Flask) -> None:
    first, second = [view for view in world.views.values() if view.active][:2]
    world.views[second.id] = replace(second, title=first.title)
    refused = jobs("run", "--tool", "tag-manager", "--view", first.title, "--add", TAG, "--as", agent.email)
    assert refused.exit_code == exits.REFUSED
    assert f"{first.id}, {second.id}" in refused.stderr
    assert made(app) == 0


def test_who_starts_it_must_be_named_and_may_use_the_tool(app: Flask, jobs: Jobs, world: World, agent: User) -> None:
    with app.app_context():
        closed = make_user("agent", active=False)
        rules.decide("tag-manager", {"agent": Rule(False)})
    nameless = [word for word in order(world, agent) if word not in ("--as", agent.email)]
    assert jobs(*nameless).exit_code == exits.USAGE
    for user, sentence in (
        (agent, "Your role, agent, may not use Tag Manager."),
        (closed, "There is no active account"),
    ):
        refused = jobs(*order(world, user))
        assert (refused.exit_code, refused.stdout) == (exits.REFUSED, "")
        assert sentence in refused.stderr
    assert made(app) == 0


def test_the_cap_of_the_role_counts(app: Flask, jobs: Jobs, world: World, agent: User) -> None:
    with app.app_context():
        rules.decide("tag-manager", {"agent": Rule(True, 5)})
    refused = jobs(*order(world, agent, "--for-real", "--yes"))
    assert refused.exit_code == exits.REFUSED
    assert "Error: This job has more than 5 tickets, the most that the role agent may use" in refused.stderr
    assert tagged(world) == 0


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--add", "a b"), "--add: "),
        (("--add", "vip", "--remove", "vip"), "--remove: "),
        (("--add", ""), "--add: Name at least one tag"),
        (("--add", "vip", "--canary", "-1"), "--canary: "),
        (("--add", "vip", "--expected-total", "-1"), "--expected-total: "),
        (("--tool", "macro-search"), "--tool: "),
        (("--view", "0"), "--view: "),
        (("--preview", "3"), "Give either --view, --query, --tickets, --csv, --job or --preview."),
        (("--outcome", "failed"), "--outcome does not go with --view."),
    ],
)
def test_values_that_do_not_fit_are_named_by_their_option(
    jobs: Jobs, world: World, agent: User, words: tuple[str, ...], option: str
) -> None:
    refused = jobs("run", "--tool", "tag-manager", "--view", view_id(world), "--as", agent.email, *words)
    assert (refused.exit_code, refused.stdout) == (exits.USAGE, "")
    assert option in refused.stderr
    assert jobs("list").stdout == ""


def test_a_preview_is_not_previewed_again(jobs: Jobs, agent: User) -> None:
    refused = jobs("run", "--tool", "tag-manager", "--preview", 3, "--as", agent.email)
    assert refused.exit_code == exits.USAGE
    assert "--for-real carries it out" in refused.stderr


def test_another_number_than_expected_changes_nothing(jobs: Jobs, world: World, agent: User) -> None:
    refused = jobs(*order(world, agent, "--for-real", "--yes", "--expected-total", "1"))
    assert (refused.exit_code, refused.stdout) == (exits.REFUSED, "")
    assert "1 tickets were expected, but the view lists" in refused.stderr
    assert tagged(world) == 0


def test_a_view_that_depends_on_who_looks_must_be_accepted(jobs: Jobs, world: World, agent: User) -> None:
    words = ("run", "--tool", "tag-manager", "--view", "My open tickets", "--add", TAG, "--for-real", "--yes")
    refused = jobs(*words, "--as", agent.email)
    assert refused.exit_code == exits.REFUSED
    assert "This depends on who asks Zendesk" in refused.stderr
    assert jobs(*words, "--as", agent.email, "--accept-current-user").exit_code == exits.DONE


def test_a_large_job_is_left_to_a_worker(app: Flask, jobs: Jobs, world: World, agent: User) -> None:
    app.extensions["jobs"] = replace(app.extensions["jobs"], sync_ticket_limit=0)
    started = jobs(*order(world, agent, "--for-real", "--yes"))
    assert started.exit_code == exits.GOES_ON
    assert "jobs show 1 --follow" in started.stdout


def test_zendesk_in_trouble_is_told_in_a_sentence(app: Flask, jobs: Jobs, world: World, agent: User) -> None:
    world.faults.add("500", method="GET", path="/views*")
    refused = jobs("run", "--tool", "tag-manager", "--view", "Open", "--add", TAG, "--as", agent.email)
    assert (refused.exit_code, refused.stdout) == (exits.REFUSED, "")
    assert "Error: Zendesk has trouble of its own. Try again in a minute." in refused.stderr


@pytest.mark.usefixtures("at_a_terminal")
def test_a_reply_to_customers_wants_the_number_typed(jobs: Jobs, world: World, admin: User, app: Flask) -> None:
    macro = next(each for each in world.macros.values() if each.title == "Shipping::Delay apology")
    words = ("run", "--tool", "apply-macro-to-view", "--view", view_id(world), "--macro", macro.title.upper())
    words = (*words, "--for-real", "--accept-current-user", "--as", admin.email)
    with_yes = jobs(*words, stdin="y\n")
    assert with_yes.exit_code == exits.REFUSED
    assert "Customers get a reply, which cannot be recalled." in with_yes.stderr
    with app.app_context():
        number = db.session.query(Job).filter_by(dry_run=True).one().succeeded
    typed = jobs(*words, stdin=f"{number}\n")
    assert typed.exit_code == exits.GOES_ON, typed.stderr
    assert "applied Shipping::Delay apology to 5 tickets" in typed.stdout


def test_a_macro_that_is_not_there_is_named(jobs: Jobs, world: World, admin: User) -> None:
    words = ("run", "--tool", "apply-macro-to-view", "--view", view_id(world), "--as", admin.email, "--macro")
    assert "There is no macro with the title 'nothing'" in jobs(*words, "nothing").stderr


def test_a_search_and_an_earlier_job_name_tickets_too(jobs: Jobs, admin: User) -> None:
    words = ("run", "--tool", "tag-manager", "--add", TAG, "--as", admin.email, "--json")
    first = json.loads(jobs(*words, "--query", "status:open", "--for-real", "--yes").stdout)
    assert (first["status"], first["source"]) == ("completed", {"query": "status:open"})
    changed = ("--job", first["id"], "--outcome", "succeeded,unchanged", "--outcome", "failed")
    second = json.loads(jobs(*words, *changed).stdout)
    assert second["source"] == {"job_id": first["id"], "outcomes": ["succeeded", "unchanged", "failed"]}
    assert second["relation"] == "list"
    refused = jobs(*words, "--job", first["id"], "--outcome", "lost")
    assert "--outcome: Give a list of one or more of" in refused.stderr
    refused = jobs(*words, "--query", 'subject:"x')
    assert "Zendesk refuses this search" in refused.stderr
