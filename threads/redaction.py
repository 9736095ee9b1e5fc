"""Which text of a file is redacted: a comment, quotes of it, an opening text. Pure.

Redacted text is remembered as digests with the archive's key (`threads.digests`), never as text. The format of a file
does the blanking.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from threads.digests import keyed_digest
from threads.formats.backup_format import Changes, file_of_part, part_path
from threads.formats.registry import DEFAULT, FORMATS
from threads.parsing import quotes, thread_keys
from threads.replies.parsed_comments import parse_comments
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping, Sequence

    from threads.parsing.quotes import QuoteMark
    from threads.replies.parsed_comments import ParsedComment

EXCERPT: Final = 24
"""Characters of a text by which an excerpt of it is known again; whole excerpts have 47 or 50."""
DIGEST_LENGTH: Final = 32
"""Characters of the digest of a former key."""
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

    key: str
    """Its key since the redaction, which is random."""
    former_keys: tuple[str, ...]
    """Digests of the keys it had before, which are hashes of its text."""
    head: str
    """Digest of its author and its first own words; empty if it is too short."""
    excerpts: tuple[str, ...]
    """Digests of the first words of its own text and of quotes of it."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CommentDigests:
        """Return what `to_json` returned, read from JSON."""
        return cls(data["key"], tuple(data["former_keys"]), data["head"], tuple(data["excerpts"]))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ThreadDigests:
    """The redactions of one thread."""

    article_key: str
    """The key in the digests."""
    secret: bytes = field(repr=False)
    """The archive's key of digests."""
    comments: tuple[CommentDigests, ...] = ()
    opening: bool = False
    """True if the title, author and opening text are redacted."""
    names: frozenset[str] = frozenset()
    """Names to remove from the headings of comments, as author or addressee."""
    current_key: str = ""
    """The key of the thread today."""
    elsewhere: bool = False
    """True if the text was redacted in another thread, from which a file came."""

    @classmethod
    def from_json(cls, article_key: str, secret: bytes, data: Mapping[str, Any]) -> ThreadDigests:
        """Return what `to_json` returned, as another thread inherited it."""
        comments = tuple(map(CommentDigests.from_json, data["comments"]))
        return cls(article_key, secret, comments, data["opening"], elsewhere=True)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data, without its keys."""
        return {"comments": [comment.to_json() for comment in self.comments], "opening": self.opening}

    @property
    def new_key(self) -> str:
        """The key that takes the place of a key or address made of a file name."""
        return self.current_key if self.opening and self.current_key.startswith("file/") and not self.elsewhere else ""

    def repeats(self, excerpt: str) -> bool:
        """Return whether an excerpt starts with redacted text."""
        digest = self.digest_words(None, _squeeze(excerpt)[:EXCERPT])
        return any(digest in comment.excerpts for comment in self.comments)

    def digest_words(self, author: str | None, words: str) -> str:
        """Return the digest of words in this thread."""
        return digest_again(self.secret, plain_digest(self.article_key, author, words))

    def digest_head(self, author: str | None, own: str) -> str:
        """Return the digest of an author and the first words of a text; empty if it is too short."""
        return self.digest_words(author, own[:HEAD]) if len(own) >= HEAD else ""

    def digest_comment(
        self, keys: Sequence[str], author: str | None, body: str, quoted_as: Collection[str] = ()
    ) -> CommentDigests:
        """Return the digests of a comment with these keys, today's first; `quoted_as` are excerpts of it."""
        own = _squeeze(quotes.own_text(body, quotes.find_quotes(body)))
        excerpts = {own[:EXCERPT]} | {_squeeze(excerpt)[:EXCERPT] for excerpt in quoted_as}
        return CommentDigests(
            key=keys[0] if keys else "",
            former_keys=tuple(digest_former_key(self.secret, key) for key in keys),
            head=self.digest_head(author, own),
            excerpts=tuple(sorted(self.digest_words(None, excerpt) for excerpt in excerpts if excerpt)),
        )


@dataclass(frozen=True, slots=True)
class RedactedKeys:
    """Contains the keys that redacted comments had before; no other comment may get one."""

    secret: bytes
    digests: frozenset[str]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and digest_former_key(self.secret, key) in self.digests


def replaced_keys(memories: Sequence[ThreadDigests], marks: Collection[str]) -> Container[str]:
    """Return the former keys of the redacted comments whose marks are in a file."""
    comments = (comment for memory in memories for comment in memory.comments if comment.key in marks)
    digests = frozenset(digest for comment in comments for digest in comment.former_keys)
    return RedactedKeys(memories[0].secret, digests) if digests else frozenset()


def digest_former_key(secret: bytes, key: str) -> str:
    """Return the digest of a key made of redacted text: 32 characters."""
    return keyed_digest(secret, "key", key).hex()


def is_digest(key: str) -> bool:
    """Return whether a former key is stored as its digest. Comments have shorter keys; those of threads have a `/`."""
    return len(key) == DIGEST_LENGTH and "/" not in key


def digest_file(secret: bytes, sha256: str) -> str:
    """Return what is stored in place of a file's SHA-256 if text of it is redacted: 64 characters.

    Somebody who has the rest of the file could test guesses of the text with its SHA-256.
    """
    return keyed_digest(secret, "file", sha256, size=32).hex()


def redacted_key(secret: bytes, key: str) -> str:
    """Return the key that replaces a thread's key made of a file name. The new path of the file leads to it too."""
    return f"file/{_digest_name(secret, key)}"


def redacted_path(secret: bytes, path: str) -> str:
    """Return the path that replaces the path of a file, or of a part, whose name may be its redacted title."""
    if key := path.rpartition("#")[2] if file_of_part(path) else "":
        return part_path(file_of_part(path), redacted_key(secret, key)) if is_file_key(key) else path
    key, ending = thread_keys.file_key(path), path.rpartition(".")[2]
    return f"redacted/{_digest_name(secret, key)}.{ending}" if is_file_key(key) else path


def is_file_key(key: str) -> bool:
    """Return whether a thread's key is made of a file name that is not a hash."""
    return key.startswith("file/") and not thread_keys.is_hash(key.removeprefix("file/"))


def _digest_name(secret: bytes, key: str) -> str:
    return keyed_digest(secret, "name", key).hex()


def digest_again(secret: bytes, digest: str) -> str:
    """Return the keyed digest of a plain digest, so that digests of older archives could get a key too."""
    return keyed_digest(secret, "words", digest).hex()


def plain_digest(article_key: str, author: str | None, words: str) -> str:
    """Return a digest without a key. It must not be stored: short words can be guessed."""
    parts = "\0".join((article_key, author or "", words))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


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
    renamed = replace(document, key=digests.article_key)
    comments = parse_comments(renamed, kept=kept, taken_by=partial(replaced_keys, (digests,)))
    redacted = _find_redacted(comments, digests, by_head=not (kept and digests.elsewhere))
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
    changes = Changes(bodies, authors, TITLE if digests.opening else None, digests.new_key)
    return backup_format.rewrite(content, name, changes) if changes else content


def _find_redacted(comments: Sequence[ParsedComment], digests: ThreadDigests, *, by_head: bool) -> dict[int, str]:
    """Return the keys of the redacted comments by their number in the file; repeats are redacted with a comment.

    A comment is recognised by one of its keys or, with `by_head`, by author and first words if it was edited at the
    source. An original without the text of another thread was cut when it came: no other comment is taken for it.
    """
    if not digests.comments:
        return {}
    keys = {
        digest_former_key(digests.secret, key): comment.key
        for comment in comments
        for key in (*comment.former_keys, comment.key)
    }
    keys |= {comment.key: comment.key for comment in comments}
    redacted: dict[str, str] = {}
    heads: dict[str, str] = {}
    for entry in digests.comments:
        found = {keys[key] for key in (entry.key, *entry.former_keys) if key in keys}
        redacted |= dict.fromkeys(found, entry.key)
        if by_head and entry.head and not found:
            heads[entry.head] = entry.key
    for comment in comments if heads else ():
        head = digests.digest_head(comment.author, _squeeze(comment.own_text))
        if head in heads:
            redacted.setdefault(comment.key, heads[head])
    if digests.elsewhere:
        # Without a marker, a twin would get the key of the redacted one when the file is read again.
        twins = {comment.fingerprint: redacted[comment.key] for comment in comments if comment.key in redacted}
        redacted |= {comment.key: twins[comment.fingerprint] for comment in comments if comment.fingerprint in twins}
    return {number: redacted[comment.key] for number, comment in enumerate(comments) if comment.key in redacted}


def _with_text_of(digests: ThreadDigests, comments: Collection[ParsedComment]) -> ThreadDigests:
    """Add the current text of these comments: others may quote it."""
    later = {_squeeze(comment.own_text)[:EXCERPT] for comment in comments} - {""}
    excerpts = tuple(digests.digest_words(None, words) for words in sorted(later))
    return replace(digests, comments=(*digests.comments, CommentDigests("", (), "", excerpts)))


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


def _squeeze(text: str) -> str:
    """Return the text for comparison: script, case and width folded, without white space or damaged characters."""
    seen = (char for char in fold(text) if unicodedata.category(char) not in _UNSEEN)
    return "".join(char for char in seen if char != "\N{REPLACEMENT CHARACTER}")
