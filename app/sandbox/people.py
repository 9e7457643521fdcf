"""Users, groups, organizations and brands, with their JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .forms import TicketForm
from .times import iso

LOCALES = {
    "en": ("en-US", 1),
    "de": ("de", 8),
    "fr": ("fr", 16),
    "es": ("es", 2),
    "pt": ("pt-BR", 19),
    "ja": ("ja", 67),
}
LIGHT_AGENT_ROLE = 360_000_001_001
LIGHT_AGENT_TYPE = 1


@dataclass(slots=True)
class User:
    """A person: `role` is end-user, agent or admin; a light agent is an agent with a restricted role."""

    id: int
    name: str
    email: str
    role: str = "end-user"
    language: str = "en"
    light: bool = False
    groups: tuple[int, ...] = ()
    organization_id: int | None = None
    created_at: int = 0
    default_group: int | None = None

    @property
    def default_group_id(self) -> int | None:
        """The group that the agent's own tickets go to: the one that was chosen, or else the first."""
        return self.default_group or next(iter(self.groups), None)

    @property
    def staff(self) -> bool:
        return self.role != "end-user"


@dataclass(frozen=True)
class Group:
    id: int
    name: str


@dataclass(frozen=True)
class Brand:
    id: int
    name: str
    subdomain: str
    default: bool = False


@dataclass(frozen=True)
class Organization:
    id: int
    name: str


@dataclass
class People:
    """All people and their company, by id."""

    users: dict[int, User] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    brands: dict[int, Brand] = field(default_factory=dict)
    organizations: dict[int, Organization] = field(default_factory=dict)
    by_email: dict[str, User] = field(default_factory=dict)
    born: float = 0.0

    def add(self, user: User) -> User:
        self.users[user.id] = user
        self.by_email[user.email.lower()] = user
        return user

    def group_named(self, name: str) -> Group:
        return next(group for group in self.groups.values() if group.name == name)


def user_json(user: User, base: str) -> dict[str, Any]:
    """A user as agents see it; a light agent shows by `role_type` and `custom_role_id`.

    See docs/zendesk.md, People and objects.
    """
    locale, locale_id = LOCALES[user.language]
    created = iso(user.created_at)
    return {
        "id": user.id,
        "url": f"{base}/api/v2/users/{user.id}.json",
        "name": user.name,
        "email": user.email,
        "created_at": created,
        "updated_at": created,
        "time_zone": "Europe/Berlin",
        "iana_time_zone": "Europe/Berlin",
        "phone": None,
        "photo": None,
        "locale_id": locale_id,
        "locale": locale,
        "organization_id": user.organization_id,
        "role": user.role,
        "role_type": LIGHT_AGENT_TYPE if user.light else (4 if user.role == "admin" else None),
        "custom_role_id": LIGHT_AGENT_ROLE if user.light else None,
        "default_group_id": user.default_group_id,
        "verified": True,
        "external_id": None,
        "tags": [],
        "alias": None,
        "active": True,
        "shared": False,
        "shared_agent": False,
        "last_login_at": created,
        "two_factor_auth_enabled": None,
        "signature": None,
        "details": None,
        "notes": None,
        "moderator": user.staff and not user.light,
        "ticket_restriction": None if user.staff else "requested",
        "only_private_comments": user.light,
        "restricted_agent": user.light,
        "suspended": False,
        "report_csv": user.role == "admin",
        "chat_only": False,
        "shared_phone_number": None,
        "remote_photo_url": None,
        "agent_brand_ids": [],
        "separation": "account",
        "suspension_details": None,
        "user_fields": {},
    }


def anonymous_json(base: str) -> dict[str, Any]:
    """What /users/me says to a stranger, with status 200 (docs/zendesk.md, Sign-in)."""
    return {
        "id": None,
        "url": f"{base}/api/v2/users/.json",
        "name": "Anonymous user",
        "email": "invalid@example.com",
        "role": "end-user",
        "verified": False,
        "active": False,
        "locale": "en-US",
        "locale_id": 1,
        "time_zone": "UTC",
        "organization_id": None,
        "authenticity_token": None,
    }


def group_json(group: Group, base: str, born: float) -> dict[str, Any]:
    return {
        "url": f"{base}/api/v2/groups/{group.id}.json",
        "id": group.id,
        "is_public": True,
        "name": group.name,
        "description": "",
        "default": group.name == "Support",
        "deleted": False,
        "created_at": iso(born - 90_000_000),
        "updated_at": iso(born - 9_000_000),
    }


def brand_json(brand: Brand, forms: Iterable[TicketForm], base: str, born: float) -> dict[str, Any]:
    return {
        "url": f"{base}/api/v2/brands/{brand.id}.json",
        "id": brand.id,
        "name": brand.name,
        "brand_url": f"https://{brand.subdomain}.example",
        "subdomain": brand.subdomain,
        "host_mapping": "",
        "has_help_center": brand.default,
        "help_center_state": "enabled" if brand.default else "disabled",
        "active": True,
        "default": brand.default,
        "is_deleted": False,
        "ticket_form_ids": [form.id for form in forms if form.active and brand.id in (form.brands or (brand.id,))],
        "logo": None,
        "user_separation": "account",
        "signature_template": "{{agent.signature}}",
        "created_at": iso(born - 90_000_000),
        "updated_at": iso(born - 9_000_000),
    }
