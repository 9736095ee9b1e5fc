#!/usr/bin/env python
"""Measure the cost of an import as ratios to the cost of Markdown and sanitizing alone, in one run.

    python bench/import_cost.py FOLDER [--postgres URL]

The reference B is reading, splitting at comment headings, Python-Markdown and nh3 in one process. Costs include every
process of the import. FOLDER is copied, because the benchmark changes one file in a hundred. Prints a line for each
figure.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import markdown
import nh3
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import NAME, Databases, environment, manage

HEADING = re.compile(r"^ *### \S+用户 .*?(?:评论于|提问于|发表).*?$", re.MULTILINE | re.DOTALL)
TAGS = {"p", "br", "a", "em", "strong", "blockquote", "ul", "ol", "li", "code", "pre", "hr", "img"}
NEW_COMMENT = "\n            \n### 园圃用户 **latecomer** 评论于 2030-01-01\n        \nOne more word.\n        \n\n\n"
EVERY = 0.05
"""Seconds between two measurements of memory."""


def bare_cost(folder: Path) -> float:
    """Return B in processor seconds."""
    start = time.process_time()
    pieces = []
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf-8", errors="replace")
        pieces += [piece.strip() for piece in HEADING.split(text.split("\n---\n", 1)[-1])]
    engine = markdown.Markdown()
    engine.preprocessors.deregister("html_block")
    engine.inlinePatterns.deregister("html")
    cleaner = nh3.Cleaner(tags=TAGS | {f"h{n}" for n in range(1, 7)})
    for piece in pieces:
        cleaner.clean(engine.reset().convert(piece))
    return time.process_time() - start


@dataclass
class Cost:
    """Cost of one command: elapsed and processor seconds, and the peak memory of all its processes."""

    wall: float = 0.0
    processor: float = 0.0
    server: float = 0.0
    memory: int = 0
    backends: dict[int, float] = field(default_factory=dict)


def measured(url: str, *arguments: str, processors: int | None = None) -> Cost:
    """Run manage.py on some processors and return its cost. Exits if it fails."""
    cost = Cost()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    process = subprocess.Popen(
        manage(*arguments), env=environment(url), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if processors:
        os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:processors])
    watcher = threading.Thread(target=_watch, args=(process, url, cost))
    watcher.start()
    _, said = process.communicate()
    cost.wall = time.monotonic() - start
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost.processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cost.server = sum(cost.backends.values())
    if process.returncode not in {0, 1}:
        sys.exit(said)
    return cost


def _watch(process: subprocess.Popen[str], url: str, cost: Cost) -> None:
    while process.poll() is None:
        cost.memory = max(cost.memory, sum(_proportional_memory(pid) for pid in _family(process.pid)))
        if url.startswith("postgres"):
            for pid in _backends(url):
                cost.backends[pid] = max(cost.backends.get(pid, 0.0), _processor_time(pid))
        time.sleep(EVERY)


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    family = [pid]
    for one in family:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                family += map(int, children.read_text().split())
            except OSError:
                continue
    return family


def _proportional_memory(pid: int) -> int:
    """Return the memory of a process in bytes. Shared pages are divided among their processes."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _backends(url: str) -> list[int]:
    """Return the server processes that work for the benchmark's database."""
    with psycopg.connect(url.replace(f"/{NAME}", "/postgres"), autocommit=True) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [NAME])
        return [row[0] for row in rows]


def _processor_time(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def change(folder: Path) -> int:
    """Add a comment to one file in a hundred, and return the number of files."""
    files = sorted(folder.glob("*.md"))[::100]
    for path in files:
        text = path.read_text(encoding="utf-8")
        body, mark, closing = text.rpartition("\n> [")
        path.write_text(body + NEW_COMMENT + mark + closing if mark else text + NEW_COMMENT, encoding="utf-8")
    return len(files)


def say(what: str, value: float, unit: str = "", goal: str = "") -> None:
    """Print a figure."""
    print(f"{what:<46} {value:8.2f} {unit:<4} {goal}", flush=True)


def main() -> None:
    """Run the benchmark with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--postgres", default="", metavar="URL", help="measure a PostgreSQL server too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "corpus"
        shutil.copytree(arguments.folder, folder)
        _measure(Path(scratch), folder, arguments.postgres)


def _measure(scratch: Path, folder: Path, server: str) -> None:
    source = sum(path.stat().st_size for path in folder.glob("*.md"))
    say("source", source / 1e6, "MB")
    bare = bare_cost(folder)
    say("B, the bare cost", bare, "s")
    databases = Databases(scratch)
    alone = measured(databases.fresh(), "import_archive", str(folder), processors=1)
    url = databases.fresh()
    full = measured(url, "import_archive", str(folder), processors=2)
    # Two processes on the hyperthreads of one core slow each other down. B ran alone too.
    say("import on one processor, its time", alone.processor, "s")
    say("import on one processor, its time / B", alone.processor / bare, "", "goal 0.9")
    say("import on two processors, their time / B", full.processor / bare, "")
    say("import, wall on two processors / on one", full.wall / alone.wall, "", "goal 0.65")
    say("import, peak memory of all processes", full.memory / 1e6, "MB", "goal 524")
    size = sum(path.stat().st_size for path in scratch.glob("bench.sqlite3*"))
    say("database / source", size / source, "", "goal 3.6")
    again = measured(url, "import_archive", str(folder), processors=2)
    say("unchanged import / import", again.wall / full.wall, "", "goal 0.06")
    change(folder)
    changed = measured(url, "import_archive", str(folder), processors=2)
    say("import of 1 % changed / import", changed.wall / full.wall, "", "goal 0.08")
    if server:
        databases = Databases(scratch, server)
        there = measured(databases.fresh(), "import_archive", str(folder), processors=2)
        say("PostgreSQL, client and server / SQLite", (there.processor + there.server) / full.processor, "", "goal 3")
        databases.forget()


if __name__ == "__main__":
    main()
