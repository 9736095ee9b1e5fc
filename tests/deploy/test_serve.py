"""`make serve`: the site as a public one, without sample threads."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.site import HOST, PATIENCE, Site

pytestmark = pytest.mark.deploy


class UnixConnection(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, site: Site) -> None:
        super().__init__(HOST, timeout=PATIENCE)
        self.site = site

    def connect(self) -> None:
        self.sock = self.site.connect()


def ask(site: Site, path: str) -> tuple[int, str]:
    """Return the status and the text of a page, as nginx requests it."""
    connection = UnixConnection(site)
    connection.request("GET", path, headers={"X-Forwarded-Proto": "https"})
    response = connection.getresponse()
    return response.status, response.read().decode()


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_serve_starts_a_public_site_without_threads(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.copy_project("Makefile")
    (site.project / ".env").write_text("DEBUG=1\n")
    binaries = Path(sys.executable).parent
    command = ["make", "--old-file=.venv/installed", "serve", f"BIN={binaries}", f"BIND=unix:{site.socket_file}"]
    variables = {name: value for name, value in site.variables.items() if name != "WEB_CONCURRENCY"}
    process = subprocess.Popen(
        command, cwd=site.project, env=variables, stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    try:
        site.wait()
        status, page = ask(site, "/")
        assert status == 200
        assert "/t/" not in re.findall(r'href="(/[a-z]/)', page)
        status, page = ask(site, "/nothing/")
        assert (status, "DEBUG" in page) == (404, False)
        workers = subprocess.run(
            ["ps", "-o", "args=", "-g", str(process.pid)], capture_output=True, text=True, check=True
        )
        # The first process of gunicorn and one for each core
        assert workers.stdout.count("bin/gunicorn") >= 1 + max(2, os.cpu_count() or 1)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
