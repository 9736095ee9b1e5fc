"""The search index's own rows: which article or comment each number in the full-text index stands for.

Written by `search` only, in the transaction that changes the article or comment. The text itself is in no model: it is
in the FTS5 table `threads_searchtext` on SQLite, and in columns of `SearchEntry` with a GIN index on PostgreSQL.
"""

from __future__ import annotations

from django.db import models

from threads.models.content import Article, Author, Comment


class SearchEntry(models.Model):
    """One visible article (no `comment`) or one visible comment.

    `id` is the day (proleptic ordinal; 0: no date) shifted left by `search.entries.DAY_SHIFT`, plus a number within
    that day. Newest first is descending order of ids, and a date range is a range of ids. `search.indexing` assigns
    all ids. As an automatic field, `id` is SQLite's own row id, which saves an index.
    """

    id = models.BigAutoField(primary_key=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="search_entries")
    comment = models.OneToOneField(Comment, models.CASCADE, null=True, related_name="search_entry")
    author = models.ForeignKey(
        Author, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    digest = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["article"], condition=models.Q(comment=None), name="search_entry_once_an_article"
            )
        ]

    def __str__(self) -> str:
        return f"{self.id}"


class AuthorName(models.Model):
    """An author's name, folded, so that `author:` and suggestions find it however it is written."""

    author = models.OneToOneField(Author, models.CASCADE, primary_key=True, related_name="folded_name")
    folded = models.CharField(max_length=255, db_index=True)

    def __str__(self) -> str:
        return self.folded
