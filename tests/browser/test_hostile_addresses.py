"""Addresses that no link of the site has: each is answered in the site's own design, none with a server error."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

if TYPE_CHECKING:
    from tests.browser.serving import Site

VALUES = [
    "",
    "0",
    "-1",
    "1e9",
    "99999999999999999999999",
    "x",
    "%00",
    "%ff%fe",
    "%F0%9F%8D%B5",
    "%ED%A0%80",
    "a" * 3000,
    "[]",
    "null",
    "'%20OR%201=1--",
    "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "..%2f..%2fetc%2fpasswd",
    "{{7*7}}",
    "%0d%0aSet-Cookie:x=1",
    "2019-02-31",
    "١٢",
    "１",
    "%u202e",
    "%E2%80%AE",
    "NaN",
    "1%202",
    "%",
    "%zz",
    "+" * 50,
    "&&&",
    "=",
]
PLACES = [
    "{long}?page=",
    "{long}?n=",
    "{long}?view=",
    "{long}?order=",
    "{long}?show=",
    "/?after=",
    "/authors/?after=",
    "{author}?after=",
    "{author}?show=",
    "/tags/?after=",
    "{tag}?after=",
    "{day}?after=",
    "{year}?after=",
    "/search/?q=",
    "/search/?q=tea&after=",
    "/search/?q=tea&sort=",
    "/search/?from=",
    "/search/?q=author:",
    "/search/?q=after:",
    "/search/suggest?q=",
    "/feeds/search/?q=",
    "/report/?c=",
    "/report/?t=",
]
PATHS = [
    "/t/%00/",
    "/t/../../",
    "/t//",
    "/t/%ff/",
    "/c/%00/",
    "/c/x/",
    "/c/" + "a" * 2000 + "/",
    "/c/%00/card/",
    "/authors/%00/",
    "/authors/%ff/",
    "/tags/%00/",
    "/dates/0/",
    "/dates/99999/",
    "/dates/2019/13/",
    "/dates/2019/2/31/",
    "/dates/2019/0/0/",
    "/dates/10000/1/1/",
    "/cite/thread/%00/",
    "/cite/comment/%00/",
    "/feeds/author/%00/",
    "/feeds/tag/x/",
    "/feeds/thread/x/",
    "/sitemaps/threads-0.xml",
    "/sitemaps/threads-99999.xml",
    "/sitemaps/x-1.xml",
    "/sitemaps/threads-99999999999999999999.xml",
    "/static/%00",
    "/static/../manage.py",
    "/.env",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/preferences/",
    "/t/" + "x/" * 500,
]


def ask(site: Site, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """Return status and body of a path, sent as it stands."""
    status, body, _ = send(site, path, method, **headers)
    return status, body


def ask_and_follow(site: Site, path: str) -> tuple[int, str]:
    """Return status and body of a path, or of the one URL of its page, to which it may redirect once."""
    status, body, location = send(site, path)
    if status == 301:
        assert location.startswith("/")
        assert not location.startswith("//")
        status, body, _ = send(site, location)
    return status, body


def send(site: Site, path: str, method: str = "GET", **headers: str) -> tuple[int, str, str]:
    """Return status, body and `Location` of a path, sent as it stands."""
    address = urlsplit(site.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=20)
    try:
        connection.request(method, quote(path, safe="/?=&%+-_.~:'()*!$@,;[]{}"), headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace"), answer.headers.get("Location", "")
    finally:
        connection.close()


def place(site: Site, path: str) -> str:
    """Return the path with the names of places filled in, and nothing else changed."""
    for name, value in site.places.items():
        path = path.replace(f"{{{name}}}", value)
    return path


@pytest.mark.parametrize("start", PLACES)
def test_no_value_in_an_address_breaks_the_page(start: str, site: Site) -> None:
    answers = {value[:40]: ask_and_follow(site, place(site, start) + value) for value in VALUES}
    assert {value: status for value, (status, _) in answers.items() if status not in {200, 302, 400, 404, 410}} == {}
    if "suggest" in start:
        return
    bare = [value for value, (status, page) in answers.items() if status >= 400 and '<main id="main"' not in page]
    assert bare == [], "an error page that is not the site's own"
    assert not any("<script>alert(1)" in page for _, page in answers.values())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_no_path_breaks_the_site(path: str, site: Site) -> None:
    status, page = ask(site, path)
    assert status < 500
    assert status != 200 or "root:" not in page
    assert "SECRET_KEY" not in page


@pytest.mark.parametrize(
    "path", ["/", "{long}", "/search/?q=tea", "/report/?c={answered}", "/preferences/", "/nowhere/"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "HEAD", "BREW"])
def test_no_method_breaks_the_site(method: str, path: str, site: Site) -> None:
    assert ask(site, place(site, path), method)[0] < 500


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "theme=\x01; script=%00; django_language=xx; sessionid=nobody"},
        {"Accept-Language": "zh-hant;q=nan, *;q=-1,,;;;"},
        {"Accept-Language": "x" * 4000},
        {"Accept-Encoding": "br, gzip;q=x"},
        {"If-None-Match": '"' + "x" * 2000},
        {"If-Modified-Since": "yesterday"},
        {"Referer": "javascript:alert(1)"},
        {"Host": "another.example"},
        {"X-Forwarded-For": "'"},
    ],
    ids=str,
)
def test_no_header_breaks_the_site(headers: dict[str, str], site: Site) -> None:
    for path in ("/", "{long}?page=2", "/search/?q=tea"):
        assert ask(site, place(site, path), **headers)[0] < 500
