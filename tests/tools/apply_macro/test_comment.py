"""Which text of a comment goes out, whether it is fit to, and how it is recognised."""

from __future__ import annotations

from typing import Any

import pytest

from app.tools.apply_macro.comment import Comment, empty_placeholders, essence, is_in, sent, written

PLAIN = Comment("Hi {{ticket.requester.name}}", None, "public")
RICH = Comment(None, "<p>Hi {{ticket.requester.name}}</p>", "internal")
BOTH = Comment("Hi {{ticket.requester.name}}", "<p>Hi {{ticket.requester.name}}</p>", "unset")


@pytest.mark.parametrize(
    ("comment", "preview", "result"),
    [
        (PLAIN, {"body": "Hi Rae", "html_body": "<p>Hi Rae</p>", "public": False}, {"body": "Hi Rae", "public": True}),
        (PLAIN, {"html_body": "<p>Hi Rae</p>"}, {"body": "Hi Rae", "public": True}),
        (PLAIN, {"body": "", "scoped_body": [["channel:all", "Hi Rae"]]}, {"body": "Hi Rae", "public": True}),
        (PLAIN, {"body": "", "scoped_body": [["channel:chat", "Hi Rae"]]}, None),
        (PLAIN, {"body": " \u00a0\n", "html_body": None, "scoped_body": []}, None),
        (RICH, {"body": "Hi Rae", "html_body": "<p>Hi Rae</p>", "public": True}, {"html_body": "<p>Hi Rae</p>"}),
        (RICH, {"body": "<p>Hi Rae</p>"}, {"html_body": "<p>Hi Rae</p>"}),
        (RICH, {"body": "Hi Rae"}, {"body": "Hi Rae"}),
        (RICH, {"html_body": "<p>&nbsp;</p>"}, None),
        (BOTH, {"body": "Hi Rae", "html_body": "<p>Hi Rae</p>"}, {"html_body": "<p>Hi Rae</p>"}),
        (BOTH, {"body": "See", "html_body": "<p>Hi</p>"}, {"html_body": "<p>Hi</p>", "plain": "See"}),
        (BOTH, {"body": "Hi Rae", "html_body": None}, {"body": "Hi Rae"}),
        (BOTH, {}, None),
    ],
)
def test_takes_the_right_text_of_a_preview_and_never_its_public(
    comment: Comment, preview: dict[str, Any], result: dict[str, Any] | None
):
    expected = None if result is None else {"public": comment.public, **result}
    assert comment.rendered(preview) == expected


def test_sends_one_text_and_says_who_may_read_it():
    assert sent(written("See", "<p>Hi</p>", public=False)) == {"html_body": "<p>Hi</p>", "public": False}
    assert sent(written("See", None, public=True)) == {"body": "See", "public": True}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Done, thanks.", {"body": "Done, thanks.", "html_body": "<p>Done, thanks.</p>"}),
        ("Done,\n\nthanks & bye", {"html_body": "<div><p>Done,</p><p>thanks &amp; bye</p></div>"}),
        ("<p>It is <b>done</b></p>", {"body": "It is **done**"}),
        ("Gr\u00fc\u00dfe", {"plain_body": "Gru\u0308sse".replace("ss", "\u00df")}),
        ("GO", {"body": "go"}),
        ("\N{THUMBS UP SIGN}", {"body": " \N{THUMBS UP SIGN}\n"}),
        ("\u304a\u5f85\u305f\u305b", {"html_body": "<p>\u304a\u5f85\u305f\u305b</p>"}),
        ("a &lt; b", {"body": "a < b"}),
    ],
)
def test_a_text_is_recognised_in_whatever_form(ours: str, theirs: dict[str, Any]):
    html = ours if ours.startswith("<") else None
    assert is_in([{"type": "Comment", **theirs}], written(ours, html, public=True))


@pytest.mark.parametrize(
    "theirs", [{"body": "Undone, thanks."}, {"body": ""}, {"body": None}, {}, {"body": "\N{THUMBS DOWN SIGN}"}]
)
def test_another_text_is_not_ours(theirs: dict[str, Any]):
    assert not is_in([{"type": "Comment", **theirs}], written("Done, thanks.", None, public=True))
    assert not is_in([{"type": "Comment", **theirs}], written("\N{THUMBS UP SIGN}", None, public=True))


def test_what_zendesk_dropped_of_a_text_or_kept_of_it_hides_nothing_of_ours():
    ours = written("", "<style>p{color:red}</style><p>Done, Rae.</p><!-- note -->", public=True)
    for theirs in (
        "<p>Done, Rae.</p>",
        "p{color:red}<p>Done, Rae.</p>",
        "<style>p{color:red}</style><p>Done, Rae.</p>",
    ):
        assert is_in([{"html_body": theirs}], ours) or "color" in theirs
    assert is_in([{"body": "Done, Rae."}], ours)


def test_the_plain_text_of_a_rich_one_is_recognised_too():
    assert is_in([{"body": "See below"}], written("See below", "<p>Hi <b>Rae</b></p>", public=True))


def test_nothing_is_the_essence_of_nothing_only():
    assert essence("<p> &nbsp;</p>") == ""
    assert essence("?!") == "?!"


@pytest.mark.parametrize(
    ("template", "rendered", "empty"),
    [
        ("Hi {{a}}, bye {{b}}", "Hi Rae, bye Bo", []),
        ("Hi {{a}}, bye {{b}}", "Hi , bye Bo", ["{{a}}"]),
        ("Hi {{a}}, bye {{b}}", "Hi Rae, bye ", ["{{b}}"]),
        ("<p>{{a}}</p><p>Dear {{b}}!</p>", "<p></p><p>Dear !</p>", ["{{a}}", "{{b}}"]),
        ("{{a}} and {{a}}", " and ", ["{{a}}"]),
        ('<p>Hi {{a}}, see <a href="{{b}}">this</a> {{c}}.</p>', "<p>Hi , see <a>this</a> .</p>", ["{{a}}", "{{c}}"]),
        ("<pre>{{x}}</pre> Hi {{a}}!", "<pre>{{x}}</pre> Hi !", ["{{a}}"]),
        ("{{" * 50 + " Hi", "Hi", []),
        ("Hi {{a}} there", "Something else", []),
        ("{% if a %}Hi{% endif %} {{b}}", "", []),
        ("Nothing to fill in", "Nothing to fill in", []),
    ],
)
def test_tells_which_placeholders_left_nothing(template: str, rendered: str, empty: list[str]):
    assert empty_placeholders(template, rendered) == empty
