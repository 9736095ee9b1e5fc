"""A site of its own for the browser: the sample archive imported into a new database, served as `make run` serves it.

Everything it writes is in one folder that the caller throws away. Called by the browser tests and by `screenshots`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "fixtures" / "sample_archive"
CHAIN = 300
"""Answers, each to the one before: deeper than a page may nest."""
PATIENCE = 30
"""Seconds for the server to come up."""


@dataclass(frozen=True)
class Site:
    """A running site."""

    url: str
    """Without a slash at its end."""
    log: Path
    places: dict[str, str]
    """What `stage` printed: where the things are that the tests look at."""

    def at(self, path: str) -> str:
        """Return the full address of a path; `{name}` in it stands for one of the places."""
        return self.url + path.format(**self.places)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of the site's processes: nothing of the developer's own site is touched."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.site_settings",
        "BROWSER_TEST_FOLDER": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'archive.sqlite3'}",
        "CACHE_URL": "",
        "SECRET_KEY": "only-for-the-browser-tests",
        "ALLOWED_HOSTS": "127.0.0.1",
        # The tests are one fast reader behind one address.
        "SEARCHES_PER_MINUTE": "0",
        "UNCACHED_PER_MINUTE": "0",
        "SITE_NAME": "Discussion Archive",
        "SITE_DESCRIPTION": "",
        "LANGUAGE_CODE": "en",
        "DEBUG": "0",
        "HTTPS": "0",
        "LOG_LEVEL": "WARNING",
    }


def run(folder: Path, *command: str) -> str:
    """Run a Python program of the project to its end and return what it printed."""
    done = subprocess.run(
        [sys.executable, *command], cwd=PROJECT, env=environment(folder), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def chain() -> str:
    """Return a thread file in which each comment answers the one before it."""
    head = '---\ndate: 2020-09-28T00:00:00.000Z\ntitle: "A chain of three hundred"\nauthor: "gardener"\n---\n\n'
    said = "".join(
        f"            \n### 园圃用户 **rider{number % 7} \nrider{(number - 1) % 7}** 评论于 2020-09-29\n        \n"
        f"Stop {number}: a bench and a kettle.\n        \n\n\n"
        for number in range(CHAIN)
    )
    return f"{head}Name a stop; answer it.\n\n{said}> [点击原文参与讨论](https://garden.example/article/90001)\n"


def build(folder: Path, *, staged: bool) -> dict[str, str]:
    """Make the database and the static files; return the places."""
    run(folder, "manage.py", "migrate", "--verbosity", "0")
    run(folder, "manage.py", "collectstatic", "--verbosity", "0", "--noinput")
    run(folder, "manage.py", "import_archive", str(SAMPLE))
    if not staged:
        return {}
    (folder / "more").mkdir()
    (folder / "more" / "chain.md").write_text(chain())
    run(folder, "manage.py", "import_archive", str(folder / "more"))
    places = json.loads(run(folder, "-m", "tests.browser.stage"))
    return {name: str(place) for name, place in places.items()}


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; raise with its log where it does not."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(f"{url}/healthz", timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not come up:\n{log.read_text()}")


@contextmanager
def running(folder: Path, *, staged: bool = True) -> Iterator[Site]:
    """Serve the sample archive, with the stage set where `staged`, for the time of a `with`."""
    places = build(folder, staged=staged)
    port, log = free_port(), folder / "server.log"
    command = [
        sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{port}", "--log-level", "warning",
        "archive_site.wsgi",
    ]  # fmt: skip
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=PROJECT, env=environment(folder), stdout=output, stderr=output)
        try:
            wait_for(f"http://127.0.0.1:{port}", server, log)
            yield Site(f"http://127.0.0.1:{port}", log, places)
        finally:
            server.terminate()
            server.wait(PATIENCE)
