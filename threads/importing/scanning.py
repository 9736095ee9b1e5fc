"""Found files against the archive: which are new, changed, unchanged or gone, and which thread each is of.

Called by the pipeline in the main process. Every file is read once and hashed: the hash, not a date, says whether it
changed. Of each file only a small tuple is kept, so memory is a few hundred bytes a file.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from threads.importing import documents, folders, rows
from threads.importing.problems import UnreadableError
from threads.importing.records import FileProblem
from threads.importing.stored import memories
from threads.importing.workers import FileTask, ThreadTask
from threads.models import Article, SourceFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from threads.importing.folders import Found


class Changed(NamedTuple):
    """One file to read."""

    path: str
    location: str
    size: int
    key: str


@dataclass(slots=True)
class Scan:
    """What was found in the folders, beside what the archive has."""

    changed: list[Changed] = field(default_factory=list)
    """In the order of paths as found."""
    unchanged: int = 0
    seen: set[str] = field(default_factory=set)
    """The path of every file found, readable or not."""
    problems: list[FileProblem] = field(default_factory=list)
    left_threads: set[int] = field(default_factory=set)
    """Articles that a changed file belonged to until now, though its key is another's."""


class _Known(NamedTuple):
    sha256: str
    withdrawn: bool
    article_id: int
    key: str


def scan(found: Iterable[Found | FileProblem], *, everything: bool = False) -> Scan:
    """Compare files with the archive; with `everything`, unchanged ones count as changed. A query for 900 files."""
    made = Scan()
    taken: dict[str, str] = {}
    for part in rows.in_parts(found):
        files = []
        for one in part:
            if isinstance(one, FileProblem):
                made.problems.append(one)
            elif (own := _own_path(one, taken)) is not None:
                files.append(own)
        known = _known([one.path for one in files])
        for one in files:
            made.seen.add(one.path)
            try:
                content = folders.read(one.location)
            except UnreadableError as error:
                made.problems.append(FileProblem(one.path, error.problem))
            else:
                _compare(made, one, content, known.get(one.path), everything=everything)
    return made


def _own_path(found: Found, taken: dict[str, str]) -> Found | None:
    """Return the file under a path of its own: two folders may hold the same path. None for the same file again.

    The second one's path begins with the name of its folder, and with a number if that is taken too.
    """
    number, path = 1, found.path
    while path in taken and taken[path] != found.location:
        root = Path(found.location.removesuffix(found.path)).name
        path = f"{root}/{found.path}" if number == 1 else f"{root}-{number}/{found.path}"
        number += 1
    if path in taken:
        return None
    taken[path] = found.location
    return found._replace(path=path)


def _known(paths: Collection[str]) -> dict[str, _Known]:
    rows_ = SourceFile.objects.filter(path__in=paths)
    return {
        path: _Known(sha256, withdrawn is not None, article, key)
        for path, sha256, withdrawn, article, key in rows_.values_list(
            "path", "sha256", "withdrawn_at", "article_id", "article__key"
        )
    }


def _compare(made: Scan, one: Found, content: bytes, known: _Known | None, *, everything: bool) -> None:
    same = known and not known.withdrawn and known.sha256 == hashlib.sha256(content).hexdigest()
    if same and not everything:
        made.unchanged += 1
        return
    key = documents.identify(content, one.path)
    made.changed.append(Changed(one.path, one.location, len(content), key))
    if known and known.key != key:
        made.left_threads.add(known.article_id)


def tasks(changed: Iterable[Changed], *, gone: Collection[str] = frozenset()) -> Iterator[ThreadTask]:
    """Yield the threads of changed files, in the order of their first files, each with all its files.

    A thread's other files come from what the archive keeps, but those that are `gone`. Three queries for each 200
    threads; what is kept is held for no more threads than that.
    """
    groups: dict[str, list[Changed]] = defaultdict(list)
    for one in changed:
        groups[one.key].append(one)
    for part in rows.in_parts(groups, 200):
        others = _others(part)
        removed = memories(part)
        for key in part:
            own = {one.path for one in groups[key]}
            kept = {file.path: file for file in others.get(key, ()) if file.path not in gone}
            files = [
                FileTask(one.path, one.size, one.location, spare.kept, spare.sha256)
                if (spare := kept.get(one.path))
                else FileTask(one.path, one.size, one.location)
                for one in groups[key]
            ]
            files += [file for path, file in kept.items() if path not in own]
            yield ThreadTask(key, tuple(files), removed.get(key, ()))


def kept_tasks(article_ids: Iterable[int]) -> Iterator[ThreadTask]:
    """Yield threads to read again from what the archive keeps of their files. Four queries for each 50 threads."""
    for part in rows.in_parts(article_ids, 50):
        keys = dict(Article.objects.filter(pk__in=part).order_by("pk").values_list("pk", "key"))
        others = _others(list(keys.values()))
        removed = memories(list(keys.values()))
        for key in keys.values():
            if key in others:
                yield ThreadTask(key, tuple(others[key]), removed.get(key, ()))


def _others(keys: Collection[str]) -> dict[str, list[FileTask]]:
    """Return the files kept of these threads."""
    found: dict[str, list[FileTask]] = defaultdict(list)
    kept = SourceFile.objects.filter(article__key__in=keys, withdrawn_at=None).order_by("path")
    for key, path, size, sha256, content in kept.values_list("article__key", "path", "size", "sha256", "content"):
        found[key].append(FileTask(path, size, kept=bytes(content), sha256=sha256))
    return found


def gone_paths(seen: Collection[str]) -> Iterator[tuple[str, int]]:
    """Yield path and article of every kept file that is no longer there. One query, read as it is used."""
    kept = SourceFile.objects.filter(withdrawn_at=None).order_by("path")
    for path, article in kept.values_list("path", "article_id").iterator():
        if path not in seen:
            yield path, article


def kept_threads() -> Mapping[str, int]:
    """Return the ids of all articles that are not withdrawn, by key. One query."""
    return dict(Article.objects.filter(withdrawn_at=None).values_list("key", "pk"))
