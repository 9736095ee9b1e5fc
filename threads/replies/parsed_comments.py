"""The comments of a document before they are linked, and of several documents of one thread."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.parsing.document import NO_FACTS, SourceFacts, read_facts
from threads.parsing.quotes import encoded_text, find_quotes, readings, unsigned
from threads.parsing.values import storable_number, storable_text
from threads.replies import matching
from threads.replies.comment_keys import CommentKeys, redacted_key
from threads.replies.matching import CommentFingerprint
from threads.replies.repeats import Answer, find_repeats, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator, Sequence
    from datetime import date

    from threads.parsing.document import Document, DocumentComment
    from threads.parsing.quotes import QuoteMark


LONGEST_NAME: Final = 64
"""Characters of a kind or container that are kept."""


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
    """Its keys in older files of the thread, in which its text differs, and by other readings of the file;
    of a repeat, its key without the other."""
    other_readings: tuple[str, ...] = ()
    """Other texts from which excerpts may be taken (`quotes.readings`)."""
    facts: SourceFacts = NO_FACTS

    @property
    def readings(self) -> tuple[str, ...]:
        """Every text from which excerpts may be taken, its own text first."""
        return self.own_text, *self.other_readings

    @property
    def fingerprint(self) -> CommentFingerprint:
        """Author, day and text."""
        return CommentFingerprint(self.author, self.posted_on, matching.compared_text(self.own_text, self.body))


def parse_comment(
    author: str | None,
    addressee: str | None,
    posted_on: date | None,
    body: str,
    *,
    key: str = "",
    facts: SourceFacts = NO_FACTS,
) -> ParsedComment:
    """Return a comment with the quotes and own text of `body`."""
    body = storable_text(body)
    marks = find_quotes(body)
    own, *others = readings(body, marks)
    return ParsedComment(
        author,
        addressee,
        own,
        marks,
        body=body,
        posted_on=posted_on,
        key=key,
        other_readings=tuple(others),
        facts=facts,
    )


def parse_comments(
    document: Document, *, kept: bool = False, taken_by: Callable[[Collection[str]], Container[str]] = frozenset
) -> list[ParsedComment]:
    """Return the comments of a document with their keys; a repeat has the key of the comment that it repeats.

    In an original out of the archive (`kept`), a comment may be a redaction mark, which holds its key. No other comment
    gets a key that the marked comments had before; `taken_by` returns these. In any other file a mark is only text.
    """
    marked = [redacted_key(comment.body) if kept else None for comment in document.comments]
    comments = []
    for source, mark in zip(document.comments, marked, strict=True):
        facts = _storable_facts(source)
        if mark:
            day = source.posted_on
            comment = ParsedComment(source.author, source.addressee, "", posted_on=day, key=mark, facts=facts)
        else:
            comment = parse_comment(source.author, source.addressee, source.posted_on, source.body, facts=facts)
            comment = comment._replace(removed_at_source=True) if source.removed_at_source else comment
        comments.append(comment)
    repeated = _find_repeats(comments)
    replaced = taken_by({mark for mark in marked if mark})
    keys = _make_keys(document.key, [comments[index] for index in dict.fromkeys(repeated)], replaced)
    by_index = dict(zip(dict.fromkeys(repeated), keys, strict=True))
    if len(keys) == len(comments):
        keyed = [comment._replace(key=key) for comment, key in zip(comments, keys, strict=True)]
        return _with_other_keys(document, keyed, replaced)
    own_keys = _make_keys(document.key, comments, replaced)
    taken = set(keys)
    keyed = [
        comment._replace(key=by_index[index], former_keys=() if own in taken else (own,))
        for comment, index, own in zip(comments, repeated, own_keys, strict=True)
    ]
    return _with_other_keys(document, keyed, replaced)


def _storable_facts(source: DocumentComment) -> SourceFacts:
    facts = read_facts(source)
    if facts == NO_FACTS:
        return facts
    return facts._replace(
        source_kind=storable_text(facts.source_kind)[:LONGEST_NAME],
        source_id=storable_number(facts.source_id, 63),
        container=storable_text(facts.container)[:LONGEST_NAME],
        floor=storable_number(facts.floor),
        votes=storable_number(facts.votes),
    )


def _with_other_keys(
    document: Document, comments: Sequence[ParsedComment], taken: Container[str]
) -> list[ParsedComment]:
    """Return comments with the keys of all readings of their file as former keys, unless another comment has them."""
    keys, used = CommentKeys(document.key, taken), {comment.key for comment in comments}
    result = []
    for source, comment in zip(document.comments, comments, strict=True):
        others = [key for key in map(keys.make, _other_fingerprints(source, comment)) if key not in used]
        former_keys = tuple(dict.fromkeys((*comment.former_keys, *others)))
        result.append(comment._replace(former_keys=former_keys) if others else comment)
    return result


def _make_keys(article_key: str, comments: Sequence[ParsedComment], taken: Container[str]) -> list[str]:
    """Return the keys of comments in their order, none of `taken`; redaction marks have theirs."""
    keys = CommentKeys(article_key, taken)
    return [comment.key or keys.make(comment.fingerprint) for comment in comments]


def _find_repeats(comments: Sequence[ParsedComment]) -> list[int]:
    # A redaction mark is its key, which is as long as words that show a repeated page.
    words = words_of([comment.body or comment.key * 4 for comment in comments])
    repeated = find_repeats(
        [
            Answer(comment.author, comment.posted_on, text, comment.facts.identity or None)
            for comment, text in zip(comments, words, strict=True)
        ]
    )
    standing: dict[str, int] = {}
    return [
        standing.setdefault(comment.facts.identity, index) if comment.facts.identity else index
        for comment, index in zip(comments, repeated, strict=True)
    ]


def fold_repeats(comments: Sequence[ParsedComment]) -> list[ParsedComment]:
    """Return each comment once, in place of its first copy, with the keys of all copies.

    It is the first copy of those with most of name and day, as in `find_repeats`.
    """
    copies: dict[str, list[ParsedComment]] = defaultdict(list)
    for comment in comments:
        copies[comment.key].append(comment)
    return [_fold_copies(group) if len(group) > 1 else group[0] for group in copies.values()]


def _fold_copies(copies: Sequence[ParsedComment]) -> ParsedComment:
    comment = max(copies, key=lambda copy: Answer(copy.author, copy.posted_on, "").completeness)
    return comment._replace(former_keys=tuple(dict.fromkeys(key for copy in copies for key in copy.former_keys)))


def _other_fingerprints(source: DocumentComment, comment: ParsedComment) -> Iterator[CommentFingerprint]:
    """Yield the fingerprints of a comment by all readings of its file, if there are several.

    Another file of the thread, or an earlier version of the program, may read two names as one, and an entity or a
    quote without a sign as text. So the keys of all readings lead to the comment.
    """
    is_quote = not comment.own_text and comment.quotes
    if not (source.other_authors or is_quote or "&" in comment.body) or not comment.body:
        return
    texts = [comment.fingerprint.text]
    if "&" in comment.body:
        texts.append(matching.compared_text(encoded_text(comment.body, comment.quotes), comment.body))
    if is_quote:
        texts.append(matching.compared_text("", unsigned(comment.body)))
    if source.other_authors or len(set(texts)) > 1:
        for author in (source.author, *source.other_authors):
            for text in dict.fromkeys(texts):
                yield CommentFingerprint(author, comment.posted_on, text)


def unite_comments(newer: Sequence[ParsedComment], older: Sequence[ParsedComment]) -> list[ParsedComment]:
    """Return `newer` with the comments that are only in `older`, each after the comment it follows there.

    A comment that was edited since `older` gets the key of the older text as a former key. A file without source ids
    takes the facts of the other. Repeats are folded.
    """
    united = list(newer)
    indexes = _match_older(united, older)
    for older_index, index in indexes.items():
        if not united[index].facts.identity:
            united[index] = united[index]._replace(facts=older[older_index].facts)
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
    return fold_repeats(
        [
            comment
            if comment.key == result[index].key
            else comment._replace(key=result[index].key, former_keys=(*comment.former_keys, comment.key))
            for comment, index in zip(result, _find_repeats(result), strict=True)
        ]
    )


def _match_older(united: list[ParsedComment], older: Sequence[ParsedComment]) -> dict[int, int]:
    """Return the index in `united` of each matched comment of `older`; add former keys there."""
    by_identity = {comment.facts.identity: index for index, comment in enumerate(united) if comment.facts.identity}
    by_key = {comment.key: index for index, comment in enumerate(united)}
    found = {by_key[comment.key]: index for index, comment in enumerate(older) if comment.key in by_key}
    found |= {
        by_identity[comment.facts.identity]: index
        for index, comment in enumerate(older)
        if comment.facts.identity in by_identity
    }
    indexes = {index: newer for newer, index in found.items()}
    taken = set(indexes.values())
    by_key = {key: index for index, comment in enumerate(united) for key in comment.former_keys} | by_key
    for index, comment in enumerate(older):
        newer = next((by_key[key] for key in (comment.key, *comment.former_keys) if key in by_key), None)
        if index not in indexes and newer is not None and newer not in taken:
            indexes[index] = newer
            taken.add(newer)
            united[newer] = united[newer]._replace(former_keys=(*united[newer].former_keys, comment.key))
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
