#!/usr/bin/env python3
"""Exit with 0 if the site behind a Unix socket answers /healthz with 200: check_health.py /run/archive/http.sock.

Asks as the proxy does: for the first host of ALLOWED_HOSTS, over TLS.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys

TIMEOUT = 8
"""Seconds to wait for an answer."""


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection to a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self.path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def main() -> None:
    """Ask, and exit with 0 or 1."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").partition(",")[0]
    connection = UnixConnection(sys.argv[1])
    try:
        connection.request("GET", "/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"})
        status = connection.getresponse().status
    except OSError as error:
        sys.exit(f"The site does not answer: {error}")
    if status != 200:
        sys.exit(f"The site answers {status}.")


main()
