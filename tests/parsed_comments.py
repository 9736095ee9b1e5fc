"""Comments and quotes for tests of reply links, in a short form."""

from __future__ import annotations

from threads.parsing.quotes import QuoteMark
from threads.replies.linking import resolve_links
from threads.replies.parsed_comments import ParsedComment

LONG = "Roses want sun, water in the evening and a little patience from whoever planted them."
CUT = LONG[:50]


def make_comment(
    author: str | None, text: str = "", to: str | None = None, *quotes: QuoteMark, removed: bool = False
) -> ParsedComment:
    return ParsedComment(author, to, text, quotes, removed)


def quote(source_id: int | None, excerpt: str, *, cut: bool = False) -> QuoteMark:
    return QuoteMark(source_id, excerpt, cut, 0, 0, leading=True)


def links_of(comments: list[ParsedComment], article_author: str | None = None) -> list[tuple[int | None, str | None]]:
    return [(link.answers, link.method) for link in resolve_links(comments, article_author)]
