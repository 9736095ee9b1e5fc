"""A gunicorn worker that slow clients cannot block.

A second thread reads requests and sends responses for all connections at once, with waitress. The main thread runs the
application, one complete request at a time. So a client that stops in the middle costs a connection, not a worker, as
behind a buffering proxy. gunicorn has no such worker: `sync` and `gthread` hold a worker or a thread while they read
from a client, without a time limit.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ThreadedTaskDispatcher

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMITS: Final[dict[str, Any]] = {
    "max_request_header_size": 128 * 1024,
    "max_request_body_size": 2_621_440,
    "inbuf_overflow": 64 * 1024,
    "connection_limit": 500,
    "channel_timeout": 30,
    "cleanup_interval": 5,
}
"""Bytes of a request's line and headers, of its body (as in Django), and of a body in memory; then the number of
connections, and seconds without a byte after which a connection is closed."""
IDLE_SECONDS: Final = 1.0
"""Seconds after which a waiting worker reports to gunicorn that it lives."""


class RequestQueue(ThreadedTaskDispatcher):
    """Complete requests, added by the thread of connections and served by the main thread.

    A worker that has requests accepts no new connections, so that another worker can.
    """

    def __init__(self, connections: Mapping[int, Any]) -> None:
        super().__init__()
        self.connections = connections
        self.waiting: queue.SimpleQueue[HTTPChannel] = queue.SimpleQueue()
        self.servers: list[BaseWSGIServer] = []

    def add_task(self, task: Any) -> None:
        """Add a connection with a complete request. It closes after the response: its next request may wait here."""
        self.accept_connections(allowed=False)
        task.requests[0].headers["CONNECTION"] = "close"
        self.waiting.put(task)

    def serve_next(self, seconds: float) -> bool:
        """Respond to a request. Return False if there is none within `seconds`."""
        try:
            channel = self.waiting.get(timeout=seconds)
        except queue.Empty:
            return False
        channel.service()
        if self.waiting.empty():
            self.accept_connections(allowed=True)
            channel.server.pull_trigger()
        return True

    def accept_connections(self, *, allowed: bool) -> None:
        """Start or stop to accept new connections, when the thread of connections wakes up."""
        for server in self.servers:
            server.accepting = allowed

    def is_sending(self) -> bool:
        """Return whether a response is not sent completely."""
        channels = list(self.connections.values())
        return any(isinstance(channel, HTTPChannel) and channel.total_outbufs_len for channel in channels)


class BufferedWorker(Worker):
    """A worker with one thread for connections; the main thread runs the application."""

    def run(self) -> None:
        """Serve until gunicorn stops the worker. Then finish complete requests."""
        connections: dict[int, Any] = {}
        application: Any = self.wsgi
        listeners: Any = self.sockets
        requests = RequestQueue(connections)
        create_server(
            application,
            map=connections,
            _dispatcher=requests,
            sockets=[listener.sock for listener in listeners],
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # Django trusts them only with BEHIND_PROXY=1
            ident=None,
            log_socket_errors=False,
            **LIMITS,
        )
        requests.servers = [server for server in connections.values() if isinstance(server, BaseWSGIServer)]
        exchange = threading.Thread(
            target=wasyncore.loop, kwargs={"timeout": IDLE_SECONDS, "use_poll": True, "map": connections}, daemon=True
        )
        exchange.start()
        while self.alive and exchange.is_alive() and self.ppid == os.getppid():
            self.notify()
            requests.serve_next(IDLE_SECONDS)
        requests.accept_connections(allowed=False)
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while (requests.serve_next(0.05) or requests.is_sending()) and time.monotonic() < deadline:
            self.notify()
