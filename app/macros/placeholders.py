"""Which placeholders Zendesk fills in: the names after `{{`, as its placeholder reference lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator

OUTPUT = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
MADE_HERE = re.compile(r"\{%-?\s*(?:assign|capture|for|increment|decrement)\s+([\w-]+)")
PATH = re.compile(r"[A-Za-z_][\w-]*(?:\[[^\]]*\]|\.[\w-]+)*")
INDEX = re.compile(r"\[[^\]]*\]")
LITERAL = re.compile(r"""^(?:"[^"]*"|'[^']*'|-?\d+(?:\.\d+)?|true|false|nil|empty|blank)$""")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PERSON = _words(
    "id name first_name last_name email language locale phone external_id details notes signature tags time_zone "
    "organization role extended_role url custom_fields user_fields alias title agent_signature"
)
ORGANIZATION = _words("id name details notes external_id tags custom_fields shared_tickets domain_names")
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
    "role satisfaction satisfaction_rating score status status_name submitter tags ticket_form ticket_type title "
    "type updated_at updated_at_with_time updated_at_with_timestamp url url_with_protocol verbatim_description "
    "via"
)
ROOTS = frozenset(
    {"ticket", "current_user", "user", "agent", "satisfaction", "dc", "comment", "organization", "account",
     "brand", "custom_object", "attachment", "forloop", "answer_bot", "automatic_answers", "footer"}
)  # fmt: skip
FIELD = re.compile(r"ticket_field_(?:option_title_)?(\d+)")


def unknown_in(text: str) -> list[str]:
    """The placeholders of a text that Zendesk would leave empty, each once. Loops' and assignments' own names count."""
    own = set(MADE_HERE.findall(text))
    found = (path for path in _paths(text) if path.partition(".")[0] not in own and not _known(path.split(".")))
    return list(dict.fromkeys(found))


def fields_in(text: str) -> list[str]:
    """The ids of the ticket fields that placeholders name."""
    return list(dict.fromkeys(FIELD.findall(" ".join(_paths(text)))))


def _paths(text: str) -> Iterator[str]:
    """What stands between `{{` and `}}` before any filter; a literal is no name."""
    for inside in OUTPUT.findall(text):
        name = inside.partition("|")[0].strip().strip("-").strip()
        if name and not LITERAL.match(name):
            yield INDEX.sub("", name) if PATH.fullmatch(name) else " ".join(name.split())


def _known(path: list[str]) -> bool:
    root, *rest = path
    if root not in ROOTS:
        return False
    if root in ("current_user", "user"):
        return bool(rest) and _of_person(rest)
    if root == "ticket":
        return bool(rest) and _of_ticket(rest)
    return True


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
