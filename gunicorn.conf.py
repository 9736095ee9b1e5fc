"""Settings of gunicorn, read when it starts in this folder."""

import os
import shutil
import tempfile

worker_class = "archive_site.buffered_worker.BufferedWorker"
"""Clients that send or read slowly do not block it. It has its own limits of requests."""

workers = int(os.environ.get("WEB_CONCURRENCY", max(2, os.cpu_count() or 1)))
"""One process for each core, and at least two: a slow page does not stop all others."""

timeout = 60
"""Seconds, as in nginx. A moderator's action on thousands of rows takes longer than the default of 30."""

control_socket_disable = True
"""Otherwise gunicorn creates a socket in the home folder, which two services would share."""

# Workers add their metrics together in this folder, which `threads.web.metrics` reads.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder = tempfile.mkdtemp(prefix="archive-metrics-")
    on_exit = lambda server: shutil.rmtree(folder, ignore_errors=True)  # noqa: E731
