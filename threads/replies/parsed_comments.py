"""The comments of a document before they are linked, and of several documents of one thread."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from threads.parsing.quotes import find_quotes, own_text
from threads.parsing.values import storable_text
from threads.replies import matching
from threads.replies.comment_keys import CommentKeys, redacted_key
from threads.replies.matching import CommentFingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from threads.parsing.document import Document
    from threads.parsing.quotes import QuoteMark


class ParsedComment(NamedTuple):
    """One comment of a file, with its quotes and its own text."""

    author: str | None
    addressee: str | None
    own_text: str
    """The text from which excerpts are taken."""
    quotes: tuple[QuoteMark, ...] = ()
    removed_at_source: bool = False
    """True if its text was removed at the source: no excerpt can contradict it."""
    body: str = ""
    posted_on: date | None = None
    key: str = ""
    former_keys: tuple[str, ...] = ()
    """Its keys in older files of the thread, in which its text differs."""

    @property
    def fingerprint(self) -> CommentFingerprint:
        """Author, day and text."""
        return CommentFingerprint(self.author, self.posted_on, matching.compared_text(self.own_text, self.body))


def parse_comment(
    author: str | None, addressee: str | None, posted_on: date | None, body: str, *, key: str = ""
) -> ParsedComment:
    """Return a comment with the quotes and own text of `body`."""
    body = storable_text(body)
    marks = find_quotes(body)
    return ParsedComment(author, addressee, own_text(body, marks), marks, body=body, posted_on=posted_on, key=key)


def parse_comments(document: Document, *, kept: bool = False) -> list[ParsedComment]:
    """Return the comments of a document with their keys.

    In an original out of the archive (`kept`), a comment may be a redaction mark, which holds its key; no other comment
    gets that key. In any other file such a mark is only text.
    """
    marked = [redacted_key(comment.body) if kept else None for comment in document.comments]
    keys = CommentKeys(document.key, {mark for mark in marked if mark})
    comments = []
    for source, mark in zip(document.comments, marked, strict=True):
        if mark:
            comments.append(ParsedComment(source.author, source.addressee, "", posted_on=source.posted_on, key=mark))
            continue
        comment = parse_comment(source.author, source.addressee, source.posted_on, source.body)
        key = keys.make(comment.fingerprint)
        comments.append(comment._replace(key=key, removed_at_source=source.removed_at_source))
    return comments


def unite_comments(newer: Sequence[ParsedComment], older: Sequence[ParsedComment]) -> list[ParsedComment]:
    """Return `newer` with the comments that are only in `older`, each after the comment it follows there.

    A comment that was edited since `older` gets the key of the older text as a former key.
    """
    united = list(newer)
    indexes = _match_older(united, older)
    followers: dict[int, list[ParsedComment]] = defaultdict(list)
    last = -1
    for older_index, comment in enumerate(older):
        if older_index in indexes:
            last = indexes[older_index]
        else:
            followers[last].append(comment)
    result = followers[-1]
    for index, comment in enumerate(united):
        result += [comment, *followers[index]]
    return result


def _match_older(united: list[ParsedComment], older: Sequence[ParsedComment]) -> dict[int, int]:
    """Return the index in `united` of each matched comment of `older`; add former keys there."""
    by_key = {comment.key: index for index, comment in enumerate(united)}
    indexes = {index: by_key[comment.key] for index, comment in enumerate(older) if comment.key in by_key}
    taken = set(indexes.values())
    older_left = [index for index in range(len(older)) if index not in indexes]
    newer_left = [index for index in range(len(united)) if index not in taken]
    matches = matching.match_comments(
        [older[index].fingerprint for index in older_left], [united[index].fingerprint for index in newer_left]
    )
    for newer_place, older_place in matches.items():
        newer_index, older_index = newer_left[newer_place], older_left[older_place]
        comment = united[newer_index]
        united[newer_index] = comment._replace(former_keys=(*comment.former_keys, older[older_index].key))
        indexes[older_index] = newer_index
    return indexes
