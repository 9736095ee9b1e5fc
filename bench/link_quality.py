#!/usr/bin/env python3
"""Import a folder of which is known who answers whom, and count the links that are right, wrong or missing.

    link_quality.py FOLDER [--truth FOLDER.truth.jsonl] [--postgres URL]

`make_archive.py` makes such a folder; a line of the truth names a reply by its file and its place in it, its clue, and
the place of the comment it answers (null where that is not in the file). Exits 1 on a wrong link that is not declared
a guess (`nearest`).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import Databases, export, run

GUESS = "nearest"


class Found(NamedTuple):
    """What the archive says of one comment."""

    answers: int | None
    """Place of the comment answered; -1 for the article."""
    method: str


Place = tuple[str, int]
"""A file's name, and a comment's place in it from 0."""


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
    """Import the folder, and return what the archive says of every comment."""
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
            found[files[row["article"]], row["position"]] = Found(answers, row["link_method"] or "unresolved")
    return found


def compare(found: dict[Place, Found], truth: list[str]) -> int:
    """Print what was found by clue and method; return 1 where a link is wrong that is no guess."""
    counts: Counter[tuple[str, str, str]] = Counter()
    replies = set()
    for row in map(json.loads, truth):
        place = row["file"], row["position"]
        replies.add(place)
        link = found.get(place, Found(None, "comment missing"))
        counts[row["clue"], link.method, verdict(link, row["answers"])] += 1
    for place, link in found.items():
        if place not in replies and link.answers is not None:
            counts["none", link.method, "wrong"] += 1
    clues = Counter(clue for clue, _, verdict in counts.elements())
    for (clue, method, judged), count in sorted(counts.items()):
        print(f"{clue:8} {method:16} {judged:8} {count:8,}  {count / clues[clue]:8.3%} of its clue")
    wrong = sum(count for (_, method, judged), count in counts.items() if judged == "wrong" and method != GUESS)
    print(f"{len(found):,} comments, {len(replies):,} of them replies; {wrong} wrong that are not declared a guess")
    return int(wrong > 0)


def verdict(link: Found, answers: int | None) -> str:
    """Say whether a link is right; to leave unlinked what answers something that is not here is right too."""
    if link.method == "comment missing":
        return "wrong"
    if link.answers == answers:
        return "right"
    return "missing" if link.answers is None else "wrong"


if __name__ == "__main__":
    main()
