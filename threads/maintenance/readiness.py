"""Whether the database is reachable and migrated."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _


def migration_problem() -> str:
    """Return the reason and remedy if migrations are missing; empty if not. One query.

    Raises DatabaseError if the database cannot be reached.
    """
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return _("The database is not up to date: run manage.py migrate.")
    return ""


def database_problem() -> str:
    """Return the reason why the database cannot be used; empty if it can. One query."""
    try:
        return migration_problem()
    except DatabaseError as error:
        return connection_problem(error)


def connection_problem(error: DatabaseError) -> str:
    """Return the reason and remedy if the database cannot be reached. No query."""
    reason = str(error).strip().partition("\n")[0]
    return _("The database is unavailable (%s). Check DATABASE_URL and the database server.") % reason
