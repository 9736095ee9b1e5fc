#!/usr/bin/env python3
"""Measure how much an attack delays other readers, as multiples of the delay in quiet of the same run.

    under_attack.py [--clients 40] [--probes 40]

Makes an archive of the sample threads in a temporary folder and serves it on loopback, as `make run` does. Prints the
median and the longest time of `/healthz` during each attack, divided by the median before it:

- clients that stop in the middle: silent, half of the headers, half of a body, a response that is not read;
- 60 wrong passwords, one after the other in the background, with the number that were checked;
- addresses that fill the page cache, and spellings and ports of the host, with the memory of all processes before and
  after.

Sends a fixed number of requests to its own server and nothing to others. Takes about a minute.
"""

from __future__ import annotations

import argparse
import http.client
import re
import socket
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from databases import Databases, run
from serving import serving

PROJECT = Path(__file__).resolve().parent.parent
HEAD = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
SLOW = {
    "silent": b"",
    "half headers": b"GET /" + HEAD + b"Cookie: tea",
    "half body": b"POST /preferences/" + HEAD + FORM + b"next=",
    "unread response": b"GET /" + HEAD + b"\r\n",
}
PASSWORDS = 60
PAGES = 100
TIMEOUT = 20.0
"""Seconds after which a probe counts as not answered."""


class Answer(NamedTuple):
    """A complete response."""

    status: int
    cookie: str
    text: str


def ask(port: int, path: str, *, body: str = "", **headers: str) -> Answer:
    """Send one request and return the response."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request("POST" if body else "GET", path, body or None, form | headers)
        response = connection.getresponse()
        cookie = response.headers.get("Set-Cookie", "").partition(";")[0]
        return Answer(response.status, cookie, response.read().decode(errors="replace"))
    finally:
        connection.close()


def probe(port: int) -> float:
    """Return the seconds that `/healthz` takes; infinity if it does not answer."""
    start = time.perf_counter()
    try:
        is_healthy = ask(port, "/healthz").status == 200
    except OSError:
        is_healthy = False
    return time.perf_counter() - start if is_healthy else float("inf")


def report(name: str, times: list[float], quiet: float, note: str = "") -> None:
    """Print one line."""
    median, longest = statistics.median(times) / quiet, max(times) / quiet
    print(f"{name:22} median {median:6.2f}   longest {longest:7.2f}   {note}".rstrip(), flush=True)


def try_passwords(port: int, statuses: list[int]) -> None:
    """Submit wrong passwords one after the other."""
    page = ask(port, "/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    for number in range(PASSWORDS):
        values = {"csrfmiddlewaretoken": token[1], "username": f"name{number}", "password": "wrong"}
        statuses.append(ask(port, "/admin/login/", body=urlencode(values), Cookie=page.cookie).status)


def fill_cache(port: int) -> None:
    """Request pages that differ by their address or by the spelling of the host."""
    for number in range(PAGES):
        ask(port, f"/?after=2019-01-{number % 28 + 1:02}T00%3A00%3A00,{number}")
        ask(port, "/", Host=f"127.0.0.1:{10_000 + number}")


def memory_of(port: int) -> float:
    """Return the megabytes of the processes whose command line contains the port (Linux)."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"127.0.0.1:{port}".encode() in (folder / "cmdline").read_bytes():
                total += int(re.findall(r"VmRSS:\s+(\d+)", (folder / "status").read_text())[0])
        except (OSError, IndexError):
            continue
    return total / 1024


def attack(port: int, clients: int, probes: int) -> None:
    """Measure in quiet, then during each attack."""
    quiet = statistics.median(probe(port) for _ in range(probes))
    report("quiet", [probe(port) for _ in range(probes)], quiet)
    for name, start in SLOW.items():
        with ExitStack() as stack:
            for _ in range(clients):
                client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                client.sendall(start)
            report(name, [probe(port) for _ in range(probes)], quiet, f"{clients} clients")
    statuses: list[int] = []
    for name, work in (
        ("wrong passwords", lambda: try_passwords(port, statuses)),
        ("page cache", lambda: fill_cache(port)),
    ):
        before, times = memory_of(port), []
        thread = threading.Thread(target=work)
        thread.start()
        while thread.is_alive():
            times.append(probe(port))
        note = f"{statuses.count(200)} of {len(statuses)} checked" if name == "wrong passwords" else ""
        report(
            name, times, quiet, note or f"{before:.0f} MB before, {memory_of(port):.0f} MB after, {PAGES * 2} addresses"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--probes", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = Databases(Path(folder)).fresh()
        done = run(url, "import_archive", str(PROJECT / "fixtures" / "sample_archive"))
        if done.returncode:
            sys.exit(done.stderr)
        variables = {
            "DATABASE_URL": url,
            "HASHED_STATIC": "0",
            "PAGE_CACHE_MEGABYTES": "1",
            "PYTHONWARNINGS": "ignore",
        }
        with serving("archive_site.wsgi", **variables) as port:
            attack(port, options.clients, options.probes)


if __name__ == "__main__":
    main()
