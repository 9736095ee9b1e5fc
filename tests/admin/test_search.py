"""Text search in the admin lists of articles and comments."""

from __future__ import annotations

import pytest

from tests.factories import make_article, make_comments
from threads.admin import search
from threads.models import Article, Comment
from threads.search import indexing

pytestmark = pytest.mark.django_db


def articles(text: str) -> set[str]:
    return {article.title for article in search.find_rows(Article.objects.all(), text)}


def comments(text: str) -> int:
    return search.find_rows(Comment.objects.all(), text).count()


def test_an_older_article_is_found_though_many_newer_comments_have_the_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MATCH_LIMIT", 2)
    old = make_article("Early tea", body="x")
    make_comments(old, [None] * 3)
    new = [make_article(f"Early cake {number}", body="x") for number in range(3)]
    indexing.update_articles([old.pk, *(article.pk for article in new)])
    assert articles("early -cake") == {"Early tea"}
    assert comments("early") == 2


def test_in_operators_work_as_on_the_site() -> None:
    article = make_article("Tea", body="early")
    other = make_article("Early", body="x")
    make_comments(article, [None])
    indexing.update_articles([article.pk, other.pk])
    assert articles("early") == {"Tea", "Early"}
    assert articles("early in:title") == {"Early"}
    assert articles("early in:comments") == set()
    assert (comments("early"), comments("early in:title"), comments("early in:comments")) == (1, 0, 1)


def test_an_empty_query_has_no_results() -> None:
    article = make_article("Tea")
    make_comments(article, [None])
    indexing.update_articles([article.pk])
    assert articles("...") == set()
    assert comments("...") == 0
