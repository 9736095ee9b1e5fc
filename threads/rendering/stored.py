"""Stored HTML taken apart again, without a parser: tags, and the text between them. Pure. Called by `rendering` only.

What `clean` makes has no bare `<` or `>` in text or attributes, so a tag is what stands between the two.
"""

from __future__ import annotations

import re
from typing import Final

TAG: Final = re.compile(r"(<[^>]*>)")
_TAG_OR_ENTITY: Final = re.compile(r"(<[^>]*>|&[^\s;]+;)")


def mark(html: str, words: re.Pattern[str]) -> str:
    """Return stored HTML with every match of `words` in its text inside `mark`; tags and entities untouched.

    `words` must not match the empty text. What is interrupted by a tag is not found.
    """
    chunks = _TAG_OR_ENTITY.split(html)
    chunks[::2] = [words.sub(r"<mark>\g<0></mark>", chunk) for chunk in chunks[::2]]
    return "".join(chunks)
