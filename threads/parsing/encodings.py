"""The encodings of files: UTF-8, and GB18030 where a file is surely that."""

from __future__ import annotations

from typing import Final

GB18030: Final = "gb18030"
MOST_FREQUENT: Final = frozenset(
    "的一是不了在人有我他这個个們们中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下自之"
)
"""Characters that every Chinese text repeats. Text of another encoding, decoded as GB18030, has almost none of them."""
LEAST_SHARE: Final = 0.1
"""Of the characters beyond ASCII. 464 of 474 real files have more; the most of 1,900 in other encodings is 0.06."""
FEWEST: Final = 20
"""Characters beyond ASCII; fewer do not show an encoding."""


def to_utf8(content: bytes) -> bytes:
    """Return a GB18030 file as UTF-8; any other file unchanged."""
    text = _read_gb18030(content)
    return content if text is None else text.encode()


def _read_gb18030(content: bytes) -> str | None:
    """Return the text of a file that is surely GB18030: no UTF-8, valid to the last byte, and Chinese."""
    try:
        content.decode()
    except UnicodeDecodeError:
        pass
    else:
        return None
    try:
        text = content.decode(GB18030)
    except UnicodeDecodeError:
        return None
    letters = [char for char in text if not char.isascii()]
    frequent = sum(char in MOST_FREQUENT for char in letters)
    return text if len(letters) >= FEWEST and frequent >= LEAST_SHARE * len(letters) else None
