"""The archive as the files it was made from, byte for byte."""

from __future__ import annotations

import zlib
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from threads import redaction
from threads.database.bulk_writes import in_parts
from threads.exporting.destination import inside, whole_folder
from threads.exporting.older_wordings import find_older_copies
from threads.formats.backup_format import file_of_part
from threads.importing import state
from threads.models import Article, SourceFile

if TYPE_CHECKING:
    from pathlib import Path

FILES_AT_ONCE: Final = 50


class FileCounts(NamedTuple):
    """How much was written. `cut` files hold something a reader may not see, and are written without it."""

    files: int
    cut: int


def export_originals(out: Path, *, include_hidden: bool = False) -> FileCounts:
    """Write every original below the folder `out`. Raises ExportError. A few queries for each 50 files.

    Redacted text, and hidden text and copies of it unless asked for, is replaced by the source's mark of a removal.
    """
    articles = Article.objects.current() if include_hidden else Article.objects.visible()
    load_digests = state.redaction_digests if include_hidden else state.hidden_digests
    clean = partial(redaction.clean, kept=True, replacement=redaction.REMOVED)
    # The parts of one file are appended in order of their lines.
    files = SourceFile.objects.filter(article__in=articles, withdrawn_at=None).order_by("first_line", "pk")
    written: set[str] = set()
    cut = 0
    with whole_folder(out) as folder:
        for ids in in_parts(files.values_list("pk", flat=True), FILES_AT_ONCE):
            rows = SourceFile.objects.in_bulk(ids)
            by_article = load_digests({row.article_id for row in rows.values()})
            digests_of = {pk: by_article[row.article_id] for pk, row in rows.items() if row.article_id in by_article}
            if not include_hidden:
                digests_of |= find_older_copies(list(rows.values()), digests_of)
            for row in map(rows.__getitem__, ids):
                content = public = zlib.decompress(row.content)
                if digests := digests_of.get(row.pk):
                    public = clean(content, row.path, digests, format_name=row.format)
                path = row.path if row.first_line is None else file_of_part(row.path)
                place = inside(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("ab") as file:
                    file.write(public)
                written.add(path)
                cut += public != content
    return FileCounts(len(written), cut)
