"""Files compared with the archive: new, changed, unchanged or missing, and the thread of each.

Every file is read once and hashed: the hash decides whether it changed. Memory is a few hundred bytes for each file.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import F

from threads.database import bulk_writes, versions
from threads.formats import packs
from threads.formats.backup_format import RefusedFile, file_of_part, part_path
from threads.formats.registry import FILE_FORMATS, FOLDER_FORMATS, FORMATS
from threads.importing import source_files
from threads.importing.build import FileProblem
from threads.importing.source_files import FoundFile, FoundFolder
from threads.importing.state import stored_digests
from threads.importing.workers import FileTask, ThreadTask
from threads.models import Article, SourceFile
from threads.parsing import thread_keys
from threads.parsing.hosts import canonical_key
from threads.parsing.problem_severities import Problem, UnreadableError
from threads.redaction import digest_file, is_file_key, redacted_key, redacted_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from threads.formats.backup_format import PackedThread, SplitThreads
    from threads.redaction import ThreadDigests


class ScannedFile(NamedTuple):
    """One file, or one thread in a file of many, as it is on the disk."""

    path: str
    location: str
    size: int
    key: str
    """The key of its thread."""
    sha256: str
    format: str
    offset: int = 0
    first_line: int | None = None
    """Of one thread in a file of many."""
    old_key: str = ""
    """The key made of the file's name, if it has another since its title was redacted."""
    members: tuple[tuple[str, int, int], ...] = ()
    """Of a thread of several files: path below `location`, offset and size of each."""


@dataclass(slots=True)
class RedactedNames:
    """Stored files whose names were replaced, because they may hold a redacted title."""

    secret: bytes
    paths: frozenset[str]
    hashes_and_keys: frozenset[str]
    """Stored hashes of these files, and keys of their threads."""

    @classmethod
    def load(cls) -> RedactedNames | None:
        """Return them; None if nothing is redacted. At most four queries."""
        redacted = SourceFile.objects.exclude(redacted_at=None)
        if not redacted.exists():
            return None
        rows = redacted.filter(article__redactions__comment=None, article__redactions__elsewhere="")
        values = list(rows.values_list("path", "sha256", "article__key"))
        hashes_and_keys = frozenset(value for _, *rest in values for value in rest)
        # A file keeps its new name in another thread.
        moved = SourceFile.objects.filter(path__startswith="redacted/").values_list("path", flat=True)
        return cls(versions.digest_key(), frozenset([*moved, *(path for path, *_ in values)]), hashes_and_keys)

    def find_path(self, path: str) -> str:
        """Return the path under which the archive has the file at a path."""
        new_path = redacted_path(self.secret, path)
        return new_path if new_path in self.paths else path

    def rename(self, file: ScannedFile) -> ScannedFile:
        """Return a file under the path and key that the archive has for it."""
        path = redacted_path(self.secret, file.path)
        if path == file.path:
            return file
        if path not in self.paths and self.hashes_and_keys.isdisjoint(
            {digest_file(self.secret, file.sha256), file.key}
        ):
            return file
        key = redacted_key(self.secret, file.key) if is_file_key(file.key) else file.key
        old_key = file.key if file.first_line or file.members else thread_keys.file_key(file.path)
        return file._replace(path=path, key=key, old_key=old_key)


@dataclass(slots=True)
class Scan:
    """The files of the folders compared with the archive."""

    changed: list[ScannedFile] = field(default_factory=list)
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
    first_lines: dict[str, int] = field(default_factory=dict)
    """Path of an unchanged part to the line on which it begins now."""
    unpublished: dict[str, int | None] = field(default_factory=dict)
    """Path of each file that is not to be published, to its article if the archive has published it."""
    split: set[str] = field(default_factory=set)
    """Paths of files of many threads, and of the files of threads of several files."""


def scan(entries: Iterable[FoundFile | FoundFolder | FileProblem], *, everything: bool = False) -> Scan:
    """Compare files with the archive; with `everything`, unchanged ones count as changed.

    Two queries, and one for each 900 files.
    """
    result = Scan()
    new: dict[str, str] = {}
    names = RedactedNames.load()
    for files in bulk_writes.in_parts(_scan_files(entries, result, names)):
        rows = SourceFile.objects.select_related("article").filter(path__in=[file.path for file in files])
        fields = ("path", "sha256", "withdrawn_at", "first_line", "article__key")
        stored = {row.path: row for row in rows.only(*fields)}
        for file in files:
            # Of a redacted file, a digest of the hash is stored.
            hashes = (file.sha256, digest_file(names.secret, file.sha256)) if names else (file.sha256,)
            _compare(result, file, stored.get(file.path), hashes, everything=everything)
            if file.path not in stored:
                new |= dict.fromkeys(hashes, file.path)
    _miss(result, new)
    return result


def _scan_files(
    entries: Iterable[FoundFile | FoundFolder | FileProblem], result: Scan, names: RedactedNames | None
) -> Iterator[ScannedFile]:
    """Yield files and parts of files with their hashes and keys; add paths and problems to `result`."""
    taken: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, FileProblem):
            result.problems.append(entry)
        elif isinstance(entry, FoundFolder):
            for thread in _scan_folder(entry, result, taken):
                renamed = names.rename(thread) if names else thread
                result.seen.add(renamed.path)
                yield renamed
        elif (file := _own_path(entry, taken)) is not None:
            split = FILE_FORMATS[file.format].split_threads
            try:
                scanned = _scan_whole(file, result) if split is None else _scan_parts(file, split, result)
                for part in map(names.rename, scanned) if names else scanned:
                    result.seen.add(part.path)
                    yield part
            except UnreadableError as error:
                path = names.find_path(file.path) if names else file.path
                result.seen.add(path)
                result.problems.append(FileProblem(path, error.problem))


def _scan_whole(file: FoundFile, result: Scan) -> Iterator[ScannedFile]:
    content = source_files.read_file(file.location)
    if problem := FILE_FORMATS[file.format].find_unpublished(content, file.path):
        result.seen.add(file.path)
        result.unpublished[file.path] = None
        result.problems.append(FileProblem(file.path, problem))
        return
    sha256 = hashlib.sha256(content).hexdigest()
    key = FILE_FORMATS[file.format].identify_thread(content, thread_keys.original_path(file.path, sha256))
    yield ScannedFile(file.path, file.location, len(content), key, sha256, file.format)


def _scan_parts(file: FoundFile, split: SplitThreads, result: Scan) -> Iterator[ScannedFile]:
    result.split.add(file.path)
    with source_files.open_file(file.location) as opened:
        for part in split(opened):
            if isinstance(part, Problem):
                result.problems.append(FileProblem(file.path, part))
                result.seen.add(file.path)
                continue
            path, sha256 = part_path(file.path, part.key), hashlib.sha256(part.content).hexdigest()
            place = (part.offset, part.first_line)
            key = canonical_key(part.key)
            yield ScannedFile(path, file.location, len(part.content), key, sha256, file.format, *place)


def _scan_folder(folder: FoundFolder, result: Scan, taken: dict[str, str]) -> Iterator[ScannedFile]:
    """Yield the threads of a folder format; `taken` are the paths of files found before, with their locations."""
    opened = source_files.DiskFolder(folder.location, folder.entries)
    for found in FOLDER_FORMATS[folder.format].find_threads(opened, folder.entries):
        path = folder.prefix + found.path
        file = _own_path(FoundFile(path, f"{folder.location}/{found.path}", folder.format), taken)
        if file is None:
            continue
        try:
            yield _scan_members(folder, file, found, result)
        except UnreadableError as error:
            # A warning is about files of several threads, or about one that is none.
            if error.problem.severity == "error":
                result.seen.add(file.path)
            result.split.add(file.path)
            result.problems.append(FileProblem(file.path, error.problem))
    result.problems += [FileProblem(folder.prefix + path, problem) for path, problem in opened.problems]


def _scan_members(folder: FoundFolder, file: FoundFile, found: PackedThread | RefusedFile, result: Scan) -> ScannedFile:
    if isinstance(found, RefusedFile):
        raise UnreadableError(found.problem)
    content = packs.pack(found.members)
    members = tuple((member.path, member.offset, len(member.content)) for member in found.members)
    result.split.update(folder.prefix + path for path, *_ in members)
    sha256, key = hashlib.sha256(content).hexdigest(), canonical_key(found.key)
    return ScannedFile(file.path, folder.location, len(content), key, sha256, folder.format, members=members)


def _miss(result: Scan, new: Mapping[str, str]) -> None:
    """Record the stored files that are missing, and those that came under another name (`new`: by hash)."""
    stored = SourceFile.objects.order_by("path")
    fields = ("path", "sha256", "withdrawn_at", "article_id", "article__key")
    keys = {file.path: file.key for file in result.changed} if new else {}
    incomplete = result.split & {path for path, _ in result.problems}
    for path, sha256, withdrawn_at, article_id, key in stored.values_list(*fields).iterator():
        result.kept += withdrawn_at is None
        if path in result.unpublished and withdrawn_at is None:
            result.unpublished[path] = article_id
        if path in result.seen or file_of_part(path) in incomplete:
            continue
        new_path = new.get(sha256)
        if new_path and new_path not in result.renamed:
            result.renamed[new_path] = path
            if keys[new_path] != key:
                result.left[new_path] = key
        elif withdrawn_at is None:
            result.gone[path] = article_id


def _own_path(file: FoundFile, taken: dict[str, str]) -> FoundFile | None:
    """Return the file under a unique path: two folders may hold the same one. None for the same file again.

    The second one's path starts with the name of its folder, and a number if that is taken.
    """
    number, path = 1, file.path
    while path in taken and taken[path] != file.location:
        root = Path(file.location.removesuffix(file.path)).name
        path = f"{root}/{file.path}" if number == 1 else f"{root}-{number}/{file.path}"
        number += 1
    if path in taken:
        return None
    taken[path] = file.location
    return file._replace(path=path)


def _compare(
    result: Scan, file: ScannedFile, stored: SourceFile | None, hashes: Collection[str], *, everything: bool
) -> None:
    if stored and not stored.withdrawn_at and stored.sha256 in hashes and not everything:
        result.unchanged += 1
        if file.first_line and file.first_line != stored.first_line:
            result.first_lines[file.path] = file.first_line
        return
    if stored and stored.article.key != file.key and not _readable(file):
        # Its identity cannot be trusted more than the rest: it stays with its thread.
        file = file._replace(key=stored.article.key)
    result.changed.append(file)
    if stored and stored.article.key != file.key:
        result.left[file.path] = stored.article.key


def _readable(file: ScannedFile) -> bool:
    try:
        content = source_files.read_thread(file)
        FORMATS[file.format].read_document(content, file.path)
    except UnreadableError:
        return False
    return True


def tasks(scan: Scan, changed: Sequence[ScannedFile], gone: Mapping[str, int]) -> Iterator[ThreadTask]:
    """Yield the threads of changed files with all their files, in the order of their first files.

    Other files of a thread come from their originals, except those that are `gone` (path to article). Threads between
    which files moved follow one another in one family. Three queries for each 100 threads.
    """
    groups: dict[str, list[ScannedFile]] = defaultdict(list)
    for file in changed:
        groups[file.key].append(file)
    moved = {file.path for file in changed}
    left = {path: key for path, key in scan.left.items() if path in moved}
    absent = gone.keys() | set(scan.renamed.values())
    for key in left.values():
        groups.setdefault(key, [])
    for article_ids in bulk_writes.in_parts(sorted(set(gone.values()))):
        for key in Article.objects.filter(pk__in=article_ids).order_by("key").values_list("key", flat=True):
            groups.setdefault(key, [])
    families = _families(groups, changed, left)
    order = sorted(groups, key=lambda key: families[key][0])
    for part in bulk_writes.in_parts(order, 100):
        others = _others(part)
        removed = stored_digests({*part, *(old for key in part for old in families[key][1])})
        for key in part:
            originals = {original.path: original for original in others.get(key, ()) if original.path not in absent}
            files = [_task(file, originals.get(file.path)) for file in groups[key]]
            files += [original for path, original in originals.items() if path not in moved]
            if files:
                memories = [memory for former in (key, *families[key][1]) for memory in removed.get(former, ())]
                memories += _under_old_keys(groups[key], removed.get(key, ()))
                yield ThreadTask(key, tuple(files), memories, families[key][0])


def _under_old_keys(files: Iterable[ScannedFile], memories: Iterable[ThreadDigests]) -> Iterator[ThreadDigests]:
    """Yield the redactions of a thread under keys of which it remembers digests only."""
    old_keys = {file.old_key for file in files if file.old_key}
    yield from (replace(memory, article_key=key) for key in old_keys for memory in memories if not memory.elsewhere)


def _task(file: ScannedFile, original: FileTask | None) -> FileTask:
    spare = (original.kept, original.sha256) if original else (None, "")
    task = FileTask(file.path, file.size, file.location, *spare, file.format, file.offset, file.first_line)
    return replace(task, members=file.members)


def _families(
    keys: Iterable[str], changed: Iterable[ScannedFile], left: Mapping[str, str]
) -> dict[str, tuple[int, set[str]]]:
    """Return, for each key, the number of its family and the earlier keys of its files.

    Threads between which a file moved are one family; numbers follow the order of first files.
    """
    leader = {key: key for key in keys}

    def lead(key: str) -> str:
        while leader[key] != key:
            key = leader[key]
        return key

    former: dict[str, set[str]] = defaultdict(set)
    for file in changed:
        if file.path in left:
            former[file.key].add(left[file.path])
            leader[lead(left[file.path])] = lead(file.key)
    numbers: dict[str, int] = {}
    return {key: (numbers.setdefault(lead(key), len(numbers)), former[key]) for key in list(leader)}


def outdated_keys() -> dict[str, list[str]]:
    """Return the stored keys whose host is an alias by today's settings, by their canonical keys. One query."""
    outdated: dict[str, list[str]] = defaultdict(list)
    for key in Article.objects.order_by("pk").values_list("key", flat=True):
        if (canonical := canonical_key(key)) != key:
            outdated[canonical].append(key)
    return outdated


def rekeyed_tasks() -> Iterator[ThreadTask]:
    """Yield the threads with an outdated key, to read again from their originals under the canonical key.

    Threads with the same canonical key become one. Three queries for each 100 threads.
    """
    outdated = outdated_keys()
    for part in bulk_writes.in_parts(sorted(outdated), 100):
        stored = {key: [key, *outdated[key]] for key in part}
        everything = [key for keys in stored.values() for key in keys]
        others, removed = _others(everything), stored_digests(everything)
        for canonical, keys in stored.items():
            files = tuple(file for key in keys for file in others.get(key, ()))
            if files:
                memories = [memory for key in keys for memory in removed.get(key, ())]
                yield ThreadTask(canonical, files, memories)


def kept_tasks(article_ids: Iterable[int]) -> Iterator[ThreadTask]:
    """Yield threads to read again from their originals, without outdated keys. Four queries for each 50 threads."""
    for part in bulk_writes.in_parts(article_ids, 50):
        rows = Article.objects.filter(pk__in=part).order_by("pk").values_list("pk", "key")
        keys = {pk: key for pk, key in rows if canonical_key(key) == key}
        others = _others(list(keys.values()))
        removed = stored_digests(list(keys.values()))
        for key in keys.values():
            if key in others:
                yield ThreadTask(key, tuple(others[key]), removed.get(key, ()))


def _others(keys: Collection[str]) -> dict[str, list[FileTask]]:
    """Return the stored files of these threads."""
    files: dict[str, list[FileTask]] = defaultdict(list)
    stored = SourceFile.objects.filter(article__key__in=keys, withdrawn_at=None).order_by("path")
    for row in stored.select_related(None).annotate(key=F("article__key")).defer("modified_at", "redacted_at"):
        original = bytes(row.content)
        files[row.key].append(FileTask(row.path, row.size, None, original, row.sha256, row.format, 0, row.first_line))
    return files
