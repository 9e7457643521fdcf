"""A whole number in a form."""

from __future__ import annotations

from typing import Any

from wtforms import Field, ValidationError
from wtforms.widgets import TextInput

from app import numbers


class WholeField(Field):
    """A whole number in a range; what is none of those leaves `data` None and bears the sentence."""

    widget = TextInput()

    def __init__(self, label: str, least: int, most: int, sentence: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.least, self.most, self.sentence = least, most, sentence

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = numbers.whole(str(valuelist[0]).strip(), self.least, self.most) if valuelist else None

    def pre_validate(self, form: Any) -> None:
        if self.data is None:
            raise ValidationError(self.sentence)
