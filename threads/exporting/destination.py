"""Safe destinations of an export: written under another name, then moved, so that no partial export is left."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class ExportError(Exception):
    """The export cannot be written; the message says why and what to do."""


@contextmanager
def whole_file(out: Path) -> Iterator[IO[str]]:
    """Open a text file that replaces `out` after everything is written. Raises ExportError."""
    if out.is_dir():
        raise ExportError(f"{out} is a folder; name the file to write.")
    with _explained(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(out)
        finally:
            Path(name).unlink(missing_ok=True)


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Open an empty folder that replaces `out` after everything is written.

    `out` may be missing, empty, or hold exactly the same files. Raises ExportError.
    """
    if out.exists() and not out.is_dir():
        raise ExportError(f"{out} is a file; name a folder to write into.")
    with _explained(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
        try:
            draft.chmod(0o755)
            yield draft
            if not out.exists() or not any(out.iterdir()):
                draft.rename(out)
            elif not _same_tree(draft, out):
                reason = "already holds other files; nothing was written. Name a new or an empty folder."
                raise ExportError(f"{out} {reason}")
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _same_tree(left: Path, right: Path) -> bool:
    names = [sorted(file.relative_to(top) for file in top.rglob("*") if not file.is_dir()) for top in (left, right)]
    return names[0] == names[1] and all((left / name).read_bytes() == (right / name).read_bytes() for name in names[0])


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"Cannot write {out}: {error.strerror or error}.") from error


def inside(folder: Path, path: str) -> Path:
    """Return the location of the stored `path` in `folder`. Raises ExportError if it would leave it."""
    location = PurePosixPath(path)
    if location.is_absolute() or ".." in location.parts or "\0" in path or not location.parts:
        raise ExportError(f"The kept path {path!r} would leave the folder; nothing was written.")
    return folder.joinpath(*location.parts)
