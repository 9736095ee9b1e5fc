"""The page on which a reader reports something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories import make_article, make_comment
from threads.models import Report, Visibility

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

WORDS = {"reason": "privacy", "message": "my street is named"}


def test_it_shows_what_is_reported_and_is_never_kept(client: Client) -> None:
    comment = make_comment(make_article(), body="Wait for frost")
    response = client.get("/report/", {"c": comment.key})
    assert "Wait for frost" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_report_of_a_comment_is_kept_and_thanked_for(client: Client) -> None:
    comment = make_comment(make_article())
    response = client.post(f"/report/?c={comment.key}", WORDS, follow=True)
    assert "Thank you" in response.content.decode()
    assert Report.objects.get().comment == comment


def test_a_report_of_a_thread_is_kept(client: Client) -> None:
    article = make_article()
    assert client.post(f"/report/?t={article.key}", WORDS).status_code == 302
    report = Report.objects.get()
    assert (report.article, report.comment) == (article, None)


def test_a_report_without_words_is_asked_for_them(client: Client) -> None:
    comment = make_comment(make_article())
    response = client.post(f"/report/?c={comment.key}", {"reason": "other"})
    assert 'role="alert"' in response.content.decode()
    assert not Report.objects.exists()


def test_what_is_not_there_cannot_be_reported(client: Client) -> None:
    hidden = make_comment(make_article(), visibility=Visibility.HIDDEN)
    thread = make_article(visibility=Visibility.HIDDEN)
    for query in ({"c": hidden.key}, {"t": thread.key}, {"c": "x"}, {"t": "x"}, {"c": "\0"}, {"t": "\0"}, {}):
        assert client.get("/report/", query).status_code == 404


def test_the_eleventh_report_within_an_hour_is_too_much(client: Client) -> None:
    comment = make_comment(make_article())
    statuses = [client.post(f"/report/?c={comment.key}", WORDS).status_code for _ in range(11)]
    assert statuses == [302] * 10 + [429]
    assert Report.objects.count() == 10


def test_what_is_reported_is_shown_in_the_script_the_reader_chose(client: Client) -> None:
    comment = make_comment(make_article("謝謝", author=None, script="zh-Hant"), body="門開了", script="zh-Hant")
    client.cookies["script"] = "zh-Hans"
    for address, words in ((f"?c={comment.key}", "门开了"), (f"?t={comment.article.key}", "谢谢")):
        assert f'<p lang="zh-Hans">{words}</p>' in client.get(f"/report/{address}").content.decode()


def test_an_unknown_author_is_called_so(client: Client) -> None:
    article = make_article(author=None)
    assert '<p class="meta">unknown author</p>' in client.get(f"/report/?t={article.key}").content.decode()
