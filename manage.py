#!/usr/bin/env python3
"""The command line of the site."""

import os
import sys


def main() -> None:
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive_site.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import InterfaceError, OperationalError, ProgrammingError
    except ImportError as error:
        raise SystemExit("Django is not installed. Run `make run` once, or use .venv/bin/python.") from error
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        raise SystemExit(f"Invalid settings. {error}") from None
    except (InterfaceError, OperationalError, ProgrammingError):
        from threads.maintenance import readiness

        if message := readiness.database_problem():
            raise SystemExit(message) from None
        raise


if __name__ == "__main__":
    main()
