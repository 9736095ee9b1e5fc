#!/usr/bin/env python3
"""Measure the time of search pages, one client at a time, as shares of H: a bare Django view in the same run.

    DATABASE_URL=... search.py [--each 60] [--seed 1]

Starts two gunicorn servers on free ports: the site and bare_site. Queries come from the texts of the archive, so that
they are common, rare or absent in it. Each query is requested once before it is measured.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import statistics
import sys
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import django
from serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent


def ask(port: int, address: str) -> float:
    """Request one page and return the seconds until it is complete."""
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", address)
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status != 200:
        raise SystemExit(f"{response.status} for {address[:200]}")
    return time.perf_counter() - start


def draw_pieces(bodies: list[str], chance: random.Random) -> Iterator[tuple[str, int]]:
    """Yield two-character pieces of the texts and the number of texts with each, without end."""
    from threads.search.results import run_search

    seen: set[str] = set()
    while True:
        part = draw_piece(bodies, chance, 2)
        if part not in seen:
            seen.add(part)
            yield part, run_search(part, "date", size=1).total


def draw_piece(bodies: list[str], chance: random.Random, length: int) -> str:
    """Return a sequence of Chinese characters from one of the texts."""
    while True:
        body = chance.choice(bodies)
        start = chance.randrange(len(body) - length)
        part = body[start : start + length]
        if all("\u4e00" <= character <= "\u9fff" for character in part):
            return part


def draw_queries(each: int, chance: random.Random) -> dict[str, list[dict[str, str]]]:
    """Return random queries of every kind from the texts of the archive."""
    from threads.models import Author, Comment, Tag
    from threads.search.results import MAX_COUNTED

    every = list(Comment.objects.order_by("pk").values_list("pk", flat=True))
    ids = chance.sample(every, min(len(every), 3000))
    rows = Comment.objects.filter(pk__in=ids).order_by("pk").values_list("body", flat=True)
    bodies = [body for body in rows if len(body) > 30]
    common: list[str] = []
    rare: list[str] = []
    for part, total in islice(draw_pieces(bodies, chance), each * 100 if bodies else 0):
        if total == MAX_COUNTED and len(common) < each:
            common.append(part)
        elif 0 < total <= 20 and len(rare) < each:
            rare.append(part)
        if len(common) == len(rare) == each:
            break
    if not (common and rare):
        sys.exit(f"The archive is too small: no word has {MAX_COUNTED:,} matches. See bench/README.md.")
    authors = list(Author.objects.visible().order_by("-comment_count").values_list("name", flat=True)[:50])
    tags = list(Tag.objects.visible().order_by("-article_count").values_list("name", flat=True)[:50])
    operators = [
        f"{chance.choice(common)} {chance.choice((f'after:{year}', f'before:{year}', f'-{chance.choice(common)}'))} "
        + chance.choice(("", f'author:"{chance.choice(authors)}"', f'tag:"{chance.choice(tags)}"', "in:comments"))
        for year in chance.choices(range(2019, 2025), k=each)
    ]
    two = [f"{word} {chance.choice(common)}" for word in common]
    phrases = [f'"{draw_piece(bodies, chance, chance.randrange(4, 9))}"' for _ in range(each)]
    return kinds(common, rare, {"phrase": phrases, "operators": operators, "two common words": two})


def kinds(common: list[str], rare: list[str], others: dict[str, list[str]]) -> dict[str, list[dict[str, str]]]:
    """Return the queries to measure, by kind."""
    # As long as gunicorn takes where it is not told otherwise: 4,094 bytes with the rest of the request's line.
    nonsense = ["a" * 4_000, '"' * 1_300, "。" * 440, "中国" * 220, "author:nobody", '"tea', "-+" * 1_000, "\x01\x02"]
    nonsense += [" ".join(f"word{number}" for number in range(400)), "author:x " * 300, f"{common[0]} OR " * 90]
    by_date = {"common word": common, "rare word": rare, **others, "one character": [word[0] for word in common]}
    by_weight = {"common word": common, "rare word": rare, "two common words": others["two common words"]}
    return {
        **{f"{kind}, newest first": [{"q": text, "sort": "date"} for text in texts] for kind, texts in by_date.items()},
        **{
            f"{kind}, best first": [{"q": text, "sort": "relevance"} for text in texts]
            for kind, texts in by_weight.items()
        },
        "common word, by thread": [{"q": word, "sort": "date", "by": "thread"} for word in common],
        "nonsense": [{"q": text} for text in nonsense],
    }


def measure(port: int, bare_port: int, addresses: list[str]) -> tuple[list[float], float]:
    """Return the seconds of each page, and of the bare view requested in between."""
    for address in addresses:
        ask(port, address)
        ask(bare_port, "/")
    pairs = [(ask(port, address), ask(bare_port, "/")) for address in addresses]
    return [page for page, _ in pairs], statistics.median(bare for _, bare in pairs)


def line(name: str, seconds: list[float], bare: float) -> str:
    """Return a row of the table."""
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    median = statistics.median(ordered)
    return f"{name:32} {median * 1000:8.1f} {last * 1000:8.1f} {bare * 1000:8.2f} {bare / median:8.3f}"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=60, help="queries of each kind")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive_site.settings")
    sys.path.insert(0, str(ROOT))
    django.setup()
    drawn = draw_queries(options.each, random.Random(options.seed))
    with serving("bench.bare_site:application") as bare_port, serving("archive_site.wsgi:application") as port:
        print(f"{'page':32} {'median':>8} {'p99 ms':>8} {'H ms':>8} {'of H':>8}")
        for name, queries in drawn.items():
            addresses = [f"/search/?{urlencode(query)}" for query in queries]
            print(line(name, *measure(port, bare_port, addresses)), flush=True)
        words = [query["q"][:2] for query in drawn["common word, newest first"]]
        suggestions = [f"/search/suggest?{urlencode({'q': word})}" for word in words + [word[0] for word in words]]
        print(line("suggestions", *measure(port, bare_port, suggestions)))


main()
