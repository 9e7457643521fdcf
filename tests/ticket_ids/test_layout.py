"""Which lines and columns hold the ids: with a header, without one, and refused where that is not certain."""

from __future__ import annotations

import pytest

from tests.ticket_ids.lists import ids, read_list, refusal, rejected


@pytest.mark.parametrize(
    "text",
    [
        "1\n2\n3", "1\r\n2\r\n3\r\n", "1\r2\r3", "\n1\n\n \n2\n3\n", "1, 2, 3", "1,2,3", "1;2;3", "1 2 3", "1\t2\t3",
        "1, 2\n3", "1;\n2;\n3;", "1,,\n2,,\n3,,", '"1"\n"2"\n"3"', '"1";\n"2";\n"3";', "id\n1\n2\n3",
        "Tickets\n1\n2\n3", "Ticket ID\n1\n2\n3",
        "the angry ones\n1\n2\n3", "id,\n1,\n2,\n3,", "sep=;\nid;x\n1;a\n2;b\n3;c",
        "#1 #2 #3",
        "1,open\n2,open\n3,open",
    ],
)  # fmt: skip
def test_ids_are_found_in_lines_and_lists(text: str) -> None:
    assert ids(text) == [1, 2, 3]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["id", "ID", "ticket_id", "Ticket ID", " ticket id ", "TICKET-ID", "Ticket Id"])
def test_the_named_column_is_read(separator: str, name: str) -> None:
    rows = [["Subject", name, "Order"], ["Where is it", "7", "100"], ["Late", "8", "200"]]
    found = read_list("\n".join(separator.join(row) for row in rows))
    assert (list(found.tickets), found.rejected, found.column) == ([7, 8], [], name.strip())


def test_ticket_id_is_surer_than_id() -> None:
    assert ids("id,ticket_id\n900,1\n901,2") == [1, 2]


def test_text_in_quotes_may_hold_separators_quotes_and_line_ends() -> None:
    assert ids('id,subject\n1,"Hello, ""you"""\n2,"two\nlines"\n3,x') == [1, 2, 3]


def test_rows_are_counted_by_the_line_in_which_they_begin() -> None:
    assert [row for row, *_ in rejected('id,subject\n1,"two\nlines"\n\nx1,y\n')] == [5]


@pytest.mark.parametrize(
    ("text", "columns"), [("1,2\n3,4", "1 and 2"), ("1\t2\tx\n3\t4\ty", "1 and 2"), ("1;x;2;3\n4;y;5;6", "1, 3 and 4")]
)
def test_several_columns_of_numbers_are_refused(text: str, columns: str) -> None:
    assert f"Columns {columns} all hold numbers" in refusal(text)


def test_columns_without_the_right_name_are_refused_with_theirs() -> None:
    assert "“requester”, “order”" in refusal("requester,order\nJo,2")


def test_two_columns_of_one_name_are_refused() -> None:
    assert "Two of its columns are named “id”" in refusal("id,ID\n1,2")


def test_columns_without_any_id_are_refused() -> None:
    assert "None of its columns holds ticket ids" in refusal("x1,y\nz2,y")


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\ufeff", "sep=;", "sep=;\n\n"])
def test_nothing_is_said_to_be_nothing(text: str) -> None:
    assert "nothing in it" in refusal(text)


def test_a_header_alone_holds_no_ticket() -> None:
    assert ids("ticket_id\n") == []


def test_a_first_line_with_a_digit_is_no_header() -> None:
    assert rejected("12a4\n5\n6") == [(1, "12a4", "This is no ticket id.")]


@pytest.mark.parametrize(
    "text", ["1,234\n5,678\n9", "id\n1,234\n5,678\n9", 'id,x\n"1,234",a\n"5,678",b\n9,c', "id;x\n1,234;a\n5,678;b\n9;c"]
)
def test_thousands_are_read_where_the_comma_can_be_nothing_else(text: str) -> None:
    assert ids(text) == [1234, 5678, 9]


@pytest.mark.parametrize("text", ["101,102", "101,102,103", "101 102 103", "1500, 1, 2\n1,234"])
def test_commas_that_separate_or_group_are_not_guessed(text: str) -> None:
    assert "one id or several" in rejected(text)[-1][2]


def test_commas_that_can_only_separate_do() -> None:
    assert ids("101,102,103,104,105") == [101, 102, 103, 104, 105]
    assert ids("101, 102") == [101, 102]


def test_a_row_with_more_cells_than_the_header_is_rejected() -> None:
    found = rejected("id,subject\n1,Hello, you\n1,234,x")
    assert [(row, value) for row, value, _ in found] == [(2, "1,Hello,you"), (3, "1,234,x")]
    assert "3 cells" in found[0][2]


def test_a_row_without_an_id_is_rejected() -> None:
    assert rejected("id,subject\n1,x\n,y\n,\n") == [(3, "", "The ticket id is missing.")]


def test_quotes_that_do_not_go_together_cost_their_row() -> None:
    found = read_list('id,subject\n1,"a"b\n2,c')
    assert list(found.tickets) == [2]
    assert [(one.row, "quotation marks" in one.why) for one in found.rejected] == [(2, True)]


def test_a_quote_that_never_closes_is_refused_with_its_line() -> None:
    assert "opens in line 3 and never closes" in refusal('id,subject\n1,a\n2,"b\n3,c\n4,d')


def test_duplicates_are_counted() -> None:
    found = read_list("7\n#7\n8\n7")
    assert (list(found.tickets), found.duplicates, found.rejected) == ([7, 8], 2, [])


def test_every_value_that_is_no_id_is_named() -> None:
    found = rejected("7\nabc\n\n0\n1.23E+05\nhttps://other.zendesk.com/tickets/5")
    assert [(row, value) for row, value, _ in found] == [
        (2, "abc"), (4, "0"), (5, "1.23E+05"), (6, "https://other.zendesk.com/tickets/5"),
    ]  # fmt: skip
