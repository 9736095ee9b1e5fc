#!/usr/bin/env python3
"""Measure pages a second, as shares of H: the speed of a bare Django view in the same run.

    DATABASE_URL=... pages.py [--seconds 5] [--thread KEY] [--long KEY]

Starts gunicorn with two workers: first with bare_site, then with the site and its page cache, then without the cache.
Loads each URL with wrk. `--thread` defaults to the thread nearest to 200 comments, `--long` to the longest one. Prints
one line for each measurement. Run manage.py collectstatic once before.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import django
from serving import serving

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 8
PLAIN = {"Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Speed:
    """Answers a second, and the 99th percentile of the time in milliseconds."""

    rate: float
    p99: float


def ask(port: int, path: str) -> http.client.HTTPResponse:
    """Request a URL once and return the complete answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=PLAIN)
    response = connection.getresponse()
    response.read()
    return response


def load(port: int, path: str, seconds: int, **headers: str) -> Speed:
    """Load one URL for some seconds."""
    given = [f"-H{name}: {value}" for name, value in {**PLAIN, **headers}.items()]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *given, f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    if rate is None or p99 is None or "Non-2xx" in said.replace("Non-2xx or 3xx responses: 0", ""):
        raise RuntimeError(f"{path}: {said}")
    return Speed(float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]])


def addresses(thread: str, long: str) -> dict[str, str]:
    """Return the URLs to measure, by name. Reads the database of DATABASE_URL."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive_site.settings")
    os.environ.setdefault("SECRET_KEY", "measured")
    sys.path.insert(0, str(ROOT))
    django.setup()
    from threads import keyset
    from threads.models import Article

    shown = Article.objects.visible()
    middle = shown.filter(key=thread).first() or shown.filter(comment_count__gte=200).order_by("comment_count").first()
    longest = shown.filter(key=long).first() or shown.order_by("-comment_count").first()
    middle = middle or longest
    if middle is None or longest is None:
        raise SystemExit("the archive is empty")
    after = keyset.format_position(shown.order_by("published_at")[shown.count() // 20], "published_at")
    return {
        f"thread of {middle.comment_count}": middle.get_absolute_url(),
        f"page 2 of {middle.comment_count}": f"{middle.get_absolute_url()}?page=2",
        f"page 2 of {longest.comment_count}": f"{longest.get_absolute_url()}?page=2",
        "list, first page": "/",
        "list, deep page": f"/?after={after}".replace("+", "%2B"),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--thread", default="")
    parser.add_argument("--long", default="")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is needed (Debian: apt-get install wrk)")
    paths = addresses(options.thread, options.long)
    with serving("bench.bare_site:application") as port:
        bare = load(port, "/", options.seconds)

    def report(name: str, speed: Speed) -> None:
        print(f"{name:34}{speed.rate:9.0f}/s {speed.rate / bare.rate:7.3f} H   p99 {speed.p99:7.1f} ms", flush=True)

    report("bare view", bare)
    with serving("archive_site.wsgi", PAGE_CACHE="1") as port:
        first = next(iter(paths.values()))
        etag = ask(port, first).headers["ETag"]
        report("warm", load(port, first, options.seconds))
        report("304", load(port, first, options.seconds, **{"If-None-Match": etag}))
    with serving("archive_site.wsgi", PAGE_CACHE="0") as port:
        for name, path in paths.items():
            report(f"cold, {name}", load(port, path, options.seconds))


if __name__ == "__main__":
    main()
