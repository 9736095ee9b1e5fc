"""Which text of a file is redacted: a comment, quotes of it, an opening text. Pure.

Redacted text is remembered as digests, never as text. The format of a file does the blanking.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from threads.formats.base import Changes
from threads.formats.registry import DEFAULT, FORMATS
from threads.parsing import quotes
from threads.replies.parsed_comments import parse_comments
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from threads.parsing.quotes import QuoteMark
    from threads.replies.parsed_comments import ParsedComment

EXCERPT: Final = 24
"""Characters of a text by which an excerpt of it is known again; whole excerpts have 47 or 50."""
HEAD: Final = 40
"""Characters of a comment by which a later edition of it is known again."""

REMOVED: Final = "_已隐藏_"
"""The source's own text of a removed comment (see the file format). Exports write it."""

TITLE: Final = "[redacted]"
"""The title of an article with a redacted opening."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class CommentDigests:
    """Digests by which one redacted comment, and quotes of it, are recognised."""

    keys: tuple[str, ...]
    """Its key, then the keys of older wordings of it."""
    head: str
    """Digest of its author and its first own words; empty if it is too short."""
    excerpts: tuple[str, ...]
    """Digests of the first words of its own text and of quotes of it."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CommentDigests:
        """Return what `to_json` returned, read from JSON."""
        return cls(tuple(data["keys"]), data["head"], tuple(data["excerpts"]))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ThreadDigests:
    """The redactions of one thread."""

    article_key: str
    """The key in the digests."""
    comments: tuple[CommentDigests, ...] = ()
    opening: bool = False
    """True if the title, author and opening text are redacted."""
    names: frozenset[str] = frozenset()
    """Names to remove from the headings of comments, as author or addressee."""
    elsewhere: bool = False
    """True if the text was redacted in another thread, from which a file came."""

    @classmethod
    def from_json(cls, article_key: str, data: Mapping[str, Any]) -> ThreadDigests:
        """Return what `to_json` returned, as another thread inherited it."""
        comments = tuple(map(CommentDigests.from_json, data["comments"]))
        return cls(article_key, comments, data["opening"], elsewhere=True)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data, without its key."""
        return {"comments": [comment.to_json() for comment in self.comments], "opening": self.opening}

    def repeats(self, excerpt: str) -> bool:
        """Return whether an excerpt starts with redacted text."""
        digest = _digest(self.article_key, None, _squeeze(excerpt)[:EXCERPT])
        return any(digest in comment.excerpts for comment in self.comments)


def digest_comment(
    article_key: str, keys: Sequence[str], author: str | None, body: str, quoted_as: Collection[str] = ()
) -> CommentDigests:
    """Return the digests of one comment; `quoted_as` are other comments' excerpts of it."""
    own = _squeeze(quotes.own_text(body, quotes.find_quotes(body)))
    excerpts = {own[:EXCERPT]} | {_squeeze(excerpt)[:EXCERPT] for excerpt in quoted_as}
    return CommentDigests(
        keys=tuple(keys),
        head=_head(article_key, author, own),
        excerpts=tuple(sorted(_digest(article_key, None, excerpt) for excerpt in excerpts if excerpt)),
    )


def marker(key: str) -> str:
    """Return the text that replaces a redacted comment in its original; `parse_comments` reads it."""
    return f"[redacted:{key}]"


def clean(
    content: bytes,
    name: str,
    digests: ThreadDigests,
    *,
    format_name: str = DEFAULT,
    kept: bool = False,
    replacement: str = "",
) -> bytes:
    """Return the file without the text that `digests` recognise; the same bytes if it has none of it.

    `kept` is true for a stored original, which may hold markers already. `replacement` takes the place of a comment: by
    default its marker, or REMOVED if it was redacted in another thread. Raises UnreadableError.
    """
    # A comment that was redacted here keeps its marker, although it was redacted elsewhere too.
    keeps_markers = kept and digests.elsewhere and not replacement
    if digests.elsewhere:
        replacement = replacement or REMOVED
    backup_format = FORMATS[format_name]
    document = backup_format.read_document(content, name)
    # Keys as they were at the redaction, whatever the thread's own key is now.
    comments = parse_comments(replace(document, key=digests.article_key), kept=kept)
    redacted = _find_redacted(comments, digests)
    digests = _with_text_of(digests, [comments[number] for number in redacted])
    bodies, authors = {}, {}
    for number, comment in enumerate(document.comments):
        if number in redacted and not (keeps_markers and comment.body == marker(redacted[number])):
            body = replacement or marker(redacted[number])
        else:
            body = without_excerpts(comment.body, digests)
        if body != comment.body:
            bodies[number] = body
        if not digests.names.isdisjoint((comment.author, comment.addressee)):
            authors[number] = "" if comment.author is None or comment.author in digests.names else comment.author
    changes = Changes(bodies, authors, TITLE if digests.opening else None)
    return backup_format.rewrite(content, name, changes) if changes else content


def _find_redacted(comments: Sequence[ParsedComment], digests: ThreadDigests) -> dict[int, str]:
    """Return the keys of the redacted comments by their number in the file; repeats are redacted with a comment.

    A comment is recognised by one of its keys, or by author and first words if it was edited at the source.
    """
    keys = {key: comment.key for comment in comments for key in (*comment.former_keys, comment.key)}
    redacted = {keys[key]: entry.keys[0] for entry in digests.comments for key in entry.keys if key in keys}
    missing = [entry for entry in digests.comments if not keys.keys() & entry.keys]
    by_head = {entry.head: entry.keys[0] for entry in missing if entry.head and entry.keys}
    for comment in comments if by_head else ():
        head = _head(digests.article_key, comment.author, _squeeze(comment.own_text))
        if head in by_head:
            redacted.setdefault(comment.key, by_head[head])
    return {number: redacted[comment.key] for number, comment in enumerate(comments) if comment.key in redacted}


def _with_text_of(digests: ThreadDigests, comments: Collection[ParsedComment]) -> ThreadDigests:
    """Add the current text of these comments: others may quote it."""
    later = {_squeeze(comment.own_text)[:EXCERPT] for comment in comments} - {""}
    excerpts = tuple(_digest(digests.article_key, None, words) for words in sorted(later))
    return replace(digests, comments=(*digests.comments, CommentDigests((), "", excerpts)))


def without_excerpts(text: str, digests: ThreadDigests) -> str:
    """Return a comment's text with excerpts of redacted text blanked; the quote marks stay."""
    marks = quotes.find_quotes(text)
    marks = tuple(sorted((*marks, *quotes.find_plain_quotes(text, marks)), key=lambda mark: mark.start))
    return blank(text, marks, [number for number, mark in enumerate(marks) if digests.repeats(mark.excerpt)])


def blank(text: str, marks: Sequence[QuoteMark], numbers: Collection[int]) -> str:
    """Return the text with the excerpts of the numbered marks blanked; their source ids stay."""
    for number in sorted(numbers, reverse=True):
        mark = marks[number]
        before, after = text[: mark.start], text[mark.end :]
        # On a line of its own, so that no other words are taken for its excerpt.
        start = "" if not before or before.endswith("\n") else "\n"
        end = "" if not after or after.startswith("\n") else "\n\n"
        text = before + start + _bare(mark) + end + after
    return text


def _bare(mark: QuoteMark) -> str:
    """Return a quote mark without an excerpt, in the most common form ([a] of the file format)."""
    address = "" if mark.source_id is None else f"/article/item_id-{mark.source_id}#"
    return f'> [\\>>]( "{address}")'


def _head(article_key: str, author: str | None, own: str) -> str:
    return _digest(article_key, author, own[:HEAD]) if len(own) >= HEAD else ""


def _squeeze(text: str) -> str:
    """Return the text for comparison: script, case and width folded, without white space or damaged characters."""
    seen = (char for char in fold(text) if unicodedata.category(char) not in _UNSEEN)
    return "".join(char for char in seen if char != "\N{REPLACEMENT CHARACTER}")


def _digest(article_key: str, author: str | None, words: str) -> str:
    parts = "\0".join((article_key, author or "", words))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
