"""Keys of comments, which are their stable addresses: from thread, author, day and own text, not from positions."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

    from threads.replies.matching import CommentFingerprint

KEY_LENGTH: Final = 13

_REDACTION_MARK: Final = re.compile(r"\s*\[redacted:([a-z2-7]{13})\]\s*")
_BASE_32: Final = bytes(b"abcdefghijklmnopqrstuvwxyz234567"[byte % 32] for byte in range(256))
"""Five bits of each byte, as the letters of a key."""


def comment_key(article_key: str, comment: CommentFingerprint, duplicate: int = 0) -> str:
    """Return a comment's key: 13 characters of base 32 (65 bits).

    `duplicate` counts from 0 the comments of equal author, day and text in one file.
    """
    day = comment.posted_on.isoformat() if comment.posted_on else ""
    parts = "\0".join((article_key, comment.author or "", day, comment.text, str(duplicate)))
    digest = hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=KEY_LENGTH).digest()
    return digest.translate(_BASE_32).decode("ascii")


def random_key() -> str:
    """Return a key that no text leads to, of a redacted comment."""
    return secrets.token_bytes(KEY_LENGTH).translate(_BASE_32).decode("ascii")


class CommentKeys:
    """Makes the keys of comments in one thread; none of `taken` is made again."""

    def __init__(self, article_key: str, taken: Container[str]) -> None:
        self._article_key = article_key
        self._taken = taken
        self._duplicates: Counter[CommentFingerprint] = Counter()

    def make(self, comment: CommentFingerprint) -> str:
        """Return the key of a comment. Equal comments are numbered in the order of calls."""
        while True:
            key = comment_key(self._article_key, comment, self._duplicates[comment])
            self._duplicates[comment] += 1
            if key not in self._taken:
                return key


def redacted_key(body: str) -> str | None:
    """Return the key in a redaction mark, None if the body is not one."""
    mark = _REDACTION_MARK.fullmatch(body)
    return mark[1] if mark else None
