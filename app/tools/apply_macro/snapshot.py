"""What a macro job is made of: the macro, who applies it, and the names and rules around it, read once and frozen."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from app.account.cache.macro_names import Names, read_names
from app.account.connection.optional import Part, worth_a_wait
from app.jobs.protocol.operation import Snapshot, Unusable, Values
from app.macros.actions import read_actions
from app.macros.braces import found_in
from app.macros.placeholders import doubts
from app.macros.unshown import notes, plain_notes
from app.tickets.fields import TagFields, read_ticket_fields
from app.tools.apply_macro import wording
from app.tools.apply_macro.backed import backed_by, cautions, clashes
from app.tools.apply_macro.effects import CURRENT_GROUPS, Effects, names_current_user, read_effects
from app.tools.apply_macro.forms_seen import ON_FORMS
from app.zendesk import Client, Forbidden, InvalidEndpoint, NotFound, ZendeskError

UNSEEN_FILES = "Zendesk did not say whether the macro has files. If it has, they are not sent."


def read_snapshot(client: Client, parameters: Values) -> Snapshot:
    """Read the macro of these parameters, and all that its operation needs.

    `values` is `{macro: {id, title}, acting: {id, name}, actions, fields, names, categories, default_form, backed,
    comment, dynamic, words, cautions}`.

    :raises Unusable: with a sentence, when the macro is not there, not ours to apply, or does what cannot be done.
    :raises ZendeskError: when Zendesk cannot be asked.
    """
    macro = _macro(client, parameters["macro_id"])
    title, actions = str(macro.get("title") or macro["id"]), actions_of(macro)
    me = client.me()
    acting = {"id": me["id"], "name": str(me.get("name") or me["id"])}
    groups = _groups(client, macro, actions, acting["id"])
    _check_usable(macro, title, acting, groups)
    ticket_fields, missing = _ticket_fields(client, actions)
    names = read_names(client, [macro], ticket_fields)
    files = _attachments(client, macro["id"])
    effects = _effects(macro, title, names, acting["id"], files.value)
    backed = backed_by(TagFields.of(ticket_fields or (), missing), effects)
    asks_who = names_current_user(actions)
    values = {
        "macro": {"id": macro["id"], "title": title},
        "acting": acting,
        "actions": actions,
        "fields": _touched(names, effects),
        "names": _with_acting({kind: known for kind, known in names.items() if kind != "field"}, acting),
        "categories": _categories(names),
        "default_form": _default_form(names),
        "backed": backed.frozen(),
        "comment": _comment(effects),
        "dynamic": bool(effects.rendered),
    }
    values["words"] = wording.effects(effects, values)
    values["cautions"] = [*([files.missing] if files.missing else []), *_cautions(effects, backed)]
    return Snapshot(
        values=values,
        version=_version(actions, [acting["id"], sorted(groups)] if asks_who else None),
        writes_to_customers=effects.comment is not None and effects.comment.public,
        names_current_user=asks_who,
    )


def effects_of(values: Values) -> Effects:
    """What the macro of a frozen snapshot does."""
    default_form = values.get("default_form")
    return read_effects(values["actions"], values["fields"], values["categories"], values["acting"]["id"], default_form)


def _macro(client: Client, macro_id: int) -> dict[str, Any]:
    try:
        return client.macro(macro_id)
    except (NotFound, Forbidden) as error:
        if error.by_gateway:
            raise
        raise Unusable(
            f"There is no macro {macro_id} any more, or the Zendesk user we act as may not see it. Choose another one."
        ) from error


def actions_of(macro: dict[str, Any]) -> list[dict[str, Any]]:
    """The actions of a macro, as they are frozen; `field` is empty where Zendesk did not give it as a text.

    :raises Unusable: when they cannot be read.
    """
    listed = macro.get("actions")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Unusable("Zendesk gave this macro without readable actions. Look at it in Zendesk.")
    named = ((each.get("field"), each.get("value")) for each in listed)
    return [{"field": name if isinstance(name, str) else "", "value": value} for name, value in named]


def _groups(client: Client, macro: dict[str, Any], actions: list[dict[str, Any]], acting: int) -> list[int]:
    """The groups of the user we act as, where they matter."""
    for_groups = (macro.get("restriction") or {}).get("type") == "Group"
    of_actor = any(action["field"] == "group_id" and action["value"] == CURRENT_GROUPS for action in actions)
    if not for_groups and not of_actor:
        return []
    try:
        return client.groups_of(acting)
    except (Forbidden, NotFound, InvalidEndpoint) as error:
        if not for_groups:
            return []
        if error.by_gateway:
            raise
        raise Unusable(
            "The macro is for certain groups, and Zendesk does not show to which ones the user we act as belongs. "
            "Choose a macro that is for all agents."
        ) from error


def _check_usable(macro: dict[str, Any], title: str, acting: dict[str, Any], groups: list[int]) -> None:
    """An admin is shown every macro, also those that only others may apply (docs/zendesk.md, Macros)."""
    if macro.get("active") is not True:
        raise Unusable(f"The macro “{title}” is not active. Activate it in Zendesk, or choose another one.")
    restriction = macro.get("restriction") or {}
    allowed = {restriction.get("id"), *(restriction.get("ids") or ())}
    kind = restriction.get("type")
    if kind == "User" and acting["id"] not in allowed:
        raise Unusable(f"The macro “{title}” is an agent's own: only that agent may apply it. Choose a shared one.")
    if kind == "Group" and allowed.isdisjoint(groups):
        raise Unusable(
            f"The macro “{title}” is for groups to which {acting['name']}, the Zendesk user we act as, does not "
            "belong. Add that user to one of them, or choose another macro."
        )
    if kind not in (None, "User", "Group"):
        raise Unusable(f"The macro “{title}” is restricted in a way that is not known here. Choose another one.")


def _ticket_fields(client: Client, actions: list[dict[str, Any]]) -> tuple[list[dict[str, Any]] | None, str | None]:
    """All ticket fields, where tags or fields change: they stand behind each other. None where they are not needed.

    With a sentence where Zendesk does not show them.
    """
    if not any("tags" in action["field"] or action["field"].startswith("custom_fields_") for action in actions):
        return None, None
    listed, missing = read_ticket_fields(client)
    return (None if missing else listed), missing


def _with_acting(names: Names, acting: dict[str, Any]) -> Names:
    """The names, with that of the user we act as: `current_user` means them."""
    users = names.get("user") or {"complete": False, "by_id": {}}
    by_id = {**users["by_id"], str(acting["id"]): {"name": acting["name"]}}
    return {**names, "user": {**users, "by_id": by_id}}


def _effects(macro: dict[str, Any], title: str, names: Names, acting: int, files: list[str]) -> Effects:
    """What the macro does, if all of it can be done."""
    effects, problems = understood(macro, names, acting)
    if files:
        problems.append(f"it has files ({', '.join(files)}), which Zendesk would leave out")
    if problems:
        raise Unusable(f"The macro “{title}” cannot be applied here: {'; '.join(problems)}. Nothing was started.")
    return effects


def understood(macro: dict[str, Any], names: Names, acting: int) -> tuple[Effects, list[str]]:
    """What a macro does when the user `acting` applies it, and what of it cannot be done, by name."""
    problems = [problem.rstrip(".") for problem in _missing(macro, names)]
    effects = Effects()
    try:
        known = (names.get("field") or {}).get("by_id", {})
        effects = read_effects(actions_of(macro), known, _categories(names), acting, _default_form(names))
        problems += clashes(effects, known)
    except Unusable as cannot:
        problems.append(str(cannot).rstrip("."))
    if not problems and effects.nothing:
        problems.append("it changes nothing")
    return effects, problems


def _missing(macro: dict[str, Any], names: Names) -> list[str]:
    """Sentences about people, groups, fields and the like that are not there any more."""
    actions = read_actions(macro, names)
    found = [action.label_missing for action in actions]
    found += [value.missing for action in actions for value in action.values]
    return list(dict.fromkeys(sentence for sentence in found if sentence))


def _attachments(client: Client, macro_id: int) -> Part[list[str]]:
    """The names of the macro's files, which no job can send; accounts without such a list have none."""
    try:
        files = client.macro_attachments(macro_id)
    except (NotFound, InvalidEndpoint):
        return Part([])
    except ZendeskError as error:
        if worth_a_wait(client, error):
            raise
        return Part([], UNSEEN_FILES)
    return Part([str(each.get("filename") or "a file") for each in files])


def _categories(names: Names) -> dict[str, str]:
    """The status that each custom status stands for, by its id."""
    known = (names.get("status") or {}).get("by_id", {})
    return {number: found["category"] for number, found in known.items() if found.get("category")}


def _default_form(names: Names) -> int | None:
    """The form that "default_ticket_form" means."""
    known = (names.get("form") or {}).get("by_id", {})
    return next((int(number) for number, found in known.items() if found.get("default")), None)


def _touched(names: Names, effects: Effects) -> dict[str, Any]:
    """The fields that the macro touches, by id: `{name, type, options}`."""
    known = (names.get("field") or {}).get("by_id", {})
    own = {number for number, each in known.items() if ON_FORMS.get(str(each.get("type"))) in effects.values}
    return {number: known[number] for number in sorted(effects.field_ids | own) if number in known}


def _comment(effects: Effects) -> dict[str, Any] | None:
    """The comment as the macro has it, placeholders unfilled: `{text, rich, public, mode, dynamic}`."""
    comment = effects.comment
    if comment is None:
        return None
    return {
        "text": comment.text,
        "rich": comment.html is not None,
        "public": comment.public,
        "mode": comment.mode,
        "dynamic": comment.dynamic,
    }


def _cautions(effects: Effects, backed: TagFields) -> list[str]:
    """Sentences that a person should read before: what was decided for them, and what is unknown."""
    found: list[str] = []
    comment = effects.comment
    if comment and comment.mode == "unset":
        found.append("The macro does not say who may read its comment: it goes out as an internal note.")
    texts = [(text, name == "comment" and bool(comment and comment.rich)) for name, text in effects.texts.items()]
    found += dict.fromkeys(doubt for text, rich in texts for doubt in doubts(text, rich=rich))
    if any("dc." in each.inside(text) for text, rich in texts for each in found_in(text, rich=rich)):
        found.append("It uses dynamic content, which may name the person who applies it: look at the sample.")
    if comment:
        found += notes(comment.text) if comment.rich else plain_notes(comment.text)
    return [*found, *cautions(effects, backed)]


def _version(actions: list[dict[str, Any]], acting: list[Any] | None) -> str:
    """Another one whenever the macro would do something else; its title and its place in the list are left out."""
    seen = json.dumps([actions, acting], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(seen.encode()).hexdigest()[:32]
