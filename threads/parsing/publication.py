"""Files that are not published: pages of a site generator that are no threads, and threads that say so themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from threads.parsing.front_matter import FrontMatter

# A literal before all else: so Python searches ten times faster.
_FLAG: Final = re.compile(rb"""\n["']?(?:draft|private|published|status)["']?[ \t]*:""")

_TRUE: Final = frozenset({"true", "yes", "on", "y", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "n", "0"})
_VALUES: Final = {
    "draft": _TRUE,
    "private": _TRUE,
    "published": _FALSE,
    "status": frozenset({"draft", "private", "pending", "unpublished"}),
}
_SECTION: Final = re.compile(r"_index(?:\.[a-z-]{2,10})?\.md")
_ABOUT: Final = re.compile(
    r"(?:readme|licen[cs]e|contributing|changelog|code[_-]of[_-]conduct|security|summary)(?:[._-][a-z_-]{2,10})?\.md"
)


def is_section(name: str) -> bool:
    """Return whether a file is Hugo's page of a folder (`_index.md`), by its name."""
    return _SECTION.fullmatch(_base(name)) is not None


def is_about_folder(name: str) -> bool:
    """Return whether a file is usually about a folder (`README.md`), by its name."""
    return _ABOUT.fullmatch(_base(name)) is not None


def is_in_drafts(name: str) -> bool:
    """Return whether a file is in a folder of drafts, as of Jekyll and Hexo."""
    return "_drafts" in name.lower().split("/")[:-1]


def may_have_flag(start: bytes) -> bool:
    """Return whether the start of a file may have a field by which a thread is not published."""
    return _FLAG.search(b"\n" + start.lower().replace(b"\r", b"\n")) is not None


def find_flag(block: FrontMatter) -> str | None:
    """Return the name of the field by which a thread is not published."""
    return next((name for name, values in _VALUES.items() if str(block.value(name)).strip().lower() in values), None)


def _base(name: str) -> str:
    return name.lower().rpartition("/")[2]
