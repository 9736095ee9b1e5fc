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
    from collections.abc import Callable, Collection, Mapping, Sequence

    from threads.parsing.quotes import QuoteMark
    from threads.replies.parsed_comments import ParsedComment

EXCERPT: Final = 24
"""Characters of a text by which an excerpt of it is known again; whole excerpts have 47 or 50."""
HEAD: Final = 40
"""Characters of a comment by which a later edition of it is known again."""

REMOVED: Final = "_已隐藏_"
"""How the source itself writes that a comment was taken away (see the file format): what an export says instead."""

TITLE: Final = "[redacted]"
"""The title of an article whose opening was removed."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class CommentDigests:
    """Digests by which one redacted comment, and quotes of it, are recognised."""

    keys: tuple[str, ...]
    """Its key, then the keys of older wordings of it."""
    head: str
    """Digest of its author and its first own words; empty where it has too few for that."""
    excerpts: tuple[str, ...]
    """Digests of the first words of what quotes of it repeat."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> CommentDigests:
        """Return what `to_json` returned, read from JSON."""
        return cls(tuple(stored["keys"]), stored["head"], tuple(stored["excerpts"]))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ThreadDigests:
    """The redactions of one thread."""

    article_key: str
    """Under which the digests were made."""
    comments: tuple[CommentDigests, ...] = ()
    opening: bool = False
    """True where the title, author and opening text were removed."""
    names: frozenset[str] = frozenset()
    """Names that are not to stand above a comment, as its author's or as those of whom it answers."""
    elsewhere: bool = False
    """True where it was removed in another thread, from which a file came: there stands the row that is left of it."""

    @classmethod
    def from_json(cls, article_key: str, stored: Mapping[str, Any]) -> ThreadDigests:
        """Return what `to_json` returned, as another thread inherited it."""
        return cls(
            article_key, tuple(map(CommentDigests.from_json, stored["comments"])), stored["opening"], elsewhere=True
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data, without its key."""
        return {"comments": [one.to_json() for one in self.comments], "opening": self.opening}

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
    """Return the text that replaces a redacted comment in its original; `drafts_of` reads it."""
    return f"[redacted:{key}]"


def removed_at_source(_key: str) -> str:
    """Return the text that replaces a comment redacted in another thread: the source's own mark of a removal."""
    return REMOVED


def clean(
    content: bytes,
    name: str,
    memory: ThreadDigests,
    *,
    format_name: str = DEFAULT,
    kept: bool = False,
    instead: Callable[[str], str] | None = None,
) -> bytes:
    """Return the file without the text that `memory` recognises; the same bytes if it has none of it.

    `kept` is true for a stored original, which may hold marks already. `instead` returns the replacement of a comment
    from its key. Raises UnreadableError.
    """
    # A comment that was destroyed here keeps its mark, although it was destroyed elsewhere too.
    marked = kept and memory.elsewhere and instead is None
    instead = instead or (removed_at_source if memory.elsewhere else marker)
    backup_format = FORMATS[format_name]
    document = backup_format.read_document(content, name)
    # Keys as they were when the words were removed, whatever the thread's own key has become since.
    comments = parse_comments(replace(document, key=memory.article_key), kept=kept)
    gone = _removed(comments, memory)
    memory = _with_words_of(memory, [comments[number] for number in gone])
    bodies, authors = {}, {}
    for number, comment in enumerate(document.comments):
        if number in gone and not (marked and comment.body == marker(gone[number])):
            body = instead(gone[number])
        else:
            body = without_excerpts(comment.body, memory)
        if body != comment.body:
            bodies[number] = body
        if not memory.names.isdisjoint((comment.author, comment.addressee)):
            authors[number] = "" if comment.author is None or comment.author in memory.names else comment.author
    changes = Changes(bodies, authors, TITLE if memory.opening else None)
    return backup_format.rewrite(content, name, changes) if changes else content


def _removed(comments: Sequence[ParsedComment], memory: ThreadDigests) -> dict[int, str]:
    """Return the keys of the comments to remove, by their number in the file.

    A comment is recognised by its key, or by author and first words if it was edited at the source.
    """
    numbers = {comment.key: number for number, comment in enumerate(comments)}
    gone = {numbers[key]: removed.keys[0] for removed in memory.comments for key in removed.keys if key in numbers}
    missing = [removed for removed in memory.comments if not numbers.keys() & removed.keys]
    by_head = {removed.head: removed.keys[0] for removed in missing if removed.head and removed.keys}
    if by_head:
        heads = [_head(memory.article_key, comment.author, _squeeze(comment.own_text)) for comment in comments]
        gone = {number: by_head[head] for number, head in enumerate(heads) if head in by_head} | gone
    return gone


def _with_words_of(memory: ThreadDigests, removed: Collection[ParsedComment]) -> ThreadDigests:
    """Return the memory with the current text of these comments: others may quote it."""
    later = {_squeeze(comment.own_text)[:EXCERPT] for comment in removed} - {""}
    digests = tuple(sorted(_digest(memory.article_key, None, words) for words in later))
    return replace(memory, comments=(*memory.comments, CommentDigests((), "", digests))) if digests else memory


def without_excerpts(text: str, memory: ThreadDigests) -> str:
    """Return a comment's text with excerpts of redacted text blanked; the quote marks stay."""
    marks = quotes.find_quotes(text)
    return blank(text, marks, [number for number, mark in enumerate(marks) if memory.repeats(mark.excerpt)])


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
    kept = (char for char in fold(text) if unicodedata.category(char) not in _UNSEEN)
    return "".join(char for char in kept if char != "\N{REPLACEMENT CHARACTER}")


def _digest(article_key: str, author: str | None, words: str) -> str:
    parts = "\0".join((article_key, author or "", words))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
