"""The comments of a document before they are linked: their quotes, their own words, their keys. Pure.

Called by `assembling`, `redaction` and the loader. Imports pure rooms.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from threads.parsing import quotes
from threads.replies import matching
from threads.replies.matching import Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from threads.parsing.document import Document, DocumentComment

_REDACTED = re.compile(r"\s*\[redacted:([a-z2-7]{13})\]\s*")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_BASE_32 = bytes(b"abcdefghijklmnopqrstuvwxyz234567"[byte % 32] for byte in range(256))
"""Five bits of each byte, as the letters of a key."""
KEY_LENGTH = 13


class Draft(NamedTuple):
    """One comment as the file has it, with what is read from its body."""

    key: str
    former_keys: tuple[str, ...]
    """Keys of older wordings of it, in other files of the thread."""
    author: str | None
    addressee: str | None
    posted_on: date | None
    body: str
    removed_at_source: bool
    marks: tuple[quotes.QuoteMark, ...]
    words: str
    """Its own words, from which others' excerpts are taken."""

    @property
    def said(self) -> Said:
        """What tells it from others."""
        return Said(self.author, self.posted_on, known_words(self.words, self.body))


def comment_key(article_key: str, said: Said, twin: int = 0) -> str:
    """Return a comment's key: 13 characters of base 32 (65 bits), from what it is and not from where it stands.

    `twin` counts from 0 the comments of equal author, day and words in one file.
    """
    day = said.posted_on.isoformat() if said.posted_on else ""
    parts = "\0".join((article_key, said.author or "", day, said.words, str(twin)))
    digest = hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=KEY_LENGTH).digest()
    return digest.translate(_BASE_32).decode("ascii")


def known_words(own_words: str, body: str) -> str:
    """Return the words a comment is known by: its own, or all of its body where it has none (a picture, say)."""
    words = " ".join((own_words or body).split())
    return words if words.isascii() else unicodedata.normalize("NFC", words)


def storable(value: str) -> str:
    """Return `value` without what no database takes: NUL, and what is left of damaged bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")


def draft(key: str, author: str | None, addressee: str | None, posted_on: date | None, body: str) -> Draft:
    """Return a draft with its quotes and own words read from `body`."""
    body = storable(body)
    marks = quotes.find_quotes(body)
    return Draft(key, (), author, addressee, posted_on, body, False, marks, quotes.own_text(body, marks))


def drafts_of(document: Document, *, kept: bool = False) -> list[Draft]:
    """Return the document's comments with their keys.

    In what the archive keeps (`kept`), a comment may have been redacted: it is known by the mark in the place of its
    words, and its key is not given to another. In a file from outside such a mark is only text.
    """
    given = [_marked(comment) if kept else None for comment in document.comments]
    taken = set(given)
    twins: Counter[Said] = Counter()
    made = []
    for comment, marked in zip(document.comments, given, strict=True):
        if marked:
            made.append(Draft(marked, (), comment.author, comment.addressee, comment.posted_on, "", False, (), ""))
            continue
        one = draft("", comment.author, comment.addressee, comment.posted_on, comment.body)
        said = one.said
        key = comment_key(document.key, said, twins[said])
        while key in taken:
            twins[said] += 1
            key = comment_key(document.key, said, twins[said])
        twins[said] += 1
        made.append(one._replace(key=key, removed_at_source=comment.removed_at_source))
    return made


def _marked(comment: DocumentComment) -> str | None:
    mark = _REDACTED.fullmatch(comment.body)
    return mark[1] if mark else None


def unite(shown: Sequence[Draft], older: Sequence[Draft]) -> list[Draft]:
    """Return `shown` with the comments that only `older` has, each after the one it follows there.

    A comment of `older` that was edited since is the one in `shown`, which remembers the older wording's key.
    """
    united = list(shown)
    place = _places(united, older)
    after: dict[int, list[Draft]] = {}
    last = -1
    for j, one in enumerate(older):
        if j in place:
            last = place[j]
        else:
            after.setdefault(last, []).append(one)
    return [*after.get(-1, ()), *_woven(united, after)]


def _woven(united: Iterable[Draft], after: dict[int, list[Draft]]) -> Iterable[Draft]:
    for i, one in enumerate(united):
        yield one
        yield from after.get(i, ())


def _places(united: list[Draft], older: Sequence[Draft]) -> dict[int, int]:
    """Return where in `united` each known comment of `older` stands; notes the keys of older wordings there."""
    at = {one.key: i for i, one in enumerate(united)}
    place = {j: at[one.key] for j, one in enumerate(older) if one.key in at}
    taken = set(place.values())
    theirs = [j for j in range(len(older)) if j not in place]
    ours = [i for i in range(len(united)) if i not in taken]
    pairs = matching.pair([older[j].said for j in theirs], [united[i].said for i in ours])
    for i, j in pairs.items():
        one = united[ours[i]]
        united[ours[i]] = one._replace(former_keys=(*one.former_keys, older[theirs[j]].key))
        place[theirs[j]] = ours[i]
    return place
