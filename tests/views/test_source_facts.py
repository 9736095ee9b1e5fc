"""What a thread page shows of the facts that a source states: votes, floors, minutes, edits, lost comments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.factories import make_article, make_comment

if TYPE_CHECKING:
    from django.test import Client

    from threads.models import Article

pytestmark = pytest.mark.django_db


def page_of(client: Client, article: Article, query: str = "") -> str:
    return client.get(article.get_absolute_url() + query).content.decode()


@pytest.mark.parametrize("query", ["", "?view=flat", "?order=newest"])
def test_a_comment_shows_its_facts(client: Client, query: str) -> None:
    article = make_article()
    minute = datetime(2020, 9, 30, 9, 31, tzinfo=UTC)
    make_comment(
        article, posted_at=minute, edited_at=minute.replace(day=1, month=10), floor=5, votes=1234, account_deleted=True
    )

    page = page_of(client, article, query)

    assert '<time datetime="2020-09-30T09:31Z" title="2020-09-30 09:31 UTC">2020-09-30</time>' in page
    assert '<span aria-hidden="true">▲1,234</span><span class="sr">1234 votes</span>' in page
    for fact in ("floor 5", "account deleted", "edited 2020-10-01 09:31 UTC"):
        assert f'<span class="fact">{fact}</span>' in page


def test_a_comment_without_facts_shows_the_day_alone(client: Client) -> None:
    article = make_article()
    make_comment(article, votes=0)

    page = page_of(client, article)

    assert '<time datetime="2020-09-30">2020-09-30</time>' in page
    assert 'class="fact"' not in page


def test_votes_against_have_another_sign(client: Client) -> None:
    article = make_article()
    make_comment(article, votes=-1)
    assert '<span aria-hidden="true">▼1</span><span class="sr">-1 vote' in page_of(client, article)


def test_the_thread_shows_its_votes_and_the_number_of_missing_comments(client: Client) -> None:
    page = page_of(client, make_article(votes=7, missing_comments=96))
    assert '<span class="sr">7 votes</span>' in page
    assert "96 comments are missing from the backup." in page
    assert "missing from the backup" not in page_of(client, make_article(missing_comments=0))


def test_comments_are_ordered_by_votes_if_the_thread_has_some(client: Client) -> None:
    article = make_article()
    assert "order=votes" not in page_of(client, article)
    keys = [make_comment(article, votes=votes).key for votes in (None, -1, 3, 12, 3)]

    assert "?order=votes#comments" in page_of(client, article)
    page = page_of(client, article, "?order=votes")

    shown = sorted(keys, key=lambda key: page.index(f'id="c-{key}"'))
    assert [keys.index(key) for key in shown] == [3, 2, 4, 1, 0]


def test_a_comment_below_the_article_does_not_name_it(client: Client) -> None:
    article = make_article()
    make_comment(article, answers_article=True, link_method="source", link_confidence=0.995)
    assert "in reply to" not in page_of(client, article)
