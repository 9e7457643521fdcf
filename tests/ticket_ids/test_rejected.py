"""The download of what was rejected."""

from __future__ import annotations

import csv
import io

from app.ticket_ids.rejected import as_csv
from tests.ticket_ids.lists import read_list


def test_the_download_is_a_csv_that_no_spreadsheet_computes() -> None:
    text = "".join(as_csv(read_list('7\n=1+1\n@x\n"a,b"\n').rejected))
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["row", "value", "why"]
    assert [row[:2] for row in rows[1:]] == [["2", "'=1+1"], ["3", "'@x"], ["4", "a"], ["4", "b"]]
