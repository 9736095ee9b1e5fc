"""The archive as the files it was made from, byte for byte."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threads import redaction
from threads.database.bulk import in_parts
from threads.exporting.destination import inside, whole_folder
from threads.exporting.selection import ARTICLES_A_PORTION, exported_articles, portions
from threads.formats.base import file_of_part
from threads.importing import state
from threads.models import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FILES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class OriginalCounts:
    """How much was written."""

    files: int
    cut: int
    """Files that hold something a reader may not see, written without it."""


def export_originals(out: Path, *, include_hidden: bool = False) -> OriginalCounts:
    """Write every original below the folder `out`. Raises ExportError. Fixed queries for each portion.

    Redacted text, and hidden text unless asked for, is blanked in its files.
    """
    cut = 0
    known_of = state.redaction_memories if include_hidden else state.hidden_memories
    written: set[str] = set()
    with whole_folder(out) as folder:
        for ids in _batches(include_hidden=include_hidden):
            articles = set(SourceFile.objects.filter(pk__in=ids).values_list("article_id", flat=True))
            memory_of = known_of(articles)
            for row in _rows(ids):
                content = zlib.decompress(row.content)
                public = _without(content, row, memory_of.get(row.article_id))
                path = row.path if row.first_line is None else file_of_part(row.path)
                place = inside(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("ab") as file:
                    file.write(public)
                written.add(path)
                cut += public != content
    return OriginalCounts(len(written), cut)


def _batches(*, include_hidden: bool) -> Iterator[list[int]]:
    """Yield ids of source files in portions: whole files by article, then the parts of each file in order."""
    parts = []
    for ids in portions(exported_articles(include_hidden=include_hidden)):
        rows = SourceFile.objects.filter(article_id__in=ids, withdrawn_at=None)
        yield from in_parts(rows.filter(first_line=None).values_list("pk", flat=True))
        of_files = rows.exclude(first_line=None).values_list("pk", "path", "first_line")
        parts += [(file_of_part(path), first_line, pk) for pk, path, first_line in of_files]
    yield from in_parts((pk for _, _, pk in sorted(parts)), ARTICLES_A_PORTION)


def _rows(ids: Sequence[int]) -> Iterator[SourceFile]:
    for some in in_parts(ids, FILES_AT_ONCE):
        rows = SourceFile.objects.in_bulk(some)
        yield from (rows[pk] for pk in some)


def _without(content: bytes, row: SourceFile, memory: redaction.Memory | None) -> bytes:
    """Return a file without redacted or hidden text; the source's own mark of a removal takes its place."""
    if memory is None:
        return content
    instead = redaction.removed_at_source
    return redaction.clean(content, row.path, memory, format_name=row.format, kept=True, instead=instead)
