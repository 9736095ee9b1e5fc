"""Which thread a file is: its closing link, and the key made of that. Pure. Called by `documents`.

The closing link's host, kind and number are a thread's only stable identity: one thread comes in several files, under
several forms of its address. A file without one is known by its name.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

LONGEST_NAME: Final = 200
"""Characters of a file's name in a key; what is longer is cut and told apart by a hash."""

LONGEST_KEY: Final = 255
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
_SET_ASIDE: Final = re.compile(r"~([0-9a-f]{8})(?=\.[^./]*\Z)")
_EXTENSION: Final = re.compile(r"\.(?:md|markdown)\Z", re.IGNORECASE)
_HASH: Final = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_UNWIELDY: Final = re.compile(
    r"[\x00-\x1f\x7f-\xa0\\?#%\u200b-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]+"
)


@dataclass(frozen=True, slots=True)
class Closing:
    """The closing link of a file."""

    start: int
    """Byte at which its line starts; all that follows is the link and white space."""
    address: str
    """Without sort and warning parts; empty where it is not http or https."""
    key: str | None
    """`<host>/<kind>/<number>`; None where the address does not name a thread."""
    kind: str = ""


def closing(content: bytes) -> Closing | None:
    """Return the closing link: the last line of the file, if it has that form. No more than that line is looked at.

    A comment whose last words are a quoted closing line does not fool it: the converter's line of spaces follows it.
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
        return Closing(start, safe_address(address), None)
    scheme, host, kind, number = (part.lower() for part in thread.groups())
    key = f"{host}/{kind}/{number}"
    return Closing(start, f"{scheme}://{key}", key, kind)


def safe_address(address: str) -> str:
    """Return an http or https address; empty for any other text."""
    return address if _ADDRESS.match(address) and address.isprintable() and " " not in address else ""


def is_thread_key(key: str) -> bool:
    """Return whether `key` has the form of a thread's key: two or more parts, fit for an address."""
    parts = key.split("/")
    tidy = len(parts) > 1 and all(part.strip(" .") for part in parts)
    return tidy and len(key) <= LONGEST_KEY and _UNWIELDY.search(key) is None


def key_of(found: Closing | None, name: str) -> str:
    """Return the thread's key: of its closing link, else of the file's name."""
    return found.key if found and found.key else file_key(name)


def set_aside(path: str, sha256: str) -> str:
    """Return the path under which a kept file is known whose own path another thread's file took."""
    stem, dot, ending = path.rpartition(".")
    return f"{stem}~{sha256[:8]}{dot}{ending}"


def came_as(path: str, sha256: str) -> str:
    """Return the path under which a file came, before it was set aside: by that its thread is known ever after."""
    mark = _SET_ASIDE.search(path) if "~" in path else None
    return path[: mark.start()] + path[mark.end() :] if mark and sha256.startswith(mark[1]) else path


def file_key(name: str) -> str:
    """Return `file/<name without .md>` for a file without a closing link; at most 255 characters, fit for addresses.

    Source files are named by the MD5 of their address: such a name is the same thread in any folder. Any other name
    counts with its folders, so that two files named alike in two folders are two threads. Names that had to be
    changed to fit keep a hash of themselves, so that they stay apart.
    """
    stem = unicodedata.normalize("NFC", _EXTENSION.sub("", name))
    base = stem.rpartition("/")[2]
    if _HASH.fullmatch(base):
        return f"file/{base.lower()}"
    parts = (_UNWIELDY.sub("-", part).strip(" .") for part in stem.split("/"))
    tidy = "/".join(part for part in parts if part)[:LONGEST_NAME].rstrip("/ .")
    if tidy == stem and tidy:
        return f"file/{tidy}"
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
    return f"file/{tidy}~{digest}"
