"""Settings of gunicorn, read when it starts in this folder."""

worker_class = "archive_site.buffered_worker.BufferedWorker"
"""Clients that send or read slowly do not block it. It has its own limits of requests."""

timeout = 60
"""Seconds, as in nginx. A moderator's action on thousands of rows takes longer than the default of 30."""

control_socket_disable = True
"""Otherwise gunicorn creates a socket in the home folder, which two services would share."""
