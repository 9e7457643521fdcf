"""The invented company: an outdoor shop with its brands, groups, agents and ticket fields."""

from __future__ import annotations

import random
import unicodedata
from itertools import count

from ..config import SandboxConfig
from ..fields import Fields, TicketField
from ..people import Brand, Group, Organization, People, User
from .texts import TEXTS

DOMAIN = "nordfell.example"
BRAND_WEIGHTS = {"Nordfell Outdoor": 70, "Nordfell Rentals": 18, "Nordfell B2B": 12}
GROUPS = ("Support", "Shipping", "Refunds", "Returns", "Rentals", "B2B", "Escalations", "Workshop", "Billing")
ORGANIZATIONS = (
    "Alpine Guides Co-op",
    "Bergschule Hochfeld",
    "Club Montagne Sud",
    "Kestrel Scouts",
    "Tokai Trail Club",
)
LANGUAGE_WEIGHTS = {"en": 46, "de": 21, "fr": 13, "es": 9, "pt": 6, "ja": 5}

AGENTS = (
    ("Maren Holt", "admin", "Support Escalations"),
    ("Idris Campbell", "admin", "Support Billing"),
    ("Svea Lindqvist", "agent", "Support"),
    ("Tomas Reiter", "agent", "Support Escalations"),
    ("Aoife Brannigan", "agent", "Support"),
    ("Jonah Weiss", "agent", "Support Billing"),
    ("Chiara Lombardi", "agent", "Shipping"),
    ("Pavel Dvorak", "agent", "Shipping"),
    ("Hanae Mori", "agent", "Shipping Escalations"),
    ("Lars Ekdahl", "agent", "Shipping"),
    ("Beatrice Oyelaran", "agent", "Refunds"),
    ("Milan Horvat", "agent", "Refunds Billing"),
    ("Yara Haddad", "agent", "Returns"),
    ("Oskar Nyberg", "agent", "Returns"),
    ("Clement Dubreuil", "agent", "Returns Refunds"),
    ("Petra Aumann", "agent", "Rentals"),
    ("Diego Salvat", "agent", "Rentals Support"),
    ("Ingrid Solheim", "agent", "B2B"),
    ("Kofi Mensah", "agent", "B2B Billing"),
    ("Ruth Eberle", "light", "Workshop"),
    ("Emil Strand", "light", "Workshop"),
    ("Noor Bakker", "light", "Billing"),
    ("Sofia Anttila", "light", "B2B"),
    ("Gareth Pryce", "light", "Shipping"),
)
"""Name, role and groups; the first agent of each role is who a wrong set-up is tried with."""

DEFAULT_GROUPS = {"Idris Campbell": "Billing"}
"""Of those whose default group is not the first of theirs."""

BUSY_AGENT = "Hanae Mori"
"""The one who edits tickets while jobs run."""

REASONS = (
    ("Return", "returns"),
    ("Damaged on arrival", "reason_damaged"),
    ("Late delivery", "reason_late"),
    ("Wrong item", "reason_wrong_item"),
    ("Refund", "reason_refund"),
    ("Question before buying", "reason_question"),
    ("Account", "reason_account"),
)
PRODUCTS = (
    ("Skarn 2 tent", "product_tent"),
    ("Tarn 45 backpack", "product_backpack"),
    ("Fjell down jacket", "product_jacket"),
    ("Vidda hiking boots", "product_boots"),
    ("Glimt headlamp", "product_headlamp"),
    ("Bre sleeping bag", "product_sleeping_bag"),
    ("Stove Ild", "product_stove"),
    ("Tur trekking poles", "product_poles"),
)
CARRIERS = (("Nordpost", "carrier_nordpost"), ("Expresso", "carrier_expresso"), ("Wheel & Co", "carrier_wheel_co"))

REPAIRS = (
    ("Zip", "repair_zip"),
    ("Seam", "repair_seam"),
    ("Buckle", "repair_buckle"),
    ("Sole", "repair_sole"),
)

FIRST_ID = 360_000_100_000
STEP = 20


def build_fields() -> Fields:
    """The system's fields and the company's own, whose drop-downs live off tags."""
    ids = count(FIRST_ID, 1_000)
    system = [
        TicketField(next(ids), title, kind, system=True)
        for title, kind in (("Subject", "subject"), ("Description", "description"), ("Status", "status"))
    ]
    own = (
        TicketField(next(ids), "Contact reason", "tagger", options=REASONS, required=True),
        TicketField(next(ids), "Product", "tagger", options=PRODUCTS),
        TicketField(next(ids), "Carrier", "tagger", options=CARRIERS),
        TicketField(next(ids), "Order number", "text"),
        TicketField(next(ids), "Goodwill granted", "checkbox", tag="goodwill"),
        TicketField(next(ids), "Repairs", "multiselect", options=REPAIRS),
    )
    later = (("Type", "tickettype"), ("Priority", "priority"), ("Group", "group"), ("Assignee", "assignee"))
    more = [TicketField(next(ids), title, kind, system=True) for title, kind in later]
    return Fields((*system, *own, *more))


def build_people(config: SandboxConfig, born: float, chance: random.Random) -> People:
    """All people: the service user, 24 agents of whom 5 are light, and the customers."""
    people = People(born=born)
    ids = count(25_155_588_900_000, STEP)
    for name in GROUPS:
        group = Group(next(ids), name)
        people.groups[group.id] = group
    for number, name in enumerate(BRAND_WEIGHTS):
        brand = Brand(next(ids), name, f"{name.split()[-1].lower()}-nordfell", default=number == 0)
        people.brands[brand.id] = brand
    for name in ORGANIZATIONS:
        organization = Organization(next(ids), name)
        people.organizations[organization.id] = organization
    hired = int(born) - 70_000_000
    everywhere = tuple(people.groups)
    people.add(User(next(ids), "Giga Tools Service", config.email, "admin", groups=everywhere, created_at=hired))
    by_name = {group.name: group.id for group in people.groups.values()}
    for name, role, groups in AGENTS:
        member = tuple(by_name[group] for group in groups.split())
        light = role == "light"
        email = f"{_slug(name)}@{DOMAIN}"
        user = User(next(ids), name, email, "agent" if light else role, "en", light, member, created_at=hired)
        user.default_group = by_name.get(DEFAULT_GROUPS.get(name, ""))
        people.add(user)
    _add_customers(people, ids, max(config.tickets * 11 // 20, 20), chance)
    return people


def other_clients(people: People) -> dict[str, str]:
    """OAuth clients of people with whom the tools cannot work, or only half, by client id: for wrong set-ups."""
    agent = next(user for user in people.users.values() if user.role == "agent" and not user.light)
    light = next(user for user in people.users.values() if user.light)
    customer = next(user for user in people.users.values() if not user.staff)
    return {"demo_agent": agent.email, "demo_light_agent": light.email, "demo_end_user": customer.email}


def _add_customers(people: People, ids: count[int], number: int, chance: random.Random) -> None:
    languages = chance.choices(list(LANGUAGE_WEIGHTS), list(LANGUAGE_WEIGHTS.values()), k=number)
    organizations = list(people.organizations)
    for index, language in enumerate(languages):
        names = TEXTS["names"][language]
        first, last = chance.choice(names["first"]), chance.choice(names["last"])
        name = f"{last} {first}" if language == "ja" else f"{first} {last}"
        member = chance.choice(organizations) if chance.random() < 0.06 else None  # noqa: PLR2004 - a few per cent
        joined = int(people.born) - chance.randrange(26_000_000, 90_000_000)
        email = f"{_slug(name) or 'guest'}.{index}@mail.example"
        people.add(User(next(ids), name, email, "end-user", language, organization_id=member, created_at=joined))


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return ".".join(plain.split())
