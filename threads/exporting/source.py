"""The archive as the files it was made from, byte for byte. Called by the command `export_archive`."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threads.exporting.destination import inside, whole_folder
from threads.exporting.selection import exported_articles, portions
from threads.importing import redaction, state
from threads.models import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

FILES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written."""

    files: int
    cut: int
    """Files that hold something a reader may not see, written without it."""


def export(out: Path, *, include_hidden: bool = False) -> Exported:
    """Write every kept file below the folder `out`. Raises ExportError. A fixed number of queries for each portion.

    What is redacted, or hidden and not asked for, is cut out of the files that hold it.
    """
    files = cut = 0
    known_of = state.redaction_memories if include_hidden else state.hidden_memories
    with whole_folder(out) as folder:
        for ids in portions(exported_articles(include_hidden=include_hidden)):
            known = known_of(ids)
            rows = SourceFile.objects.filter(article_id__in=ids, withdrawn_at=None).only(
                "path", "content", "article_id"
            )
            for row in rows.iterator(chunk_size=FILES_AT_ONCE):
                place = inside(folder, row.path)
                place.parent.mkdir(parents=True, exist_ok=True)
                content = zlib.decompress(row.content)
                public = _without(content, row.path, known.get(row.article_id))
                place.write_bytes(public)
                files += 1
                cut += public != content
    return Exported(files, cut)


def _without(content: bytes, path: str, memory: redaction.Memory | None) -> bytes:
    """Return a file without what was removed from its thread; the source's own words for that take its place."""
    if memory is None:
        return content
    return redaction.clean(content, path, memory, kept=True, instead=redaction.removed_at_source)
