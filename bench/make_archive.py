#!/usr/bin/env python3
"""Make a folder of generated threads for the other benchmarks. The same seed gives the same folder.

    make_archive.py OUT --articles N [--seed 1]

The text is made from parts of the sample archive and has no meaning. The shape is like a real archive: lengths of
threads and texts, activity of authors, forms of replies. OUT.truth.jsonl beside the folder has the comment that each
reply answers; `link_quality.py` compares it with the links of an import.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sample_words
from writers import HOST, Person, Writers, write_text

FIRST: Final = datetime(2015, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2024, 12, 1, tzinfo=UTC)

COMMENTS: Final = 6
"""Median number of comments a thread."""
SPREAD: Final = 1.38
"""Standard deviation of the logarithm of the number of comments."""
MOST: Final = 1_500
"""Comments of the longest thread, if there are 1,000 threads or more."""
PAGED: Final = 200
"""Comments of one thread, which `pages.py` requests."""
QUOTING: Final = 0.485
"""Share of comments after the first that quote the answered comment."""
BY_NAME: Final = 0.066
"""Share of them that have only the name of the addressee."""
ABSENT: Final = 0.011
"""Share of them that quote a comment that is not in the file."""
EDITED: Final = 0.04
"""Share of quoted comments that were edited later, so that only the start of the excerpt matches."""
OTHER_SCRIPT: Final = 0.02
"""Share of excerpts in the other Chinese script."""
EARLY: Final = 10
"""One thread of so many has the form of early 2020: names on one line, and ordinary block quotes."""
BY_VOTES: Final = 0.06
"""Share of files sorted by votes, where a reply can come before the answered comment."""


@dataclass(slots=True, eq=False)
class Comment:
    """One comment. `plain` is its displayed text, from which excerpts are cut."""

    number: int
    author: Person
    day: str
    text: str
    plain: str
    to: str = ""
    quote: str = ""
    answers: Comment | None = None
    clue: str = ""
    """The clue of a reply: `quote`, `name`, or `absent` (a quote of a comment that is not in the file)."""


@dataclass(slots=True)
class Thread:
    """One file."""

    number: int
    author: Person
    began: datetime
    title: str
    text: str
    tags: list[str]
    comments: list[Comment] = field(default_factory=list)
    by_votes: bool = False

    @property
    def is_early(self) -> bool:
        """Whether the file has the form of early 2020."""
        return self.number // 2 % EARLY == 0


def sizes(articles: int, chance: random.Random) -> list[int]:
    """Return the number of comments of each thread: the same counts for every seed, in another order."""
    normal = statistics.NormalDist()
    places = [normal.inv_cdf((rank + 0.5) / articles) for rank in range(articles)]
    counts = [min(MOST, round(COMMENTS * math.exp(SPREAD * place))) for place in places]
    if articles >= 1_000:
        counts[bisect_left(counts, PAGED)], counts[-1] = PAGED, MOST
    chance.shuffle(counts)
    return counts


def length(chance: random.Random, median: float, spread: float, least: int, most: int) -> int:
    """Return the length of a text in characters."""
    return max(least, min(most, int(chance.lognormvariate(math.log(median), spread))))


def excerpt(writers: Writers, quoted: Comment, most: int) -> str:
    """Return the start of a comment as in a quote, sometimes from before an edit or in the other script."""
    plain = quoted.plain
    if writers.chance.random() < EDITED and len(plain) > most:
        kept = writers.chance.randrange(25, 40)
        plain = plain[:kept] + writers.passage(quoted.author.voice, most, [])
    if writers.chance.random() < OTHER_SCRIPT:
        simplified = quoted.author.voice == "simplified"
        plain = plain.translate(sample_words.TO_TRADITIONAL if simplified else sample_words.TO_SIMPLIFIED)
    return plain[:most] + ("..." if most == 50 else "..") if len(plain) > most else plain


def quote(thread: Thread, number: int, words: str) -> str:
    """Return a quote mark in one of four forms: a block quote, on one line, with a space, or inside a link."""
    if thread.is_early:
        return f"> {words}\n\n  \n"
    if thread.began.year >= 2021:
        return f'> [\\>>]( "/article/item_id-{number}#") {words}\n\n  \n  \n'
    if thread.number % 5:
        return f'> [\\>>]( "/article/item_id-{number}#"){words}\n\n  \n'
    return f'[\n\n> {words}\n\n]( "/article/item_id-{number}#")  \n'


def write_comments(writers: Writers, thread: Thread, many: int, topic: list[int], last: int) -> int:
    """Add comments to a thread, with source ids after `last`. Return the last source id."""
    chance, moment = writers.chance, thread.began
    for _ in range(many):
        last += chance.randrange(2, 9)
        moment += timedelta(days=chance.expovariate((many + 1) / 4))
        author = writers.person()
        text, plain = write_text(writers, author.voice, length(chance, 81, 0.8, 5, 3_000), topic, article=False)
        comment = Comment(last, author, f"{moment:%Y-%m-%d}", text, plain)
        if thread.comments:
            address(writers, thread, comment)
        thread.comments.append(comment)
    return last


def address(writers: Writers, thread: Thread, comment: Comment) -> None:
    """Let a comment answer an earlier comment, one that is not in the file, or none."""
    chance = writers.chance
    draw, most = chance.random(), 47 if thread.began.year >= 2021 else 50
    back = int(chance.expovariate(1 / (2 + 0.3 * len(thread.comments))))
    answered = thread.comments[max(0, len(thread.comments) - 1 - back)]
    if draw < QUOTING:
        comment.to, comment.clue, comment.answers = answered.author.name, "quote", answered
        comment.quote = quote(thread, answered.number, excerpt(writers, answered, most))
    elif draw < QUOTING + BY_NAME and answered.author != comment.author:
        comment.to, comment.clue, comment.answers = answered.author.name, "name", answered
    elif draw > 1 - ABSENT:
        gone = writers.person()
        words = writers.passage(gone.voice, 30, [])
        comment.to, comment.clue = gone.name, "absent"
        comment.quote = quote(thread, comment.number - 1, words)


def write_thread(writers: Writers, number: int, began: datetime, many: int, last: int) -> tuple[Thread, int]:
    """Return a thread of `many` comments, and the last source id."""
    chance, author, topic = writers.chance, writers.person(), writers.topic()
    characters = length(chance, 1_060, 0.72, 300, 6_000)
    title = writers.passage(author.voice, chance.randrange(8, 24), topic)
    text, _ = write_text(writers, author.voice, characters, topic, article=True)
    thread = Thread(number, author, began, title.rstrip("。."), text, writers.tags())
    last = write_comments(writers, thread, many, topic, last)
    if many > 3 and chance.random() < BY_VOTES:
        thread.by_votes = True
        thread.comments.sort(key=lambda comment: comment.number + chance.expovariate(1 / 20))
    return thread, last


def file_of(thread: Thread) -> str:
    """Return a thread as the text of a file."""
    began = thread.began
    sorting = f"id-{thread.number}__sort_key-agree_count__sort-DESC" if thread.by_votes else str(thread.number)
    head = (
        f"---\nlayout: default\nLastmod: {began + timedelta(days=30):%Y-%m-%dT%H:%M:%S.%f}+00:00\n"
        f"date: {began:%Y-%m-%d}T00:00:00.000Z\n"
        f'title: "{thread.title}"\nauthor: "{thread.author.name}"\ntags: [{",".join(thread.tags)}]\n---\n\n'
    )
    said = "".join(block_of(thread, comment) for comment in thread.comments)
    closing = f"> [点击茶馆原文参与讨论]({HOST}/article/{sorting})"
    return f"{head}{thread.text}\n\n{said}\n\n\n\n{closing}\n\n"


def block_of(thread: Thread, comment: Comment) -> str:
    """Return a comment with its heading."""
    between = "\t\t\t\t\n\t\t\t\t\t\t\t\t\t" if thread.began.year >= 2021 else " \n"
    if thread.is_early and comment.number % 5:
        between = " "
    names = f"{comment.author.name}{between}{comment.to}" if comment.to else comment.author.name
    heading = f"            \n### 茶馆用户 **{names}** 评论于 {comment.day}\n        \n"
    return f"{heading}{comment.quote}{comment.text}\n        \n\n\n"


def truth_of(name: str, thread: Thread) -> list[str]:
    """Return a line for each reply with the position of the comment that it answers."""
    places = {comment.number: place for place, comment in enumerate(thread.comments)}
    return [
        json.dumps(
            {
                "file": name,
                "position": place,
                "clue": f"early {comment.clue}" if thread.is_early else comment.clue,
                "author": comment.author.name,
                "answers": places[comment.answers.number] if comment.answers else None,
            }
        )
        for place, comment in enumerate(thread.comments)
        if comment.clue
    ]


def make(out: Path, articles: int, seed: int) -> dict[str, Any]:
    """Write the folder and its truth file. Return the measured figures."""
    chance = random.Random(seed)
    writers, counts = Writers(articles, chance), sizes(articles, chance)
    began = sorted(FIRST + (LAST - FIRST) * chance.random() for _ in range(articles))
    shape = Shape()
    out.mkdir(parents=True)
    last = 10_000
    with out.with_name(f"{out.name}.truth.jsonl").open("w", encoding="utf-8", newline="\n") as truth:
        for at, many in enumerate(counts):
            thread, last = write_thread(writers, 1_000 + 2 * at, began[at], many, last)
            name = md5(f"{HOST}/article/{thread.number}".encode()).hexdigest() + ".md"
            content = file_of(thread).encode()
            (out / name).write_bytes(content)
            truth.writelines(f"{line}\n" for line in truth_of(name, thread))
            shape.count(thread, len(content))
    return shape.figures()


class Shape:
    """Counts the written threads, comments and links."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._articles: list[int] = []
        self._comments: list[int] = []
        self._clues = dict.fromkeys(("quote", "name", "absent", ""), 0)
        self._authors: set[str] = set()
        self._bytes = 0

    def count(self, thread: Thread, size: int) -> None:
        """Count one thread."""
        self._bytes += size
        self._sizes.append(len(thread.comments))
        self._articles.append(len(thread.text))
        self._authors.update(comment.author.name for comment in thread.comments)
        for comment in thread.comments:
            self._comments.append(len(comment.text))
            self._clues[comment.clue] += 1

    def figures(self) -> dict[str, Any]:
        """Return the figures: lengths in characters, shares from 0 to 1."""
        sizes, comments = sorted(self._sizes), self._comments
        return {
            "threads": len(sizes),
            "comments": len(comments),
            "megabytes": round(self._bytes / 1e6, 1),
            "comments_of_a_thread": {
                "median": statistics.median(sizes),
                "mean": round(statistics.mean(sizes), 1),
                "p99": sizes[int(len(sizes) * 0.99)],
                "most": sizes[-1],
            },
            "article": round(statistics.mean(self._articles)),
            "comment": {"mean": round(statistics.mean(comments), 1), "median": statistics.median(comments)},
            "clues": {clue or "none": round(count / len(comments), 4) for clue, count in self._clues.items()},
            "authors": len(self._authors),
        }


def main() -> None:
    """Run with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path, help="the folder to create; must not exist")
    parser.add_argument("--articles", type=int, required=True, help="number of threads")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.out.exists():
        parser.error(f"{options.out} exists already")
    if options.articles < 1:
        parser.error("--articles must be at least 1")
    print(json.dumps(make(options.out, options.articles, options.seed), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
