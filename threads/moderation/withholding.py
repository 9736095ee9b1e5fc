"""The words of removed comments where others quote them inside their text: drawn again, without or with the excerpt.

Quotes that lead a comment are drawn by pages from their rows; those inside a text are in its stored HTML.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from threads import rendering
from threads.importing import state
from threads.maintenance import relinking
from threads.models import Comment, Quote, Visibility
from threads.moderation.log import in_portions
from threads.parsing import quotes
from threads.replies import excerpts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence


def lead_quotes_again(changed: Sequence[Comment]) -> None:
    """Link the threads again in which what is of these comments depends on whether they are shown (see `recalling`).

    `changed` are as they were before. Those are few: comments gone from their files, and quotes whose words are not
    those of the comment they are linked to. Two queries for each portion of 500, and what linking costs.
    """
    misled = {comment.article_id for comment in changed if comment.withdrawn_at}
    for portion in in_portions([comment for comment in changed if comment.article_id not in misled]):
        misled |= _misled(portion)
    relinking.relink(misled)


def _misled(changed: Iterable[Comment]) -> set[int]:
    """Return the articles with a quote that may be of one of these now, or no more if that was hidden."""
    numbers = {(comment.article_id, comment.source_id) for comment in changed if comment.source_id is not None}
    beginnings = set()
    pks = {comment.pk for comment in changed}
    hidden = {comment.pk for comment in changed if comment.visibility != Visibility.VISIBLE}
    for article_id, body in Comment.objects.filter(pk__in=pks).values_list("article_id", "body"):
        words = excerpts.compared(quotes.own_words(body, quotes.find(body)))
        beginnings |= {(article_id, words[:end]) for end in range(1, len(words) + 1)}
    misled = set()
    rows = Quote.objects.filter(comment__article__in={comment.article_id for comment in changed}).exclude(excerpt="")
    for article_id, number, excerpt, addressee, target, author, its_number in rows.values_list(
        "comment__article_id",
        "source_id",
        "excerpt",
        "comment__addressee",
        "target_id",
        "target__author__name",
        "target__source_id",
    ):
        theirs = (article_id, excerpts.compared(excerpt)) in beginnings
        if target in hidden:
            surely = theirs and addressee in {"", author} and (number == its_number or None in {number, its_number})
            misled |= set() if surely else {article_id}
        elif target not in pks and (theirs or (article_id, number) in numbers):
            misled.add(article_id)
    return misled


def draw_quotes_again(quoted: Sequence[int]) -> None:
    """Render again every comment that quotes one of these comments (by id) inside its text.

    Five queries for each portion of 500, and none beyond the first where nothing quotes them.
    """
    for portion in in_portions(quoted):
        inline = Quote.objects.filter(target_id__in=portion, leading=False, comment__withdrawn_at=None)
        quoting = list(Comment.objects.filter(pk__in=inline.values("comment_id")).select_related("article"))
        if quoting:
            draw_again(quoting)


def draw_again(comments: Sequence[Comment]) -> None:
    """Write the HTML of comments again from their text and their quotes. Three queries for each portion."""
    for comment, made in rendered(comments):
        comment.body_html = made.html
    Comment.objects.bulk_update(comments, ["body_html"], batch_size=100)


def rendered(comments: Sequence[Comment]) -> Iterator[tuple[Comment, rendering.Rendered]]:
    """Yield comments with what their texts and quotes look like now. Four queries."""
    rows: dict[int, list[Quote]] = defaultdict(list)
    found = Quote.objects.filter(comment__in=[comment.pk for comment in comments]).order_by("comment_id", "ordinal")
    for quote in found.select_related("target__author"):
        rows[quote.comment_id].append(quote)
    opted_out = state.opted_out()
    known = relinking.known_threads({comment.article_id for comment in comments})
    for comment in comments:
        yield comment, rendering.render(comment.body, inline_quotes(comment, rows[comment.pk], opted_out), known)


def inline_quotes(comment: Comment, rows: Sequence[Quote], opted_out: Collection[str]) -> list[rendering.InlineQuote]:
    """Return a comment's quote marks as rendering wants them, told by its rows what they point at."""
    return [_inline(mark, row, comment, opted_out) for mark, row in zip(quotes.find(comment.body), rows, strict=False)]


def _inline(mark: quotes.QuoteMark, row: Quote, comment: Comment, opted_out: Collection[str]) -> rendering.InlineQuote:
    target = row.target if row.target and row.target.withdrawn_at is None else None
    removed = row.target is not None and row.target.visibility != Visibility.VISIBLE
    if target is None and (removed or comment.addressee in opted_out):
        return rendering.InlineQuote(mark.start, mark.end, mark.leading, mark.excerpt, None, None, withheld=True)
    named = target.author.name if target and target.author else comment.addressee
    return rendering.InlineQuote(
        start=mark.start,
        end=mark.end,
        leading=mark.leading,
        excerpt=mark.excerpt,
        author=named or None,
        target_key=target.key if target else None,
        withheld=removed,
    )
