"""Prepared queries return the rows of their queryset for all values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article, make_comments
from threads.database.prepared import Prepared
from threads.models import Article, Comment

pytestmark = pytest.mark.django_db


def test_numbers_are_bound_to_their_parameters() -> None:
    article = make_article()
    make_comments(article, [None, 0, 0, 1])
    prepared = Prepared(
        lambda pk, start, end: Comment.objects.filter(article=pk, order__gte=start, order__lt=end)
        .order_by("order")
        .values_list("order", "posted_on", "removed_at_source"),
        7_000_001, 7_000_002, 7_000_003,
    )  # fmt: skip
    for start, end in ((0, 2), (1, 4), (3, 3)):
        expected = Comment.objects.filter(article=article, order__gte=start, order__lt=end).order_by("order")
        assert prepared.rows(article.pk, start, end) == list(
            expected.values_list("order", "posted_on", "removed_at_source")
        )


def test_times_and_texts_are_adapted_to_the_database() -> None:
    moment = datetime(2020, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
    for days in range(3):
        make_article(f"Roses {days}", published_at=moment + timedelta(days=days))
    later = Prepared(
        lambda after, title: Article.objects.filter(published_at__gt=after).exclude(title=title).values_list("title"),
        datetime(1999, 1, 1, tzinfo=UTC), "any title",
    )  # fmt: skip
    assert sorted(later.rows(moment, "Roses 2")) == [("Roses 1",)]
    assert later.rows(moment + timedelta(days=2), "'; --") == []


def test_the_sql_is_compiled_once_and_each_call_is_one_query() -> None:
    times = []

    def build(key: str) -> object:
        times.append(key)
        return Article.objects.filter(key=key).values_list("title")

    prepared = Prepared(build, "any key")  # type: ignore[arg-type]
    with CaptureQueriesContext(connection) as captured:
        assert prepared.rows("one") == prepared.rows("two") == []
    assert (len(captured), times) == (2, ["any key"])
