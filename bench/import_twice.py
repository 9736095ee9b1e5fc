#!/usr/bin/env python
"""Start two imports of one folder at the same time, many times. The archive must equal that of one import.

    python bench/import_twice.py FOLDER [--times 20] [--postgres URL]

The second import must wait, or exit 2 with a message. Exits 1 on any failure.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import Databases, environment, export, manage, run


def main() -> None:
    """Run the benchmark with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--postgres", default="", metavar="URL", help="a PostgreSQL server, instead of SQLite")
    arguments = parser.parse_args()
    good = 0
    with tempfile.TemporaryDirectory() as scratch:
        databases, out = Databases(Path(scratch), arguments.postgres), Path(scratch) / "export.jsonl"
        url = databases.fresh()
        run(url, "import_archive", arguments.folder)
        whole = export(url, out)
        for number in range(arguments.times):
            url = databases.fresh()
            codes = sorted(both(url, arguments.folder))
            same = export(url, out) == whole
            good += same and codes in ([0, 0], [0, 2])
            print(
                f"{number + 1:3}. exit codes {codes}, the archive is {'that of one' if same else 'DIFFERENT'}",
                flush=True,
            )
        databases.forget()
    print(f"{good} of {arguments.times} times the result of one")
    sys.exit(good < arguments.times)


def both(url: str, folder: str) -> list[int]:
    """Run two imports at the same time and return their exit codes."""
    started = [
        subprocess.Popen(
            manage("import_archive", folder),
            env=environment(url),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]
    return [process.wait() for process in started]


if __name__ == "__main__":
    main()
