"""The WSGI application that a web server such as gunicorn runs.

Invalid settings and missing tables stop the process with a message. With exit code 3, gunicorn does not start the
worker again.
"""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive_site.settings")


def stop(message: str) -> None:
    """Print a message and exit with code 3."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201 — logging is not configured yet
    sys.exit(3)


try:
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    stop(f"Invalid settings. {error}")

from threads import text  # noqa: E402 — Django must be set up first
from threads.maintenance import readiness  # noqa: E402

try:
    if message := readiness.migration_problem():
        stop(message)
except DatabaseError as error:
    # A missing connection does not stop the process, because the database may return.
    print(readiness.connection_problem(error), file=sys.stderr, flush=True)  # noqa: T201 - as above
text.prepare_folding()
# Child processes must not share this connection.
connection.close()
