"""Stored threads counted and linked again: what moderation asks for after it changed rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article, make_author, make_comment, make_comments, make_quote
from threads.database import totals
from threads.importing import decisions
from threads.models import Article, Author, Comment, LinkCorrection, Tag, Visibility

pytestmark = pytest.mark.django_db


def hide(*comments: Comment) -> None:
    Comment.objects.filter(pk__in=[comment.pk for comment in comments]).update(visibility=Visibility.HIDDEN)


def test_only_what_is_shown_is_counted() -> None:
    article = make_article(tags=["tea"])
    first = make_comment(article, author="hiker")
    second = make_comment(article, author="baker", answers=first)
    third = make_comment(article, author="baker", answers=second)
    hide(second)

    totals.recount_threads([article.pk])

    counts = {c.pk: (c.answer_count, c.descendant_count) for c in Comment.objects.all()}
    assert counts == {first.pk: (0, 1), second.pk: (1, 1), third.pk: (0, 0)}
    article.refresh_from_db()
    assert article.comment_count == 2
    assert Author.objects.get(name="baker").comment_count == 1
    assert Tag.objects.get().article_count == 1


def test_a_hidden_article_counts_for_no_one() -> None:
    article = make_article(author="brewer", tags=["tea"])
    make_comment(article, author="hiker")
    Article.objects.update(visibility=Visibility.HIDDEN)

    totals.recount_threads([article.pk])

    assert Author.objects.get(name="brewer").article_count == 0
    hiker = Author.objects.get(name="hiker")
    assert (hiker.comment_count, hiker.first_seen, hiker.last_seen) == (0, None, None)
    assert Tag.objects.get().article_count == 0


def test_a_merged_name_is_counted_with_the_one_it_was_merged_into() -> None:
    article = make_article(author="brewer")
    make_comment(article, author="hiker")
    make_comment(article, author="walker")
    Author.objects.filter(name="walker").update(merged_into=make_author("hiker"))

    totals.recount_threads([article.pk])

    assert Author.objects.get(name="hiker").comment_count == 2
    assert Author.objects.get(name="walker").comment_count == 0


def test_a_correction_is_placed_and_counted() -> None:
    article = make_article(author="brewer")
    first = make_comment(article, author="hiker", body="Green.")
    second = make_comment(article, author="baker", body="Black.")
    version = Article.objects.get().version
    LinkCorrection.objects.create(comment=second, target=first)

    decisions.relink_threads([article.pk])

    second.refresh_from_db()
    first.refresh_from_db()
    assert (second.answers, second.link_method, second.depth) == (first, "manual", 1)
    assert first.answer_count == 1
    assert Article.objects.get().version == version + 1


def test_a_correction_may_say_that_a_comment_answers_the_article_or_nothing() -> None:
    article = make_article(author="brewer")
    first = make_comment(article, author="hiker", body="Green.")
    second = make_comment(article, author="baker", body="Black.", answers=first)
    LinkCorrection.objects.create(comment=first, answers_article=True)
    LinkCorrection.objects.create(comment=second, target=None)

    decisions.relink_threads([article.pk])

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.answers_article, first.link_method) == (True, "manual")
    assert (second.answers_id, second.link_method) == (None, "manual")


def test_withdrawn_comments_have_no_place() -> None:
    article = make_article(author="brewer")
    first = make_comment(article, author="hiker", body="Green.")
    make_comment(article, author="baker", body="Black.")
    Comment.objects.filter(pk=first.pk).update(withdrawn_at="2020-01-01T00:00:00Z")

    decisions.relink_threads([article.pk])
    totals.recount_threads([article.pk])

    assert [c.order for c in Comment.objects.current()] == [0]
    assert Article.objects.get().comment_count == 1


def test_quotes_find_their_targets_again() -> None:
    article = make_article(author="brewer")
    first = make_comment(article, author="hiker", body="Green tea wants no more than seventy degrees.")
    words = '> [\\>>]( "/article/item_id-7#")Green tea wants no more...\n\nEighty.'
    second = make_comment(article, author="baker", addressee="hiker", body=words)
    make_quote(second, None, source_id=7, excerpt="Green tea wants no more")

    decisions.relink_threads([article.pk])

    assert second.quotes.get().target == first
    first.refresh_from_db()
    assert first.source_id == 7


@pytest.mark.parametrize("work", [totals.recount_threads, decisions.relink_threads])
def test_a_thread_of_300_comments_costs_as_many_queries_as_one_of_3(work: object) -> None:
    small, large = make_article(), make_article()
    make_comments(small, [None] * 3)
    make_comments(large, [None] * 300)

    def cost(article: Article) -> int:
        with CaptureQueriesContext(connection) as queries:
            work([article.pk])  # type: ignore[operator]
        return len(queries)

    cost(small), cost(large)
    assert cost(small) == cost(large)
