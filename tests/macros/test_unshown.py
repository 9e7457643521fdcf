"""What of a comment's HTML its reader may not see is named."""

from __future__ import annotations

import pytest

from app.macros.unshown import notes


@pytest.mark.parametrize(
    "name",
    ["svg", "title", "select", "textarea", "noscript", "template", "math", "object", "xmp", "iframe", "noembed",
     "noframes", "listing", "plaintext", "script", "style", "video", "canvas", "made-up", "marquee", "dialog"],
)  # fmt: skip
def test_an_element_that_zendesk_may_drop_is_named_with_its_number(name: str) -> None:
    (sentence,) = notes(f"<p>Hello</p><{name}>text</{name}>")
    assert f"contains 1 <{name}> that Zendesk may drop" in sentence


def test_each_kind_is_counted_and_many_are_summed_up() -> None:
    assert notes("<svg></svg><SVG></SVG>")[0].startswith("The comment contains 2 <svg>")
    many = notes("".join(f"<x-{number}>" for number in range(12)))
    assert many[-1] == "It contains 4 more such elements of other kinds."


def test_comments_are_told_and_empty_ones_are_not() -> None:
    (sentence,) = notes("<!-- [if mso] --><p>Hi</p><!---->")
    assert "1 comment that no reader sees" in sentence


@pytest.mark.parametrize(
    ("style", "how"),
    [
        ("display:none", "display: none"),
        ("DISPLAY : NONE !important", "display: none"),
        ("visibility:hidden", "visibility: hidden"),
        ("font-size:0", "font-size: 0"),
        ("font-size:0.0px", "font-size: 0.0px"),
        ("opacity:.0", "opacity: .0"),
        ("height:0;overflow:hidden", "height: 0"),
        ("position:absolute;left:-9999px", "left: -9999px"),
        ("text-indent:-100em", "text-indent: -100em"),
        ("mso-hide:all", "mso-hide: all"),
        ("clip:rect(0,0,0,0)", "clip"),
        ("color:transparent", "transparent"),
        ("color:rgba(0,0,0,0)", "transparent"),
        ("color:#fff", "colour is that of the paper"),
        ("color:#fefefe", "colour is that of the paper"),
        ("color: White", "colour is that of the paper"),
        ("color:rgb(255, 255, 255)", "colour is that of the paper"),
        ("color:rgb(100%,100%,100%)", "colour is that of the paper"),
        ("color:#000;background:#000", "colour is that of the paper"),
    ],
)
def test_a_style_that_hides_text_is_named(style: str, how: str) -> None:
    (sentence,) = notes(f'<p>Hello <span style="{style}"><b>secret</b> and more</span></p>')
    assert how in sentence
    assert sentence.startswith("In 1 place a style may hide text")


@pytest.mark.parametrize(
    "html",
    [
        "<p>Hello</p>",
        "<h1>Hello</h1><center><font color='#333'>Sale</font></center><dl><dt>a<dd>b</dl>",
        "<p style='color:white;background:navy'>Sale</p>",
        "<td bgcolor=black><font color=white>Sale</font></td>",
        "<span style='display:none'></span>",
        "<p style='margin-left:-1px;font-size:10px;opacity:0.9;height:0'>x</p>",
        "<img src=x style='display:none'>after",
        "a < b and c > d",
    ],
)
def test_what_a_reader_sees_needs_no_word(html: str) -> None:
    assert notes(html) == []


def test_the_attribute_hidden_and_old_colours_hide_too() -> None:
    assert "(hidden)" in notes("<p hidden>x</p>")[0]
    assert "colour" in notes('<font color="#FFFFFF">x</font>')[0]
