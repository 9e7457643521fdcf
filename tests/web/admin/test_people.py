"""The pages of people: admins alone, effects at once, passwords shown once, an admin always left."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.auth import people, tokens
from app.auth.models import User
from tests.factories import PASSWORD, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
NEW = "eleven-badgers-sort-mail"
WRITES = ("password", "role", "deactivate", "reactivate", "end-sessions", "tokens/1/revoke")


@pytest.fixture
def admin(sign_in: SignIn) -> PageClient:
    return sign_in("admin", email="ada@example.com", name="Ada")


@pytest.fixture
def bo(app: Flask) -> User:
    with app.app_context():
        return make_user("agent", email="bo@example.com", name="Bo")


def read(app: Flask, email: str = "bo@example.com") -> User:
    with app.app_context():
        user = people.by_email(email)
    assert user is not None
    return user


def signs_in(app: Flask, password: str, email: str = "bo@example.com") -> bool:
    with app.app_context():
        return people.with_password(email, password) is not None


def shown_password(page: str) -> str:
    found = re.search(r'id="invented"[^>]*>([\w-]{20})<', page)
    assert found is not None
    return found.group(1)


def test_agents_are_kept_out(sign_in: SignIn, bo: User) -> None:
    agent = sign_in("agent")
    for path in ("", "/new", f"/{bo.id}"):
        assert agent.get(f"/admin/people{path}").status_code == 403
    for path in ("new", *(f"{bo.id}/{write}" for write in WRITES)):
        assert agent.submit(f"/admin/people/{path}").status_code == 403
    assert "/admin/" not in agent.get("/jobs").text


def test_a_person_that_does_not_exist_is_404(admin: PageClient) -> None:
    assert admin.get("/admin/people/99999").status_code == 404
    for write in WRITES:
        assert admin.submit(f"/admin/people/99999/{write}", {"role": "agent"}).status_code == 404


def test_everybody_is_listed(admin: PageClient, bo: User) -> None:
    page = admin.get("/admin/people").text
    assert f'href="/admin/people/{bo.id}">Bo</a>' in page
    assert "Ada</a> (you)" in page
    assert 'href="/admin/people" aria-current="page"' in page


def test_a_new_person_gets_an_invented_password_that_is_shown_once(app: Flask, admin: PageClient) -> None:
    answer = admin.submit("/admin/people/new", {"email": "Cy@Example.com", "name": "Cy", "role": "agent"})
    password = shown_password(answer.text)
    assert signs_in(app, password, "cy@example.com")
    assert password not in admin.get(f"/admin/people/{read(app, 'cy@example.com').id}").text


def test_a_new_person_gets_the_password_that_was_typed(app: Flask, admin: PageClient) -> None:
    form = {"email": "cy@example.com", "role": "admin", "new_password": NEW}
    answer = admin.submit("/admin/people/new", form)
    assert answer.status_code == 303
    assert signs_in(app, NEW, "cy@example.com")
    assert (read(app, "cy@example.com").role, read(app, "cy@example.com").name) == ("admin", "cy")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"email": "bo@example.com"}, "There is an account for bo@example.com already."),
        ({"email": "nobody"}, "is not an e-mail address"),
        ({"new_password": "short"}, "at least 12"),
        ({"role": "king"}, "is not a role"),
    ],
)
def test_a_form_that_does_not_fit_comes_back_filled_in(
    admin: PageClient, bo: User, change: dict[str, str], says: str
) -> None:
    form = {"email": "cy@example.com", "name": "Cy Young", "role": "agent", **change}
    answer = admin.submit("/admin/people/new", form)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="Cy Young"' in answer.text
    assert bo.email == "bo@example.com"


def test_closing_an_account_signs_the_person_out_at_once(app: Flask, admin: PageClient, sign_in: SignIn) -> None:
    client = sign_in("agent", email="bo@example.com")
    assert client.get("/jobs").status_code == 200
    assert admin.submit(f"/admin/people/{client.user_id}/deactivate").status_code == 303
    assert client.get("/jobs").status_code == 302
    assert not signs_in(app, PASSWORD)
    admin.submit(f"/admin/people/{client.user_id}/reactivate")
    assert client.get("/jobs").status_code == 302
    assert signs_in(app, PASSWORD)


def test_a_new_role_counts_at_once(app: Flask, admin: PageClient, sign_in: SignIn) -> None:
    client = sign_in("admin", email="bo@example.com")
    assert client.get("/admin/people").status_code == 200
    admin.submit(f"/admin/people/{client.user_id}/role", {"role": "agent"})
    assert client.get("/admin/people").status_code == 302
    assert read(app).role == "agent"


def test_all_sessions_can_be_ended(admin: PageClient, sign_in: SignIn) -> None:
    client = sign_in("agent")
    admin.submit(f"/admin/people/{client.user_id}/end-sessions")
    assert client.get("/jobs").status_code == 302


def test_a_password_is_reset_to_an_invented_one(app: Flask, admin: PageClient, sign_in: SignIn) -> None:
    client = sign_in("agent", email="bo@example.com")
    answer = admin.submit(f"/admin/people/{client.user_id}/password")
    assert signs_in(app, shown_password(answer.text))
    assert client.get("/jobs").status_code == 302


@pytest.mark.parametrize(("typed", "status"), [(NEW, 303), ("short", 422)])
def test_a_password_is_reset_to_a_typed_one(app: Flask, admin: PageClient, bo: User, typed: str, status: int) -> None:
    assert admin.submit(f"/admin/people/{bo.id}/password", {"new_password": typed}).status_code == status
    assert signs_in(app, typed) is (status == 303)


@pytest.mark.parametrize(("write", "form"), [("deactivate", {}), ("role", {"role": "agent"})])
def test_the_last_admin_is_refused_with_a_sentence(
    admin: PageClient, app: Flask, write: str, form: dict[str, str]
) -> None:
    answer = admin.submit(f"/admin/people/{admin.user_id}/{write}", form)
    assert answer.status_code == 422
    assert "is the only active admin" in answer.text
    assert read(app, "ada@example.com").active
    assert read(app, "ada@example.com").is_admin


def test_an_admin_can_revoke_a_token_of_somebody(app: Flask, admin: PageClient, bo: User) -> None:
    with app.app_context():
        token = tokens.create(bo, "nightly")
        token_id = tokens.of(bo.id)[0].id
    assert "nightly" in admin.get(f"/admin/people/{bo.id}").text
    admin.submit(f"/admin/people/{admin.user_id}/tokens/{token_id}/revoke")
    with app.app_context():
        assert tokens.find(token) is not None
    admin.submit(f"/admin/people/{bo.id}/tokens/{token_id}/revoke")
    with app.app_context():
        assert tokens.find(token) is None
