"""Configuration of the app. It registers the system checks."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ThreadsConfig(AppConfig):
    """The discussion archive."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "threads"
    verbose_name = _("Archive")

    def ready(self) -> None:
        """Register the system checks, which import models."""
        import_module("threads.checks")
