"""Odd values from Zendesk: ids that are no integers, texts that nothing can store."""

import json
from typing import Any

import pytest

from app.zendesk import read_id
from tests.zendesk.factories import a_client, an_answer
from tests.zendesk.wire import Wire, reply


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("17", 17),
        ('"17"', 17),
        ('"17.0"', 17),
        ("17.0", 17),
        ("1e3", 1000),
        ("1.7e1", 17),
        ("9223372036854775807", 2**63 - 1),
        ("0", None),
        ("-1", None),
        ("true", None),
        ("null", None),
        ("1.5", None),
        ("1e400", None),
        ("1e18", None),
        ("9223372036854775808", None),
        ('"\\uff11\\uff12"', None),
        ('" 17"', None),
        ('"1_7"', None),
        ('""', None),
        ("[17]", None),
        ('{"id": 17}', None),
    ],
)
def test_an_id_is_read_in_every_form_or_not_at_all(raw: str, number: int | None):
    assert read_id(json.loads(raw)) == number


def test_the_ids_of_a_record_are_integers_and_its_texts_stay_as_they_are():
    record = {"id": "7", "brand_id": 3.0, "group_id": {"id": 1}, "external_id": "12", "organization_id": None}
    [found] = an_answer(200, {"tickets": [record]}).objects("tickets")
    expected = {"id": 7, "brand_id": 3, "group_id": None, "external_id": "12", "organization_id": None}
    assert found == expected


def test_tickets_of_a_view_without_a_readable_id_are_counted():
    tickets = [{"id": 1}, {"id": "2"}, {"id": None}, {"id": [3]}, {}]
    with Wire(reply({"tickets": tickets, "next_page": None})) as wire:
        page = a_client(wire.url).view_tickets(7)
    assert [ticket["id"] for ticket in page.tickets] == [1, 2]
    assert page.unreadable == 3


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r'"a\ud800b"', "a\ufffdb"),
        (r'"\udc00\ud800"', "\ufffd\ufffd"),
        (r'"a\u0000b"', "a\ufffdb"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\\ud800"', "\\ud800"),
        ('"\N{SNOWMAN}"', "\N{SNOWMAN}"),
    ],
)
def test_a_text_can_be_encoded_and_stored(raw: str, text: str):
    body = f'{{"view": {{"id": 1, "title": {raw}, "more": [{{{raw}: {raw}}}]}}}}'.encode()
    view: dict[str, Any] = an_answer(200, body).record("view")
    assert view["title"] == text
    assert view["more"] == [{text: text}]
    json.dumps(view, ensure_ascii=False).encode()


def test_an_answer_that_is_nested_too_deeply_is_no_answer():
    body = b'{"view": "\\ud800' + b'"' + b', "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(Exception, match="no JSON object"):
        _ = an_answer(200, body).content


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_number_that_no_database_keeps_stays_a_text(number: str):
    answer = an_answer(200, b'{"ticket": {"id": 1, "value": ' + number.encode() + b', "share": 0.5}}')
    assert answer.record("ticket") == {"id": 1, "value": number, "share": 0.5}
