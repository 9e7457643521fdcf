"""One value turned into a ticket id: as people, spreadsheets and Zendesk's own pages write it. Exact, or refused.

A spreadsheet keeps 15 digits of a number and shows fewer still; what it threw away is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from app.numbers import zendesk_id
from app.ticket_ids import urls
from app.ticket_ids.rejected import NoTicket

BLANKS = " \t\r\n\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"
EXACT_DIGITS = 14  # of a number in a spreadsheet; the 15th is the last that one keeps
FORMULA = re.compile(r'=\s*(?:"(?P<text>[^"=]*)"|(?P<number>[0-9]+))')
SCIENTIFIC = re.compile(r"(?P<first>[0-9]+)(?:[.,](?P<rest>[0-9]+))?[eE]\+?(?P<power>[0-9]{1,3})")
NO_DECIMALS = re.compile(r"(?P<whole>.+?)(?P<sign>[.,])0{1,2}")  # 123.0, as a whole number stands among fractions
GROUPED = re.compile(
    r"[1-9][0-9]{0,2}(?:(?P<sign>[,.'\N{RIGHT SINGLE QUOTATION MARK}\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}])"
    r"[0-9]{3})(?:(?P=sign)[0-9]{3})*"
)
IN_BLANKS = re.compile(r"[1-9][0-9]{0,2}(?: [0-9]{3}){1,2}")
TWO_WAYS = re.compile(r"[1-9][0-9]*\.0{3}")

MISSING = "The ticket id is missing."
NO_ID = "This is no ticket id."
ZERO = "No ticket has the id 0."
TOO_LONG = "No ticket id has 15 or more digits; of such numbers spreadsheets lose the last ones."
ROUNDED = (
    "A spreadsheet shortened this number: of its {all} digits the last {lost} may be lost. Show the column as numbers "
    "without decimals there, and save it again."
)
FRACTION = "This is a fraction, no ticket id."
A_FORMULA = 'This is a formula. Only ="123" and =123 are read: save the sheet with values in place of formulas.'
ONE_OR_SEVERAL = "This can be one id or several. Put each id on a line of its own."
ONE_OR_A_THOUSAND = "This can be {short} or {long}. Write it without a dot."


def ticket_id(cell: str, hosts: Collection[str]) -> int:
    """The id of the ticket that a cell names.

    :param hosts: of the account, as `urls.named_ticket` has them.
    :raises NoTicket: it names none, or not exactly one.
    """
    if cell.isascii() and cell.isdigit() and len(cell) <= EXACT_DIGITS and (number := int(cell)):
        return number  # as nearly all are
    text = cell.strip(BLANKS)
    if not text:
        raise NoTicket(MISSING)
    if text.startswith("="):
        text = _of_formula(text)
    text = text.removeprefix("'").removeprefix("#").strip(BLANKS)  # a spreadsheet's mark of a text; Zendesk's of an id
    digits = urls.named_ticket(text, hosts) if urls.is_url(text) else _digits(text)
    if len(digits.lstrip("0")) > EXACT_DIGITS:
        raise NoTicket(TOO_LONG)
    number = zendesk_id(digits)
    if number is None:
        raise NoTicket(ZERO)
    return number


def _of_formula(text: str) -> str:
    found = FORMULA.fullmatch(text)
    if not found:
        raise NoTicket(A_FORMULA)
    return (found["number"] or found["text"]).strip(BLANKS)


def _digits(text: str) -> str:
    """:raises NoTicket: this is no whole number, or not surely one."""
    if text.isascii() and text.isdigit():
        return text
    if TWO_WAYS.fullmatch(text):
        short = text.partition(".")[0]
        raise NoTicket(ONE_OR_A_THOUSAND.format(short=short, long=f"{short}000"))
    if digits := _in_groups(text) or _without_decimals(text):
        return digits
    if scientific := SCIENTIFIC.fullmatch(text):
        return _written_out(scientific)
    if IN_BLANKS.fullmatch(text):
        raise NoTicket(ONE_OR_SEVERAL)
    raise NoTicket(FRACTION if re.fullmatch(r"[0-9]+[.,][0-9]+", text) else NO_ID)


def _in_groups(text: str) -> str | None:
    """The digits of a number in groups of three, such as 1,234 or 1'234."""
    found = GROUPED.fullmatch(text)
    return text.replace(found["sign"], "") if found else None


def _without_decimals(text: str) -> str | None:
    """The digits of a whole number with decimals, such as 123.0 or 1,234.00."""
    found = NO_DECIMALS.fullmatch(text)
    if not found or found["sign"] in found["whole"]:
        return None
    whole = found["whole"]
    return whole if whole.isascii() and whole.isdigit() else _in_groups(whole)


def _written_out(number: re.Match[str]) -> str:
    """A number with an exponent that shows all of its digits: 1.23456E+05 is 123456, and 1.23E+05 is anything near."""
    rest, power = number["rest"] or "", int(number["power"])
    if len(number["first"]) + power > EXACT_DIGITS:
        raise NoTicket(TOO_LONG)
    if len(rest) > power:
        if rest[power:].strip("0"):
            raise NoTicket(FRACTION)
        rest = rest[:power]
    if lost := power - len(rest):
        raise NoTicket(ROUNDED.format(all=len(number["first"]) + power, lost=lost))
    return number["first"] + rest
