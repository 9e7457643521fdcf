"""The account's tags: a few that are everywhere, near-twins, and hundreds that were used once."""

from __future__ import annotations

import random

TOPIC_TAGS = {
    "late": ("shipping", "wismo"),
    "refund": ("refund",),
    "return": ("return_label",),
    "damaged": ("shipping", "photo_attached"),
    "wrong_item": ("warehouse_error",),
    "question": ("presales",),
    "rental": ("rental",),
    "b2b": ("b2b", "quote"),
    "account": ("login",),
    "warranty": ("warranty", "workshop"),
}
STRIKE = "carrier_strike_nov"

TWINS = {
    "refund": ("refunds", "refund_request", "refund_requested", "rückerstattung"),
    "shipping": ("shiping", "shipment", "versand"),
    "return_label": ("returnlabel", "return_labels"),
    "vip": ("vip_customer", "vips"),
    "rental": ("rentals", "rent"),
    "warranty": ("waranty", "guarantee"),
    "presales": ("pre_sales", "pre-sales"),
    "login": ("log_in", "password_reset"),
}
"""What people type instead of the tag they mean."""

LISTED = (
    "vip", "escalated", "returns_old", "closed_by_merge", "giga_trial", "chargeback", "fraud_check",
    "newsletter", "press", "wholesale", "gift_card", "size_exchange", "gdpr_request", "address_change",
    "backorder", "preorder", "store_pickup", "price_match", "nps_detractor", "survey_sent", "first_contact",
    "reopened", "waiting_for_photo", "waiting_for_warehouse", "customs", "tax_free", "student_discount",
    "lost_parcel", "missing_part", "manual_needed", "spare_part", "repair_quote", "crampons_recall", "callback",
    "voicemail", "translated",
)  # fmt: skip
MID_PATTERNS = (
    "promo_{season}_{year}",
    "store_{city}",
    "batch_{letter}{two}",
    "campaign_{season}_{year}",
    "sku_{four}",
)
TAIL_PATTERNS = (
    "rma_{four}{two}",
    "ticket_import_{year}_{two}",
    "todo_{city}_{two}",
    "case_{letter}{four}",
    "tmp_{city}_{letter}",
)
SEASONS = ("spring", "summer", "autumn", "winter", "easter", "black_week")
CITIES = ("hamburg", "oslo", "lyon", "leeds", "porto", "malaga", "graz", "bergen", "osaka", "cardiff", "basel", "lille")

ALL_TAGS = 640
USED_ONCE = 300


def invented(known: set[str], number: int, patterns: tuple[str, ...], chance: random.Random) -> list[str]:
    """`number` further tags that are not among `known`, which they join."""
    found: list[str] = []
    while len(found) < number:
        tag = chance.choice(patterns).format(
            season=chance.choice(SEASONS),
            year=chance.randrange(2021, 2027),
            city=chance.choice(CITIES),
            letter=chance.choice("abcdefgh"),
            two=chance.randrange(10, 100),
            four=chance.randrange(1_000, 10_000),
        )
        if tag not in known:
            known.add(tag)
            found.append(tag)
    return found
