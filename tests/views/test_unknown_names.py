"""A name without visible texts is answered as a name that the archive does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from django.utils import timezone

from tests.factories import count_again, make_article, make_author, make_comment
from threads import moderation
from threads.models import Article, Reason
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = pytest.mark.django_db

STRANGER = "kettle-9"
NAME = "teapot-7"
PATHS = [
    "/search/?q=author:{}",
    "/search/?q=answers:{}",
    "/search/?q=-author:{}+frost",
    "/search/?q={}",
    "/search/?q=frost+OR+author:{}&sort=date&by=thread",
    "/feeds/search/?q=author:{}",
    "/search/suggest?q={}",
    "/search/?author={}",
    "/authors/{}/",
    "/authors/{}/?show=threads",
    "/feeds/author/{}/",
    "/feeds/author/{}/comments/",
    "/authors/?after={}",
]


def opt_out() -> None:
    moderation.opt_out(make_author(NAME), by=None)


def hide() -> None:
    moderation.hide(make_author(NAME).comments.all(), reason=Reason.PRIVACY, by=None)
    moderation.hide(make_author(NAME).articles.all(), reason=Reason.PRIVACY, by=None)


def redact() -> None:
    moderation.redact(make_author(NAME).comments.all(), reason=Reason.PRIVACY, by=None)
    moderation.redact(make_author(NAME).articles.all(), reason=Reason.PRIVACY, by=None)


def merge_and_opt_out() -> None:
    make_comment(make_article(), author="saucer", body="frost in March")
    count_again()
    moderation.merge_authors(make_author("saucer"), [make_author(NAME)], by=None)
    moderation.opt_out(make_author("saucer"), by=None)


def merge_and_hide() -> None:
    make_comment(make_article(), author="saucer", body="frost in March")
    count_again()
    moderation.merge_authors(make_author("saucer"), [make_author(NAME)], by=None)
    hide()


def withdraw() -> None:
    for rows in (make_author(NAME).comments.all(), make_author(NAME).articles.all()):
        rows.update(withdrawn_at=timezone.now())
    indexing.update_articles(Article.objects.values_list("pk", flat=True))
    count_again()


def answer(client: Client, path: str, name: str) -> str:
    """Return status, headers and body of a response."""
    response = client.get(path.format(quote(name)))
    return f"{response.status_code} {dict(response.headers)} {response.content.decode()}"


@pytest.mark.parametrize("remove", [opt_out, hide, redact, merge_and_opt_out, merge_and_hide, withdraw])
def test_a_removed_name_is_answered_as_a_stranger(client: Client, remove: Callable[[], None]) -> None:
    article = make_article(author="gardener", body="frost")
    asked = make_comment(article, author=NAME, body="frost and ice")
    make_comment(article, author="hiker", answers=asked, body="no frost")
    make_article(author=NAME, body="late frost")
    count_again()
    assert client.get(f"/authors/{NAME}/").status_code == 200
    remove()
    assert make_author(NAME).articles.all().visible().count() == 0
    for path in PATHS:
        assert answer(client, path, NAME).replace(NAME, STRANGER) == answer(client, path, STRANGER), path


def test_a_tag_of_hidden_threads_is_answered_as_a_stranger(client: Client) -> None:
    make_article(body="frost", tags=[NAME])
    moderation.hide(Article.objects.all(), reason=Reason.PRIVACY, by=None)
    for path in ("/search/?q=tag:{}", "/search/?q=frost+OR+-tag:{}", "/search/suggest?q={}", "/tags/{}/"):
        assert answer(client, path, NAME).replace(NAME, STRANGER) == answer(client, path, STRANGER), path


def test_a_merged_name_with_visible_texts_leads_to_its_author(client: Client) -> None:
    make_comment(make_article(author=None), author="saucer")
    make_article(author=NAME)
    count_again()
    moderation.merge_authors(make_author("saucer"), [make_author(NAME)], by=None)
    assert client.get(f"/authors/{NAME}/").headers["Location"] == "/authors/saucer/"
    assert "No author is called" not in client.get(f"/search/?q=author:{NAME}").content.decode()
