"""Security headers of all responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories import make_article
from threads.models import ArchiveState

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_public_pages_load_only_files_of_the_site(client: Client, settings: Settings) -> None:
    settings.PAGE_CACHE = True
    ArchiveState.objects.create(pk=1, version=1)
    url = make_article().get_absolute_url()
    # The second response comes from the page cache.
    for _ in range(2):
        policy = client.get(url)["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy


def test_all_responses_have_the_same_headers(client: Client, admin_client: Client, settings: Settings) -> None:
    home = client.get("/")
    names = ("Content-Security-Policy", "Permissions-Policy", "Cross-Origin-Resource-Policy")
    assert home["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in home["Permissions-Policy"]
    settings.ALLOWED_HOSTS = ["testserver"]
    for response in (
        admin_client.get("/admin/"),
        admin_client.get("/admin/auth/user/"),
        client.get("/admin/login/"),
        client.get("/admin/"),
        client.get("/nothing/"),
        client.get("/preferences/"),
        client.get("/feeds/threads/"),
        client.get("/about"),
        client.get("/static/css/site.css"),
        client.get("/", headers={"host": "elsewhere.example"}),
    ):
        assert [response[name] for name in names] == [home[name] for name in names], response


def test_no_page_has_inline_scripts_styles_or_other_hosts(client: Client) -> None:
    for path in ("/", make_article().get_absolute_url(), "/authors/", "/tags/", "/dates/", "/about/"):
        html = client.get(path).content.decode()
        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html
        assert " onclick" not in html
        assert 'src="http' not in html
