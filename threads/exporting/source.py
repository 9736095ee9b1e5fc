"""The archive as the files it was made from, byte for byte."""

from __future__ import annotations

import shutil
import zlib
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from threads import redaction
from threads.database.bulk_writes import in_parts
from threads.exporting.destination import inside, whole_folder
from threads.exporting.older_wordings import find_older_copies
from threads.formats import packs
from threads.formats.backup_format import file_of_part
from threads.formats.registry import FOLDER_FORMATS
from threads.importing import state
from threads.models import Article, SourceFile

if TYPE_CHECKING:
    from pathlib import Path

FILES_AT_ONCE: Final = 50
PIECES: Final = ".pieces"
"""Folder of the pieces of files until they are joined. No stored path begins with a dot."""


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
                written |= _write_original(folder, row, public)
                cut += public != content
        _join_pieces(folder)
    return FileCounts(len(written), cut)


def _write_original(folder: Path, row: SourceFile, content: bytes) -> set[str]:
    """Write an original below the folder, and return the paths of its files. Threads may share files."""
    path = file_of_part(row.path) or row.path
    if row.format not in FOLDER_FORMATS:
        # The parts of one file come in the order of their lines.
        _write(inside(folder, path), content, "wb" if row.first_line is None else "ab")
        return {path}
    first, *others = packs.unpack(content)
    # A redacted path does not end with that of its file.
    above = path.removesuffix(first.path) if path.endswith(first.path) else ""
    members = [first._replace(path=path), *(member._replace(path=above + member.path) for member in others)]
    for member in members:
        if path != row.path:
            _write(inside(folder, f"{PIECES}/{member.path}/{member.offset:015d}"), member.content)
        elif not inside(folder, member.path).exists():
            _write(inside(folder, member.path), member.content)
    return {member.path for member in members}


def _write(place: Path, content: bytes, mode: str = "wb") -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open(mode) as file:
        file.write(content)


def _join_pieces(folder: Path) -> None:
    """Make the files of which threads are pieces, in the order of their offsets."""
    pieces = folder / PIECES
    for piece in sorted(path for path in pieces.rglob("*") if path.is_file()):
        _write(folder / piece.parent.relative_to(pieces), piece.read_bytes(), "ab")
        piece.unlink()
    shutil.rmtree(pieces, ignore_errors=True)
