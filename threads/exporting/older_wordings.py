"""Texts of originals that no row has, because pages show the newest file of a thread: copies of removed texts in them.

An import compares the texts of rows with removed texts. Older wordings are compared here, before they are published.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Count

from threads import redaction
from threads.database.versions import digest_key
from threads.formats.registry import FORMATS
from threads.importing import removed_copies
from threads.models import Article, Comment, SourceFile
from threads.redaction import ThreadDigests
from threads.replies.matching import fingerprint
from threads.replies.parsed_comments import ParsedComment, parse_comments
from threads.replies.removed_texts import RemovableText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class _Wordings:
    """The texts of one file that no visible row has."""

    digests: ThreadDigests
    """What a public copy of the file leaves out anyway."""
    comments: Sequence[ParsedComment]
    opening: RemovableText | None

    def texts(self) -> Iterator[RemovableText]:
        """Yield the texts, the opening first."""
        if self.opening:
            yield self.opening
        for comment in self.comments:
            yield RemovableText(self.digests.article_key, *comment.fingerprint)

    def excerpts(self) -> Iterator[tuple[str, str]]:
        """Yield the quotes of the comments: addressee and excerpt."""
        for comment in self.comments:
            yield from ((comment.addressee or "", mark.excerpt) for mark in comment.quotes if mark.excerpt)

    def without(self, texts: Collection[RemovableText], excerpts: Collection[tuple[str, str]]) -> ThreadDigests:
        """Return the digests with those of these texts and excerpts."""
        digests = self.digests
        copies = [
            digests.digest_comment((comment.key, *comment.former_keys), comment.author, comment.body)
            for comment in self.comments
            if RemovableText(digests.article_key, *comment.fingerprint) in texts
        ]
        quoted = [excerpt for pair in self.excerpts() if pair in excerpts for excerpt in pair[1:]]
        comments = (*digests.comments, *copies, digests.digest_comment((), None, "", quoted))
        return replace(digests, comments=comments, opening=digests.opening or self.opening in texts)


def find_older_copies(files: Sequence[SourceFile], digests_of: Mapping[int, ThreadDigests]) -> dict[int, ThreadDigests]:
    """Return the digests, with those of copies in older wordings, of files that have such copies.

    `digests_of` is what a public copy leaves out anyway. Both are by id of the file. One query if each thread has one
    file; otherwise five, and those of `removed_copies.select_copies`. Raises UnreadableError.
    """
    current = SourceFile.objects.filter(article__in={file.article_id for file in files}, withdrawn_at=None)
    numbers = current.order_by().values("article").annotate(number=Count("pk"))
    several = set(numbers.filter(number__gt=1).values_list("article", flat=True))
    if not several or not removed_copies.has_removed_texts():
        return {}
    articles = Article.objects.defer("body_html").in_bulk(several)
    shown = _shown_texts(several)
    secret = digest_key()
    wordings = {
        file.pk: _read_wordings(
            file,
            digests_of.get(file.pk) or ThreadDigests(articles[file.article_id].key, secret),
            articles[file.article_id],
            shown[file.article_id],
        )
        for file in files
        if file.article_id in several
    }
    texts, excerpts = removed_copies.select_copies(
        [text for each in wordings.values() for text in each.texts()],
        [excerpt for each in wordings.values() for excerpt in each.excerpts()],
    )
    return {pk: each.without(texts, excerpts) for pk, each in wordings.items()} if texts or excerpts else {}


def _shown_texts(articles: Collection[int]) -> dict[int, set[str]]:
    """Return the texts of the visible comments of these articles."""
    shown: dict[int, set[str]] = defaultdict(set)
    rows = Comment.objects.visible().filter(article__in=articles).values_list("article_id", "body")
    for article, body in rows.iterator():
        shown[article].add(fingerprint(None, None, body).text)
    return shown


def _read_wordings(file: SourceFile, digests: ThreadDigests, article: Article, shown: Collection[str]) -> _Wordings:
    document = FORMATS[file.format].read_document(zlib.decompress(file.content), file.path)
    # Keys as `redaction.clean` makes them.
    document = replace(document, key=digests.article_key)
    comments = parse_comments(document, kept=True, taken_by=partial(redaction.replaced_keys, (digests,)))
    day = document.published_at.date() if document.published_at else None
    is_shown = (document.title, document.body) == (article.title, article.body)
    opening = RemovableText("", document.author, day, f"{document.title}\n{document.body}")
    return _Wordings(
        digests,
        [comment for comment in comments if comment.body and comment.fingerprint.text not in shown],
        None if is_shown else opening,
    )
