"""The WSGI application that a web server such as gunicorn runs.

What would make every page fail ends the process, with a sentence: settings that cannot be read, and tables that are not
there. Exit code 3 is by what gunicorn knows that a worker will never start, and does not try again.
"""

import os
import sys
from contextlib import suppress

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive_site.settings")


def stop(sentence: str) -> None:
    """End the process."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 — nothing is set up yet that could log
    sys.exit(3)


try:
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    stop(f"The settings cannot be used. {error}")

from threads import text  # noqa: E402 — not before Django is set up
from threads.database import readiness  # noqa: E402

# A database that cannot be reached may come back: that does not end the process.
with suppress(DatabaseError):
    if sentence := readiness.unmigrated():
        stop(sentence)
text.prepare_folding()
# Processes that are made from this one must not share its connection.
connection.close()
