#!/usr/bin/env python3
"""Score search with judged queries on real threads: whether the first ten results contain the wanted texts.

    DATABASE_URL=... search_quality.py [--verbose]

The database must contain the judged threads (see bench/README.md). Each line of judged_queries.json has a query, the
texts that must be among the first ten results, and those that must not: [start of the file name, position of the
comment], -1 for the article. Precision is also measured: how many of the first ten results of each query without
operators contain all its words, by an independent check of the stored text.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import django
from opencc import OpenCC

ROOT = Path(__file__).resolve().parent.parent
FIRST = 10
QUOTE = re.compile(r"\[[^\]]*\]\([^)]*#[^)]*\)[^\n]*")
SIMPLE = OpenCC("t2s")


def plain(text: str) -> str:
    """Return text in one script, width and case, without code of the project."""
    return str(SIMPLE.convert(unicodedata.normalize("NFKC", text))).casefold()


def place_of(match: Any) -> tuple[str, int]:
    """Return the key of the thread and the position of a result, -1 for the article."""
    return match.row.thread_key, -1 if match.row.number is None else match.row.number - 1


def holds(words: list[str], text: str) -> bool:
    """Return whether a text contains every word."""
    looked_at = plain(text)
    return all(plain(word) in looked_at for word in words)


def main() -> int:
    """Score every judged query. Return 1 if a query fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verbose", action="store_true", help="print the queries that fail")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive_site.settings")
    sys.path.insert(0, str(ROOT))
    django.setup()
    return score(json.loads((ROOT / "bench" / "judged_queries.json").read_text("utf-8")), verbose=options.verbose)


def score(judged: list[dict[str, Any]], *, verbose: bool) -> int:
    """Run the queries and print recall, precision and failures."""
    from threads.models import Article, Comment, SourceFile
    from threads.search.results import SORT_BY_RELEVANCE, run_search

    threads = {path[:8]: article for path, article in SourceFile.objects.values_list("path", "article__key")}
    wanted = found = forbidden = broken = shown = right = 0
    reciprocal = 0.0
    for line in judged:
        answer = run_search(line["query"], SORT_BY_RELEVANCE, size=FIRST)
        places = [place_of(match) for group in answer.groups for match in group.results]
        must = [(threads[name], place) for name, place in line["must"]]
        must_not = [(threads[name], place) for name, place in line.get("must_not", [])]
        missed = [place for place in must if place not in places]
        wrong = [place for place in must_not if place in places]
        wanted, found = wanted + len(must), found + len(must) - len(missed)
        forbidden, broken = forbidden + len(must_not), broken + len(wrong)
        reciprocal += max((1 / (places.index(place) + 1) for place in must if place in places), default=0.0)
        if verbose and (missed or wrong):
            print(f"{line['query']!r}: missed {missed}, wrongly shown {wrong}; {answer.total} found")
        words = line["query"].split()
        if all(re.fullmatch(r"\w+", word) for word in words) and "OR" not in words:
            for article, place in places:
                if place < 0:
                    row = Article.objects.get(key=article)
                    text = f"{row.title}\n{row.body}"
                else:
                    text = QUOTE.sub(" ", Comment.objects.get(article__key=article, position=place).body)
                shown += 1
                right += (fits := holds(words, re.sub(r"[*`]|~~", "", text)))
                if verbose and not fits:
                    print(f"{line['query']!r}: {article} {place} does not contain every word")
    print(f"{len(judged)} queries; must be among the first {FIRST}: {found} of {wanted} ({found / wanted:.1%})")
    print(f"mean reciprocal rank of the first wanted: {reciprocal / len(judged):.3f}")
    print(f"must not be among them: {broken} of {forbidden} shown")
    print(f"results that contain every word: {right} of {shown} ({right / shown:.1%})")
    return int(found < wanted or broken > 0)


if __name__ == "__main__":
    sys.exit(main())
