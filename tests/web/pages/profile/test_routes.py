"""One's own page: name, password, tokens; nothing of anybody else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.auth import people, tokens
from app.auth.models import User
from app.extensions import db
from tests.factories import PASSWORD, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
NEW = "eleven-badgers-sort-mail"


def passwords_form(current: str = PASSWORD, new: str = NEW, repeated: str = NEW) -> dict[str, str]:
    return {"password": current, "new_password": new, "repeated_password": repeated}


def fits(app: Flask, client: PageClient, password: str) -> bool:
    with app.app_context():
        user = db.session.get_one(User, client.user_id)
        return people.with_password(user.email, password) is not None


def test_the_page_names_the_person_and_is_in_the_menu(sign_in: SignIn) -> None:
    client = sign_in(email="ada@example.com", name="Ada")
    page = client.get("/profile").text
    assert "ada@example.com, agent" in page
    assert 'value="Ada"' in page
    assert 'href="/profile"' in client.get("/jobs").text


def test_a_name_can_be_changed(sign_in: SignIn) -> None:
    client = sign_in(name="Ada")
    assert client.submit("/profile/name", {"name": "Ada Lovelace"}).status_code == 303
    assert 'value="Ada Lovelace"' in client.get("/profile").text


def test_what_is_no_name_is_shown_again_with_a_sentence(sign_in: SignIn) -> None:
    client = sign_in(name="Ada")
    answer = client.submit("/profile/name", {"name": " "})
    assert answer.status_code == 422
    assert "A name has 1 to 200 characters" in answer.text


def test_a_changed_password_counts_and_this_browser_stays(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    assert client.submit("/profile/password", passwords_form()).status_code == 303
    assert "Your password is changed" in client.get("/profile").text
    assert fits(app, client, NEW)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (passwords_form(current="wrong"), "not your current password"),
        (passwords_form(repeated="other"), "differ"),
        (passwords_form(new="short", repeated="short"), "at least 12"),
    ],
)
def test_a_password_is_not_changed(app: Flask, sign_in: SignIn, form: dict[str, str], says: str) -> None:
    client = sign_in()
    answer = client.submit("/profile/password", form)
    assert answer.status_code == 422
    assert says in answer.text
    assert not any(word in answer.text for word in form.values() if word not in ("wrong", "other", "short"))
    assert fits(app, client, PASSWORD)


def test_the_current_password_cannot_be_guessed_for_long(app: Flask, sign_in: SignIn) -> None:
    client, other = sign_in(), sign_in()
    answers = [client.submit("/profile/password", passwords_form(current="wrong")).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    assert client.submit("/profile/password", passwords_form()).status_code == 429
    assert other.submit("/profile/password", passwords_form()).status_code == 303
    assert fits(app, client, PASSWORD)


@pytest.mark.parametrize("form", [{"new": "short", "repeated": "short"}, {"repeated": "something-else-entirely"}])
def test_a_new_password_that_will_not_do_is_no_guess_at_the_old_one(sign_in: SignIn, form: dict[str, str]) -> None:
    client = sign_in("agent")
    answers = [client.submit("/profile/password", passwords_form(**form)).status_code for _ in range(12)]
    assert answers == [422] * 12
    assert client.submit("/profile/password", passwords_form()).status_code == 303


def test_a_token_is_shown_once_and_works(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(email="ada@example.com")
    answer = client.submit("/profile/tokens", {"token_name": "nightly"})
    found = re.search(r"zgt_[\w-]{40,}", answer.text)
    assert found is not None
    page = client.get("/profile").text
    assert found.group() not in page
    assert "nightly" in page
    me = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {found.group()}"})
    assert me.get_json()["email"] == "ada@example.com"


@pytest.mark.parametrize(("ticked", "allowed"), [({}, False), ({"public_replies": "on"}, True)])
def test_a_token_may_write_to_customers_only_when_that_was_ticked(
    app: Flask, sign_in: SignIn, ticked: dict[str, str], allowed: bool
) -> None:
    client = sign_in()
    client.submit("/profile/tokens", {"token_name": "nightly", **ticked})
    with app.app_context():
        assert [token.public_replies for token in tokens.of(client.user_id)] == [allowed]


def test_a_token_without_a_name_is_refused(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    assert client.submit("/profile/tokens", {"public_replies": "on"}).status_code == 422
    with app.app_context():
        assert tokens.of(client.user_id) == []


def test_a_token_can_be_revoked_by_its_owner_alone(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    with app.app_context():
        stranger = make_user()
        theirs = tokens.create(stranger, "theirs")
        owner = db.session.get_one(User, client.user_id)
        db.session.commit()
        mine = tokens.create(owner, "mine")
        ids = [tokens.of(user_id)[0].id for user_id in (stranger.id, client.user_id)]
    for token_id in ids:
        assert client.submit(f"/profile/tokens/{token_id}/revoke").status_code == 303
    with app.app_context():
        assert tokens.find(theirs) is not None
        assert tokens.find(mine) is None
    assert "Revoked" in client.get("/profile").text


def test_a_form_that_came_without_its_token_is_kept_but_not_its_passwords(sign_in: SignIn) -> None:
    client = sign_in()
    form = {**passwords_form(new="nine-otters-wash-cars"), "note": "kept"}
    answer = client.post("/profile/password", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400
    assert 'value="kept"' in answer.text
    assert PASSWORD not in answer.text
    assert NEW not in answer.text
    assert "nine-otters" not in answer.text
