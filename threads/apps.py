"""The app's configuration: its name, and the checks that run before anything else."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ThreadsConfig(AppConfig):
    """The discussion archive."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "threads"
    verbose_name = _("Archive")

    def ready(self) -> None:
        """Register the checks, which can be imported only now that the models are there."""
        import_module("threads.checks")
