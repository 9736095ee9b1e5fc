"""Run a WSGI application with gunicorn on a free port, for benchmarks that request pages."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from databases import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = 2


def find_port() -> int:
    """Return a port of loopback that nothing uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def serve_command(command: list[str], port: int, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server of the project while the block runs, with these environment variables. Yield its process."""
    own = {"PYTHONPATH": str(PROJECT), "ALLOWED_HOSTS": "127.0.0.1", "DEBUG": "0", "SECRET_KEY": "bench" * 12}
    own |= {"SEARCHES_PER_MINUTE": "0", "UNCACHED_PER_MINUTE": "0", "HASHED_STATIC": "0"}
    server = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **own, **variables}, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield server
    finally:
        server.terminate()
        server.wait()


@contextmanager
def serving(application: str, **variables: str) -> Iterator[int]:
    """Serve an application with gunicorn while the block runs, with these environment variables. Yield its port."""
    port = find_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "--workers", str(WORKERS), "--bind", f"127.0.0.1:{port}", application]
    with serve_command(gunicorn, port, **variables):
        yield port


def _wait_for(port: int) -> None:
    """Wait until a server answers. Raises RuntimeError after about 30 s."""
    for _ in range(150):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError("The server does not answer.")
