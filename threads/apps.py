"""Configuration of the app. It registers the system checks."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class ThreadsConfig(AppConfig):
    """The discussion archive."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "threads"
    verbose_name = _("Archive")

    def ready(self) -> None:
        """Register the system checks, which import models, and the log of slow queries."""
        import_module("threads.checks")
        if settings.SLOW_QUERY_MS:
            connection_created.connect(import_module("threads.database.slow_queries").watch_connection)
