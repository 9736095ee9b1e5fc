"""The list of authors and the page of an author."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import count_again, make_article, make_author, make_comment, make_comments
from threads.models import Visibility

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as HttpResponse
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_authors_with_comments_are_listed_most_comments_first(client: Client) -> None:
    article = make_article(author=None)
    for name in ("baker", "hiker", "hiker"):
        make_comment(article, author=name)
    make_author("silent")
    html = client.get("/authors/").content.decode()
    assert html.index("hiker") < html.index("baker")
    assert "silent" not in html


def test_an_author_page_has_days_counts_comments_and_threads(client: Client) -> None:
    article = make_article("Pears", author="baker")
    make_comment(article, author="baker", posted_on=date(2019, 2, 1), body="First frost")
    make_comment(article, author="baker", posted_on=date(2021, 2, 1), body="Last frost")
    html = " ".join(client.get("/authors/baker/").content.decode().split())
    assert "active from 2019-02-01 to 2021-02-01" in html
    assert "<span>2 comments</span> <span>1 thread</span>" in html
    assert html.index("Last frost") < html.index("First frost")
    assert "<bdi>Pears</bdi></a>" in html
    threads = client.get("/authors/baker/?show=threads").content.decode()
    assert "Last frost" not in threads
    assert 'class="title"' in threads


def test_an_author_without_comments_shows_threads(client: Client) -> None:
    make_article("Pears", author="gardener")
    html = client.get("/authors/gardener/").content.decode()
    assert "<bdi>Pears</bdi></a>" in html
    assert "?show=threads" in html


def partners(response: HttpResponse) -> tuple[list[tuple[Any, ...]], ...]:
    """Return the authors that an author replied to most, and those who replied most."""
    lists = response.context["replies_to"], response.context["replies_from"]
    return tuple([tuple(partner.values()) for partner in rows] for rows in lists)


def test_reply_partners_are_counted_in_both_directions(client: Client) -> None:
    article = make_article()
    first = make_comment(article, author="baker")
    make_comment(article, author="hiker", answers=first)
    make_comment(article, author="hiker", answers=first)
    own = make_comment(article, author="hiker")
    make_comment(article, author="hiker", answers=own)
    hiker, baker = client.get("/authors/hiker/"), client.get("/authors/baker/")
    assert partners(hiker) == ([("baker", "baker", 2)], [])
    assert partners(baker) == ([], [("hiker", "hiker", 2)])


def test_authors_of_hidden_comments_are_no_reply_partners(client: Client) -> None:
    article = make_article()
    secret = make_comment(article, author="florist", visibility=Visibility.HIDDEN, body="a secret")
    make_comment(article, author="hiker", answers=secret)
    make_comment(article, author="florist", answers=article.comments.last(), visibility=Visibility.HIDDEN)
    html = client.get("/authors/hiker/").content.decode()
    assert "florist" not in html


def test_an_author_page_shows_visible_rows_only(client: Client) -> None:
    article = make_article("Pears", author="baker")
    make_article("A secret garden", author="baker", visibility=Visibility.HIDDEN)
    make_article("A withdrawn garden", author="baker", withdrawn_at=timezone.now())
    answered = make_comment(article, author="baker", body="Wait for frost")
    secret = make_comment(article, author="baker", body="a secret", visibility=Visibility.HIDDEN)
    make_comment(article, author="hiker", answers=secret)
    make_comment(article, author="florist", answers=answered, visibility=Visibility.HIDDEN)
    comments, threads = client.get("/authors/baker/"), client.get("/authors/baker/?show=threads")
    assert "Wait for frost" in comments.content.decode()
    assert [row.article for row in threads.context["threads"].rows] == [article]
    assert partners(comments)[1] == []
    for response in (comments, threads):
        assert not any(word in response.content.decode() for word in ("secret", "withdrawn", "florist"))


def test_an_author_without_visible_rows_is_404(client: Client) -> None:
    make_comment(make_article(), author="florist", visibility=Visibility.HIDDEN)
    make_author("silent")
    for slug in ("florist", "silent"):
        assert client.get(f"/authors/{slug}/").status_code == 404


def test_merged_reply_partners_are_counted_as_one(client: Client) -> None:
    article = make_article()
    for name in ("hiker", "rambler"):
        answer = make_comment(article, author="baker", answers=make_comment(article, author=name))
        make_comment(article, author=name, answers=answer)
    other = make_author("rambler")
    other.merged_into = make_author("hiker")
    other.save()
    assert partners(client.get("/authors/baker/")) == ([("hiker", "hiker", 2)], [("hiker", "hiker", 2)])


def test_a_merged_author_redirects_to_the_canonical_author(client: Client) -> None:
    person, other = make_author("baker"), make_author("Baker")
    other.merged_into = person
    other.save()
    make_comment(make_article(), author="Baker", body="Wait for frost")
    person.comment_count = 1
    person.save()
    response = client.get("/authors/Baker/")
    assert (response.status_code, response["Location"]) == (302, person.get_absolute_url())
    assert "Wait for frost" in client.get(person.get_absolute_url()).content.decode()


def test_names_with_special_characters_have_a_page(client: Client) -> None:
    for name in ("面粉罐 2", "a/b", "..", "100%", "<i>?#", "名" * 255):
        make_comment(make_article(), author=name)
        response = client.get(make_author(name).get_absolute_url())
        assert response.status_code == 200
        assert response.context["author"].name == name


def test_an_unknown_author_is_404(client: Client) -> None:
    for path in ("/authors/nobody/", "/authors/%00/", f"/authors/{'x' * 900}/"):
        assert client.get(path).status_code == 404


def test_both_lists_have_pages(client: Client, settings: Settings) -> None:
    settings.LIST_PAGE_SIZE = 2
    for number in range(5):
        make_article(f"Pears {number}", author="baker", published_at=datetime(2020, 1, 9 - number, tzinfo=UTC))
    article = make_article(author=None)
    for number in range(5):
        make_comment(article, author="baker", posted_on=date(2020, 1, 9 - number), body=f"Frost {number}")
    count_again()
    comments = client.get("/authors/baker/")
    following = client.get("/authors/baker/", {"after": comments.context["comments"].after}).content.decode()
    assert "Frost 2" in following
    assert "Frost 1" not in following
    threads = client.get("/authors/baker/?show=threads")
    after = threads.context["threads"].after
    following = client.get("/authors/baker/", {"show": "threads", "after": after}).content.decode()
    assert ">Pears 3<" in following
    assert ">Pears 1<" not in following
    assert "show=threads&amp;after=" in threads.content.decode()


def test_the_number_of_queries_is_the_same_for_3_and_30_comments(client: Client) -> None:
    costs = set()
    for size in (3, 30):
        make_comments(make_article(), [None, *range(size - 1)])
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/authors/hiker/").status_code == 200
        costs.add(len(captured))
    assert costs == {7}
