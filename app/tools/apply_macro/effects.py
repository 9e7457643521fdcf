"""A macro's actions as what they do to a ticket: each field understood, or refused by name.

See docs/zendesk.md, Macros.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app import numbers
from app.jobs.protocol.operation import Unusable
from app.macros.actions import CUSTOM, FOLLOWERS, LABELS, SIDE_CONVERSATION, texts
from app.macros.braces import has_opening, problems
from app.tickets import tags as rules
from app.tools.apply_macro.comment import Comment
from app.tools.apply_macro.comment_actions import CommentActions
from app.tools.apply_macro.tags import REMOVE, VERBS, TagStep

CURRENT_USER, CURRENT_GROUPS, REQUESTER = "current_user", "current_groups", "requester_id"
DEFAULT_FORM = "default_ticket_form"
CHOICES = {
    "status": ("open", "pending", "hold", "solved"),  # a macro may not make a ticket new or closed
    "type": ("question", "incident", "problem", "task"),
    "priority": ("low", "normal", "high", "urgent"),
}
IDS = frozenset({"custom_status_id", "brand_id", "ticket_form_id"})
CLEARABLE_IDS = frozenset({"group_id", "assignee_id"})
CATEGORIES = frozenset(CHOICES["status"])
MULTIPLE = frozenset({"multiselect"})
REPEATABLE = VERBS | FOLLOWERS | {"comment_value"}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Effects:
    """What a macro does. `values` are fixed ones by the ticket's key; `rendered` names those that differ by ticket.

    `rendered` has "comment", "subject", "group_id" and the ids of custom fields, as in `custom_fields`.
    """

    values: dict[str, Any] = field(default_factory=dict)
    custom_fields: dict[str, Any] = field(default_factory=dict)
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of multi-selects, which Zendesk fills in
    tags: tuple[TagStep, ...] = ()
    followers: tuple[int, ...] = ()
    comment: Comment | None = None
    to_requester: bool = False  # each ticket is assigned to its own requester
    rendered: frozenset[str] = frozenset()
    texts: dict[str, str] = field(default_factory=dict)  # what Zendesk fills in, by the names of `rendered`

    @property
    def nothing(self) -> bool:
        changes = (self.values, self.custom_fields, self.tags, self.followers, self.comment, self.rendered)
        return not any(changes) and not self.to_requester

    @property
    def field_ids(self) -> frozenset[str]:
        """The custom fields that it touches."""
        return frozenset(self.custom_fields) | frozenset(name for name in self.rendered if name.isdigit())


def names_current_user(actions: Sequence[dict[str, Any]]) -> bool:
    """Whether something depends on who applies it: the assignee, their groups, or a text that names them."""
    for action in actions:
        for text in texts(action.get("value")):
            if text in (CURRENT_USER, CURRENT_GROUPS) and not str(action.get("field")).startswith("comment"):
                return True
            if has_opening(text) and "current_user" in text:
                return True
    return False


def read_effects(
    actions: Sequence[dict[str, Any]],
    fields: Mapping[str, Any],
    categories: Mapping[str, str],
    acting: int,
    default_form: int | None = None,
) -> Effects:
    """What these actions do when the user `acting` applies them.

    `fields` are the custom fields by id, as `app.account.cache.macro_names` reads them; `categories` the statuses by
    the id of a custom one; `default_form` the id of the account's default form, where it is known.

    :raises Unusable: naming all that cannot be done.
    """
    reader = _Reader(fields, categories, acting, default_form)
    for action in actions:
        reader.read(str(action.get("field")), action.get("value"))
    effects = reader.effects()
    if reader.problems:
        raise Unusable("; ".join(dict.fromkeys(reader.problems)))
    return effects


class _Reader:
    """Takes one action after the other, and notes what cannot be done."""

    def __init__(
        self, fields: Mapping[str, Any], categories: Mapping[str, str], acting: int, default_form: int | None
    ) -> None:
        self.fields, self.categories, self.acting, self.default_form = fields, categories, acting, default_form
        self.problems: list[str] = []
        self.given: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.custom_fields: dict[str, Any] = {}
        self.rendered: dict[str, str] = {}
        self.options: dict[str, list[str]] = {}
        self.tags: list[TagStep] = []
        self.followers: list[int] = []
        self.to_requester = False
        self.comment = CommentActions(self._cannot)
        steps: dict[str, Callable[[str, Any], None]] = {
            **dict.fromkeys(CHOICES, self._choice),
            **dict.fromkeys(IDS, self._id),
            **dict.fromkeys(CLEARABLE_IDS, self._clearable_id),
            **dict.fromkeys(VERBS, self._tags),
            **dict.fromkeys(FOLLOWERS, self._follower),
            "subject": self._subject,
            "comment_value": self.comment.plain,
            "comment_value_html": self.comment.rich,
            "comment_mode_is_public": self.comment.mode,
        }
        self.steps = steps

    def read(self, name: str, value: Any) -> None:
        step = self._custom_field if name.startswith(CUSTOM) else self.steps.get(name)
        if step is None:
            self._cannot(name, _why_not(name))
        elif self._is_repeatable(name) or self.given.setdefault(name, value) == value:
            step(name, value)
        else:
            self._cannot(name, "is there twice, with different values")

    def _is_repeatable(self, name: str) -> bool:
        """Two options of a multi-select are both meant; so they are of a field that Zendesk did not show."""
        if not name.startswith(CUSTOM):
            return name in REPEATABLE
        return (self.fields.get(name.removeprefix(CUSTOM)) or {}).get("type") in (*MULTIPLE, None)

    def effects(self) -> Effects:
        self._one_status()
        comment = self.comment.comment()
        rendered = dict(self.rendered)
        if comment and comment.dynamic:
            rendered["comment"] = comment.text
        return Effects(
            values=self.values,
            custom_fields=self.custom_fields,
            options={number: tuple(dict.fromkeys(options)) for number, options in self.options.items()},
            tags=tuple(self.tags),
            followers=tuple(dict.fromkeys(self.followers)),
            comment=comment,
            to_requester=self.to_requester,
            rendered=frozenset(rendered),
            texts=rendered,
        )

    def _cannot(self, name: str, why: str) -> None:
        self.problems.append(f"{self._label(name)} {why}")

    def _label(self, name: str) -> str:
        if name.startswith(CUSTOM):
            known = self.fields.get(name.removeprefix(CUSTOM)) or {}
            return f"“{known.get('name') or name}”"
        if not name:
            return "an action without a name"
        return f"“{LABELS[name]}” ({name})" if name in LABELS else f"“{name}”"

    def _choice(self, name: str, value: Any) -> None:
        if name == "priority" and value in ("", None):
            self._cannot(name, "cannot be cleared: Zendesk refuses that")
        elif value not in CHOICES[name]:
            self._cannot(name, f"cannot be “{value}” in a macro")
        else:
            self.values[name] = value

    def _id(self, name: str, value: Any) -> None:
        is_default = name == "ticket_form_id" and value == DEFAULT_FORM
        number = self.default_form if is_default else numbers.zendesk_id(value)
        if number is None:
            unknown = "means the default form, and Zendesk did not show which one that is"
            self._cannot(name, unknown if is_default else f"cannot be “{value}”")
        elif name == "custom_status_id" and self.categories.get(str(number), "open") not in CATEGORIES:
            self._cannot(name, f"cannot make a ticket {self.categories[str(number)]}")
        else:
            self.values[name] = number

    def _clearable_id(self, name: str, value: Any) -> None:
        if name == "group_id" and value == CURRENT_GROUPS:
            self.rendered[name] = ""
        elif name == "assignee_id" and value == REQUESTER:
            self.to_requester = True
        elif name == "assignee_id" and value == CURRENT_USER:
            self.values[name] = self.acting
        elif value in ("", None):
            self.values[name] = None
        else:
            self._id(name, value)

    def _tags(self, name: str, value: Any) -> None:
        tags = tuple(dict.fromkeys(rules.lowered(tag) for text in texts(value) for tag in text.split()))
        if any(has_opening(tag) for tag in tags):
            self._cannot(name, "has a placeholder, which is no tag")
        elif name != REMOVE and (lost := [tag for tag in tags if rules.strange(tag)]):
            self._cannot(name, f"has tags that Zendesk drops without an error: {'; '.join(map(rules.because, lost))}")
        elif tags or name == "set_tags":
            self.tags.append(TagStep(name, tags))

    def _follower(self, name: str, value: Any) -> None:
        for text in texts(value):
            number = self.acting if text == CURRENT_USER else numbers.zendesk_id(text)
            if number is None:
                self._cannot(name, f"cannot be “{text}”")
            else:
                self.followers.append(number)

    def _subject(self, name: str, value: Any) -> None:
        text = " ".join(texts(value))
        if not text.strip():
            self._cannot(name, "cannot be empty")
        else:
            self._text(name, name, text, self.values)

    def _custom_field(self, name: str, value: Any) -> None:
        number = name.removeprefix(CUSTOM)
        known = self.fields.get(number) or {}
        kind = known.get("type")
        of_no_field = numbers.zendesk_id(number) is None
        if of_no_field or isinstance(value, dict) or (isinstance(value, list) and kind not in MULTIPLE):
            self._cannot(name, f"cannot be “{value}”")
        elif kind in MULTIPLE or (kind is None and self._is_another(number, value)):
            self._option(name, number, value)
        elif value in ("", None):
            self.custom_fields[number] = None
        elif kind == "checkbox":
            self._checkbox(name, str(value).lower())
        elif known.get("options") and str(value) not in known["options"]:
            self._cannot(name, f"has no option “{value}”")
        elif kind == "date" and not DATE.fullmatch(str(value)):
            self._cannot(name, f"cannot be “{value}”: that is no date")
        else:
            self._text(name, number, str(value), self.custom_fields)

    def _is_another(self, number: str, value: Any) -> bool:
        """Whether a field of unknown type is given one more value: then it takes several."""
        if number in self.options:
            return True
        known = self.rendered.get(number, self.custom_fields.get(number, value))
        if known != value:
            self.options[number] = [str(self.rendered.pop(number, None) or self.custom_fields.pop(number))]
        return known != value

    def _option(self, name: str, number: str, value: Any) -> None:
        """Whether the macro's options join the ticket's own or replace them, only Zendesk knows."""
        known = (self.fields.get(number) or {}).get("options")
        for text in filter(None, texts(value)):
            if known and text not in known:
                self._cannot(name, f"has no option “{text}”")
            self.options.setdefault(number, []).append(text)
        self.rendered[number] = ""

    def _checkbox(self, name: str, value: str) -> None:
        if value not in ("true", "false"):
            self._cannot(name, f"cannot be “{value}”")
        else:
            self.custom_fields[name.removeprefix(CUSTOM)] = value == "true"

    def _text(self, name: str, key: str, text: str, fixed: dict[str, Any]) -> None:
        """A text that is the same for all tickets, or one that Zendesk fills in."""
        for problem in problems(text, rich=False):
            self._cannot(name, problem)
        if has_opening(text):
            self.rendered[key] = text
        else:
            fixed[key] = text

    def _one_status(self) -> None:
        """A custom status says the status, too: both are good only where they agree."""
        custom = self.values.get("custom_status_id")
        if custom is not None and "status" in self.values:
            category = self.categories.get(str(custom), self.values["status"])  # unread, it is taken to agree
            if category == self.values["status"]:
                del self.values["status"]
            else:
                self._cannot("custom_status_id", "and “Status” (status) do not agree")


def _why_not(name: str) -> str:
    if name.startswith(SIDE_CONVERSATION):
        return "starts a side conversation, which Zendesk's API does not do from a macro: start it by hand"
    return "cannot be done through Zendesk's API" if name in LABELS else "is not known here"
