#!/usr/bin/env python
"""Kill imports at random times and compare the result with an undisturbed import.

    python bench/crash_import.py FOLDER [--kills 50] [--seed 1] [--postgres URL]

FOLDER contains Markdown threads; a few hundred files are enough. After each kill -9, the database must pass its own
checks, every thread must be complete, and a second import must give the export of an undisturbed import, byte for byte.
Exits 1 on any failure.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import Databases, environment, export, manage, run


def damage(url: str) -> str:
    """Return the output of SQLite's checks, or nothing if the database is intact."""
    if not url.startswith("sqlite"):
        return ""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        (said,) = connection.execute("PRAGMA integrity_check").fetchone()
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    return "" if said == "ok" and not orphans else f"{said} {orphans[:3]}"


def killed(url: str, folder: str, after: float) -> bool:
    """Import, and kill the process after `after` seconds. Return False if it had ended before."""
    process = subprocess.Popen(
        manage("import_archive", folder),
        env=environment(url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def main() -> None:
    """Run the benchmark with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", default="", metavar="URL", help="a PostgreSQL server, instead of SQLite")
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as scratch:
        databases = Databases(Path(scratch), arguments.postgres)
        failures = _crash(databases, arguments.folder, arguments.kills, moments, Path(scratch) / "export.jsonl")
        databases.forget()
    print(f"{arguments.kills - failures} of {arguments.kills} kills survived")
    sys.exit(failures > 0)


def _crash(databases: Databases, folder: str, kills: int, moments: random.Random, out: Path) -> int:
    url = databases.fresh()
    start = time.monotonic()
    run(url, "import_archive", folder)
    seconds = time.monotonic() - start
    whole = export(url, out)
    print(f"undisturbed: {seconds:.1f} s, {len(whole)} lines of export")
    failures = 0
    for number in range(kills):
        url = databases.fresh()
        after = moments.uniform(0.3, seconds)
        was_killed = killed(url, folder, after)
        wrong = damage(url)
        there = export(url, out)
        torn = len(set(there) - set(whole))
        again = run(url, "import_archive", folder)
        same = export(url, out) == whole
        good = not wrong and not torn and again.returncode in {0, 1} and same
        failures += not good
        print(
            f"{number + 1:3}. {'killed' if was_killed else 'ended '} after {after:5.2f} s: {len(there)} lines were in, "
            f"{torn} of them torn; {wrong or 'no damage'}; run again: {'the same' if same else 'DIFFERENT'}"
            + ("" if good else f"  FAILED {again.stderr[-300:]}"),
            flush=True,
        )
    return failures


if __name__ == "__main__":
    main()
