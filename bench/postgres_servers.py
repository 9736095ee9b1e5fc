"""Start a primary and streaming replicas of PostgreSQL in temporary folders, on free ports of loopback.

PostgreSQL does not run as root. If the benchmark does, the servers run as the user `postgres`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from serving import find_port

if TYPE_CHECKING:
    import signal

AS_USER = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 64MB
hot_standby = on
wal_keep_size = 512MB
wal_receiver_timeout = 5s
wal_retrieve_retry_interval = 500ms
"""


def find_binaries() -> Path:
    """Return the folder of the newest PostgreSQL on this machine."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if folders:
        return folders[-1]
    if program := shutil.which("initdb"):
        return Path(program).parent
    sys.exit("PostgreSQL is not installed. On Debian: apt-get install postgresql")


@dataclass
class Server:
    """A server of PostgreSQL with its own folder and port."""

    folder: Path
    port: int

    @property
    def place(self) -> str:
        """The user, host and port of a URL."""
        return f"postgres@127.0.0.1:{self.port}"

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL as the user of the server. Exits with its message if it fails."""
        command = [*AS_USER, str(find_binaries() / program), *arguments]
        with (self.folder.parent / f"{program}-{self.port}.log").open("a+") as log:
            done = subprocess.run(command, stdout=log, stderr=log, check=False, cwd="/")
            if done.returncode:
                log.seek(0)
                sys.exit(f"{program} failed: {log.read()[-2000:]}")

    def control(self, *arguments: str) -> None:
        """Run pg_ctl, and wait for the result."""
        log = str(self.folder / "server.log")
        self.run("pg_ctl", "--pgdata", str(self.folder), "--wait", "--silent", "--log", log, *arguments)

    def configure(self) -> None:
        """Write the settings; the last value of a name counts."""
        with (self.folder / "postgresql.conf").open("a") as file:
            file.write(f"{SETTINGS}port = {self.port}\n")

    def start(self) -> None:
        """Start, and wait until it accepts connections."""
        self.control("start")

    def stop(self, mode: str = "fast") -> None:
        """Stop: `fast` sends everything to replicas first, `immediate` is a crash."""
        self.control("stop", "--mode", mode)

    def promote(self) -> None:
        """Make a replica the primary."""
        self.control("promote")

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to all processes of the server: SIGSTOP lets it hang, SIGCONT continues."""
        main = (self.folder / "postmaster.pid").read_text().split("\n", 1)[0]
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for process in (main, *children):
            os.kill(int(process), number)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Execute a statement and return its rows, if it has any."""
        with psycopg.connect(f"postgres://{self.place}/{database}", autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def is_caught_up_with(self, primary: Server) -> bool:
        """Return whether a replica has replayed everything that the primary wrote until now."""
        ((position,),) = primary.execute("SELECT pg_current_wal_lsn()::text")
        return bool(self.execute(f"SELECT pg_last_wal_replay_lsn() >= '{position}'")[0][0])


def start_primary(scratch: Path, name: str) -> Server:
    """Create and start an empty server."""
    server = Server(scratch / name, find_port())
    options = ("--auth", "trust", "--username", "postgres", "--encoding", "UTF8", "--locale", "C.UTF-8")
    server.run("initdb", "--pgdata", str(server.folder), *options)
    server.configure()
    server.start()
    return server


def start_replica(primary: Server, scratch: Path, name: str, port: int = 0) -> Server:
    """Copy a running primary, and start the copy as its streaming replica."""
    replica = Server(scratch / name, port or find_port())
    source = ("--host", "127.0.0.1", "--port", str(primary.port), "--username", "postgres")
    replica.run("pg_basebackup", "--pgdata", str(replica.folder), "--write-recovery-conf", "--checkpoint=fast", *source)
    replica.configure()
    replica.start()
    return replica


def wait_until_caught_up(replica: Server, primary: Server, seconds: float = 30) -> None:
    """Wait until the replica has replayed everything. Raises RuntimeError after some seconds."""
    deadline = time.monotonic() + seconds
    while not replica.is_caught_up_with(primary):
        if time.monotonic() > deadline:
            raise RuntimeError("The replica does not catch up.")
        time.sleep(0.1)
