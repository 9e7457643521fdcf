"""The account itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ..errors import forbidden
from ..gate import caller

bp = Blueprint("account", __name__, url_prefix="/api/v2/account")


@bp.get("/settings")
def settings() -> dict[str, Any]:
    """For admins only, the careful reading of an open point (docs/zendesk.md, People and objects)."""
    if caller().user.role != "admin":
        raise forbidden()
    return {
        "settings": {
            "active_features": {"business_hours": True, "macro_preview": True, "bulk_user_management": True},
            "api": {"accepted_api_agreement": True, "api_password_access": False, "api_token_access": "true"},
            "branding": {"header_color": "2F4A3C", "page_background_color": "F7F5F0"},
            "localization": {"locale_ids": [1, 8, 16, 2, 19, 67]},
            "tickets": {"comments_public_by_default": True, "tagging": True, "maximum_personal_views_to_list": 8},
            "users": {"tagging": True},
        }
    }
