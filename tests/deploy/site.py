"""A copy of the project as in the container image, set up with commands as an operator does."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HOST = "archive.example"
PATIENCE = 120.0
"""Seconds after which a command that does not end fails the test."""
SETTINGS = {
    "SECRET_KEY": "only-for-this-test-0123456789-0123456789-0123456789-abc",
    "ALLOWED_HOSTS": HOST,
    "HTTPS": "1",
    "BEHIND_PROXY": "1",
    "PROXY_CACHE_SECONDS": "1",
    "PYTHONWARNINGS": "ignore",
    "WEB_CONCURRENCY": "1",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A site in a folder of its own. Its database is in `folder`, its code in `folder/archive`."""

    folder: Path

    @property
    def project(self) -> Path:
        """The copy of the project."""
        return self.folder / "archive"

    @property
    def socket_file(self) -> Path:
        """The socket of gunicorn."""
        return self.folder / "http.sock"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a site behind nginx. Commands of the virtual environment are first in the path."""
        database = {"DATABASE_URL": f"sqlite:///{self.folder / 'archive.sqlite3'}"}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(self.folder), **SETTINGS, **database}

    def copy_project(self, *more: str) -> None:
        """Copy what .dockerignore lets into the image, and more files and folders."""
        lines = (ROOT / ".dockerignore").read_text().splitlines()
        for path in [*(line.removeprefix("!") for line in lines if line.startswith("!")), *more]:
            source, target = ROOT / path, self.project / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
            else:
                shutil.copy(source, target)

    def run(self, command: list[str] | str, exit_code: int = 0) -> str:
        """Run a command or a line of a shell in the project, and return what it prints."""
        result = subprocess.run(
            command, env=self.variables, capture_output=True, text=True, check=False, timeout=PATIENCE,
            cwd=self.project, shell=isinstance(command, str),
        )  # fmt: skip
        assert result.returncode == exit_code, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout

    def manage(self, *arguments: str) -> str:
        """Run manage.py and return what it prints."""
        return self.run([sys.executable, "manage.py", *arguments])

    def connect(self) -> socket.socket:
        """Return a connection to gunicorn. Raises OSError if it does not listen."""
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE)
        try:
            client.connect(str(self.socket_file))
        except OSError:
            client.close()
            raise
        return client

    def wait(self) -> None:
        """Wait until gunicorn answers a request."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(OSError), self.connect() as client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if client.recv(1):
                    return
            time.sleep(0.1)
        raise TimeoutError("The site does not answer.")

    @contextmanager
    def serve(self, *arguments: str) -> Iterator[None]:
        """Run gunicorn with the settings of the project while the block runs. Arguments replace the default ones."""
        arguments = arguments or ("--bind", "unix:/run/archive/http.sock", "archive_site.wsgi")
        places = [argument.replace("/run/archive/http.sock", str(self.socket_file)) for argument in arguments]
        command = [sys.executable, "-m", "gunicorn", *places]
        process = subprocess.Popen(command, cwd=self.project, env=self.variables, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE)


def free_port() -> int:
    """Return a port of loopback that nothing uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def read_instructions(name: str) -> list[str]:
    """Return the arguments of all instructions of the Dockerfile with a name."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "deploy/Dockerfile").read_text())
    return re.findall(rf"^{name} (.+)$", text, re.MULTILINE)
