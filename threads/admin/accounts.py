"""Who may sign in: Django's own table of users, whose lists may be asked for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from threads.admin.base import CarefulAdmin

if TYPE_CHECKING:

    class Accounts(CarefulAdmin[User], UserAdmin[User]):
        """Django's own, which only type checkers know to be generic."""

else:

    class Accounts(CarefulAdmin, UserAdmin):
        """Django's own."""


admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(Accounts):
    """Who may sign in, and with which permissions."""
