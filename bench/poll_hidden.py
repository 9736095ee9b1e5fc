#!/usr/bin/env python
"""Hide, redact and opt out while a server with a page cache runs, and poll it for the removed text.

    python bench/poll_hidden.py [--rate 20] [--postgres URL]

Writes a small archive, fills the page cache, removes text, and requests pages, feeds, cards, searches and suggestions
`rate` times a second. Meanwhile the folder is imported five times: unchanged, with --force, changed, with a second file
of each thread, and with --prune. Prints how often removed text was seen; exits 1 if ever.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import Databases, environment, manage, run
from serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 30
MARKS = ("quincehidden", "quinceredacted", "quinceopted", "quincearticle")
TAKE = """
from threads import moderation
from threads.models import Article, Author, Comment
moderation.hide(Comment.objects.filter(body__startswith="quincehidden"), by=None, reason="abuse")
moderation.redact(Comment.objects.filter(body__startswith="quinceredacted"), by=None, reason="privacy")
moderation.opt_out(Author.objects.get(name="quinceopted"), by=None)
moderation.hide(Article.objects.filter(title__startswith="quincearticle"), by=None)
"""


def heading(names: str) -> str:
    """Return the heading of a comment."""
    return f"            \n### 园圃用户 **{names}** 评论于 2020-09-29\n        \n"


def thread(number: int, *, edition: int = 0) -> str:
    """Return the file of a thread. Each edition has another last comment, and one more in front."""
    title = "quincearticle" if number % 10 == 0 else "Orchard"
    said = [heading("visitor") + f"Edition {edition} has this in front.\n"] if edition else []
    for word in ("quincehidden", "quinceredacted"):
        words = f"{word} words about the old orchard behind the station, number {number}."
        quote = f'> [\\>>]( "/article/item_id-{number}{len(word)}#"){words[:50]}...\n\n'
        said += [heading("hiker") + words + "\n", heading("baker\nhiker") + quote + f"I think so too, {word[-3:]}.\n"]
        said.append(heading("cyclist\nhiker") + f"First this.\n\n{quote}Then that, {word[-3:]}.\n")
    said.append(heading("quinceopted") + f"quinceopted was here, number {number}.\n")
    said.append(heading("florist") + f"Edition {edition} ends.\n")
    return (
        f"---\nLastmod: 202{edition + 1}-01-01T08:00:00+00:00\ntitle: {title} {number}\nauthor: gardener\n"
        f"tags: [orchard]\n---\n\n{title} text {number}.\n\n{''.join(said)}\n"
        f"> [点击原文参与讨论](https://garden.example/article/{number})\n"
    )


def write(folder: Path, name: str, edition: int) -> None:
    """Write one file for each thread."""
    for number in range(THREADS):
        (folder / f"{name}{number}.md").write_text(thread(number, edition=edition), encoding="utf-8")


def get(address: str) -> str:
    """Return the text of an answer with any status, or an empty string if there is none."""
    try:
        with urlopen(address, timeout=30) as answer:
            return str(answer.read().decode())
    except HTTPError as error:
        if error.code >= 500:
            print(f"{error.code}: {address}")
        return str(error.read().decode())
    except OSError:
        return ""


def addresses() -> list[str]:
    """Return the URLs to poll."""
    threads = [f"/t/garden.example/article/{number}/" for number in range(THREADS)]
    pages = ["/", "/authors/", "/authors/hiker/", "/authors/baker/", "/tags/orchard/", "/dates/2020/9/29/"]
    feeds = ["/feeds/threads/", "/feeds/comments/", "/feeds/author/hiker/comments/", "/sitemaps/threads-0.xml"]
    asked = ["/search/?q=orchard", "/search/?q=quoted:orchard", "/search/suggest?q=orchard", "/feeds/search/?q=station"]
    views = [f"{path}?{view}" for path in threads[:5] for view in ("view=flat", "order=newest")]
    return [*pages, *feeds, *asked, *threads, *views, *(f"/feeds/thread/garden.example/article/{n}/" for n in range(5))]


class Poll(threading.Thread):
    """Requests one URL after the other, `rate` times a second, until it is stopped."""

    def __init__(self, site: str, rate: float) -> None:
        super().__init__(daemon=True)
        self.site, self.pause = site, 1 / rate
        self.stopped = threading.Event()
        self.asked = 0
        self.seen: list[str] = []

    def run(self) -> None:
        """Poll."""
        for path in cycle(addresses()):
            begun = time.monotonic()
            text = get(self.site + path)
            self.asked += bool(text)
            self.seen += [f"{mark} in {path}" for mark in MARKS if mark in text]
            if self.stopped.wait(max(0.0, self.pause - (time.monotonic() - begun))):
                return


def imports(url: str, folder: Path) -> Iterator[str]:
    """Run five different imports and yield the name of each."""
    for name, edition, options in (
        ("", 0, ()), ("", 0, ("--force",)), ("thread", 1, ()), ("copy", 2, ()), ("copy", 3, ("--prune",)),
    ):  # fmt: skip
        if name:
            write(folder, name, edition)
        done = run(url, "import_archive", str(folder), *options)
        yield f"exit {done.returncode}: {done.stdout.splitlines()[-2] if done.stdout else done.stderr[-300:]}"


def main() -> None:
    """Run the benchmark with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--postgres", default="", metavar="URL", help="a PostgreSQL server, instead of SQLite")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "threads")
        folder.mkdir()
        write(folder, "thread", 0)
        databases = Databases(Path(scratch), arguments.postgres)
        url = databases.fresh()
        run(url, "import_archive", str(folder))
        variables = environment(url) | {"PAGE_CACHE": "1", "HASHED_STATIC": "0"}
        with serving("archive_site.wsgi", **variables) as port:
            poll = watched(url, f"http://127.0.0.1:{port}", folder, arguments.rate)
        databases.forget()
    print(f"{poll.asked} answers read; removed text was seen {len(poll.seen)} times")
    print("\n".join(sorted(set(poll.seen))[:20]))
    sys.exit(bool(poll.seen) or not poll.asked)


def watched(url: str, site: str, folder: Path, rate: float) -> Poll:
    """Fill the page cache, remove text, and poll during the imports."""
    before = sum(mark in get(site + path) for path in addresses() * 2 for mark in MARKS)
    print(f"before: text seen {before} times")
    done = subprocess.run(manage("shell", "-c", TAKE), env=environment(url), check=False)
    if done.returncode or not before:
        sys.exit("nothing was removed")
    poll = Poll(site, rate)
    poll.start()
    for line in imports(url, folder):
        print(line, flush=True)
    time.sleep(len(addresses()) / rate)
    poll.stopped.set()
    poll.join()
    return poll


if __name__ == "__main__":
    main()
