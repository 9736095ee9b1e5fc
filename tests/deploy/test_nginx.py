"""The nginx site: it is valid, and its cache never holds on to what is hidden."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import ssl
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.deploy.site import HOST, PATIENCE, ROOT, SETTINGS, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.deploy.site import Site

pytestmark = [
    pytest.mark.deploy,
    pytest.mark.skipif(
        not (shutil.which("nginx") and shutil.which("openssl")),
        reason="nginx or openssl is not installed (Debian: apt-get install nginx-light openssl)",
    ),
]
TEA, COFFEE = "/t/file/tea/", "/t/file/coffee/"
SECONDS = int(SETTINGS["PROXY_CACHE_SECONDS"])


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def cache(self) -> str:
        """HIT, MISS, BYPASS …; empty if the cache is off."""
        return self.headers.get("X-Cache-Status", "")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running nginx."""

    plain: int
    tls: int
    certificate: Path

    def ask(self, path: str, **headers: str) -> Answer:
        """Request a URL over TLS."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.check_hostname = False  # the test connects to an address
        return read(
            http.client.HTTPSConnection("127.0.0.1", self.tls, context=context, timeout=PATIENCE), path, headers
        )

    def ask_plain(self, path: str) -> Answer:
        """Request a URL without TLS."""
        return read(http.client.HTTPConnection("127.0.0.1", self.plain, timeout=PATIENCE), path, {})


def read(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> Answer:
    """Send a request and read its response."""
    connection.request("GET", path, headers={"Host": HOST, **headers})
    response = connection.getresponse()
    answer = Answer(response.status, response.headers, response.read().decode())
    connection.close()
    return answer


def write_configuration(folder: Path, plain: int, tls: int) -> Path:
    """Write deploy's site with paths and ports of the test, inside a configuration of nginx."""
    (folder / "www").mkdir()
    request = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST} -addext subjectAltName=DNS:{HOST}"
    command = ["openssl", *request.split(), "-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"]
    subprocess.run(command, check=True, capture_output=True)
    site = (ROOT / "deploy/nginx/archive.conf").read_text()
    site = re.sub(r"listen \[::\]:.*;", "", site)
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{tls} ",
        "/etc/letsencrypt/live/archive.example": str(folder),
        "/run/archive": str(folder),
        "/var/cache": str(folder),
        "/var/log/nginx": str(folder),
        "/var/www/html": str(folder / "www"),
    }.items():
        assert old in site
        site = site.replace(old, new)
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{site}\n}}"
    )
    return file


@pytest.fixture(scope="module")
def proxy(site: Site) -> Iterator[Proxy]:
    """nginx in front of the site."""
    plain, tls = free_port(), free_port()
    command = ["nginx", "-p", str(site.folder), "-c", str(write_configuration(site.folder, plain, tls))]
    check = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stderr
    assert "warn" not in check.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    proxy = Proxy(plain, tls, site.folder / "fullchain.pem")
    with site.serve():
        wait_until_it_answers(proxy)
        yield proxy
    process.terminate()
    process.wait(PATIENCE)


def wait_until_it_answers(proxy: Proxy) -> None:
    """Wait for nginx and gunicorn."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError):
            if proxy.ask("/healthz").status == 200:
                return
        time.sleep(0.1)
    pytest.fail("The site does not answer.")


def test_requests_without_tls_are_redirected_except_those_of_certbot(site: Site, proxy: Proxy) -> None:
    (site.folder / "www/.well-known/acme-challenge").mkdir(parents=True)
    (site.folder / "www/.well-known/acme-challenge/token").write_text("proof")
    answer = proxy.ask_plain("/tags/?after=tea")
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/tags/?after=tea")
    assert proxy.ask_plain("/.well-known/acme-challenge/token").text == "proof"


def test_the_cache_holds_pages_and_static_files_but_nothing_personal(proxy: Proxy) -> None:
    first, second = proxy.ask(TEA), proxy.ask(TEA)
    assert "Green tea" in first.text
    assert (second.cache, second.text) == ("HIT", first.text)
    assert second.headers["Strict-Transport-Security"]
    style = re.findall(r'href="(/static/[^"]+\.css)"', first.text)[0]
    assert [proxy.ask(style).cache for _ in range(2)] == ["MISS", "HIT"]

    # Moderators and readers with preferences have cookies.
    assert proxy.ask(TEA, Cookie="theme=dark").cache == "BYPASS"
    for path in ("/search/?q=tea", "/nothing/", "/report/", "/admin/login/", "/healthz"):
        assert "HIT" not in {proxy.ask(path).cache, proxy.ask(path).cache}
    # Each language has its own copy.
    for language in ("zh-hans", "en", "zh-hans"):
        assert f'lang="{language}"' in proxy.ask(TEA, **{"Accept-Language": language}).text.lower()


def test_hidden_content_is_gone_after_twice_the_time_of_the_setting(site: Site, proxy: Proxy) -> None:
    languages = [{"Accept-Language": language} for language in ("en", "zh-hans")]
    assert ["Green tea" in proxy.ask(TEA, **language).text for language in languages] == [True, True]
    site.manage("shell", "-c", HIDE.format("tea"))
    time.sleep(2 * SECONDS)
    for language in languages:
        answer = proxy.ask(TEA, **language)
        assert (answer.status, "Green tea" in answer.text) == (410, False)


def test_hidden_content_is_gone_after_that_time_if_the_site_fails_too(site: Site, proxy: Proxy) -> None:
    assert "Green tea" in proxy.ask(COFFEE).text
    site.socket_file.rename(site.folder / "failed.sock")
    site.manage("shell", "-c", HIDE.format("coffee"))
    time.sleep(2 * SECONDS)
    assert proxy.ask(COFFEE).status == 502
    (site.folder / "failed.sock").rename(site.socket_file)
    assert proxy.ask(COFFEE).status == 410


def test_one_address_cannot_search_without_end(proxy: Proxy) -> None:
    answers = [proxy.ask("/search/?q=") for _ in range(100)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "10"


HIDE = """
from threads import moderation
from threads.models import Article
moderation.hide(Article.objects.filter(key="file/{}"), by=None)
"""
