"""Whatever the code relies on is in the repository: nothing cites a document, or a heading, that is not there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from app.extensions import db

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = re.compile(r"[\w./-]*\w\.md\b")
CITATION = re.compile(r"(docs/[\w-]+\.md), ([A-Z][^.,;:()\"`]*)")
SOURCE = re.compile(r"`((?:app|tests|launcher|migrations|benchmarks|deploy|docs)/[\w./-]*)`")
LINE_BREAK = re.compile(r"\n[ \t]*(?:#[ \t]*|//[ \t]*|\*[ \t]*)?")
BINARY = {".png", ".ico", ".pyc"}
NOT_OURS = {"instance", "__pycache__", "test-results"}


def files() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and (name == ".ci" or not name.startswith("."))]
        yield from (Path(folder, name) for name in names if Path(name).suffix not in BINARY and name != ".git")


def documents_not_there(text: str, folder: Path) -> set[str]:
    """Names of documents in a text that are neither beside it nor in the repository."""
    return {name for name in DOCUMENT.findall(text) if not (ROOT / name).exists() and not (folder / name).exists()}


def headings_not_there(text: str) -> set[str]:
    """Citations such as "docs/zendesk.md, Views" whose document has no such heading."""
    flat = LINE_BREAK.sub(" ", text)
    return {f"{document}, {words}" for document, words in CITATION.findall(flat) if not _begins(words, document)}


def _begins(words: str, document: str) -> bool:
    headings = re.findall(r"^#+ (.+)$", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE)
    return any(re.match(re.escape(heading) + r"\b", words.strip()) for heading in headings)


def test_each_file_that_the_documents_name_is_there():
    named = {
        (document.name, name)
        for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
        for name in SOURCE.findall(document.read_text(encoding="utf-8"))
    }
    assert named
    assert {(document, name) for document, name in named if not (ROOT / name).exists()} == set()


def test_no_file_cites_a_document_that_is_not_here():
    missing = {
        (str(path.relative_to(ROOT)), name)
        for path in files()
        for name in documents_not_there(path.read_text(encoding="utf-8"), path.parent)
    }
    assert missing == set()


def test_each_heading_that_is_cited_is_there():
    missing = {
        (str(path.relative_to(ROOT)), citation)
        for path in files()
        for citation in headings_not_there(path.read_text(encoding="utf-8"))
    }
    assert missing == set()


def test_a_citation_of_nothing_would_be_noticed():
    elsewhere = "elsewhere" + ".md"
    assert documents_not_there(f"see {elsewhere} and README.md", ROOT) == {elsewhere}
    assert headings_not_there("# docs/zendesk.md,\n# Paging and so on") == set()
    ghosts = "docs/zendesk.md" + ", Ghosts"
    assert headings_not_there(f"({ghosts})") == {ghosts}


def test_how_it_works_names_every_table(app: Flask):
    told = (ROOT / "docs/how-it-works.md").read_text(encoding="utf-8")
    assert db.metadata.tables
    assert [name for name in db.metadata.tables if f"`{name}`" not in told] == []
