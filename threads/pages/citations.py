"""Citations of a thread or comment, as text and in BibTeX. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from threads.text import isolate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from threads.pages.provenance import BackupFile

BIBTEX_SPECIAL = re.compile(r"[\\{}$&#^_~%]")
BIBTEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    # BibTeX counts braces even after a backslash: an unbalanced brace breaks the rest of the file.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    **{sign: "\\" + sign for sign in "$&#_%"},
}


@dataclass(frozen=True, slots=True)
class Citation:
    """The parts of a citation. `author` and `day` are None if unknown."""

    key: str
    author: str | None
    title: str
    day: date | None
    archive: str
    url: str
    source_url: str
    """Address at the source; empty if unknown."""
    accessed: date
    backups: Sequence[BackupFile] = ()
    """The files from which the thread was read."""


def format_citation(citation: Citation) -> str:
    """Return the citation as one line of text, without the parts that are unknown."""
    day = citation.day.isoformat() if citation.day else ""
    author = isolate(citation.author or "")
    author_and_day = f"{author} ({day})" if author and day else author or day
    parts = [
        f"{author_and_day}." if author_and_day else "",
        f"“{isolate(citation.title)}”.",
        f"{citation.archive}.",
        citation.url,
        f"({citation.source_url})" if citation.source_url else "",
        f"{describe_backups(citation.backups)}." if citation.backups else "",
    ]
    return " ".join(part for part in parts if part)


def format_bibtex(citation: Citation) -> str:
    """Return the citation as a BibTeX `@misc` entry. BibTeX styles read `year`; biblatex reads `date`."""
    notes = (f"Originally at {citation.source_url}" if citation.source_url else "", describe_backups(citation.backups))
    fields = {
        "author": f"{{{escape_bibtex(citation.author)}}}" if citation.author else "",
        "title": f"{{{escape_bibtex(citation.title)}}}",
        "year": str(citation.day.year) if citation.day else "",
        "date": citation.day.isoformat() if citation.day else "",
        "howpublished": escape_bibtex(citation.archive),
        "url": citation.url.replace("{", "%7B").replace("}", "%7D"),
        "note": escape_bibtex(". ".join(filter(None, notes))),
        "urldate": citation.accessed.isoformat(),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{make_bibtex_key(citation.key)},\n" + ",\n".join(lines) + "\n}\n"


def describe_backups(files: Sequence[BackupFile]) -> str:
    """Return a phrase that names the files, with the day on which each was imported; empty if there are none."""
    names = (f"{file.path} ({file.format}{f', {file.imported_on}' if file.imported_on else ''})" for file in files)
    return f"Backup: {'; '.join(names)}" if files else ""


def make_bibtex_key(key: str) -> str:
    """Return the entry key in characters that BibTeX allows. Keys of two threads or comments always differ."""
    plain = re.sub(r"[^A-Za-z0-9:.-]+", "-", key)
    if plain == key.replace("/", "-"):
        return plain
    return f"{plain.strip('-')}-{blake2b(key.encode(), digest_size=3).hexdigest()}"


def escape_bibtex(text: str) -> str:
    """Escape the special characters of BibTeX and TeX, and replace line breaks by spaces."""
    return BIBTEX_SPECIAL.sub(lambda sign: BIBTEX_ESCAPES[sign[0]], " ".join(text.split()))
