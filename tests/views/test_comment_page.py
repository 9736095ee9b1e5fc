"""Permalinks of comments, and the cards that links open."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from tests.factories import make_article, make_comment, make_comments
from threads.models import Article, Comment, FormerKey, Visibility

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_a_permalink_redirects_to_page_and_anchor_of_the_comment(client: Client) -> None:
    article = make_article()
    rows = make_comments(article, [None] * 60)
    thread = article.get_absolute_url()
    assert client.get(rows[0].get_absolute_url())["Location"] == f"{thread}#c-{rows[0].key}"
    response = client.get(rows[59].get_absolute_url())
    assert (response.status_code, response["Location"]) == (302, f"{thread}?page=2#c-{rows[59].key}")


def test_a_former_permalink_redirects_to_the_comment(client: Client) -> None:
    comment = make_comment(make_article())
    FormerKey.objects.create(key="former", comment=comment)
    response = client.get("/c/former/")
    assert (response.status_code, response["Location"]) == (301, comment.get_absolute_url())


def test_every_page_of_a_comment_or_thread_is_found_by_a_former_key(client: Client) -> None:
    comment = make_comment(make_article(title="Green tea"), body="Not too hot.")
    FormerKey.objects.create(key="former", comment=comment)
    FormerKey.objects.create(key="file/former", article=comment.article)
    of_comment = ("/cite/comment/former/", "/report/?c=former", "/c/former/card/", "/c/former/text/")
    of_thread = ("/cite/thread/file/former/", "/report/?t=file/former", "/feeds/thread/file/former/")
    for address in (*of_comment, *of_thread):
        assert client.get(address).status_code == 200, address
    assert comment.get_absolute_url() in client.get("/cite/comment/former/").context["citation"]
    assert comment.article.get_absolute_url() in client.get("/cite/thread/file/former/").context["citation"]
    Comment.objects.update(visibility=Visibility.HIDDEN)
    assert {client.get(address).status_code for address in of_comment} == {404}
    Article.objects.update(visibility=Visibility.HIDDEN)
    assert {client.get(address).status_code for address in of_thread} == {404}


def test_redirects_from_former_keys_must_be_revalidated(client: Client) -> None:
    comment = make_comment(make_article())
    FormerKey.objects.create(key="former", comment=comment)
    FormerKey.objects.create(key="file/former", article=comment.article)
    for address in ("/c/former/", "/t/file/former/"):
        response = client.get(address)
        assert (response.status_code, response["Cache-Control"]) == (301, "no-cache")


def test_a_former_key_keeps_the_page_of_the_thread(client: Client) -> None:
    article = make_article()
    FormerKey.objects.create(key="file/former", article=article)
    response = client.get("/t/file/former/?view=flat&page=2")
    assert response["Location"] == f"{article.get_absolute_url()}?view=flat&page=2"


def test_an_unknown_permalink_is_404(client: Client) -> None:
    for path in ("/c/nothing/", "/c/%00/", "/c/nothing/card/", f"/c/{'x' * 900}/"):
        assert client.get(path).status_code == 404


def test_permalink_and_card_of_a_removed_comment_are_unavailable(client: Client) -> None:
    hidden = make_comment(make_article(), visibility=Visibility.HIDDEN, body="a secret")
    withdrawn = make_comment(make_article(), withdrawn_at=timezone.now(), body="a secret")
    inside = make_comment(make_article(visibility=Visibility.HIDDEN), body="a secret")
    gone = make_comment(make_article(withdrawn_at=timezone.now()), body="a secret")
    for comment in (hidden, withdrawn, inside, gone):
        assert client.get(comment.get_absolute_url()).status_code == 410
        response = client.get(comment.get_absolute_url() + "card/")
        assert response.status_code == 404
        assert "a secret" not in response.content.decode()


@pytest.mark.parametrize("query", ["", "?format=bibtex"])
def test_a_removed_text_has_no_citation(client: Client, query: str) -> None:
    hidden = make_comment(make_article(), author="florist", visibility=Visibility.HIDDEN)
    inside = make_comment(make_article("A secret garden", visibility=Visibility.HIDDEN), author="florist")
    withdrawn = make_comment(make_article("A secret garden", withdrawn_at=timezone.now()), author="florist")
    threads = [f"/cite/thread/{comment.article.key}/" for comment in (inside, withdrawn)]
    for path in (*threads, *(f"/cite/comment/{comment.key}/" for comment in (hidden, inside, withdrawn))):
        response = client.get(path + query)
        assert response.status_code == 404
        assert not any(word in response.content.decode() for word in ("secret", "florist"))


def test_a_card_shows_author_day_text_and_a_link_to_the_thread(client: Client) -> None:
    comment = make_comment(make_article(), author="baker", body="Wait for frost")
    html = client.get(comment.get_absolute_url() + "card/").content.decode()
    assert "baker" in html
    assert "Wait for frost" in html
    assert f"#c-{comment.key}" in html
    assert "<html" not in html


def test_the_citation_of_a_comment_marks_the_script_of_the_thread_title(client: Client) -> None:
    comment = make_comment(make_article("謝謝，有事", script="zh-Hant"))
    html = client.get(f"/cite/comment/{comment.key}/").content.decode()
    assert f'<a href="{comment.get_absolute_url()}" lang="zh-Hant"><bdi>謝謝，有事</bdi></a>' in html


def test_a_citation_contains_the_day_of_the_request(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PAGE_CACHE = True
    comment = make_comment(make_article())
    for path in (f"/cite/comment/{comment.key}/", f"/cite/thread/{comment.article.key}/"):
        for day in (date(2026, 1, 2), date(2026, 1, 3)):
            monkeypatch.setattr(timezone, "localdate", lambda day=day: day)
            assert f"urldate = {{{day}}}" in client.get(path).content.decode()
