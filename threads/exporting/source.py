"""The archive as the files it was made from, byte for byte. Called by the command `export_archive`."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threads.exporting.destination import inside, whole_folder
from threads.exporting.selection import exported_articles, portions
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
    """Write every kept file below the folder `out`. Raises ExportError. Two queries for each portion of articles."""
    files = 0
    with whole_folder(out) as folder:
        for ids in portions(exported_articles(include_hidden=include_hidden)):
            rows = SourceFile.objects.filter(article_id__in=ids, withdrawn_at=None).only("path", "content")
            for row in rows.iterator(chunk_size=FILES_AT_ONCE):
                place = inside(folder, row.path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(zlib.decompress(row.content))
                files += 1
    return Exported(files, 0)
