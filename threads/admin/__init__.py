"""The moderators' desk: every table to look at, and every action of `moderation` to take, each with its confirmation.

Imported fields can be read here and not written. Importing this package registers everything with Django's admin.
"""

from django.conf import settings
from django.contrib import admin

from threads.admin import accounts, articles, authors, comments, imports, log, reports, tags

__all__ = ["accounts", "articles", "authors", "comments", "imports", "log", "reports", "tags"]

admin.site.site_header = settings.ADMIN_TITLE
admin.site.site_title = settings.ADMIN_TITLE
