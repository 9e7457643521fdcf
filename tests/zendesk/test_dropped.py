"""What a warning of Zendesk says that it dropped, in any of the forms that were recorded or may be."""

import pytest

from app.zendesk import dropped_keys

SENT = ("comment", "email_ccs", "safe_update", "updated_stamp", "additional_tags", "custom_fields", "id")


@pytest.mark.parametrize(
    ("warning", "expected"),
    [
        (None, ()),
        ("", ()),
        (
            '{:allowed_parameters=>{:controller=>"tickets", :action=>"update_many", '
            ':unpermitted_keys=>["tickets.email_ccs", "tickets.safe_update"], :invalid_values=>[]}}',
            ("email_ccs", "safe_update"),
        ),
        (
            'Removed restricted keys ["ticket.additional_tags"] from parameters according to whitelist',
            ("additional_tags",),
        ),
        ('{"unpermitted_keys": ["ticket[comment][public]"]}', ("comment.public",)),
        ("Removed restricted keys ['ticket.updated_stamp']", ("updated_stamp",)),
        ("unpermitted: updated_stamp, email_ccs", ("updated_stamp", "email_ccs")),
        ('{:unpermitted_keys=>["tickets.0.custom_fields.0.value", "ticket.other"]}', ("custom_fields.value",)),
        ('{:unpermitted_keys=>["ticket.nothing_of_ours"]}', ()),
        ('{:unpermitted_keys=>["ticket.email_ccs", "ticket.email_ccs"]}', ("email_ccs",)),
    ],
)
def test_keys_of_ours_are_found_in_any_form(warning: str | None, expected: tuple[str, ...]) -> None:
    assert dropped_keys(warning, SENT) == expected
