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

from threads.database import bulk
from threads.formats.registry import DEFAULT, FORMATS
from threads.importing import source_files
from threads.importing.build import FileProblem
from threads.importing.state import stored_memories
from threads.importing.workers import FileTask, ThreadTask
from threads.models import Article, SourceFile
from threads.parsing import thread_keys
from threads.parsing.problems import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from threads.importing.source_files import Found


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
    left: dict[str, str] = field(default_factory=dict)
    """Path of a changed file to the key of the thread it belonged to until now, where that is another."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Path of a file to the path of a file gone that had the very same bytes."""
    gone: dict[str, int] = field(default_factory=dict)
    """Path of a kept file that is not there any more, to its article."""
    kept: int = 0
    """How many files the archive keeps."""


class _Known(NamedTuple):
    sha256: str
    withdrawn: bool
    key: str


def scan(found: Iterable[Found | FileProblem], *, everything: bool = False) -> Scan:
    """Compare files with the archive; with `everything`, unchanged ones count as changed. A query for 900 files."""
    made = Scan()
    taken: dict[str, str] = {}
    new: dict[str, str] = {}
    for part in bulk.in_parts(found):
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
                content = source_files.read(one.location)
            except UnreadableError as error:
                made.problems.append(FileProblem(one.path, error.problem))
            else:
                sha256 = hashlib.sha256(content).hexdigest()
                _compare(made, one, content, sha256, known.get(one.path), everything=everything)
                if one.path not in known:
                    new[sha256] = one.path
    _miss(made, new)
    return made


def _miss(made: Scan, new: Mapping[str, str]) -> None:
    """Note which kept files are not there any more, and which of them came under another name (`new`: by hash)."""
    kept = SourceFile.objects.order_by("path")
    fields = ("path", "sha256", "withdrawn_at", "article_id", "article__key")
    keys = {one.path: one.key for one in made.changed} if new else {}
    for path, sha256, withdrawn, article, key in kept.values_list(*fields).iterator():
        made.kept += withdrawn is None
        if path in made.seen:
            continue
        came = new.get(sha256)
        if came and came not in made.renamed:
            made.renamed[came] = path
            if keys[came] != key:
                made.left[came] = key
        elif withdrawn is None:
            made.gone[path] = article


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
    found = SourceFile.objects.filter(path__in=paths)
    return {
        path: _Known(sha256, withdrawn is not None, key)
        for path, sha256, withdrawn, key in found.values_list("path", "sha256", "withdrawn_at", "article__key")
    }


def _compare(made: Scan, one: Found, content: bytes, sha256: str, known: _Known | None, *, everything: bool) -> None:
    if known and not known.withdrawn and known.sha256 == sha256 and not everything:
        made.unchanged += 1
        return
    key = FORMATS[DEFAULT].identify_thread(content, thread_keys.came_as(one.path, sha256))
    if known and known.key != key and not _readable(content, one.path):
        # What it says of its identity is as broken as the rest: its thread keeps what it said before.
        key = known.key
    made.changed.append(Changed(one.path, one.location, len(content), key))
    if known and known.key != key:
        made.left[one.path] = known.key


def _readable(content: bytes, path: str) -> bool:
    try:
        FORMATS[DEFAULT].read_document(content, path)
    except UnreadableError:
        return False
    return True


def tasks(scan: Scan, changed: Sequence[Changed], gone: Mapping[str, int]) -> Iterator[ThreadTask]:
    """Yield the threads of changed files, in the order of their first files, each with all its files.

    A thread's other files come from what the archive keeps, but those that are `gone` for good (path to article).
    Threads between which files moved follow one another, in one family. Three queries for each 100 threads; what is
    kept is held for no more.
    """
    groups: dict[str, list[Changed]] = defaultdict(list)
    for one in changed:
        groups[one.key].append(one)
    moved = {one.path for one in changed}
    left = {path: key for path, key in scan.left.items() if path in moved}
    absent = gone.keys() | set(scan.renamed.values())
    for key in [*left.values(), *_keys_of(gone)]:
        groups.setdefault(key, [])
    families = _families(groups, changed, left)
    order = sorted(groups, key=lambda key: families[key][0])
    for part in bulk.in_parts(order, 100):
        others = _others(part)
        removed = stored_memories({*part, *(old for key in part for old in families[key][1])})
        for key in part:
            kept = {file.path: file for file in others.get(key, ()) if file.path not in absent}
            files = [_task(one, kept.get(one.path)) for one in groups[key]]
            files += [file for path, file in kept.items() if path not in moved]
            if files:
                known = [memory for one in (key, *families[key][1]) for memory in removed.get(one, ())]
                yield ThreadTask(key, tuple(files), known, families[key][0])


def _task(one: Changed, spare: FileTask | None) -> FileTask:
    if spare is None:
        return FileTask(one.path, one.size, one.location)
    return FileTask(one.path, one.size, one.location, spare.kept, spare.sha256)


def _keys_of(gone: Mapping[str, int]) -> Iterator[str]:
    """Yield the keys of the threads that lost a file. A query for each 900."""
    for part in bulk.in_parts(sorted(set(gone.values()))):
        yield from Article.objects.filter(pk__in=part).order_by("key").values_list("key", flat=True)


def _families(
    keys: Iterable[str], changed: Iterable[Changed], left: Mapping[str, str]
) -> dict[str, tuple[int, set[str]]]:
    """Return, for each key, the number of its family and the keys that its files had before.

    Threads between which a file moved are one family; numbers follow the order of first files.
    """
    leader = {key: key for key in keys}

    def lead(key: str) -> str:
        while leader[key] != key:
            key = leader[key]
        return key

    former: dict[str, set[str]] = defaultdict(set)
    for one in changed:
        if one.path in left:
            former[one.key].add(left[one.path])
            leader[lead(left[one.path])] = lead(one.key)
    numbers: dict[str, int] = {}
    return {key: (numbers.setdefault(lead(key), len(numbers)), former[key]) for key in list(leader)}


def kept_tasks(article_ids: Iterable[int]) -> Iterator[ThreadTask]:
    """Yield threads to read again from what the archive keeps of their files. Four queries for each 50 threads."""
    for part in bulk.in_parts(article_ids, 50):
        keys = dict(Article.objects.filter(pk__in=part).order_by("pk").values_list("pk", "key"))
        others = _others(list(keys.values()))
        removed = stored_memories(list(keys.values()))
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
