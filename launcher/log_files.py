"""What the children write: a file for each, from which warnings also reach the terminal."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import IO

from launcher import private

LARGEST = 20_000_000  # bytes; then the file is put aside as NAME.log.1 and begins anew
AT_ONCE = 256_000  # bytes read in one look
SHOWN_AT_ONCE = 5  # warnings
LONGEST = 300  # characters of a line on the terminal

WARNING = re.compile(
    r"^\S+ (warning|error|critical) "  # ours, as text
    r'|"level": ?"(warning|error|critical)"'  # ours, as JSON
    r"|\[(WARNING|ERROR|CRITICAL)\]"  # gunicorn's own
    r"|^(Error|Traceback)\b"
)


class LogFile:
    """One child's log."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = private.folder(folder) / f"{name}.log"
        self._read = self._size()

    def open(self) -> IO[bytes]:
        """For a child to append to; it writes there itself, so that a stopped launcher cannot hold it up."""
        return open(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")

    def new_warnings(self) -> list[str]:
        """The warnings since the last look, cut to one line of the terminal each; a flood is only counted."""
        found = [line[:LONGEST] for line in self._new_lines() if WARNING.search(line)]
        more = len(found) - SHOWN_AT_ONCE
        return [*found[:SHOWN_AT_ONCE], f"… and {more} more"] if more > 0 else found

    def last_line(self) -> str:
        """The last line that says something; empty when there is none."""
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(max(0, self._size() - 10_000))
            lines = file.read().decode(errors="replace").split("\n")
        return next((line.strip()[:LONGEST] for line in reversed(lines) if line.strip()), "")

    def _new_lines(self) -> list[str]:
        size = self._size()
        if size <= self._read:
            self._read = size  # the developer may have emptied it
            return []
        with self.path.open("rb") as file:
            file.seek(self._read)
            text = file.read(AT_ONCE)
        end = text.rfind(b"\n") + 1 or (len(text) if len(text) == AT_ONCE else 0)  # half a line waits for the rest
        self._read += end
        self._put_aside_if_large()
        return text[:end].decode(errors="replace").split("\n")

    def _put_aside_if_large(self) -> None:
        if self._read > LARGEST:
            shutil.copyfile(self.path, self.path.with_name(f"{self.path.name}.1"))
            os.truncate(self.path, 0)
            self._read = 0

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0
