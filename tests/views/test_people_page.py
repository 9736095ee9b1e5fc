"""Who took part in a thread, and who answered whom."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article, make_comment, make_comments
from threads.models import Visibility
from threads.pages.participants import SPEAKERS_SHOWN, arcs

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.django_db
def test_it_counts_who_wrote_and_who_answered_whom(client: Client) -> None:
    article = make_article()
    first = make_comment(article, author="baker")
    for _ in range(2):
        make_comment(article, author="hiker", answers=first)
    make_comment(article, author="baker", answers=first)
    make_comment(article, author=None, answers=first)
    people = client.get(article.get_absolute_url() + "?view=people").context["people"]
    assert [(speaker.name, speaker.comments) for speaker in people.speakers] == [("baker", 2), ("hiker", 2)]
    assert [(pair.answerer, pair.answered, pair.times) for pair in people.pairs] == [("hiker", "baker", 2)]


@pytest.mark.django_db
def test_those_who_wrote_least_are_a_number_where_there_are_many(client: Client) -> None:
    article = make_article()
    for number in range(SPEAKERS_SHOWN + 3):
        make_comment(article, author=f"hiker {number}")
    make_comment(article, author=f"hiker {SPEAKERS_SHOWN + 2}")
    people = client.get(article.get_absolute_url() + "?view=people").context["people"]
    assert people.speakers[0].name == f"hiker {SPEAKERS_SHOWN + 2}"
    assert (len(people.speakers), people.others) == (SPEAKERS_SHOWN, 3)


@pytest.mark.django_db
def test_what_is_hidden_does_not_count(client: Client) -> None:
    article = make_article()
    first = make_comment(article, author="florist", visibility=Visibility.HIDDEN)
    second = make_comment(article, author="baker", visibility=Visibility.HIDDEN)
    make_comment(article, author="baker")
    make_comment(article, author="hiker", answers=first)
    make_comment(article, author="hiker", answers=second)
    response = client.get(article.get_absolute_url() + "?view=people")
    assert "florist" not in response.content.decode()
    assert [(speaker.name, speaker.comments) for speaker in response.context["people"].speakers] == [
        ("hiker", 2),
        ("baker", 1),
    ]
    assert response.context["people"].pairs == []


@pytest.mark.django_db
def test_a_short_thread_is_drawn_by_days(client: Client) -> None:
    article = make_article()
    for day in (1, 2, 2, 5):
        make_comment(article, posted_on=date(2020, 5, day))
    html = client.get(article.get_absolute_url() + "?view=people").content.decode()
    assert "Comments by day" in html
    assert "From 2020-05-01 to 2020-05-05; maximum in 2020-05-02: 2" in html


@pytest.mark.django_db
def test_it_is_offered_where_there_is_something_to_see(client: Client) -> None:
    small, large = make_article(), make_article()
    make_comments(small, [None] * 4)
    make_comments(large, [None] * 5)
    assert "?view=people" not in client.get(small.get_absolute_url()).content.decode()
    assert "?view=people" in client.get(large.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_it_costs_the_same_number_of_queries_at_any_size(client: Client) -> None:
    costs = set()
    for size in (3, 300):
        article = make_article()
        make_comments(article, [None, *range(size - 1)])
        with CaptureQueriesContext(connection) as captured:
            client.get(article.get_absolute_url() + "?view=people")
        costs.add(len(captured))
    assert costs == {7}


def test_arcs_join_rows_and_leave_out_strangers_and_soliloquies() -> None:
    answers = Counter({("a", "b"): 1, ("b", "a"): 9, ("a", "a"): 5, ("a", "stranger"): 5})
    drawn = arcs(["a", "b"], answers)
    assert [(pair.answerer, pair.answered) for pair in drawn] == [("b", "a"), ("a", "b")]
    assert (drawn[0].path[:5], drawn[0].dot) == ("M6 42", 14.0)
