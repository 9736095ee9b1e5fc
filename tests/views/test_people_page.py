"""The participants page of a thread."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article, make_comment, make_comments
from threads.models import Visibility
from threads.pages.participants import PARTICIPANTS_SHOWN, build_arcs

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.django_db
def test_comments_and_replies_are_counted(client: Client) -> None:
    article = make_article()
    first = make_comment(article, author="baker")
    for _ in range(2):
        make_comment(article, author="hiker", answers=first)
    make_comment(article, author="baker", answers=first)
    make_comment(article, author=None, answers=first)
    participants = client.get(article.get_absolute_url() + "?view=people").context["participants"]
    assert [(row.name, row.comment_count) for row in participants.shown] == [("baker", 2), ("hiker", 2)]
    assert [(pair.author, pair.target, pair.reply_count) for pair in participants.pairs] == [("hiker", "baker", 2)]


@pytest.mark.django_db
def test_participants_beyond_the_limit_are_counted(client: Client) -> None:
    article = make_article()
    for number in range(PARTICIPANTS_SHOWN + 3):
        make_comment(article, author=f"hiker {number}")
    make_comment(article, author=f"hiker {PARTICIPANTS_SHOWN + 2}")
    participants = client.get(article.get_absolute_url() + "?view=people").context["participants"]
    assert participants.shown[0].name == f"hiker {PARTICIPANTS_SHOWN + 2}"
    assert (len(participants.shown), participants.remaining) == (PARTICIPANTS_SHOWN, 3)


@pytest.mark.django_db
def test_hidden_comments_do_not_count(client: Client) -> None:
    article = make_article()
    first = make_comment(article, author="florist", visibility=Visibility.HIDDEN)
    second = make_comment(article, author="baker", visibility=Visibility.HIDDEN)
    make_comment(article, author="baker")
    make_comment(article, author="hiker", answers=first)
    make_comment(article, author="hiker", answers=second)
    response = client.get(article.get_absolute_url() + "?view=people")
    assert "florist" not in response.content.decode()
    assert [(row.name, row.comment_count) for row in response.context["participants"].shown] == [
        ("hiker", 2),
        ("baker", 1),
    ]
    assert response.context["participants"].pairs == []


@pytest.mark.django_db
def test_the_chart_of_a_short_thread_counts_days(client: Client) -> None:
    article = make_article()
    for day in (1, 2, 2, 5):
        make_comment(article, posted_on=date(2020, 5, day))
    html = client.get(article.get_absolute_url() + "?view=people").content.decode()
    assert "Comments by day" in html
    assert "From 2020-05-01 to 2020-05-05; maximum in 2020-05-02: 2" in html


@pytest.mark.django_db
def test_threads_of_five_comments_link_to_the_page(client: Client) -> None:
    small, large = make_article(), make_article()
    make_comments(small, [None] * 4)
    make_comments(large, [None] * 5)
    assert "?view=people" not in client.get(small.get_absolute_url()).content.decode()
    assert "?view=people" in client.get(large.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_the_number_of_queries_does_not_depend_on_the_size(client: Client) -> None:
    costs = set()
    for size in (3, 300):
        article = make_article()
        make_comments(article, [None, *range(size - 1)])
        with CaptureQueriesContext(connection) as captured:
            client.get(article.get_absolute_url() + "?view=people")
        costs.add(len(captured))
    assert costs == {7}


def test_arcs_leave_out_unlisted_authors_and_replies_to_oneself() -> None:
    answers = Counter({("a", "b"): 1, ("b", "a"): 9, ("a", "a"): 5, ("a", "stranger"): 5})
    pairs = build_arcs(["a", "b"], answers)
    assert [(pair.author, pair.target) for pair in pairs] == [("b", "a"), ("a", "b")]
    assert (pairs[0].path[:5], pairs[0].dot) == ("M6 42", 14.0)
