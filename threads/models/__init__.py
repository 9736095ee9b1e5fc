"""The tables: discussions, their sources, moderation and search."""

from threads.models.content import (
    Article,
    ArticleTag,
    Author,
    Comment,
    FormerKey,
    LinkMethod,
    Quote,
    Reason,
    Script,
    Tag,
    ThreadLink,
    Visibility,
    address,
)
from threads.models.moderation import LinkCorrection, ModerationAction, Redaction, RemovedText, Report
from threads.models.provenance import ArchiveState, Backup, ImportProblem, ImportRun, SourceFile
from threads.models.search import AuthorName, SearchEntry

__all__ = [
    "ArchiveState",
    "Article",
    "ArticleTag",
    "Author",
    "AuthorName",
    "Backup",
    "Comment",
    "FormerKey",
    "ImportProblem",
    "ImportRun",
    "LinkCorrection",
    "LinkMethod",
    "ModerationAction",
    "Quote",
    "Reason",
    "Redaction",
    "RemovedText",
    "Report",
    "Script",
    "SearchEntry",
    "SourceFile",
    "Tag",
    "ThreadLink",
    "Visibility",
    "address",
]
