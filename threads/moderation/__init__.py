"""What moderators do: hide, restore, redact, correct links, merge names and tags, opt authors out, answer reports.

The only writer of moderation fields and of the log. Every action is one
transaction that changes rows, writes the log, counts again, and brings the search index along, so that what a
moderator decided shows at once on every page, in every feed, export and search. An action can be undone unless it
destroyed words.
"""

from threads.moderation.authors import merge_authors, opt_in, opt_out, unmerge_authors
from threads.moderation.hide import hide, restore
from threads.moderation.links import relink, unlink
from threads.moderation.log import ModerationError, Moderator
from threads.moderation.redact import redact
from threads.moderation.reports import close_reports, receive_report
from threads.moderation.tags import ignore_tags, merge_tags, unignore_tags, unmerge_tags
from threads.moderation.undo import undo, undo_permission, undo_refusal

__all__ = [
    "ModerationError",
    "Moderator",
    "close_reports",
    "hide",
    "ignore_tags",
    "merge_authors",
    "merge_tags",
    "opt_in",
    "opt_out",
    "receive_report",
    "redact",
    "relink",
    "restore",
    "undo",
    "undo_permission",
    "undo_refusal",
    "unignore_tags",
    "unlink",
    "unmerge_authors",
    "unmerge_tags",
]
