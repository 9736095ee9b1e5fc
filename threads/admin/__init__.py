"""Django admin for moderators and operators. Importing this package registers all tables.

Imported fields are read-only. Actions of `threads.moderation` are confirmed first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from threads.admin import articles, authors, comments, imports, log, reports, tags
from threads.admin.base import SafeLookupChangeList

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
    from django.http import HttpRequest

    BaseUserAdmin = UserAdmin[User]
else:
    BaseUserAdmin = UserAdmin

__all__ = ["articles", "authors", "comments", "imports", "log", "reports", "tags"]

admin.site.site_header = settings.ADMIN_TITLE
admin.site.site_title = settings.ADMIN_TITLE
admin.site.unregister(User)
# `manage.py second_factor` makes them. Admin would show their secrets.
admin.site.unregister(TOTPDevice)


@admin.register(User)
class AccountAdmin(BaseUserAdmin):
    """Accounts and their permissions."""

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        """Return the change list class."""
        return SafeLookupChangeList

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say on the confirmation page what stays."""
        if not request.POST.get("post"):
            kept = _("The moderation log and the reports keep the names of deleted accounts.")
            self.message_user(request, kept, messages.WARNING)
        return super().get_deleted_objects(objs, request)
