#!/usr/bin/env python3
"""Compare web servers on pages of an archive, in one run: answers a second and processor time of an answer.

    DATABASE_URL=... servers.py [--rounds 3] [--seconds 2] [--python /tmp/others/bin/python]

Starts each server with two workers on loopback: gunicorn with the workers sync, gthread and BufferedWorker, and
granian and uvicorn if the Python of `--python` has them (pip install -r requirements.txt granian uvicorn there). Loads
five pages of each server with wrk, one server after the other, in several rounds. Prints the best round of each. At the
end, 100 clients stop in the middle of a request or a response; the second table shows whether others are served.

The processor time counts all processes of a server. Other work on the machine changes it less than the speed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from databases import PROJECT
from pages import addresses, ask, load
from serving import WORKERS, find_port, serve_command
from under_attack import SLOW, TIMEOUT, probe

if TYPE_CHECKING:
    from collections.abc import Callable

TICKS = os.sysconf("SC_CLK_TCK")
SLOW_CLIENTS = 100
VARIABLES = {"PAGE_CACHE": "1", "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
"""uvicorn loads the application inside an event loop, where Django permits no query without the second variable."""
PATIENCE = 5.0
"""Seconds to wait for a connection."""


GRANIAN_OPTIONS = ("--no-ws", "--blocking-threads", "4", "--log-level", "critical")


def gunicorn(*options: str) -> Callable[[int], list[str]]:
    """Return the command line of gunicorn for a port."""
    return lambda port: ["-m", "gunicorn", "--workers", str(WORKERS), "--bind", f"127.0.0.1:{port}", *options]


def granian(port: int) -> list[str]:
    """Return the command line of granian. It runs the application in threads of each worker."""
    return ["-m", "granian", "--interface", "wsgi", "--workers", str(WORKERS), "--port", str(port), *GRANIAN_OPTIONS]


def uvicorn(port: int) -> list[str]:
    """Return the command line of uvicorn, which runs a WSGI application in threads."""
    return ["-m", "uvicorn", "--interface", "wsgi", "--workers", str(WORKERS), "--port", str(port), "--no-access-log"]


SERVERS: dict[str, Callable[[int], list[str]]] = {
    "gunicorn sync": gunicorn("--worker-class", "sync"),
    "gunicorn gthread": gunicorn("--worker-class", "gthread", "--threads", "4"),
    "gunicorn BufferedWorker": gunicorn(),
    "granian": granian,
    "uvicorn": uvicorn,
}


@dataclass
class Result:
    """The rounds of one page on one server."""

    rates: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    """Processor time of an answer."""


@dataclass(frozen=True, slots=True)
class Page:
    """A URL to load, with headers."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """A running server."""

    port: int
    process: int


def processor_seconds(root: int) -> float:
    """Return the processor time of a process and of all processes below it (Linux)."""
    ticks: dict[int, int] = {}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks[int(file.parent.name)] = int(fields[11]) + int(fields[12])
        children[int(fields[1])].append(int(file.parent.name))
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        total += ticks.get(process, 0)
        waiting += children[process]
    return total / TICKS


def measure(server: Running, page: Page, seconds: int, result: Result) -> None:
    """Load a page for some seconds and add the round to the result."""
    before = processor_seconds(server.process)
    rate = load(server.port, page.path, seconds, **page.headers).rate
    result.rates.append(rate)
    used = processor_seconds(server.process) - before
    result.milliseconds.append(1000 * used / (rate * seconds) if rate else float("inf"))


def serves_beside(kind: str, port: int) -> bool:
    """Return whether a server answers while many clients have stopped in the middle."""
    with ExitStack() as stack:
        for _ in range(SLOW_CLIENTS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.sendall(SLOW[kind])
        time.sleep(1)  # until the server has given each request to a thread
        return probe(port) < TIMEOUT


def find_pages(port: int) -> dict[str, Page]:
    """Return the pages to load, by name."""
    thread = next(iter(addresses("", "").values()))
    return {
        "warm": Page(thread),
        "warm, closed": Page(thread, {"Connection": "close"}),
        "304": Page(thread, {"If-None-Match": ask(port, thread).headers["ETag"]}),
        # A query that no link has bypasses the page cache.
        "cold": Page(f"{thread}?cold=1"),
        "search": Page("/search/?q=%E4%B8%AD%E5%9B%BD&sort=date"),
    }


def start_servers(python: str, stack: ExitStack) -> dict[str, Running]:
    """Start all servers that the Python has. They stop with the stack."""
    running = {}
    for name, command in SERVERS.items():
        port = find_port()
        line = [python, *command(port), "archive_site.wsgi:application"]
        check = subprocess.run([python, "-c", f"import {line[2]}"], check=False, capture_output=True, cwd=PROJECT)
        if check.returncode:
            print(f"{name}: {line[2]} is not installed")
            continue
        running[name] = Running(port, stack.enter_context(serve_command(line, port, **VARIABLES)).pid)
    return running


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--python", default=sys.executable, help="a Python that has the servers")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is needed (Debian: apt-get install wrk)")
    with ExitStack() as stack:
        running = start_servers(options.python, stack)
        pages = find_pages(next(iter(running.values())).port)
        results = {(name, page): Result() for page in pages for name in running}
        for _ in range(options.rounds):
            for (name, page), result in results.items():
                measure(running[name], pages[page], options.seconds, result)
        print(f"{'':24}" + "".join(f"{page:>22}" for page in pages))
        for name in running:
            cells = [results[name, page] for page in pages]
            figures = "".join(f"{max(cell.rates):11.0f}/s{min(cell.milliseconds):6.2f} ms" for cell in cells)
            print(f"{name:24}{figures}", flush=True)
        print(f"\n{SLOW_CLIENTS} clients:".ljust(25) + "".join(f"{kind:>22}" for kind in SLOW))
        for name, server in running.items():
            answers = "".join(f"{'answers' if serves_beside(kind, server.port) else 'stops':>22}" for kind in SLOW)
            print(f"{name:24}{answers}", flush=True)


if __name__ == "__main__":
    main()
