"""The reader's choices: kept in cookies, safe to send from anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.factories import make_article

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def choose(client: Client, **values: str) -> _MonkeyPatchedWSGIResponse:
    """Send the form."""
    return client.post("/preferences/", values)


def test_choices_are_kept_and_the_reader_goes_back() -> None:
    client = Client(enforce_csrf_checks=True)
    response = choose(client, language="zh-hans", script="zh-Hant", theme="dark", next="/tags/?after=1,2")
    assert (response.status_code, response["Location"]) == (302, "/tags/?after=1,2")
    html = client.get("/about/").content.decode()
    assert '<html lang="zh-hans" data-theme="dark">' in html
    assert 'value="zh-Hant" checked' in " ".join(html.split())
    assert not client.cookies.get("csrftoken")
    assert not client.cookies.get("sessionid")


def test_an_empty_choice_is_forgotten(client: Client) -> None:
    choose(client, theme="dark")
    choose(client, theme="")
    assert "data-theme" not in client.get("/about/").content.decode()


def test_unknown_choices_change_nothing(client: Client) -> None:
    response = choose(client, language="xx", script="<b>", theme="pink")
    assert not response.cookies


def test_nobody_is_led_elsewhere(client: Client) -> None:
    for address in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""):
        assert choose(client, theme="dark", next=address)["Location"] == "/"


def test_only_the_form_may_choose(client: Client) -> None:
    assert client.get("/preferences/").status_code == 405


def test_odd_cookies_are_no_choice(client: Client) -> None:
    client.cookies["theme"] = '"><script>'
    client.cookies["script"] = '"><script>'
    for path in ("/about/", make_article().get_absolute_url()):
        html = client.get(path).content.decode()
        assert "data-theme" not in html
        assert "<script>" not in html


@pytest.mark.parametrize("https", [True, False])
def test_a_choice_is_kept_for_the_site_alone(client: Client, settings: Settings, https: bool) -> None:
    settings.HTTPS = https
    response = choose(client, language="zh-hans", script="zh-Hant", theme="dark")
    kept = {
        name: (bool(one["httponly"]), bool(one["secure"]), one["samesite"]) for name, one in response.cookies.items()
    }
    # Scripts of the site look at the colours.
    assert kept == {name: (name != "theme", https, "Lax") for name in ("django_language", "script", "theme")}
