#!/usr/bin/env python3
"""Import a folder with known reply links, and count right, wrong and missing links.

    link_quality.py FOLDER [--truth FOLDER.truth.jsonl] [--postgres URL]

`make_archive.py` makes such a folder. A line of the truth file has the file and position of a reply, its clue, and the
position of the comment that it answers (null if that is not in the file); also its author. A link of another author is
wrong. Exits 1 on a wrong link that is not a guess
(`nearest`).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import Databases, export, run

GUESS = "nearest"


class Found(NamedTuple):
    """The stored reply link of one comment."""

    answers: int | None
    """Position of the answered comment; -1 for the article."""
    method: str
    author: str | None


Place = tuple[str, int]
"""File name and position of a comment, from 0."""


def main() -> None:
    """Import, compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--truth", type=Path, help="default: the folder's name with .truth.jsonl")
    parser.add_argument("--postgres", default="", metavar="URL", help="a PostgreSQL server, instead of SQLite")
    options = parser.parse_args()
    truth = options.truth or options.folder.with_name(f"{options.folder.name}.truth.jsonl")
    with tempfile.TemporaryDirectory() as scratch:
        databases = Databases(Path(scratch), options.postgres)
        try:
            found = links(databases.fresh(), str(options.folder), Path(scratch) / "export.jsonl")
        finally:
            databases.forget()
    sys.exit(compare(found, truth.read_text(encoding="utf-8").splitlines()))


def links(url: str, folder: str, out: Path) -> dict[Place, Found]:
    """Import the folder and return the stored reply link of every comment."""
    done = run(url, "import_archive", folder)
    if done.returncode:
        sys.exit(done.stderr or done.stdout)
    files: dict[str, str] = {}
    found: dict[Place, Found] = {}
    for row in map(json.loads, export(url, out)):
        if row["type"] == "article":
            files[row["key"]] = Path(row["source_path"]).name
        else:
            answers = -1 if row["answers_article"] else row["answers"]
            found[files[row["article"]], row["position"]] = Found(
                answers, row["link_method"] or "unresolved", row["author"]
            )
    return found


def compare(found: dict[Place, Found], truth: list[str]) -> int:
    """Print the results by clue and method. Return 1 if a link is wrong and not a guess."""
    counts: Counter[tuple[str, str, str]] = Counter()
    replies = set()
    for row in map(json.loads, truth):
        place = row["file"], row["position"]
        replies.add(place)
        link = found.get(place, Found(None, "comment missing", None))
        counts[row["clue"], link.method, verdict(link, row)] += 1
    for place, link in found.items():
        if place not in replies and link.answers is not None:
            counts["none", link.method, "wrong"] += 1
    clues = Counter(clue for clue, _, verdict in counts.elements())
    for (clue, method, judged), count in sorted(counts.items()):
        print(f"{clue:12} {method:16} {judged:8} {count:8,}  {count / clues[clue]:8.3%} of its clue")
    wrong = sum(count for (_, method, judged), count in counts.items() if judged == "wrong" and method != GUESS)
    print(f"{len(found):,} comments, {len(replies):,} of them replies; {wrong} wrong links that are not guesses")
    return int(wrong > 0)


def verdict(link: Found, truth: dict[str, Any]) -> str:
    """Return whether a link is right. No link is right if the answered comment is not in the file."""
    if link.method == "comment missing" or (link.answers is not None and link.author != truth["author"]):
        return "wrong"
    if link.answers == truth["answers"]:
        return "right" if link.author == truth["author"] else "no author"
    return "missing" if link.answers is None else "wrong"


if __name__ == "__main__":
    main()
