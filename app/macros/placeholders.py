"""Which placeholders Zendesk fills in: the names after `{{`, as its placeholder reference lists them.

The reference is help article 4408886858138. A name that it lacks may still mean something: only Zendesk knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.macros.braces import found_in, has_opening

MAKES = frozenset({"assign", "capture", "for", "increment", "decrement"})
PATH = re.compile(r"[A-Za-z_][\w-]*(?:\[[^\]\[]*\]|\.[\w-]+)*")
INDEX = re.compile(r"\[[^\]\[]*\]")
LITERAL = re.compile(r"""(?:"[^"]*"|'[^']*'|-?\d+(?:\.\d+)?|true|false|nil|empty|blank)""")
LONGEST_NAME, LONGEST_SHOWN = 200, 80


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PERSON = _words(
    "id name first_name last_name email language locale phone external_id details notes signature tags time_zone "
    "organization role extended_role url custom_fields user_fields alias title agent_signature"
)
ORGANIZATION = _words(
    "id name details notes external_id tags custom_fields shared_tickets domain_names is_shared is_shared_comments"
)
COMMENT = _words(
    "author created_at created_at_with_time created_at_with_timestamp value value_formatted value_rich value_plain "
    "attachments is_public public id type html_body body body_plain"
)
PEOPLE = frozenset({"requester", "assignee", "submitter", "ccs", "email_ccs", "followers", "agent", "author"})
TICKET = _words(
    "account assignee attachments brand cc_names ccs collaborators comment comments comments_formatted created_at "
    "created_at_with_time created_at_with_timestamp current_comment current_holiday_name custom_fields "
    "custom_status description due_date due_date_with_time due_date_with_timestamp email_cc_names email_ccs "
    "encoded_id external_id follower_names follower_reply_type_message followers group id in_business_hours "
    "latest_comment latest_comment_formatted latest_comment_html latest_comment_plain latest_comment_rich "
    "latest_public_comment latest_public_comment_formatted latest_public_comment_html latest_public_comment_plain "
    "latest_public_comment_rich link organization priority public_comments public_comments_formatted requester "
    "role satisfaction satisfaction_rating score status status_category status_name submitter tags ticket_form "
    "ticket_type title type updated_at updated_at_with_time updated_at_with_timestamp url url_with_protocol "
    "verbatim_description via"
)
ROOTS = frozenset(
    {"ticket", "current_user", "user", "agent", "satisfaction", "dc", "comment", "organization", "account",
     "brand", "custom_object", "custom_objects", "attachment", "forloop", "answer_bot", "automatic_answers", "footer"}
)  # fmt: skip
ELSEWHERE = {
    "agent": "works in agents' signatures only: in a macro it may stay empty",
    "custom_objects": "works in triggers of custom objects only: in a macro it may stay empty",
}
"""Placeholders that Zendesk knows, and that mean nothing in a macro."""
FIELD = re.compile(r"ticket_field_(?:option_title_)?(\d+)")


def unknown_in(text: str, *, rich: bool = False) -> list[str]:
    """The names in a text that Zendesk's list does not have, each once; what loops and assignments name is known."""
    own = _made_in(text, rich=rich)
    found = (path for path in _paths(text, rich=rich) if path.partition(".")[0] not in own and not is_known(path))
    return list(dict.fromkeys(found))


def doubts(text: str, *, rich: bool = False) -> list[str]:
    """A sentence for each placeholder of a text that may stay empty in a macro."""
    if not has_opening(text):
        return []
    found = [
        f"{_shown(name)} is not in Zendesk's list of placeholders: we do not know what comes of it; it may stay empty."
        for name in unknown_in(text, rich=rich)
    ]
    roots = {path: path.partition(".")[0] for path in _paths(text, rich=rich)}
    return found + [f"{_shown(path)} {ELSEWHERE[root]}." for path, root in roots.items() if root in ELSEWHERE]


def _shown(name: str) -> str:
    return f"{{{{{name[:LONGEST_SHOWN]}}}}}"


def fields_in(text: str, *, rich: bool = False) -> list[str]:
    """The ids of the ticket fields that placeholders name."""
    if "ticket_field_" not in text:
        return []
    return list(dict.fromkeys(FIELD.findall(" ".join(_paths(text, rich=rich)))))


def is_known(name: str) -> bool:
    """Whether a name, such as "ticket.id", is in Zendesk's list; upper and lower case are different there."""
    root, *rest = name.split(".")
    if root not in ROOTS:
        return False
    if root in ("current_user", "user"):
        return bool(rest) and _of_person(rest)
    if root == "ticket":
        return bool(rest) and _of_ticket(rest)
    return root != "organization" or not rest or rest[0] in ORGANIZATION


def _paths(text: str, *, rich: bool) -> Iterator[str]:
    """What stands between `{{` and `}}` before any filter, where Zendesk fills it in; a literal is no name."""
    for each in found_in(text, rich=rich):
        if each.sign == "{{" and not each.kept:
            name = each.inside(text).partition("|")[0].strip()[:LONGEST_NAME]
            if name and not LITERAL.fullmatch(name):
                yield INDEX.sub("", name) if PATH.fullmatch(name) else name


def _made_in(text: str, *, rich: bool) -> set[str]:
    tags = (each.inside(text).split() for each in found_in(text, rich=rich) if each.sign == "{%")
    return {tag[1] for tag in tags if len(tag) > 1 and tag[0] in MAKES}


def _of_ticket(path: list[str]) -> bool:
    name, *rest = path
    if name in PEOPLE:
        return not rest or _of_person(rest)
    if name == "organization":
        return not rest or rest[0] in ORGANIZATION
    if name in ("comments", "public_comments", "comment"):
        return not rest or rest[0] in COMMENT or rest[0] == "size"
    return name in TICKET or bool(FIELD.fullmatch(name))


def _of_person(path: list[str]) -> bool:
    name, *rest = path
    if name == "organization":
        return not rest or rest[0] in ORGANIZATION
    return name in PERSON or name == "size"
