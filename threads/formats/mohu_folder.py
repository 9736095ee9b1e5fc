"""The files of the form `mohu` (docs/formats/mohu.md): which files make a thread."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.formats import wecenter
from threads.formats.backup_format import PackedThread, RefusedFile
from threads.formats.json_values import parse_object
from threads.formats.packs import Member
from threads.parsing.problem_severities import Problem, UnreadableError, refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from threads.formats.backup_format import Folder

HOST: Final = "mohu.rocks"
THREADS: Final = ("question", "article", "video")
PARENTS: Final = {
    "answer": "question",
    "question_discussion": "question",
    "answer_discussion": "answer",
    "article_comment": "article",
    "video_comment": "video",
}
"""Kinds of posts, each with the kind of what it stands below."""
SAMPLE: Final = 5
"""Files of a folder that are read to recognize the form."""

_PATH: Final = re.compile(r"([a-z_]+)/(?:([0-9]{1,18})/)?([0-9]{1,18})\.json")
_UID: Final = re.compile(rb'"uid"\s*:\s*([0-9]{1,18})')
_ADDRESSED: Final = re.compile(rb'"contents"\s*:\s*"\s*@([0-9]{1,18})(?=[: ]|\xef\xbc\x9a|\\uff1a)')
_TOPICS: Final = re.compile(rb'"topics"\s*:\s*\[([0-9,\s]*)\]')
_MERGED: Final = re.compile(rb'"mergedId"\s*:\s*([0-9]{1,18})')


class FilePlace(NamedTuple):
    """A file with its place in the form."""

    kind: str
    parent: str
    """Number of the post or thread that it stands below; "" for others."""
    number: str


@lru_cache(maxsize=8192)
def place_of(path: str) -> FilePlace:
    """Return what the path of a file says. Raises UnreadableError if it is not the path of a record."""
    match = _PATH.fullmatch(path)
    if match is None or (match[1] in PARENTS) != bool(match[2]):
        raise refusal(
            None, "no-thread", _("The path is not that of a record of this form: it does not end in a number.")
        )
    return FilePlace(match[1], match[2] or "", match[3])


def claim_entries(folder: Folder) -> Collection[str]:
    """Return the folders of this form: one of questions, articles or videos has records of that kind."""
    claimed = {kind for kind in THREADS if kind in folder.entries and _has_records(folder, kind)}
    if not claimed:
        return ()
    return claimed | (folder.entries & {*PARENTS, "people", "topic"})


def _has_records(folder: Folder, kind: str) -> bool:
    return any(_is_record(folder, path) for path in folder.list_files(kind)[:SAMPLE])


def _is_record(folder: Folder, path: str) -> bool:
    try:
        place, fields = place_of(path), parse_object(folder.read(path))
    except UnreadableError:
        return False
    return fields.get("type") == place.kind and fields.get("id") == int(place.number)


def find_threads(folder: Folder, entries: Collection[str]) -> Iterator[PackedThread | RefusedFile]:
    """Yield the threads, then what is in none. Reads each file once; people and topics stay in memory."""
    files = _Files(folder)
    for entry in sorted(entries):
        yield from files.add(folder.list_files(entry))
    for kind in THREADS:
        for path in files.threads[kind]:
            yield from files.pack(path)
    yield from files.describe_rest()


@dataclass(slots=True)
class _Files:
    """The files of a folder in this form, and which of them no thread has taken yet."""

    folder: Folder
    threads: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Paths of threads by kind."""
    posts: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Paths of posts by kind and number of what they stand below."""
    shared: dict[str, bytes | None] = field(default_factory=dict)
    """People and topics by path; None until a thread needs them."""
    unused: set[str] = field(default_factory=set)
    """Paths of people and topics that no thread needs, and folders of posts (`answer/12`) without a thread."""
    answered: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Folders of each answer, by its number."""

    def add(self, paths: Iterable[str]) -> Iterator[RefusedFile]:
        """Take the files of one folder; yield those that are none of this form."""
        for path in paths:
            try:
                place = place_of(path)
            except UnreadableError as error:
                yield RefusedFile(path, error.problem)
                continue
            if place.parent:
                self.posts[place.kind, place.parent].append(path)
                self.unused.add(f"{place.kind}/{place.parent}")
                if place.kind == "answer":
                    self.answered[place.number].append(f"answer/{place.parent}")
            elif place.kind in THREADS:
                self.threads[place.kind].append(path)
            else:
                self.shared[path] = None
                self.unused.add(path)

    def pack(self, path: str) -> Iterator[PackedThread | RefusedFile]:
        """Yield a thread with its posts, people and topics, and those of its files that cannot be read."""
        place = place_of(path)
        members: list[Member] = []
        refused: list[RefusedFile] = []
        self._read([path], members, refused)
        if members:
            self._read_posts(place.kind, place.number, members, refused)
            members += self._needed(members)
            yield PackedThread(f"{HOST}/{place.kind}/{int(place.number)}", tuple(members))
        yield from refused

    def _read_posts(self, kind: str, number: str, members: list[Member], refused: list[RefusedFile]) -> None:
        for post_kind, parent_kind in PARENTS.items():
            if parent_kind == kind:
                paths = self.posts.get((post_kind, number), ())
                self.unused.discard(f"{post_kind}/{number}")
                self._read(paths, members, refused)
                for path in paths if post_kind in PARENTS.values() else ():
                    self._read_posts(post_kind, path.rpartition("/")[2].removesuffix(".json"), members, refused)

    def _read(self, paths: Iterable[str], members: list[Member], refused: list[RefusedFile]) -> None:
        for path in paths:
            try:
                members.append(Member(path, self.folder.read(path)))
            except UnreadableError as error:
                refused.append(RefusedFile(path, error.problem))

    def _needed(self, members: Sequence[Member]) -> Iterable[Member]:
        """Return the people and topics that these files name, and the topics those are merged into."""
        uids: set[bytes] = set()
        for member in members:
            uids.update(_UID.findall(member.content))
            uids.update(_ADDRESSED.findall(member.content))
        topics = _TOPICS.search(members[0].content)
        paths = [f"people/{uid.decode()}.json" for uid in sorted(uids, key=int)]
        paths += [f"topic/{number.decode()}.json" for number in re.findall(rb"[0-9]+", topics[1] if topics else b"")]
        needed: dict[str, Member] = {}
        for path in paths:
            while path in self.shared and path not in needed and (content := self._read_shared(path)) is not None:
                needed[path] = Member(path, content)
                merged = _MERGED.search(content) if path.startswith("topic/") else None
                path = f"topic/{merged[1].decode()}.json" if merged else ""  # noqa: PLW2901
        return needed.values()

    def _read_shared(self, path: str) -> bytes | None:
        content = self.shared[path]
        if content is None:
            try:
                content = self.shared[path] = self.folder.read(path)
            except UnreadableError:
                return None
        self.unused.discard(path)
        return content

    def describe_rest(self) -> Iterator[RefusedFile]:
        """Yield posts without a thread, the number of people and topics in none, and questions with equal answers."""
        for path in sorted(self.unused - self.shared.keys()):
            kind, number = path.split("/")
            message = _("The folder of %(path)s has posts, but that is not in the backup.")
            above = {"path": f"{PARENTS[kind]}/{number}"}
            yield RefusedFile(path, Problem(None, "posts-without-thread", message % above))
        for kind in ("people", "topic"):
            if count := sum(path.startswith(f"{kind}/") for path in self.unused & self.shared.keys()):
                message = ngettext(
                    "%d file is in no thread, because no thread names it.",
                    "%d files are in no thread, because no thread names them.",
                    count,
                )
                yield RefusedFile(kind, Problem(None, "people-unused", message % count))
        yield from wecenter.describe_merged(wecenter.pair_merged(self.answered))
