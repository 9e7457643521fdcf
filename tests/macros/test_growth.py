"""Texts from Zendesk that open something and never close it: twice the text takes twice the time, never four times."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

from app.macros.braces import View, openings
from app.macros.leftovers import left_over
from app.macros.markup import tokens
from app.macros.matching import matcher
from app.macros.rich_text import harmless
from app.macros.search import remember_shared_findings
from app.macros.texts import folded
from app.macros.unshown import notes
from app.sandbox import liquid
from app.tools.apply_macro.comment import empty_placeholders, essence
from app.tools.apply_macro.snapshot import understood
from tests.macros.library import make_index, make_macro

OPENINGS = [
    "{{", "{%", "{{x|", "{{ '", "{% if ", "\\{{", "{% raw %}", "}}", "<", "</", "<!", "<!--", "<a href=\"", "<p>",
    "<div>", "<style>",
    "<pre>", "&", "&#", "[", "(", "`", "```\n", '"', "'", " ", "\n", "|a  ", "http://", "\u2019", "\u00ad",
]  # fmt: skip
LONG, SOME = 200_000, 32_000
STEEPEST = 3.2  # of twice the text; four times is what a quadratic pattern takes
SOON = 0.05  # seconds of the processor in which nothing can be told


def scanned(text: str) -> None:
    for _ in tokens(text):
        pass
    for _ in openings(View(text, [])):
        pass
    folded(text)


def indexed(text: str) -> None:
    plain = make_macro(text, ("comment_value", text), ("subject", text))
    remember_shared_findings(make_index(plain, make_macro("b", ("comment_value_html", text))))


def planned(text: str) -> None:
    for name in ("comment_value", "comment_value_html", "subject"):
        understood(make_macro("a", (name, text)), {}, 1)


def compared(text: str) -> None:
    left_over(text, f"Hi {{{{ticket.id}}}} {text}", rich=True, title="x")
    empty_placeholders(text, text)
    essence(text)


def shown(text: str) -> None:
    harmless(text)
    notes(text)


def looked_for(text: str) -> None:
    looks = matcher("zz don't", whole_word=True, match_case=False, expression=False)
    assert looks
    assert looks.spans(text) == []


def rendered(text: str) -> None:
    for each in (text, f"{{{{x{text}}}}}", f"{{% if {text} %}}"):
        liquid.render(each, lambda _name: None)


@pytest.mark.parametrize("opening", OPENINGS)
def test_a_long_text_of_openings_is_read_once(opening: str) -> None:
    grows(scanned, opening, LONG)


@pytest.mark.parametrize("work", [indexed, planned, compared, shown, looked_for, rendered])
@pytest.mark.parametrize("opening", OPENINGS)
def test_what_is_done_with_a_text_grows_with_it(work: Callable[[str], None], opening: str) -> None:
    grows(work, opening, SOME)


def grows(work: Callable[[str], None], opening: str, size: int) -> None:
    """Assert that twice the size takes about twice the processor's time; a busy machine gets three tries."""
    tries = []
    for _ in range(3):
        half, whole = (taken(work, opening * (length // len(opening))) for length in (size // 2, size))
        if whole < SOON or whole < STEEPEST * half:
            return
        tries.append((half, whole))
    pytest.fail(f"{work.__name__} of {opening!r} takes {tries} seconds for {size // 2:,} and {size:,} characters")


def taken(work: Callable[[str], None], text: str) -> float:
    """Seconds of the processor, without those of the garbage collector: it looks at what other tests have left, too."""
    liquid._compiled.cache_clear()
    gc.disable()
    try:
        began = time.process_time()
        work(text)
        return time.process_time() - began
    finally:
        gc.enable()
