"""The company's 250 macros (placeholder until the catalogue is in)."""

from __future__ import annotations

from ..fields import Fields
from ..macros import Macro
from ..people import People


def build_macros(people: People, fields: Fields) -> dict[int, Macro]:
    return {}
