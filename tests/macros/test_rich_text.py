"""The HTML of comments: nothing in it runs, restyles or loads; its text and its marks are where they belong."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from justhtml import JustHTML

from app.macros.rich_text import Span, all_text_of, harmless, marked, marked_html, text_of
from tests.pages import check_page

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img alt="a>b" src="https://evil.example/pixel.png">',
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<style>body{display:none}</style>",
    '<p style="position:fixed;inset:0" class="account-bar" id="main">x</p>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jAvAsCrIpT&colon;alert(1)">x</a>',
    '<a href="/logout">x</a>',
    '<a href="//evil.example">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<iframe src="https://evil.example"></iframe>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<form action="https://evil.example"><input name=q autofocus onfocus=alert(1)><button>x</button></form>',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<object data="https://evil.example"></object><embed src="https://evil.example">',
    '<video src="https://evil.example" autoplay></video><audio src=x></audio>',
    "<table background='https://evil.example/x.png'><tr><td>x</td></tr></table>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<textarea></textarea><title></title><xmp><script>alert(1)</script></xmp>",
    "<!--><script>alert(1)</script>-->",
    "</div></details></article></main><h1>ours?</h1>",
    "<p>{{ticket.id}}<h1>Title</h1><dialog open>x</dialog>",
    "<plaintext>everything after",
)
ALLOWED = frozenset(
    [
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "del",
        "div",
        "em",
        "hr",
        "i",
        "ins",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
TAG = re.compile(r"""<(/?)([a-z0-9]+)((?:[^>"]|"[^"]*")*)>""")


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_hostile_is_left(html: str) -> None:
    shown = str(marked_html(html, lambda _: [(0, 1)]))
    rest = TAG.sub("", shown)
    assert "<" not in rest
    for _, name, attributes in TAG.findall(shown):
        assert name in ALLOWED
        kept = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        assert kept.keys() <= {"href", "target", "rel", "colspan", "rowspan"}
        assert kept.get("href", "https://").startswith(("http://", "https://", "mailto:", "tel:"))
    check_page(f"<div>{shown}</div>", "comment", fragment=True)


def test_links_open_elsewhere_and_tell_nothing() -> None:
    link = harmless('<a href="https://acme.example/a?b=1&amp;c=2" onclick="x()">help</a>')
    assert 'href="https://acme.example/a?b=1&amp;c=2"' in link
    assert 'target="_blank"' in link
    assert 'rel="noopener noreferrer nofollow"' in link
    assert "onclick" not in link


def test_an_image_is_its_description() -> None:
    assert text_of('<p>See <img src="https://x.example/m.png" alt="a &lt;map&gt;"></p>') == "See [image: a <map>]"


def test_text_has_a_line_for_each_block_and_none_of_what_nobody_reads() -> None:
    html = "<h2>Hi</h2>\n<p>30&nbsp;<b>da</b>ys<br>more</p><style>p{}</style><ul><li>one</li><li>two</li></ul>"
    assert text_of(html) == "Hi\n30\xa0days\nmore\none\ntwo"


def spans_of(word: str):
    def spans(text: str) -> list[Span]:
        return [(hit.start(), hit.end()) for hit in re.finditer(re.escape(word), text)]

    return spans


def test_a_hit_is_marked_through_the_tags_that_interrupt_it() -> None:
    shown = marked_html("<p>within 3<b>0 d</b>ays &amp; more</p>", spans_of("30 days"))
    assert shown == "<p>within <mark>3</mark><b><mark>0 d</mark></b><mark>ays</mark> &amp; more</p>"


def test_marks_in_plain_text_keep_it_escaped() -> None:
    assert marked("<b>30</b> days", spans_of("30")("<b>30</b> days")) == "&lt;b&gt;<mark>30</mark>&lt;/b&gt; days"


ELEMENTS = [
    "a", "abbr", "acronym", "address", "applet", "area", "article", "aside", "audio", "b", "base", "basefont", "bdi",
    "bdo", "bgsound", "big", "blink", "blockquote", "body", "br", "button", "canvas", "caption", "center", "cite",
    "code", "col", "colgroup", "command", "content", "data", "datalist", "dd", "del", "details", "dfn", "dialog",
    "dir", "div", "dl", "dt", "element", "em", "embed", "fieldset", "figcaption", "figure", "font", "footer", "form",
    "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "i", "iframe",
    "image", "img", "input", "ins", "isindex", "kbd", "keygen", "label", "legend", "li", "link", "listing", "main",
    "map", "mark", "marquee", "math", "menu", "menuitem", "meta", "meter", "multicol", "nav", "nextid", "nobr",
    "noembed", "noframes", "noscript", "object", "ol", "optgroup", "option", "output", "p", "param", "picture",
    "plaintext", "pre", "progress", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "script", "search", "section",
    "select", "shadow", "slot", "small", "source", "spacer", "span", "strike", "strong", "style", "sub", "summary",
    "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead", "time", "title", "tr",
    "track", "tt", "u", "ul", "var", "video", "wbr", "xmp", "foreignObject", "desc", "annotation-xml", "mtext", "mi",
    "made-up", "o:p", ").split(",
]  # fmt: skip
MARKER = "Marker4711"
ODDITIES = (
    "",
    " ",
    "<",
    "</",
    "<!",
    "&",
    '<a title="',
    "<!-- x -->",
    "<![CDATA[",
    "</p>",
    "</svg>",
    "&lt;",
    "\0",
    "<?xml",
)


@pytest.mark.parametrize("name", ELEMENTS)
def test_text_inside_any_element_is_shown(name: str) -> None:
    for html in (f"<{name}>{MARKER}</{name}>", f"<{name}>{MARKER}", f"<p>x<{name} hidden>{MARKER}</p>"):
        assert MARKER in seen_of(harmless(html))
        assert MARKER in all_text_of(html)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(ELEMENTS), min_size=1, max_size=8), st.lists(st.sampled_from(ODDITIES), max_size=4))
def test_text_inside_any_nesting_is_shown(names: list[str], oddities: list[str]) -> None:
    opened = "".join(f"<{name}>" for name in names)
    closed = "".join(f"</{name}>" for name in reversed(names))
    html = f"{''.join(oddities)}{opened}{MARKER}{closed}{''.join(oddities)}"
    assert MARKER in all_text_of(html)
    assert MARKER in seen_of(harmless(html))


@pytest.mark.parametrize(
    "html",
    [f"<!--{MARKER}-->", f"<!--{MARKER}", f"<!{MARKER}>", f"<?{MARKER}?>", f"<svg><![CDATA[{MARKER}]]></svg>",
     f'<img alt="{MARKER}">', f"<img title={MARKER}>", f"<input value='{MARKER}'>", f'<option label="{MARKER}">',
     f'<iframe srcdoc="&lt;p&gt;{MARKER}">', f"<p title='{MARKER}", f"<b {MARKER}", f"a <{MARKER} b"],
)  # fmt: skip
def test_words_that_are_no_text_of_an_element_are_shown_too(html: str) -> None:
    assert MARKER in seen_of(harmless(html))


def test_a_number_too_long_for_a_character_is_shown_as_lost() -> None:
    assert text_of(f"a&#{'9' * 100_000};b&#x{'F' * 5000};") == "a\ufffdb\ufffd"
    assert text_of(f"&#{'0' * 5000}65;&#x{'0' * 5000}41;") == "AA"


def test_a_sign_of_ours_in_a_text_or_an_address_means_nothing() -> None:
    hostile = '"><script>alert(1)</script>'
    shown = harmless(f"<a href='https://x.example/\ue0001\ue001'>\ue0000\ue001</a><p>{hostile}</p>")
    assert "<script" not in shown
    assert 'href="https://x.example/1"' in shown


def seen_of(safe: str) -> str:
    """The text that a browser would show of what was made harmless."""
    return JustHTML(safe, sanitize=False, fragment=True).to_text()
