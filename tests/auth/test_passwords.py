"""Which passwords are refused: those that others try first, and those made of what others know."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app.auth import people
from app.auth.passwords import SHORTEST, weakness
from app.auth.people import PersonRefused
from tests.factories import PASSWORD, make_user

KNOWN = ("ada.lovelace@example.com", "Ada Lovelace", "acme.zendesk.com")
COMMON = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST]


def test_none_of_the_most_common_passwords_is_taken() -> None:
    assert len(COMMON) > 200
    assert [word for word in COMMON if weakness(word) is None] == []


@pytest.mark.parametrize(
    "password",
    [
        "ada.lovelace@example.com", "ADA.LOVELACE@EXAMPLE.COM", "Ada.Lovelace2026", "adalovelace123!",
        "Ada Lovelace 2026",
        "moc.elpmaxe@ecalevol.ada", "l0v3l4c3@3x4mpl3", "lovelace-lovelace", "acme-zendesk-2026", "acmeacmeacme",
        "acme.zendesk.com", "Giga-Tools-2026", "zendesk-acme-admin", "Password2024!", "Admin123456!",
        "P@ssw0rdP@ssw0rd",
        "welcome1welcome1", "qwertyuiop123", "aaaaaaaaaaaa", "abcabcabcabc", "123456789012", "2026-11-27 2026-11-27",
        "correct horse battery staple", "\uff50assword\uff50assword",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert weakness(password, *KNOWN) == (
        "This password is among the first that others would try; take a few unrelated words instead."
    )


@pytest.mark.parametrize("password", [PASSWORD, "kQ7mZx2LpW9v", "eleven-badgers-sort-mail", "späte züge rollen nachts"])
def test_a_good_password_is_taken(password: str) -> None:
    assert weakness(password, *KNOWN) is None


def test_an_invented_password_is_always_taken() -> None:
    assert [weakness(people.invented_password(), *KNOWN) for _ in range(50)] == [None] * 50


@pytest.mark.parametrize("password", ["x\0" * 12, "\ud800" * 12, "two\nlines and more words"])
def test_what_cannot_be_typed_is_refused(password: str) -> None:
    assert "cannot be typed" in (weakness(password) or "")


@pytest.mark.parametrize("password", ["4@8({[<3691!|0$5+7%2" * 50, "({[<" * 200, "1|7!" * 200, "é" * 1024])
def test_no_password_takes_long_to_judge(password: str) -> None:
    began = time.process_time()
    weakness(password, *KNOWN)
    assert time.process_time() - began < 3


def test_wherever_a_password_is_set_the_owner_counts(app: Flask) -> None:
    with app.app_context():
        ada = make_user(email=KNOWN[0], name=KNOWN[1])
        with pytest.raises(PersonRefused, match="among the first"):
            people.create("grace.hopper@example.com", "Grace Hopper 2026", "agent", "Grace Hopper")
        with pytest.raises(PersonRefused, match="among the first"):
            people.set_password(ada.email, "ada.lovelace@example.com")
        with pytest.raises(PersonRefused, match="among the first"):
            people.change_own_password(ada, PASSWORD, "Ada-Lovelace-2026", keep=None)  # type: ignore[arg-type]
