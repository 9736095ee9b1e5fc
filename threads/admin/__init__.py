"""Django admin for moderators and operators. Importing this package registers all tables.

Imported fields are read-only. Actions of `threads.moderation` are confirmed first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from threads.admin import articles, authors, comments, imports, log, reports, tags
from threads.admin.base import SafeLookupAdmin

__all__ = ["articles", "authors", "comments", "imports", "log", "reports", "tags"]

admin.site.site_header = settings.ADMIN_TITLE
admin.site.site_title = settings.ADMIN_TITLE
admin.site.unregister(User)

if TYPE_CHECKING:

    class GenericUserAdmin(SafeLookupAdmin[User], UserAdmin[User]):
        """Generic for type checkers only."""

else:

    class GenericUserAdmin(SafeLookupAdmin, UserAdmin):
        """Not generic at run time."""


@admin.register(User)
class AccountAdmin(GenericUserAdmin):
    """Accounts and their permissions."""
