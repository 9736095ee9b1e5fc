"""Whether the database has today's tables. Called by the commands when one fails, and by the web server."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _


def unmigrated() -> str:
    """Return what to do before the archive can be used, as a sentence; empty where nothing is. One query.

    Raises DatabaseError where there is no asking.
    """
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return _("The database does not have this version's tables: run manage.py migrate.")
    return ""


def why_not() -> str:
    """Return why the database cannot be used, as a sentence; empty where it can. One query."""
    try:
        return unmigrated()
    except DatabaseError as error:
        said = str(error).strip().partition("\n")[0]
        return _("The database cannot be used (%s). See DATABASE_URL, and whether its server is running.") % said
