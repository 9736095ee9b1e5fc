"""Keys of threads, which are their stable addresses: from the closing link, else from the file's name.

The closing link of a Markdown file is the address of its thread at the source. Its host, kind and number are the only
stable identity of a thread: one thread is in several files, under several forms of its address.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from threads.parsing.hosts import canonical_host
from threads.parsing.values import safe_address

LONGEST_KEY: Final = 255
LONGEST_NAME: Final = 200
"""Characters of a file's name in a key; a longer name is cut, and a hash is added."""

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
_SET_ASIDE: Final = re.compile(r"~([0-9a-f]{8})(?=\.[^./]*\Z)")
_EXTENSION: Final = re.compile(r"\.(?:md|markdown)\Z", re.IGNORECASE)
_HASH: Final = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_UNWIELDY: Final = re.compile(
    r"[\x00-\x1f\x7f-\xa0\\?#%\u200b-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]+"
)


@dataclass(frozen=True, slots=True)
class ClosingLink:
    """The closing link of a file."""

    start: int
    """Byte at which its line starts; only white space follows the line."""
    address: str
    """With the host as written, without sort and warning parts; empty if it is not http or https."""
    key: str | None
    """`<canonical host>/<kind>/<number>`; None if the address does not name a thread."""
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
    key = f"{canonical_host(host)}/{kind}/{number}"
    return ClosingLink(start, f"{scheme}://{host}/{kind}/{number}", key, kind)


def is_thread_key(key: str) -> bool:
    """Return whether `key` has the form of a thread's key: two or more parts, fit for an address."""
    parts = key.split("/")
    tidy = len(parts) > 1 and all(part.strip(" .") for part in parts)
    return tidy and len(key) <= LONGEST_KEY and _UNWIELDY.search(key) is None


def thread_key(link: ClosingLink | None, name: str) -> str:
    """Return the thread's key: of its closing link, else of the file's name."""
    return link.key if link and link.key else file_key(name)


def set_aside_path(path: str, sha256: str) -> str:
    """Return the new path of a stored file whose path is now that of another thread's file."""
    stem, dot, ending = path.rpartition(".")
    return f"{stem}~{sha256[:8]}{dot}{ending}"


def original_path(path: str, sha256: str) -> str:
    """Return the path of a file before it was set aside; the key of its thread is made of that."""
    mark = _SET_ASIDE.search(path) if "~" in path else None
    return path[: mark.start()] + path[mark.end() :] if mark and sha256.startswith(mark[1]) else path


def is_hash(name: str) -> bool:
    """Return whether a file's name without its ending is the MD5 of an address."""
    return _HASH.fullmatch(name) is not None


def file_key(name: str) -> str:
    """Return `file/<name without .md>` for a file without a closing link; at most 255 characters, fit for addresses.

    Source files are named by the MD5 of their address: such a name is the same thread in any folder. Any other name
    counts with its folders, so that two files named alike in two folders are two threads. Names that had to be
    changed to fit keep a hash of themselves, so that they stay apart.
    """
    stem = unicodedata.normalize("NFC", _EXTENSION.sub("", name))
    base = stem.rpartition("/")[2]
    if is_hash(base):
        return f"file/{base.lower()}"
    parts = (_UNWIELDY.sub("-", part).strip(" .") for part in stem.split("/"))
    tidy = "/".join(part for part in parts if part)[:LONGEST_NAME].rstrip("/ .")
    if tidy == stem and tidy:
        return f"file/{tidy}"
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
    return f"file/{tidy}~{digest}"
