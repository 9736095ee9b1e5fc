"""The worker of gunicorn: clients that stop in the middle of a request or a response delay nobody."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a server that does not answer fails the test."""
LONG_TEXT = b"tea " * 3_000_000


def application(environ: dict[str, object], start_response: Callable[[str, list[tuple[str, str]]], object]) -> object:
    """Answer with the length of the body, or with a long text."""
    body = environ["wsgi.input"].read()  # type: ignore[attr-defined]
    content = LONG_TEXT if environ["PATH_INFO"] == "/long" else str(len(body)).encode()
    forwarded = str(environ.get("HTTP_X_FORWARDED_PROTO"))
    start_response("200 OK", [("Content-Length", str(len(content))), ("X-Seen", forwarded)])
    return [content]


@dataclass(frozen=True, slots=True)
class Server:
    """A running gunicorn."""

    process: subprocess.Popen[bytes]
    address: str | tuple[str, int]

    def connect(self) -> socket.socket:
        """Return a connection that receives little at a time."""
        client = socket.socket(socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET)
        client.settimeout(PATIENCE)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        try:
            client.connect(self.address)
        except OSError:
            client.close()
            raise
        return client

    def exchange(self, *parts: bytes) -> bytes:
        """Send a request in parts and return the complete response."""
        with self.connect() as client:
            # The server may refuse a request before its end.
            with suppress(BrokenPipeError, ConnectionResetError):
                for part in parts:
                    client.sendall(part)
            return receive(client)


def receive(client: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    chunks = []
    with suppress(ConnectionResetError):
        while chunk := client.recv(65536):
            chunks.append(chunk)
    return b"".join(chunks)


@pytest.fixture(params=["tcp", "unix"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Serve the application with one worker and the settings of the project."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address: str | tuple[str, int] = free.getsockname()
    if request.param == "unix":
        address = str(tmp_path / "http.sock")
    bind = f"unix:{address}" if isinstance(address, str) else f"127.0.0.1:{address[1]}"
    command = [sys.executable, "-m", "gunicorn", "--bind", bind, "tests.project.test_buffered_worker:application"]
    process = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "WEB_CONCURRENCY": "1"})
    try:
        until = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < until:
            with suppress(OSError), Server(process, address).connect():
                break
            time.sleep(0.05)
        yield Server(process, address)
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0


HEAD = b"HTTP/1.1\r\nHost: archive.example\r\n"
GET = b"GET / " + HEAD + b"\r\n"
SLOW_REQUESTS = {
    "silent": b"",
    "half of a request line": b"GET /tea",
    "half of the headers": b"GET / " + HEAD + b"Cookie: tea",
    "half of a body": b"POST / " + HEAD + b"Content-Length: 1000\r\n\r\nmessage=",
    "half of a chunked body": b"POST / " + HEAD + b"Transfer-Encoding: chunked\r\n\r\n400\r\nmessage=",
    "a response that is not read": b"GET /long " + HEAD + b"\r\n",
}


def test_slow_clients_delay_nobody(server: Server) -> None:
    with ExitStack() as stack:
        for start in 8 * [*SLOW_REQUESTS.values()]:
            stack.enter_context(server.connect()).sendall(start)
        assert server.exchange(GET).endswith(b"\r\n\r\n0")


def test_a_request_arrives_complete_with_the_headers_of_a_proxy(server: Server) -> None:
    parts = (b"POST / ", HEAD, b"X-Forwarded-Proto: https\r\nContent-Len", b"gth: 3\r\n\r\nt", b"ea")
    response = server.exchange(*parts)
    assert response.endswith(b"\r\n\r\n3")
    assert b"X-Seen: https\r\n" in response
    assert server.exchange(b"GET /", b"a" * 100_000, b" ", HEAD, b"\r\n").endswith(b"\r\n\r\n0")
    post = (b"POST / ", HEAD, b"Content-Length: 200000\r\n\r\n", b"a" * 200_000)
    assert server.exchange(*post).endswith(b"\r\n\r\n200000")


def test_requests_that_are_too_long_are_refused(server: Server) -> None:
    for status, *parts in (
        (b"431", b"GET /", b"a" * 200_000),
        (b"431", b"GET / ", HEAD, b"Cookie: tea\r\n" * 20_000),
        (b"413", b"POST / ", HEAD, b"Content-Length: 3000000\r\n\r\n"),
        (b"413", b"POST / ", HEAD, b"Transfer-Encoding: chunked\r\n\r\n2dc6c0\r\n", b"a" * 3_000_000),
    ):
        assert server.exchange(*parts).split(b" ")[1] == status


def test_a_response_is_sent_completely_before_the_worker_stops(server: Server) -> None:
    with server.connect() as client:
        client.sendall(b"GET /long " + HEAD + b"\r\n")
        start = client.recv(1)
        server.process.terminate()
        time.sleep(2)  # a worker that does not wait for its connections ends within a second
        assert len((start + receive(client)).partition(b"\r\n\r\n")[2]) == len(LONG_TEXT)
