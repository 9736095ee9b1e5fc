"""Short constructors of comments and quotes for tests of reply links."""

from __future__ import annotations

from threads.replies.linking import QuoteClue, Utterance, resolve

LONG = "Roses want sun, water in the evening and a little patience from whoever planted them."
CUT = LONG[:50]


def utterance(
    author: str | None, words: str = "", addressee: str | None = None, *quotes: QuoteClue, removed: bool = False
) -> Utterance:
    return Utterance(author, addressee, words, quotes, removed)


def quote(number: int | None, excerpt: str, *, cut: bool = False) -> QuoteClue:
    return QuoteClue(number, excerpt, cut)


def links_of(comments: list[Utterance], article_author: str | None = None) -> list[tuple[int | None, str | None]]:
    return [(link.answers, link.method) for link in resolve(comments, article_author)]
