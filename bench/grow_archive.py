#!/usr/bin/env python3
"""Multiply the threads of an archive in its database, to measure how pages and search scale.

    DATABASE_URL=... grow_archive.py COPIES        5 copies make six times the archive

Each copy has its own keys, and dates one year later. Its texts are the same, so each word is as common as before. The
index is built again at the end. For benchmarks only: the copies have no source files.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import django
from django.db import connection, transaction

ROOT = Path(__file__).resolve().parent.parent


def copy_rows(model: Any, last: int, changes: dict[str, str]) -> None:
    """Copy the rows of a table up to the id `last`, with some columns changed by SQL."""
    meta = model._meta  # noqa: SLF001 - Django's documented name
    columns = [field.column for field in meta.concrete_fields]
    values = [changes.get(column, f'"{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {meta.db_table} ({names}) SELECT {', '.join(values)} FROM {meta.db_table} WHERE id <= {last}"
        )


def later(column: str, years: int) -> str:
    """Return SQL for a date or time some years later."""
    if connection.vendor == "sqlite":
        kind = "datetime" if column == "published_at" else "date"
        return f"{kind}({column}, '+{years} years')"
    cast = "" if column == "published_at" else "::date"
    return f"({column} + interval '{years} years'){cast}"


def asked_for() -> int:
    """Return the number of copies from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("copies", type=int, metavar="COPIES", help="number of copies")
    copies: int = parser.parse_args().copies
    return copies


def main() -> None:
    """Copy articles, comments and tags, then rebuild the index."""
    wanted = asked_for()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive_site.settings")
    sys.path.insert(0, str(ROOT))
    django.setup()
    from threads.models import Article, ArticleTag, Comment
    from threads.search import indexing

    articles, comments, tags = (
        model.objects.order_by("-pk").values_list("pk", flat=True)[0] for model in (Article, Comment, ArticleTag)
    )
    with transaction.atomic():
        for copy in range(1, wanted + 1):
            by_article, by_comment = copy * articles, copy * comments
            copy_rows(
                Article,
                articles,
                {
                    "id": f"id + {by_article}",
                    "key": f"key || '~{copy}'",
                    "published_at": later("published_at", copy),
                },
            )
            copy_rows(
                Comment,
                comments,
                {
                    "id": f"id + {by_comment}",
                    "key": f"key || 'z{copy}'",
                    "posted_on": later("posted_on", copy),
                    "article_id": f"article_id + {by_article}",
                    "answers_id": f"answers_id + {by_comment}",
                },
            )
            of_article = f"content_object_id + {by_article}"
            copy_rows(ArticleTag, tags, {"id": f"id + {copy * tags}", "content_object_id": of_article})
            print(f"copy {copy} made", flush=True)
    print(f"{indexing.rebuild_index():,} texts indexed; {Comment.objects.count():,} comments")


main()
