"""How long things are kept, as a form."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from app.numbers.fields import WholeField
from app.retention.policy import FOREVER, LONGEST_DAYS, SHORTEST_AUDIT_DAYS, Policy

SENTENCE = f"Give whole days from 0, which means forever, to {LONGEST_DAYS:,}."
DAYS = (0, LONGEST_DAYS, SENTENCE)


class RetentionForm(FlaskForm):
    """Days; 0 keeps forever."""

    ticket_days = WholeField("Tickets of ended jobs, in days", *DAYS)
    audit_days = WholeField("Entries of the audit log, in days", *DAYS)

    def validate_audit_days(self, field: WholeField) -> None:
        """The trace of what an admin did must outlive their wish to have it gone."""
        if field.data is not None and FOREVER < field.data < SHORTEST_AUDIT_DAYS:
            raise ValidationError(
                f"The audit log is kept for {SHORTEST_AUDIT_DAYS} days at least. Give so many or more, or 0 for ever."
            )

    def rules(self) -> Policy:
        """What is filled in, once `validate_on_submit()` has said yes."""
        return Policy(self.ticket_days.data or 0, self.audit_days.data or 0)
