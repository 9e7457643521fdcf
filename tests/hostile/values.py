"""The inputs: numbers that no column holds, digits that only Python takes, characters that cannot be kept."""

from __future__ import annotations

from typing import Any

BEYOND = (str(2**31), str(2**63 - 1), str(2**63), "9" * 30)
"""More than a database compares an id with."""

CHARACTERS = ("\0", "a\0b@example.com")

TEXTS = (
    *BEYOND,
    *CHARACTERS,
    "9" * 400,
    "9" * 5_000,
    "-1",
    "0",
    "+7",
    " 7 ",
    "1_000",
    "7.0",
    "1e400",
    "nan",
    "inf",
    "True",
    "\N{ARABIC-INDIC DIGIT SEVEN}",
    "\N{SUPERSCRIPT TWO}",
    "",
    "x" * 20_000,
    "\U0001f9a6\u202e\u200b\r\n",
)
"""For addresses, forms and command lines."""

WORST = {
    "sqlite": (str(2**63), "9" * 5_000),
    "postgresql": (str(2**31), str(2**63), "a\0b@example.com", "9" * 5_000),
}
"""Those on which a database, or Python, fails: for each parameter alone."""

RAW_JSON = (
    "9" * 400,
    "9" * 5_000,
    "-" + "9" * 5_000,
    "1e999",
    "NaN",
    "-Infinity",
    '"\\ud800"',
    '"\\u0000"',
    '"\\udc00x"',
    '{"\\ud800": 1}',
    '{"a\\u0000b": 1}',
)
"""JSON that Python's own writer does not make."""

JSON: tuple[Any, ...] = (
    None, True, False, 0, -1, 7.0, 1.5, 2**31, 2**63 - 1, 2**63, 10**30, [], {}, [[]], [None], {"": None},
    [{}] * 3, *TEXTS,
)  # fmt: skip
"""For JSON bodies."""
