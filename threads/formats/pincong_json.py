"""The form `pincong-json`: questions and articles in JSON (docs/formats/pincong-json.md)."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from threads.formats import packs, wecenter
from threads.formats.backup_format import MOST_COMMENTS, PackedThread, RefusedFile
from threads.formats.json_values import (
    as_object,
    find_line,
    parse_object,
    read_list,
    read_number,
    read_text,
    storable_fields,
)
from threads.formats.packs import Member, of_member
from threads.formats.wecenter import Place, Post
from threads.parsing import titles, values
from threads.parsing.document import Document, DocumentComment
from threads.parsing.problem_severities import Problem, UnreadableError, refusal
from threads.parsing.values import read_date

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from threads.formats.backup_format import Changes, Folder

NAME: Final = "pincong-json"
HOST: Final = "pincong.rocks"
BASE: Final = f"https://{HOST}/"
THREADS: Final = ("question", "article")
ANSWERS: Final = "question_answer"
DELETED_ACCOUNT: Final = "[已注销]"
"""The name of every deleted account; its uid is null."""
PERSON: Final = {"answer": "answerer", "answer_discussion": "replier", "question_discussion": "replier"}
"""The field with the author of each kind of post."""
BODIES: Final = ("contents", "content")
"""Fields of a text; each record has one of them."""
SAMPLE: Final = 5
"""Files of a folder that are read to recognize the form."""
MOST_LINES: Final = 20
"""Problems of a thread whose lines are searched; others name the file only."""

_PATH: Final = re.compile(r"(question|article|question_answer)/([0-9]{1,18})\.json")
_OTHER_PAGE: Final = re.compile(rb'"(?:question|article)_id"\s*:\s*null\b')
_ANSWER: Final = re.compile(rb'"id"\s*:\s*"([0-9]{1,18})"\s*,\s*"is_folded"')


def claim_entries(folder: Folder) -> Collection[str]:
    """Return the folders whose first files have the fields of this form, if one has threads."""
    claimed = {name for name in (*THREADS, ANSWERS) if name in folder.entries and _has_form(folder, name)}
    return claimed if claimed & {*THREADS} else ()


def _has_form(folder: Folder, name: str) -> bool:
    needed = {"parent_type", "answers"} if name == ANSWERS else {f"{name}_id"}
    paths = [path for path in folder.list_files(name) if _PATH.fullmatch(path)]
    for path in paths[:SAMPLE]:
        try:
            if needed <= parse_object(folder.read(path)).keys():
                return True
        except UnreadableError:
            continue
    return False


def find_threads(folder: Folder, entries: Collection[str]) -> Iterator[PackedThread | RefusedFile]:
    """Yield the threads, then what is in none. Reads each file once, and holds those of one thread."""
    answers = set(folder.list_files(ANSWERS)) if ANSWERS in entries else set()
    owners: dict[str, list[str]] = defaultdict(list)
    for name in THREADS:
        for path in folder.list_files(name) if name in entries else ():
            try:
                members = _read_members(folder, path, answers)
            except UnreadableError as error:
                yield RefusedFile(path, error.problem)
                continue
            for answer in _ANSWER.findall(members[-1].content) if len(members) > 1 else ():
                owners[answer.decode()].append(members[-1].path)
            yield PackedThread(_key_of(path), members)
    for path in sorted(answers):
        message = _("The file has answers of a question that is not in the backup.")
        yield RefusedFile(path, Problem(None, "posts-without-thread", message))
    yield from wecenter.describe_merged(wecenter.pair_merged(owners))


def _key_of(path: str) -> str:
    """Return the key of a thread. Raises UnreadableError if the path is not that of one."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise refusal(None, "no-thread", _("The file is no record of this form. It may be a saved page."))
    return f"{HOST}/{match[1]}/{int(match[2])}"


def _read_members(folder: Folder, path: str, answers: set[str]) -> tuple[Member, ...]:
    """Return the files of a thread, and take its answers out of `answers`. Raises UnreadableError."""
    _key_of(path)
    content = folder.read(path)
    below = f"{ANSWERS}/{path.rpartition('/')[2]}" if path.startswith("question/") else ""
    if _OTHER_PAGE.search(content):
        raise refusal(None, "no-thread", _("The file has no number of a thread: it is another page of the site."))
    if below not in answers:
        return (Member(path, content),)
    answers.discard(below)
    return Member(path, content), Member(below, folder.read(below))


def read_document(content: bytes, name: str) -> Document:
    """Read the pack of a thread. Linear in its size. Raises UnreadableError."""
    pack = _read_pack(content)
    thread, problems = pack.thread, pack.problems
    with packs.naming(pack.path):
        body = wecenter.read_html(read_text(thread, "contents") or read_text(thread, "content"), BASE)
        tags = values.read_tags([as_object(tag).get("name") for tag in read_list(thread, "tags")], None, problems)
        title = titles.read_title(read_text(thread, "title") or _recover_title(thread), None, problems)
        number = pack.path.rpartition("/")[2].removesuffix(".json")
        return Document(
            key=pack.key,
            kind="question" if pack.path.startswith("question/") else "article",
            title=title or titles.make_title(body.markdown, tags, number, None, problems),
            author=pack.read_person(thread, "author"),
            published_at=read_date(values.read_time, read_text(thread, "date"), None, problems),
            modified_at=None,
            source_url=f"https://{pack.key}",
            tags=tags,
            front_matter=storable_fields(thread, without={*BODIES, "discussions"}),
            body=body.markdown,
            comments=tuple(post.comment for post in pack.posts),
            problems=tuple(problems),
            votes=read_number(thread, "agree_count"),
            missing_comments=pack.missing,
        )


def _recover_title(thread: dict[str, Any]) -> str:
    """Return the title in a description, which begins with it; the title itself may be empty."""
    title, dash, _text = read_text(thread, "meta_description").partition(" - ")
    return title if dash else ""


def rewrite(content: bytes, name: str, changes: Changes) -> bytes:
    """Return the pack with the changed texts. A removed author has no name and no uid. Raises UnreadableError."""
    pack = _read_pack(content)
    posts = pack.posts
    new_values: dict[Place, object] = {}
    for number, body in changes.bodies.items():
        for record in posts[number].records:
            new_values |= dict.fromkeys(map(record.below, BODIES), wecenter.field_value(body))
    people = [
        record.below(PERSON[posts[number].comment.source_kind])
        for number, author in changes.authors.items()
        for record in posts[number].records
        if not author
    ]
    if changes.title is not None:
        thread = Place(pack.path, ())
        new_values[thread.below("title")] = changes.title
        new_values |= dict.fromkeys(map(thread.below, (*BODIES, "meta_description", "meta_keywords")), "")
        people.append(thread.below("author"))
    for person in people:
        new_values |= {person.below("username"): "", person.below("uid"): None}
    return wecenter.rewrite_members(content, new_values)


@dataclass(slots=True)
class _Pack:
    """The files of one thread."""

    key: str
    path: str
    """Of the file of the thread itself."""
    thread: dict[str, Any]
    contents: dict[str, bytes]
    """The files by path."""
    by_number: dict[tuple[str, int], Post] = field(default_factory=dict)
    """Posts by kind and number."""
    missing: int = 0
    """How many posts the files count that are not in them."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def posts(self) -> list[Post]:
        """The posts in the order of writing."""
        return wecenter.in_order_of_writing(list(self.by_number.values()))

    def read_answers(self, path: str) -> None:
        """Read the answers of a file with their comments. Raises UnreadableError."""
        fields = parse_object(self.contents[path])
        answers = read_list(fields, "answers")
        self.missing += wecenter.count_missing(fields, "answer_count", len(answers))
        for index, answer in enumerate(answers):
            place = Place(path, ("answers", index))
            number = self._add("answer", place, answer, "thread")
            if isinstance(answer, dict):
                container = "" if number is None else f"answer/{number}"
                self.read_discussions("answer_discussion", place, answer, container)

    def read_discussions(self, kind: str, place: Place, fields: dict[str, Any], container: str) -> None:
        """Read the comments below an answer or a question; if they are no list, that is a problem."""
        try:
            discussions = read_list(fields, "discussions")
            self.missing += wecenter.count_missing(fields, "discussion_count", len(discussions))
        except UnreadableError as error:
            self._report(place, "record-unreadable", error.problem.message)
            return
        for index, discussion in enumerate(discussions):
            self._add(kind, place.below("discussions", index), discussion, container)

    def _add(self, kind: str, place: Place, value: object, container: str) -> int | None:
        """Add a post, or the place of one that is here already; return its number, None if it cannot be read."""
        try:
            fields = as_object(value)
            number = read_number(fields, "id")
            if number is None:
                raise refusal(None, "json-field", _("The post has no number."))
            post = Post(self._read_post(kind, number, fields, container), (place,))
        except UnreadableError as error:
            self._report(place, "record-unreadable", error.problem.message)
            return None
        first = self.by_number.setdefault((kind, number), post)
        if first is not post:
            self.by_number[kind, number] = first._replace(records=(*first.records, place))
            is_equal = first.comment.body == post.comment.body
            message = (
                _("The post %d stands here again.")
                if is_equal
                else _("The post %d stands here again with another text, which is not shown.")
            )
            self._report(place, "post-repeated", message % number)
        return number

    def _read_post(self, kind: str, number: int, fields: dict[str, Any], container: str) -> DocumentComment:
        source = read_text(fields, "contents") or read_text(fields, "content")
        body = wecenter.read_html(source, BASE) if kind == "answer" else wecenter.read_plain(source)
        author = self.read_person(fields, PERSON[kind])
        return DocumentComment(
            author=author,
            addressee=None,
            posted_on=wecenter.read_post_day(fields, self.problems),
            body=body.markdown,
            line=1,
            removed_at_source=body.is_removed,
            source_kind=kind,
            source_id=number,
            # A quote may say more.
            container="" if container == "thread" and body.markdown.startswith(">") else container,
            votes=read_number(fields, "agree_count"),
            account_deleted=_is_deleted_account(fields.get(PERSON[kind])),
        )

    def read_person(self, fields: dict[str, Any], name: str) -> str | None:
        """Return the name in a field; None for a deleted account."""
        person = fields.get(name)
        if person is None or _is_deleted_account(person):
            return None
        return wecenter.read_name(read_text(as_object(person), "username"), self.problems)

    def _report(self, place: Place, code: str, message: str) -> None:
        content = self.contents[place.member]
        line = find_line(content, place.path) if len(self.problems) < MOST_LINES else None
        self.problems.append(of_member(Problem(line, code, message), place.member))


def _is_deleted_account(person: object) -> bool:
    return isinstance(person, dict) and person.get("username") == DELETED_ACCOUNT and person.get("uid") is None


def _read_pack(content: bytes) -> _Pack:
    """Read the files of a pack. Raises UnreadableError if the thread's own file is unreadable."""
    first, *others = packs.unpack(content)
    with packs.naming(first.path):
        thread = parse_object(first.content)
        pack = _Pack(_key_of(first.path), first.path, thread, dict(member[:2] for member in (first, *others)))
        kind, number = pack.key.split("/")[1:]
        if read_number(thread, f"{kind}_id") != int(number):
            raise refusal(None, "json-field", _("The number in the file is not that of its name."))
        if kind == "article":
            pack.missing += wecenter.count_missing(thread, "comment_count", 0)
        elif not others:
            pack.missing += wecenter.count_missing(thread, "answer_count", 0)
        pack.read_discussions("question_discussion", Place(first.path, ()), thread, "thread")
        for member in others:
            with packs.reporting(pack.problems, member.path):
                pack.read_answers(member.path)
        if len(pack.by_number) > MOST_COMMENTS:
            raise refusal(None, "too-many-comments", _("There are more than %s comments.") % f"{MOST_COMMENTS:,}")
    return pack
