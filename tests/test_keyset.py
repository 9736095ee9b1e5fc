"""Keyset pagination: each row appears once and in order, even if rows are added between two requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.http import Http404
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.factories import make_article, make_author
from threads import keyset
from threads.models import Article, Author

if TYPE_CHECKING:
    from django.db.models import QuerySet

NEW_YEAR = datetime(2020, 1, 1, tzinfo=UTC)


def walk(rows: QuerySet[Article] | QuerySet[Author], column: str, *, newest_id: bool, size: int) -> list[int]:
    """Return the ids of all rows, one page after another."""
    ids: list[int] = []
    after = ""
    while True:
        page = keyset.fetch_page(rows, column, after, newest_id=newest_id, size=size)
        ids += [row.pk for row in page.rows]
        assert page.is_first == (not after)
        assert page.rows or page.is_first, "an empty page follows another page"
        after = page.after
        if not after:
            return ids


class KeysetPagination(TestCase):
    """Property tests; each example in its own transaction."""

    @given(days=st.lists(st.none() | st.integers(0, 3), max_size=12), size=st.integers(1, 5))
    def test_lists_each_thread_once_newest_first_and_undated_last(self, days: list[int | None], size: int) -> None:
        Article.objects.bulk_create(
            Article(
                key=f"file/{number}",
                title="Tea",
                published_at=None if day is None else NEW_YEAR + timedelta(days=day),
            )
            for number, day in enumerate(days)
        )
        expected = list(Article.objects.newest().values_list("pk", flat=True))
        assert walk(Article.objects.all(), "published_at", newest_id=True, size=size) == expected

    @given(counts=st.lists(st.integers(0, 3), max_size=12), size=st.integers(1, 5))
    def test_lists_each_author_once_most_comments_first(self, counts: list[int], size: int) -> None:
        Author.objects.bulk_create(
            Author(name=str(number), slug=str(number), comment_count=count) for number, count in enumerate(counts)
        )
        expected = list(Author.objects.order_by("-comment_count", "pk").values_list("pk", flat=True))
        assert walk(Author.objects.all(), "comment_count", newest_id=False, size=size) == expected


@pytest.mark.django_db
def test_a_row_added_between_two_requests_moves_no_other_row() -> None:
    for day in range(4):
        make_article(published_at=NEW_YEAR + timedelta(days=day))
    rows = Article.objects.all()
    first = keyset.fetch_page(rows, "published_at", "", size=2)
    make_article(published_at=NEW_YEAR + timedelta(days=9))
    second = keyset.fetch_page(rows, "published_at", first.after, size=2)
    assert [row.published_at.day for row in second.rows if row.published_at] == [2, 1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "after",
    [
        "x",
        ",",
        "2020,1",
        "2020-01-01,1",
        "-,-1",
        "-,x",
        "-,²",
        "-," + "9" * 30,
        "2020-01-01T00:00:00+00:00,",
        "\0",
        "0001-01-01T00:00:00+14:00,1",
        "9999-12-31T23:59:59-14:00,1",
    ],
)
def test_an_invalid_position_is_404(after: str) -> None:
    make_author()
    with pytest.raises(Http404):
        keyset.fetch_page(Article.objects.all(), "published_at", after)
