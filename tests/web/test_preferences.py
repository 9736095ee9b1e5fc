"""Preferences of a reader, stored in cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.factories import make_article

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def submit(client: Client, **values: str) -> _MonkeyPatchedWSGIResponse:
    """Send the form."""
    return client.post("/preferences/", values)


def test_preferences_are_saved_and_the_reader_returns_to_the_page() -> None:
    client = Client(enforce_csrf_checks=True)
    response = submit(client, language="zh-hans", script="zh-Hant", theme="dark", next="/tags/?after=1,2")
    assert (response.status_code, response["Location"]) == (302, "/tags/?after=1,2")
    html = client.get("/about/").content.decode()
    assert '<html lang="zh-hans" data-theme="dark">' in html
    assert 'value="zh-Hant" checked' in " ".join(html.split())
    assert not client.cookies.get("csrftoken")
    assert not client.cookies.get("sessionid")


def test_an_empty_value_deletes_the_cookie(client: Client) -> None:
    submit(client, theme="dark", keys="off")
    submit(client, theme="", keys="")
    html = client.get("/about/").content.decode()
    assert "data-theme" not in html
    assert "data-keys" not in html


def test_single_key_shortcuts_can_be_turned_off(client: Client) -> None:
    submit(client, keys="off")
    html = client.get("/about/").content.decode()
    assert '<html lang="en" data-keys="off">' in html
    assert 'name="keys" value="off" checked' in " ".join(html.split())


def test_unknown_values_change_nothing(client: Client) -> None:
    response = submit(client, language="xx", script="<b>", theme="pink", keys="maybe")
    assert not response.cookies


def test_redirects_stay_on_the_site(client: Client) -> None:
    for address in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""):
        assert submit(client, theme="dark", next=address)["Location"] == "/"


def test_get_is_not_allowed(client: Client) -> None:
    assert client.get("/preferences/").status_code == 405


def test_invalid_cookies_are_ignored(client: Client) -> None:
    client.cookies["theme"] = '"><script>'
    client.cookies["script"] = '"><script>'
    client.cookies["keys"] = '"><script>'
    for path in ("/about/", make_article().get_absolute_url()):
        html = client.get(path).content.decode()
        assert "data-theme" not in html
        assert "data-keys" not in html
        assert "<script>" not in html


@pytest.mark.parametrize("https", [True, False])
def test_cookies_are_restricted_to_the_site(client: Client, settings: Settings, https: bool) -> None:
    settings.HTTPS = https
    response = submit(client, language="zh-hans", script="zh-Hant", theme="dark", keys="off")
    flags = {
        name: (bool(cookie["httponly"]), bool(cookie["secure"]), cookie["samesite"])
        for name, cookie in response.cookies.items()
    }
    # The script of the page reads the theme.
    prefix = "__Host-" if https else ""
    names = (f"{prefix}script", f"{prefix}theme", f"{prefix}keys")
    expected = {name: (name != f"{prefix}theme", https, "Lax") for name in names}
    assert flags == expected | {"django_language": (True, https, "Lax")}
    html = client.get("/about/").content.decode()
    assert 'data-theme="dark" data-keys="off"' in html
    assert f'data-cookie="{prefix}theme"' in html
