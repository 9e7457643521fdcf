"""The company's 250 macros: a catalogue with the flaws that catalogues grow."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, cycle
from pathlib import Path
from typing import Any

from ..actions import Action
from ..fields import Fields
from ..forms import DEFAULT_FORM
from ..macros import Macro
from ..people import People

CATALOGUE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("macros.toml").read_text(encoding="utf-8"))
DYNAMIC_CONTENT: dict[str, dict[str, str]] = CATALOGUE["dynamic_content"]
"""By name and language, what `{{dc.…}}` stands for."""

FIRST_ID = 360_011_500_000
STEP = 41
ALL_MACROS = 250
MUCH_USED, UNUSED = 20, 90
GREETING = {
    "EN": "Hi {{ticket.requester.first_name}},",
    "DE": "Guten Tag {{ticket.requester.name}},",
    "FR": "Bonjour {{ticket.requester.first_name}},",
}
CLOSING = {
    "EN": "Best wishes\n{{current_user.name}}",
    "DE": "Viele Grüße\n{{current_user.name}}",
    "FR": "Cordialement,\n{{current_user.name}}",
}
VIP = "As a thank-you for your patience the next delivery is free."
RENTALS = "For rented gear this holds from the last day of the rental."
YEARS = (2019, 2020, 2021, 2022, 2023)


class Catalogue:
    """Turns the catalogue's entries into macros."""

    def __init__(self, people: People, fields: Fields) -> None:
        self.people, self.fields = people, fields
        self.numbers = count()
        self.macros: list[Macro] = []

    def add(self, title: str, actions: list[Action], **more: Any) -> None:
        """A macro; `ticket_field_order` in its texts becomes the placeholder of the company's own field."""
        order = f"ticket_field_{self.fields.named('Order number').id}"
        actions = [
            (name, value.replace("ticket_field_order", order) if isinstance(value, str) else value)
            for name, value in actions
        ]
        position = next(self.numbers) + 1
        self.macros.append(Macro(FIRST_ID + position * STEP, title, tuple(actions), position, **more))

    def shelves(self) -> None:
        """The everyday macros, by category and variant."""
        for category, variants in CATALOGUE["variants"].items():
            group = self.people.group_named("B2B").id if category == "B2B" else None
            for variant in variants:
                for entry in CATALOGUE[category]:
                    title = f"{category}::{entry['title']}{variant}"
                    actions = self._actions(entry, _body(entry, variant))
                    self.add(title, actions, restriction=("Group", group) if group else None)
        for language, greeting in GREETING.items():
            for entry in CATALOGUE["Refunds"]:
                body = "\n\n".join((greeting, entry[language], CLOSING[language]))
                self.add(f"Refunds::{language}::{entry['title']}", self._actions(entry, body))

    def flaws(self) -> None:
        """What a search over macros is good for: promises of the past, doubles, traps, personal ones."""
        reply: Action = ("comment_mode_is_public", "true")
        for title in ("Returns::How long", "Returns::Christmas", "Account::Welcome"):
            self.add(
                title, [("comment_value", "You can return everything within 30 days."), reply], updated_days_ago=900
            )
        old = "All about returns: https://help-old.nordfell.example/returns"
        self.add("Returns::Help article", [("comment_value", old), reply], updated_days_ago=1_400)
        self.add(
            "Shipping::Please wait", [("comment_value", "Please allow two more days."), reply, ("status", "pending")]
        )
        self.add("Shipping::Please wait", [("comment_value", "Please allow one more week."), reply, ("status", "hold")])
        self.add("Shipping::Address hint", [("comment_value", "Please check your address."), ("status", "pending")])
        self.add(
            "Internal::Take it", [("assignee_id", "current_user"), ("group_id", "current_groups"), ("status", "open")]
        )
        signature = "Thank you!\n\n{{dc.signature_line}}"
        self.add("Account::Signature", [("comment_value", ["channel:all", signature]), reply])
        guide = "Dear team of {{ticket.organization.name}}, your guide {{ticket.ticket_field_order}} is on the list."
        self.add("B2B::Guide list", [("comment_value", guide), reply])
        manual: list[Action] = [("comment_value_html", "<p>The <b>manual</b> is attached.</p>"), reply]
        self.add("Returns::Manual attached", manual, attachments=1)
        self.add("Shipping::Replace all tags", [("set_tags", "shipping checked"), ("status", "open")])
        agents = [user for user in self.people.users.values() if user.role == "agent" and not user.light]
        for agent in agents[:6]:
            note = f"{agent.name.split()[0]}'s own words: on it, will be with you in a moment."
            title = f"{agent.name.split()[0]}: quick reply"
            self.add(title, [("comment_value", note), reply], restriction=("User", agent.id))

    def traps(self) -> None:
        """What a tool that applies macros must get right, or refuse by name."""
        public, internal = (("comment_mode_is_public", word) for word in ("true", "false"))
        for entry in CATALOGUE["traps"]:
            self.add(entry["title"], [("comment_value", entry["text"]), public, *entry.get("then", {}).items()])
        rich = "<p>Your <b>offer</b>, {{ticket.requester.name}}: see below.</p>"
        plain: Action = ("comment_value", ["channel:all", "Your offer: see below."])
        self.add("B2B::Offer in bold", [plain, ("comment_value_html", rich), public])
        self.add("Internal::Forget the urgency", [("priority", ""), ("assignee_id", ""), ("group_id", "")])
        service = next(iter(self.people.users))
        self.add("Internal::Have Giga Tools follow", [("follower", str(service)), ("cc", str(service))])
        asked: Action = ("side_conversation", "Could you look at #{{ticket.id}}?")
        self.add("Internal::Ask the workshop aside", [asked, ("status", "hold")])
        brand = next(each for each in self.people.brands.values() if each.name.endswith("Rentals"))
        subject = "Rental {{ticket.ticket_field_order}}: {{ticket.title}}"
        rental: list[Action] = [("brand_id", str(brand.id)), ("subject", subject), ("type", "task")]
        self.add("Internal::Is a rental", [*rental, internal])
        repairs = f"custom_fields_{self.fields.named('Repairs').id}"
        both: list[Action] = [(repairs, "repair_zip"), (repairs, "repair_seam"), ("ticket_form_id", DEFAULT_FORM)]
        self.add("Internal::Zip and seam to be repaired", both)

    def leftovers(self) -> None:
        """Old versions that no admin dared to delete, until the catalogue is full; most are inactive."""
        entries = cycle([(name, entry) for name in ("Shipping", "Returns", "Account") for entry in CATALOGUE[name]])
        for number, (category, entry) in zip(range(ALL_MACROS - len(self.macros)), entries, strict=False):
            year = YEARS[number % len(YEARS)]
            title = f"zz_OLD::{category} {entry['title']} {year}"
            actions = self._actions(entry, entry["text"])
            self.add(title, actions, active=number % 4 == 0, updated_days_ago=(2_026 - year) * 365)

    def with_usage(self) -> dict[int, Macro]:
        """By id. Twenty make four fifths of the use, ninety are not used at all."""
        living = [macro for macro in self.macros if macro.active and not macro.title.startswith("zz_OLD")]
        much = living[:: len(living) // MUCH_USED][:MUCH_USED]
        usage = {macro.id: 640 - 25 * rank for rank, macro in enumerate(much)}
        some = ALL_MACROS - UNUSED - len(much)
        rest = [macro for macro in self.macros if macro.id not in usage][:some]
        usage |= {macro.id: 1 + (rank * 7) % 24 for rank, macro in enumerate(rest)}
        return {macro.id: replace(macro, usage=usage.get(macro.id, 0)) for macro in self.macros}

    def _actions(self, entry: dict[str, Any], body: str) -> list[Action]:
        """As Zendesk stores them: strings, also for ids and truth values (docs/zendesk.md, Macros)."""
        internal = entry.get("internal", False)
        actions: list[Action] = [("comment_value", body), ("comment_mode_is_public", str(not internal).lower())]
        actions += [(name, entry[name]) for name in ("status", "priority", "type") if name in entry]
        if "add" in entry:
            actions.append(("current_tags", entry["add"]))
        if "remove" in entry:
            actions.append(("remove_tags", entry["remove"]))
        if "group" in entry:
            actions.append(("group_id", str(self.people.group_named(entry["group"]).id)))
        if "reason" in entry:
            actions.append((f"custom_fields_{self.fields.named('Contact reason').id}", entry["reason"]))
        return actions


def build_macros(people: People, fields: Fields) -> dict[int, Macro]:
    """All macros by id."""
    catalogue = Catalogue(people, fields)
    catalogue.shelves()
    catalogue.flaws()
    catalogue.traps()
    catalogue.leftovers()
    return catalogue.with_usage()


def _body(entry: dict[str, Any], variant: str) -> str:
    if entry.get("internal") or variant == " (short)":
        return entry["text"]
    return "\n\n".join(_paragraphs(entry["text"], variant))


def _paragraphs(text: str, variant: str) -> Iterator[str]:
    yield GREETING["EN"]
    yield text
    if "VIP" in variant:
        yield VIP
    if "rentals" in variant:
        yield RENTALS
    yield CLOSING["EN"]
