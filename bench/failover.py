#!/usr/bin/env python
"""Fail each server of a site on several machines under load, and look for wrong pages.

    python bench/failover.py [--seconds 12] [--lag 30] [--readers 4]

Starts on loopback: a primary and a streaming replica of PostgreSQL, Redis, and two gunicorns. A moderator hides one
comment after the other in admin. Readers request pages, feeds and searches from both gunicorns in turn. Prints a line
for each failure, and exits 1 for any wrong page:

- hidden: a page shows a comment although the moderator's page had said that it is hidden before the request was sent
- older: a page shows a comment that an earlier page did not show to the same reader

The column 5xx has the number of failed requests of readers, and the seconds from the first to the last one.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener, urlopen

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import environment, manage
from postgres_servers import AS_USER, start_primary, start_replica, wait_until_caught_up
from serving import find_port, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS, COMMENTS = 30, 40
MARK = re.compile(r"quince\d+x\d+")
TOKEN = "bench-failover"
PASSWORD = "orchard-behind-the-station"
HEADER = (
    "| what fails | time | pages | ms, median / p99 | 5xx | read from first / second / primary | hides / refused | "
    "hidden | older |"
)
READ = re.compile(r'^archive_pages_read_total\{database="(\w+)"\} (\S+)$', re.MULTILINE)


def write_threads(folder: Path) -> None:
    """Write threads whose comments each have a word of their own."""
    for thread in range(THREADS):
        comments = "".join(
            f"            \n### 园圃用户 **visitor{number % 7}** 评论于 2020-09-29\n        \n"
            f"quince{thread}x{number} grows in the old orchard behind the station.\n"
            for number in range(COMMENTS)
        )
        (folder / f"{thread}.md").write_text(
            f"---\ntitle: Orchard {thread}\nauthor: gardener\ntags: [orchard]\n---\n\nOrchard {thread}.\n\n{comments}\n"
            f"> [点击原文参与讨论](https://garden.example/article/{thread})\n",
            encoding="utf-8",
        )


class Answer(NamedTuple):
    """A reader's request and its status; 0 if there was no response."""

    start: float
    seconds: float
    status: int


class Hidden:
    """The comments that moderators' pages said to be hidden, with the time of the response."""

    def __init__(self) -> None:
        self.confirmed: dict[str, float] = {}
        self.refused: list[float] = []


class Reader(threading.Thread):
    """Requests pages from both sites in turn, and checks each."""

    def __init__(self, number: int, ports: list[int], hidden: Hidden) -> None:
        super().__init__(daemon=True)
        self.ports, self.hidden = itertools.cycle(ports), hidden
        self.chance = random.Random(number)
        self.stopped = threading.Event()
        self.answers: list[Answer] = []
        self.gone: set[str] = set()
        self.wrong: list[tuple[float, str, str]] = []

    def choose_page(self) -> tuple[str, set[str]]:
        """Return a path, and the words of the comments that it must show unless they are hidden."""
        thread = self.chance.randrange(THREADS)
        everything = {f"quince{thread}x{number}" for number in range(COMMENTS)}
        path = f"/t/garden.example/article/{thread}/"
        pages = [(path, everything), (path, everything), (f"{path}?view=flat", everything)]
        others = ["/", "/search/?q=orchard", f"/feeds/thread/garden.example/article/{thread}/", "/authors/visitor1/"]
        return self.chance.choice([*pages, *((other, set[str]()) for other in others)])

    def run(self) -> None:
        """Read until stopped."""
        while not self.stopped.wait(0.02):
            path, expected = self.choose_page()
            start = time.monotonic()
            status, text = request_page(next(self.ports), path)
            self.answers.append(Answer(start, time.monotonic() - start, status))
            shown = set(MARK.findall(text)) if status == 200 else set()
            self.wrong += [(start, "hidden", f"{mark} in {path}") for mark in shown if self.is_hidden(mark, start)]
            self.wrong += [(start, "older", f"{mark} in {path}") for mark in shown & self.gone]
            if status == 200:
                self.gone |= expected - shown

    def is_hidden(self, mark: str, start: float) -> bool:
        """Return whether a comment was hidden before a time."""
        return self.hidden.confirmed.get(mark, start) < start


def request_page(port: int, path: str) -> tuple[int, str]:
    """Return the status and the text of a response; 0 if there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


class NoRedirect(HTTPRedirectHandler):
    """Shows a redirect as it is."""

    def redirect_request(self, *_arguments: object) -> None:
        """Follow nothing."""


class Moderator(threading.Thread):
    """Logs in, and hides the comments in a random order, one after the other."""

    def __init__(self, ports: list[int], comments: dict[str, int], hidden: Hidden, pause: float) -> None:
        super().__init__(daemon=True)
        self.ports, self.hidden, self.pause = itertools.cycle(ports), hidden, pause
        self.comments = sorted(comments.items())
        random.Random(7).shuffle(self.comments)
        self.cookies = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies), NoRedirect())
        self.stopped, self.waiting = threading.Event(), threading.Event()
        site = f"http://127.0.0.1:{ports[0]}"
        self.opener.open(f"{site}/admin/login/").read()
        if self.submit(f"{site}/admin/login/", username="moderator", password=PASSWORD) != 302:
            sys.exit("the moderator cannot log in")

    def submit(self, url: str, **values: str) -> int:
        """Submit a form and return the status; 0 without a response."""
        token = next((cookie.value or "" for cookie in self.cookies if "csrf" in cookie.name), "")
        form = urlencode({"csrfmiddlewaretoken": token, **values}).encode()
        try:
            with self.opener.open(Request(url, form), timeout=60) as response:
                return int(response.status)
        except HTTPError as error:
            return error.code
        except OSError:
            return 0

    def run(self) -> None:
        """Hide until stopped. What failed is not tried again: it may be hidden or not."""
        for mark, pk in self.comments:
            if self.stopped.wait(self.pause):
                return
            while self.waiting.is_set() and not self.stopped.is_set():
                time.sleep(0.05)
            url = f"http://127.0.0.1:{next(self.ports)}/admin/threads/comment/{pk}/decide/hide/"
            status = self.submit(url, confirmed="1", reason="abuse")
            if status == 302:
                self.hidden.confirmed[mark] = time.monotonic()
            else:
                self.hidden.refused.append(time.monotonic())


class Redis:
    """A Redis without files on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, find_port()
        self.url = f"rediscache://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start it empty."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()


class Bench:
    """All servers, readers and the moderator; measures phases."""

    def __init__(self, scratch: Path, stack: ExitStack, readers: int) -> None:
        self.scratch = scratch
        self.primary = start_primary(scratch, "first")
        stack.callback(self.stop_servers)
        self.replica = start_replica(self.primary, scratch, "second")
        self.redis = Redis(scratch)
        stack.callback(self.redis.kill)
        places = f"{self.primary.place},{self.replica.place.partition('@')[2]}"
        self.url = f"postgres://{places}/archive?target_session_attrs=read-write"
        self.variables = {
            "DATABASE_URL": self.url,
            # Both, so that no setting changes if one is promoted.
            "DATABASE_REPLICA_URLS": ",".join(f"postgres://{s.place}/archive" for s in (self.primary, self.replica)),
            "DATABASE_REPLICA_MAX_LAG": "5",
            "CACHE_URL": self.redis.url,
            "METRICS_TOKEN": TOKEN,
            "PAGE_CACHE": "1",
        }
        comments = self.fill()
        self.ports = [stack.enter_context(serving("archive_site.wsgi", **self.variables)) for _ in range(2)]
        self.hidden = Hidden()
        self.moderator = Moderator(self.ports, comments, self.hidden, 0.5)
        self.readers = [Reader(number, self.ports, self.hidden) for number in range(readers)]
        for thread in (self.moderator, *self.readers):
            thread.start()

    def end(self) -> None:
        """Stop the readers and the moderator."""
        for stopped in (self.moderator.stopped, *(reader.stopped for reader in self.readers)):
            stopped.set()
        for thread in (self.moderator, *self.readers):
            thread.join()

    def accept_lost_changes(self) -> None:
        """Expect what the new primary has, and empty Redis, as the operators' guide says."""
        rows = self.replica.execute("SELECT body FROM threads_comment WHERE visibility = 'visible'", "archive")
        lost = {mark for (body,) in rows if (mark := body.split()[0]) in self.hidden.confirmed}
        print(f"{len(lost)} hidden comments are visible in the promoted database", flush=True)
        for mark in lost:
            del self.hidden.confirmed[mark]
        for reader in self.readers:
            reader.gone -= {body.split()[0] for (body,) in rows}
        subprocess.run(["redis-cli", "-p", str(self.redis.port), "flushdb"], check=True, stdout=subprocess.DEVNULL)

    def fill(self) -> dict[str, int]:
        """Import the threads and create the moderator. Return the ids of comments by their words."""
        folder = self.scratch / "threads"
        folder.mkdir()
        write_threads(folder)
        self.primary.execute("CREATE DATABASE archive")
        variables = environment(self.url) | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        account = ("createsuperuser", "--noinput", "--username", "moderator", "--email", "moderator@garden.example")
        for arguments in (("migrate", "--verbosity", "0"), ("import_archive", str(folder)), account):
            subprocess.run(manage(*arguments), env=variables, check=True, stdout=subprocess.DEVNULL)
        rows = self.primary.execute("SELECT body, id FROM threads_comment WHERE body LIKE 'quince%'", "archive")
        wait_until_caught_up(self.replica, self.primary)
        return {body.split()[0]: pk for body, pk in rows}

    def stop_servers(self) -> None:
        """Stop what still runs."""
        for server in (self.primary, self.replica):
            if (server.folder / "postmaster.pid").exists():
                server.send_signal(signal.SIGCONT)
                server.stop("immediate")

    def pages_read(self) -> Counter[str]:
        """Return the rendered pages of both sites, by database."""
        total: Counter[str] = Counter()
        for port in self.ports:
            request = Request(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            with urlopen(request, timeout=60) as response:
                for name, number in READ.findall(response.read().decode()):
                    total[name] += int(float(number))
        return total

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure a block, and print its line."""
        read, start = self.pages_read(), time.monotonic()
        yield
        end = time.monotonic()
        read = self.pages_read() - read
        answers = [answer for reader in self.readers for answer in reader.answers if start <= answer.start < end]
        sources = " / ".join(str(read[name]) for name in ("replica_1", "replica_2", "primary"))
        failed = sorted(answer.start for answer in answers if answer.status == 0 or answer.status >= 500)
        span = f"{failed[-1] - failed[0]:.1f} s" if failed else "-"
        wrong = Counter(kind for reader in self.readers for at, kind, _ in reader.wrong if start <= at < end)
        hides = sum(start <= at < end for at in self.hidden.confirmed.values())
        refused = sum(start <= at < end for at in self.hidden.refused)
        times = sorted(answer.seconds * 1000 for answer in answers) or [0.0]
        p99 = times[int(len(times) * 0.99)]
        print(
            f"| {name:44} | {end - start:5.0f} s | {len(answers):6,} | {statistics.median(times):4.0f} / {p99:5.0f} | "
            f"{len(failed):4} ({span}) | {sources} | {hides:3} / {refused:3} | "
            f"{wrong['hidden']} | {wrong['older']} |",
            flush=True,
        )


def fail_replica(bench: Bench, seconds: float, lag: float) -> None:
    """Kill the replica, let it hang, and let it lag."""
    with bench.phase("nothing fails"):
        time.sleep(seconds)
    with bench.phase("replica killed"):
        bench.replica.stop("immediate")
        time.sleep(seconds)
    with bench.phase("replica started again"):
        bench.replica.start()
        time.sleep(seconds)
    with bench.phase("replica hangs (SIGSTOP)"):
        bench.replica.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
    with bench.phase("replica continues"):
        bench.replica.send_signal(signal.SIGCONT)
        time.sleep(seconds)
    with bench.phase(f"replica lags by {lag:.0f} s"):
        bench.replica.execute("SELECT pg_wal_replay_pause()")
        time.sleep(lag)
    with bench.phase("replica replays again"):
        bench.replica.execute("SELECT pg_wal_replay_resume()")
        time.sleep(seconds)


def fail_redis(bench: Bench, seconds: float) -> None:
    """Kill Redis and start it empty."""
    with bench.phase("Redis killed"):
        bench.redis.kill()
        time.sleep(seconds)
    with bench.phase("Redis started again, empty"):
        bench.redis.start()
        time.sleep(seconds)


def fail_primary(bench: Bench, seconds: float) -> None:
    """Restart the primary, stop it for some seconds, then promote the replica in its place."""
    with bench.phase("primary restarted"):
        bench.primary.control("restart", "--mode", "fast")
        time.sleep(seconds)
    with bench.phase("primary crashed"):
        bench.primary.stop("immediate")
        time.sleep(seconds)
    with bench.phase("primary started again"):
        bench.primary.start()
        time.sleep(seconds)
    with bench.phase("primary stopped, replica promoted"):
        bench.primary.stop("fast")
        time.sleep(2)
        bench.replica.promote()
        time.sleep(seconds)
    with bench.phase("first primary is the replica of the second"):
        shutil.rmtree(bench.primary.folder)
        bench.primary, bench.replica = (
            bench.replica,
            start_replica(bench.replica, bench.scratch, "first", bench.primary.port),
        )
        time.sleep(seconds)


def lose_changes(bench: Bench, seconds: float) -> None:
    """Promote a replica that lacks the last hidden comments."""
    wait_until_caught_up(bench.replica, bench.primary)
    with bench.phase("replica without the last changes promoted"):
        bench.replica.execute("ALTER SYSTEM SET primary_conninfo = ''")
        bench.replica.execute("SELECT pg_reload_conf()")
        time.sleep(3)
        bench.moderator.waiting.set()
        time.sleep(0.5)
        bench.primary.stop("immediate")
        bench.replica.promote()
        time.sleep(seconds)
    bench.accept_lost_changes()
    with bench.phase("Redis emptied after that"):
        bench.moderator.waiting.clear()
        time.sleep(seconds)


def main() -> None:
    """Run the benchmark with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=12, help="of each phase")
    parser.add_argument("--lag", type=float, default=30, help="seconds for which the replica replays nothing")
    parser.add_argument("--readers", type=int, default=4)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="failover-", ignore_cleanup_errors=True)))
        if AS_USER:
            shutil.chown(scratch, "postgres")
        scratch.chmod(0o711)
        bench = Bench(scratch, stack, arguments.readers)
        print(f"{HEADER}\n{'|---' * (HEADER.count('|') - 1)}|")
        fail_replica(bench, arguments.seconds, arguments.lag)
        fail_redis(bench, arguments.seconds)
        fail_primary(bench, arguments.seconds)
        lose_changes(bench, arguments.seconds)
        bench.end()
    wrong = [problem for reader in bench.readers for problem in reader.wrong]
    print(f"{len(wrong)} wrong pages; load of the machine (1 minute): {os.getloadavg()[0]:.1f}")
    print("\n".join(sorted({text for _, _, text in wrong})[:20]))
    sys.exit(bool(wrong) or not bench.hidden.confirmed)


if __name__ == "__main__":
    main()
