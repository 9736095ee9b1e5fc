"""The closing link of a Markdown file: the address of its thread at the source.

Its host, kind and number are the only stable identity of a thread: one thread is in several files, under several forms
of its address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LONGEST_LINE: Final = 4_000
_WHITE: Final = b" \t\r\n"
_FRAMING: Final = re.compile(rb"[\r\n][ \t]{4}")
_CLOSING: Final = re.compile(
    r"[ ]{0,3}(?:>[ \t]{0,4})?\[[^\]\n]{0,80}原文[^\]\n]{0,80}\]"
    r'\([ \t]*+([^()\s"]*+)(?:[ \t]*+"([^"\n]*+)")?[ \t]*+\)'
)
_THREAD: Final = re.compile(
    r"(https?)://([\w.-]{1,180}+(?::[0-9]{1,5})?)/([a-z]{1,30})/(?:id-)?([0-9]{1,20})"
    r"(?![0-9a-z])",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"https?://[^\s/?#@%\\]+(?:[/?#]|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ClosingLink:
    """The closing link of a file."""

    start: int
    """Byte at which its line starts; only white space follows the line."""
    address: str
    """Without sort and warning parts; empty if it is not http or https."""
    key: str | None
    """`<host>/<kind>/<number>`; None if the address does not name a thread."""
    kind: str = ""


def find_closing_link(content: bytes) -> ClosingLink | None:
    """Return the closing link: the last line of the file, if it has that form. Only that line is read.

    A closing line quoted at the end of the last comment is not one: the converter's line of spaces follows it.
    """
    stripped = content.rstrip(_WHITE)
    start = max(stripped.rfind(b"\n"), stripped.rfind(b"\r")) + 1
    if len(stripped) - start > _LONGEST_LINE or _FRAMING.search(content, len(stripped)):
        return None
    line = stripped[start:].decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    match = _CLOSING.fullmatch(line)
    if match is None:
        return None
    address = match[1] or match[2] or ""
    thread = _THREAD.match(address)
    if thread is None or "." not in thread[2]:
        return ClosingLink(start, safe_address(address), None)
    scheme, host, kind, number = (part.lower() for part in thread.groups())
    key = f"{host}/{kind}/{number}"
    return ClosingLink(start, f"{scheme}://{key}", key, kind)


def safe_address(address: str) -> str:
    """Return an http or https address; empty for any other text."""
    return address if _ADDRESS.match(address) and address.isprintable() and " " not in address else ""
