"""The report page: its form, and the limit of reports."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from lxml import html as lxml_html

from tests.factories import make_article, make_comment, make_comments
from threads.models import Report, Visibility
from threads.views import report
from threads.views.report import ReportForm

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

VALUES = {"reason": "privacy", "message": "my street is named", "contact": "", "website": ""}


def fill_in(client: Client, path: str, **values: str) -> dict[str, str]:
    """Return the fields of the form as the page shows it, filled in."""
    (token,) = lxml_html.fromstring(client.get(path).content.decode()).xpath("//input[@name='token']/@value")
    return VALUES | {"token": token} | values


def errors(**values: str) -> dict[str, Any]:
    """Return the form's errors by field."""
    return dict(ReportForm(VALUES | values).errors)


def test_a_valid_form_saves_a_report_with_its_subject() -> None:
    (comment,) = make_comments(make_article(), [None])
    form = ReportForm(VALUES | {"contact": "post@example.org"})
    assert form.is_valid()
    form.save_report(comment)
    report = Report.objects.get()
    assert (report.comment, report.reason, report.message) == (comment, "privacy", "my street is named")
    assert report.contact == "post@example.org"


def test_a_report_with_the_honeypot_filled_in_is_valid_but_discarded() -> None:
    form = ReportForm(VALUES | {"website": "https://seeds.example"})
    assert form.is_valid()
    assert form.save_report(make_article()) is None
    assert not Report.objects.exists()


def test_texts_that_are_too_long_and_unknown_reasons_are_errors() -> None:
    assert errors() == {}
    assert set(errors(message="x" * 4001)) == {"message"}
    assert set(errors(contact="x" * 256)) == {"contact"}
    assert set(errors(reason="")) == {"reason"}
    assert set(errors(reason="revenge")) == {"reason"}


def test_another_reason_requires_a_message() -> None:
    assert set(errors(reason="other", message="")) == {"message"}
    assert errors(reason="spam", message="") == {}


def test_a_null_character_is_an_error() -> None:
    assert set(errors(message="a\0b")) == {"message"}


def test_the_page_shows_its_subject_and_is_not_cached(client: Client) -> None:
    comment = make_comment(make_article(), body="Wait for frost")
    response = client.get("/report/", {"c": comment.key})
    assert "Wait for frost" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_report_of_a_comment_is_saved_and_confirmed(client: Client) -> None:
    comment = make_comment(make_article())
    path = f"/report/?c={comment.key}"
    response = client.post(path, fill_in(client, path), follow=True)
    assert "Thank you" in response.content.decode()
    assert Report.objects.get().comment == comment


@pytest.mark.parametrize(
    "separator", ["\r\n", "\n", "\r", "\t", "\x0b", "\x1b", "\x85", "\u2028", "\u202e", "  "], ids=ascii
)
def test_the_contact_becomes_one_line(client: Client, separator: str) -> None:
    path = f"/report/?c={make_comment(make_article()).key}"
    client.post(path, fill_in(client, path, contact=f"post@example.org{separator}Bcc: 茶 {separator}"))
    assert Report.objects.get().contact == "post@example.org Bcc: 茶"


def test_a_report_of_a_thread_is_saved(client: Client) -> None:
    article = make_article()
    path = f"/report/?t={article.key}"
    assert client.post(path, fill_in(client, path)).status_code == 302
    report = Report.objects.get()
    assert (report.article, report.comment) == (article, None)


def test_a_report_without_a_required_message_shows_an_error(client: Client) -> None:
    comment = make_comment(make_article())
    path = f"/report/?c={comment.key}"
    response = client.post(path, fill_in(client, path, reason="other", message=""))
    assert 'role="alert"' in response.content.decode()
    assert not Report.objects.exists()


def test_a_subject_that_is_not_visible_is_404(client: Client) -> None:
    hidden = make_comment(make_article(), visibility=Visibility.HIDDEN)
    thread = make_article(visibility=Visibility.HIDDEN)
    for query in ({"c": hidden.key}, {"t": thread.key}, {"c": "x"}, {"t": "x"}, {"c": "\0"}, {"t": "\0"}, {}):
        assert client.get("/report/", query).status_code == 404


def test_the_eleventh_report_within_an_hour_is_refused(client: Client) -> None:
    comment = make_comment(make_article())
    path = f"/report/?c={comment.key}"
    values = fill_in(client, path)
    statuses = [client.post(path, values).status_code for _ in range(11)]
    assert statuses == [302] * 10 + [429]
    assert Report.objects.count() == 10


def test_the_subject_is_shown_in_the_preferred_script(client: Client) -> None:
    comment = make_comment(make_article("謝謝", author=None, script="zh-Hant"), body="門開了", script="zh-Hant")
    client.cookies["script"] = "zh-Hans"
    for query, text in ((f"?c={comment.key}", "门开了"), (f"?t={comment.article.key}", "谢谢")):
        assert f'<p dir="auto" lang="zh-Hans">{text}</p>' in client.get(f"/report/{query}").content.decode()


def test_an_unknown_author_is_named_as_unknown(client: Client) -> None:
    article = make_article(author=None)
    assert '<p class="meta"><bdi>unknown author</bdi></p>' in client.get(f"/report/?t={article.key}").content.decode()


def test_descriptions_of_fields_exist_with_and_without_errors(client: Client) -> None:
    comment = make_comment(make_article())
    path = f"/report/?c={comment.key}"
    wrong = fill_in(client, path, reason="other", message="", contact="x" * 256)
    for response in (client.get(path), client.post(path, wrong)):
        page = lxml_html.fromstring(response.content.decode())
        ids = {key for value in page.xpath("//@aria-describedby") for key in value.split()}
        assert "id_contact_helptext" in ids
        assert ids <= {*page.xpath("//@id")}
    assert {"id_message_error", "id_contact_error"} <= ids


def test_a_report_needs_no_cookie_and_sets_none() -> None:
    comment = make_comment(make_article())
    path = f"/report/?c={comment.key}"
    values = fill_in(Client(enforce_csrf_checks=True), path)
    reader = Client(enforce_csrf_checks=True)
    response = reader.post(path, values)
    assert (response.status_code, Report.objects.count()) == (302, 1)
    assert not reader.cookies


def test_a_form_without_the_token_of_its_subject_is_refused(client: Client) -> None:
    comment, other = make_comments(make_article(), [None, None])
    path = f"/report/?c={comment.key}"
    token = fill_in(client, path)["token"]
    for forged in ("", "tea", f"{other.key}:{token.partition(':')[2]}", f"{token}x"):
        assert client.post(path, VALUES | {"token": forged}).status_code == 403, forged
    assert client.post(f"/report/?c={other.key}", VALUES | {"token": token}).status_code == 403
    assert client.post(path, VALUES).status_code == 403
    assert not Report.objects.exists()


def test_an_expired_form_keeps_its_text_and_can_be_sent_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/report/?c={make_comment(make_article()).key}"
    values = fill_in(client, path)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + report.TOKEN_SECONDS + 1)
    page = client.post(path, values).content.decode()
    assert "The form expired. Send it again." in page
    assert "my street is named" in page
    assert not Report.objects.exists()
    (token,) = lxml_html.fromstring(page).xpath("//input[@name='token']/@value")
    assert client.post(path, values | {"token": token}).status_code == 302


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://testserver"}, 302),
        ({"origin": "https://archive.example"}, 302),
        ({"origin": "https://zh.tea.example"}, 302),
        ({"sec-fetch-site": "same-origin"}, 302),
        ({"sec-fetch-site": "none"}, 302),
        ({"origin": "https://testserver"}, 403),
        ({"origin": "http://testserver:81"}, 403),
        ({"origin": "http://zh.tea.example"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_a_form_sent_from_another_site_is_refused(
    client: Client, settings: Settings, headers: dict[str, str], status: int
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://archive.example", "https://*.tea.example"]
    path = f"/report/?c={make_comment(make_article()).key}"
    assert client.post(path, fill_in(client, path), headers=headers).status_code == status
    assert Report.objects.exists() is (status == 302)
