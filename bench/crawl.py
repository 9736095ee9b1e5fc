#!/usr/bin/env python3
"""Measure how much a crawler delays a reader: the reader's p99 under a crawl, as a multiple of the p99 without it.

    DATABASE_URL=... crawl.py [--requests 4000] [--seconds 60] [--connections 4] [--polite] [--reads 300] [--start PATH]

Serves the archive on loopback. The crawler is a process that requests each URL it finds, in the order of discovery, and
ignores 429; the reader requests cached pages, pages that are not cached, and searches. They have different addresses of
loopback. Prints the reader's times without the crawler, with it, and without it again; then the crawler's responses,
and the distinct URLs that it found, by kind. `--polite` follows robots.txt and `nofollow`. `--reads 0` only crawls.

The crawler stops after `--requests` or `--seconds`. It has a low priority, as if it ran on another machine.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import multiprocessing
import os
import random
import re
import statistics
import sys
import threading
import time
from collections import Counter, deque
from html import unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from serving import serving

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

CRAWLER, READER = "127.0.0.2", "127.0.0.1"
LIMITS = {"SEARCHES_PER_MINUTE": "120", "UNCACHED_PER_MINUTE": "600"}
WARM_UP = 60
"""Requests of the reader before the first measurement."""
TAG = re.compile(r"<(?:a|link)\s[^>]*>")
HREF = re.compile(r'href="([^"#]*)')
LOCATION = re.compile(r"<loc>([^<]*)</loc>")
NOFOLLOW_PAGE = re.compile(r'<meta name="robots" content="[^"]*nofollow')


class Reply(NamedTuple):
    """A complete response."""

    status: int
    seconds: float
    text: str
    location: str


class Plan(NamedTuple):
    """The limits of a crawl."""

    requests: int
    seconds: float
    connections: int
    is_polite: bool
    start: str


class Findings(NamedTuple):
    """What a crawl requested and found."""

    statuses: Counter[int]
    kinds: Counter[str]
    waiting: int
    seconds: float


def ask(port: int, source: str, path: str) -> Reply:
    """Request a URL once, from an address of loopback."""
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))
    try:
        connection.request("GET", path, headers={"User-Agent": "bench-crawl"})
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
        return Reply(response.status, time.perf_counter() - start, body, response.headers.get("Location", ""))
    finally:
        connection.close()


def name_kind(path: str) -> str:
    """Return the kind of a URL: the fixed parts of its path, and the names of its parameters."""
    parts = urlsplit(path)
    first, *others = [part for part in parts.path.split("/") if part] or [""]
    fixed = [first, *("…" for _ in others[:1])]
    if first in {"cite", "feeds", "c", "search"}:
        words = {"thread", "comment", "threads", "comments", "author", "tag", "search", "text", "card", "suggest"}
        fixed = [first, *(part if part in words else "…" for part in others)][:4]
    elif first == "dates":
        fixed = [first, *("…" for _ in others)]
    names = "&".join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return f"/{'/'.join(fixed)}" + (f"?{names}" if names else "")


class Crawler:
    """Requests each URL that it finds, once, with several connections."""

    def __init__(self, port: int, plan: Plan) -> None:
        self.port, self.plan = port, plan
        self.found: dict[str, None] = {}
        self.waiting: deque[str] = deque()
        self.statuses: Counter[int] = Counter()
        self.sent = itertools.count(1)
        self.forbidden = self.read_robots() if plan.is_polite else None
        for path in dict.fromkeys((plan.start, "/", "/sitemap.xml")):
            self.add(path)

    def read_robots(self) -> re.Pattern[str]:
        """Return the paths that robots.txt forbids to all crawlers."""
        lines = ask(self.port, CRAWLER, "/robots.txt").text.splitlines()
        rules = [line.partition(":")[2].strip() for line in lines if line.startswith("Disallow:")]
        return re.compile("|".join(re.escape(rule).replace(r"\*", ".*") for rule in rules) or r"\b\B")

    def add(self, path: str) -> None:
        """Add a URL if it is new and allowed."""
        if path not in self.found and not (self.forbidden and self.forbidden.match(path)):
            self.found[path] = None
            self.waiting.append(path)

    def follow_links(self, page: str, reply: Reply) -> None:
        """Add the URLs of this site in a response."""
        if self.forbidden and NOFOLLOW_PAGE.search(reply.text):
            return
        tags = TAG.findall(reply.text)
        links = [match[1] for tag in tags if (match := HREF.search(tag)) and not (self.forbidden and "nofollow" in tag)]
        for link in [reply.location, *links, *LOCATION.findall(reply.text)]:
            parts = urlsplit(urljoin(f"http://127.0.0.1:{self.port}{page}", unescape(link)))
            if parts.netloc == f"127.0.0.1:{self.port}" and not parts.path.startswith(("/static/", "/admin/")):
                self.add(parts.path + (f"?{parts.query}" if parts.query else ""))

    def work(self, deadline: float) -> None:
        """Request URLs until there are none, or a limit is reached."""
        idle = 0
        while time.monotonic() < deadline and idle < 100:
            try:
                path = self.waiting.popleft()
            except IndexError:
                idle += 1
                time.sleep(0.01)
                continue
            if next(self.sent) > self.plan.requests:
                self.waiting.append(path)
                return
            idle = 0
            reply = ask(self.port, CRAWLER, path)
            self.statuses[reply.status] += 1
            self.follow_links(path, reply)

    def run(self) -> Findings:
        """Crawl and return the findings."""
        start = time.monotonic()
        workers = [
            threading.Thread(target=self.work, args=(start + self.plan.seconds,)) for _ in range(self.plan.connections)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        kinds = Counter(map(name_kind, self.found))
        return Findings(self.statuses, kinds, len(self.waiting), time.monotonic() - start)


def crawl(port: int, plan: Plan, results: Connection) -> None:
    """Crawl in a process of its own."""
    os.nice(10)
    results.send(Crawler(port, plan).run())


def read(port: int, reads: int, chance: random.Random) -> dict[str, list[float]]:
    """Return the seconds of a reader's requests, by kind. The reader pauses between them."""
    threads = LOCATION.findall(ask(port, READER, "/sitemaps/threads-0.xml").text)
    paths = [urlsplit(url).path for url in threads if "?" not in url]
    words = ["the", "我", "不是", "可以", "自由", "什么", "tea"]
    times: dict[str, list[float]] = {"cached page": [], "page not cached": [], "search": []}
    ask(port, READER, paths[0])
    for number in range(reads):
        search = urlencode({"q": f"{chance.choice(words)} -{number}x", "sort": "date"})
        targets = {
            "cached page": paths[0],
            # The parameter bypasses the cache.
            "page not cached": f"{chance.choice(paths)}?q=x{number}",
            "search": f"/search/?{search}",
        }
        kind = ("cached page", "cached page", "page not cached", "search")[number % 4]
        reply = ask(port, READER, targets[kind])
        if reply.status != 200:
            sys.exit(f"{reply.status} for the reader: {targets[kind]}")
        times[kind].append(reply.seconds)
        time.sleep(0.05)
    return times


def p99(seconds: list[float]) -> float:
    """Return the 99th percentile in milliseconds."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.99))] * 1000


def report_reader(name: str, times: dict[str, list[float]]) -> float:
    """Print a line, and return the p99 of all requests."""
    every = list(itertools.chain.from_iterable(times.values()))
    parts = [f"{kind} {statistics.median(row) * 1000:.1f} / {p99(row):.1f}" for kind, row in times.items() if row]
    print(f"{name:18} p99 {p99(every):7.1f} ms   median / p99: {', '.join(parts)}", flush=True)
    return p99(every)


def report_crawl(found: Findings) -> None:
    """Print the responses to the crawler, and the kinds of URLs that it found."""
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(found.statuses.items()))
    total = sum(found.kinds.values())
    print(f"crawler: {statuses} in {found.seconds:.0f} s; found {total:,} URLs, {found.waiting:,} not requested")
    for kind, count in sorted(found.kinds.items(), key=lambda item: -item[1]):
        print(f"{count:9,}  {kind}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=4_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--polite", action="store_true")
    parser.add_argument("--reads", type=int, default=300, help="requests of the reader in each of the three parts")
    parser.add_argument("--start", default="/", help="URL at which the crawler starts")
    options = parser.parse_args()
    plan = Plan(options.requests, options.seconds, options.connections, options.polite, options.start)
    chance = random.Random(1)
    # The limits of a public site, unless the environment has others.
    limits = {name: os.environ.get(name, default) for name, default in LIMITS.items()}
    with serving("archive_site.wsgi:application", PAGE_CACHE="1", **limits) as port:
        if options.reads:
            read(port, WARM_UP, chance)
        idle = report_reader("without a crawler", read(port, options.reads, chance)) if options.reads else 0
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=crawl, args=(port, plan, sender))
        process.start()
        if options.reads:
            ratio = report_reader("under the crawl", read(port, options.reads, chance)) / idle
            if not process.is_alive() or receiver.poll():
                print("The crawl ended before the reader. Raise --requests and --seconds.")
        findings = receiver.recv()
        process.join()
        if options.reads:
            again = report_reader("without it again", read(port, options.reads, chance))
            print(f"p99 under the crawl: {ratio:.1f} x the first p99, {ratio * idle / again:.1f} x the last one")
            print(f"load of the machine (1 minute): {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        report_crawl(findings)


if __name__ == "__main__":
    main()
