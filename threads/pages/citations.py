"""How to cite a thread or a comment, in words and in BibTeX. Pure. Called by the pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

BIBTEX_SPECIAL = re.compile(r"[\\{}$&#^_~%]")
BIBTEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    # BibTeX counts braces without regard to a backslash before them: one without its other half ends the whole file.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    **{sign: "\\" + sign for sign in "$&#_%"},
}


@dataclass(frozen=True, slots=True)
class Citation:
    """What a citation is made of; `author` and `day` may be unknown."""

    key: str
    author: str | None
    title: str
    day: date | None
    archive: str
    address: str
    original: str
    accessed: date


def in_words(work: Citation) -> str:
    """Return the citation as one line of text; what is not known is left out."""
    head = f"{work.author} ({work.day.isoformat()})" if work.author and work.day else work.author or day_of(work)
    parts = [f"{head}." if head else "", f"“{work.title}”.", f"{work.archive}.", work.address, original_of(work)]
    return " ".join(part for part in parts if part)


def day_of(work: Citation) -> str:
    """Return the day in ISO form, empty where it is not known."""
    return work.day.isoformat() if work.day else ""


def original_of(work: Citation) -> str:
    """Return the address at the source, in brackets; empty where there is none."""
    return f"({work.original})" if work.original else ""


def bibtex(work: Citation) -> str:
    """Return the citation as a BibTeX `@misc` entry; every field is escaped."""
    fields = {
        "author": f"{{{escape(work.author)}}}" if work.author else "",
        "title": f"{{{escape(work.title)}}}",
        "date": day_of(work),
        "howpublished": escape(work.archive),
        "url": work.address.replace("{", "%7B").replace("}", "%7D"),
        "note": escape(f"Originally at {work.original}") if work.original else "",
        "urldate": work.accessed.isoformat(),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{label(work.key)},\n" + ",\n".join(lines) + "\n}\n"


def label(key: str) -> str:
    """Return what an entry is cited by: the key in the signs that BibTeX allows; no two keys share one."""
    plain = re.sub(r"[^A-Za-z0-9:.-]+", "-", key)
    if plain == key.replace("/", "-"):
        return plain
    return f"{plain.strip('-')}-{blake2b(key.encode(), digest_size=3).hexdigest()}"


def escape(text: str) -> str:
    """Escape what BibTeX and TeX would read as a command, and fold line breaks."""
    return BIBTEX_SPECIAL.sub(lambda sign: BIBTEX_ESCAPES[sign[0]], " ".join(text.split()))
