"""The backup files from which a thread was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import CharField, Count, OuterRef, Subquery
from django.db.models.functions import Cast, Substr

from threads.models import SourceFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from threads.models import Article


class BackupFile(NamedTuple):
    """A file of a thread."""

    format: str
    """Name of its format."""
    path: str
    """Below the folder that was imported."""
    imported_on: str | None
    """ISO date of the import that read its present text, in UTC."""


def backup_rows(article: Any) -> QuerySet[SourceFile, Any]:
    """Return the files of a thread in the order of their paths, with the fields of `BackupFile`."""
    day = Substr(Cast("run__started_at", CharField()), 1, 10)
    rows = SourceFile.objects.filter(article=article, withdrawn_at=None).annotate(imported_on=day)
    return rows.order_by("path").values_list(*BackupFile._fields)


def first_backup() -> list[Subquery]:
    """Return columns for a query of articles: the fields of a thread's first file, and the number of its files."""
    rows = backup_rows(OuterRef("pk"))
    count = rows.order_by().values("article").annotate(files=Count("pk")).values("files")
    return [*(Subquery(rows.values(name)[:1]) for name in BackupFile._fields), Subquery(count)]


def read_backups(article: Article, columns: Sequence[Any]) -> list[BackupFile]:
    """Return the files of a thread from the columns of `first_backup`. One query if there are several."""
    *first, count = columns
    if count and count > 1:
        return [*map(BackupFile._make, backup_rows(article.pk))]
    return [BackupFile(*first)] if count else []
