"""The site 2049bbs.xyz as a Jekyll folder: `_posts/<day>-<aid>.md` with comments in YAML, people in `_users/`.

docs/formats/2049bbs.md says what is read, and how replies are stated.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from threads.formats import packs, yaml_files
from threads.formats.backup_format import MOST_COMMENTS, PackedThread, RefusedFile
from threads.formats.packs import Member
from threads.formats.yaml_files import quoted
from threads.parsing.document import Document, DocumentComment
from threads.parsing.headings import person_name
from threads.parsing.problem_severities import Problem, UnreadableError, refusal
from threads.parsing.titles import make_title, read_title
from threads.parsing.values import midnight, read_date, read_tags, read_time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from threads.formats.backup_format import Changes, Folder
    from threads.formats.yaml_files import Value, YamlFile

NAME: Final = "2049bbs"
HOST: Final = "2049bbs.xyz"
ZONE: Final = timezone(timedelta(hours=8))
"""Asia/Shanghai. Times in the files are UTC."""
FIRST_PAGE: Final = 100
"""Comments of a full page: the crawler read no second one."""
NOBODY: Final = "0"
"""The `authorID` of a removed name; no account has it."""

_POSTS, _USERS, _CATEGORIES = "_posts", "_users", "_category_info"
_PROBED: Final = 5
"""Files that are read to recognise the form."""
_AID: Final = re.compile(rb"^aid:[ \t]*([0-9]{1,18})[ \t]*\r?$", re.MULTILINE)
_PERSON: Final = re.compile(rb"""\bauthorID['"]?[ \t]*:[ \t]*['"]?([0-9]{1,18})\b""")
_CATEGORY: Final = re.compile(rb"^cid:[ \t]*([0-9]{1,18})[ \t]*\r?$", re.MULTILINE)
_ADDRESS: Final = re.compile(
    r"@\[((?:[^\[\]\\\n]|\\.){1,300})\]\(/member/(?:[^()\s]|\([^()\s]*\))*\)(?:[ ]?#([0-9]{1,6})(?![0-9]))?"
)
_BETWEEN: Final = re.compile(r"\s*")
_EMAIL: Final = re.compile(r"\[\\\[email.protected\\\]\]\(/cdn-cgi/l/email-protection[^()\s]*\)")
_BRACES: Final = re.compile("(?<=[{}%])\u200a(?=[{}%])")
_STRUCK: Final = re.compile(r"<(strike|del|s)>([^\s<>](?:[^<>\n]*[^\s<>])?)</\1>")
_ACCOUNT_CLOSED: Final = re.compile(r"(?:<strike>|~~)用户已注销，隐藏回帖(?:</strike>|~~)")
"""The whole text of a comment whose author closed the account."""


def claim_entries(folder: Folder) -> Collection[str]:
    """Return `_posts`, `_users` and `_category_info` if one of the first posts has the fields of this form."""
    if _POSTS not in folder.entries:
        return ()
    for path in folder.list_files(_POSTS)[:_PROBED]:
        try:
            if yaml_files.has_fields(folder.read(path), "aid", "cid", "authorID"):
                return folder.entries & {_POSTS, _USERS, _CATEGORIES}
        except UnreadableError:
            continue
    return ()


def find_threads(folder: Folder, entries: Collection[str]) -> Iterator[PackedThread | RefusedFile]:
    """Yield a thread for each post, with its people and its category. Reads each post once; never raises."""
    extra = {path for name in (_USERS, _CATEGORIES) if name in entries for path in folder.list_files(name)}
    used: set[str] = set()
    for path in folder.list_files(_POSTS) if _POSTS in entries else ():
        try:
            content = folder.read(path)
            aid = _AID.search(content)
            if aid is None:
                raise refusal(1, "not-a-thread", _("The file has no number of a thread (“%s”).") % "aid")
            needed = sorted(_paths_of_others(content) & extra)
            members = [Member(path, content), *(Member(other, folder.read(other)) for other in needed)]
        except UnreadableError as error:
            yield RefusedFile(path, error.problem)
            continue
        used.update(needed)
        yield PackedThread(f"{HOST}/t/{int(aid[1])}", tuple(members))
    if unused := sorted(extra - used):
        message = _("Files of people or categories without a thread: %d. They are not imported.") % len(unused)
        yield RefusedFile(unused[0], Problem(None, "people-unused", message))


def _paths_of_others(post: bytes) -> set[str]:
    """Return the paths of the people and the category that a post names."""
    users = {f"{_USERS}/{int(number)}.md" for number in _PERSON.findall(post)}
    return users | {f"{_CATEGORIES}/{int(number)}.md" for number in _CATEGORY.findall(post)}


class _Users:
    """The names of a thread's people, and the problems with them."""

    def __init__(self, members: Iterable[Member], post: str, problems: list[Problem]) -> None:
        self.contents = {member.path: member.content for member in members}
        self.post = post
        self.problems = problems
        self.names: dict[str, str | None] = {NOBODY: None}

    def name_of(self, number: Value) -> str | None:
        """Return the name of an account; None, and one problem, if it is not known."""
        key = number.words
        if key not in self.names:
            self.names[key] = self._read(number)
        return self.names[key]

    def _read(self, number: Value) -> str | None:
        path = f"{_USERS}/{number.words}.md"
        if path not in self.contents:
            message = _("The account %s has no file. Its name is unknown.") % number.words
            self._add(number.line, message, self.post)
            return None
        try:
            name = person_name(yaml_files.read_yaml_file(self.contents[path]).fields.field("userName").words)
        except UnreadableError as error:
            self.problems.append(packs.of_member(Problem(error.problem.line, "author-unknown", str(error)), path))
            return None
        if name is None:
            self._add(1, _("The account has no name."), path)
        return name

    def _add(self, line: int, message: str, path: str) -> None:
        self.problems.append(packs.of_member(Problem(line, "author-unknown", message), path))


def read_document(content: bytes, name: str) -> Document:
    """Read the pack of one thread. Linear in its size. Raises UnreadableError."""
    members = packs.unpack(content)
    post = _read_post(members[0])
    fields = post.fields
    problems: list[Problem] = []
    users = _Users(members[1:], members[0].path, problems)
    rows = fields.field("comments").items
    found: list[Problem] = []
    comments = tuple(_read_comment(row, users, found) for row in rows)
    if len(rows) == FIRST_PAGE:
        message = _("The list ends after %d comments: later ones may be missing in the backup.") % FIRST_PAGE
        found.append(Problem(rows[-1].line, "first-page", message))
    body = _plain_body(post.body)
    line = fields.field("title").line
    tags = read_tags(
        [fields.field("category").words, *(item.words for item in fields.field("tags").items)], line, found
    )
    title = read_title(fields.field("title").words, line, found) or make_title(body, tags, name, line, found)
    day = _read_moment(fields.field("addTime"), found)[0]
    number = fields.field("aid").number
    author = users.name_of(fields.field("authorID"))
    return Document(
        key=f"{HOST}/t/{number}",
        kind="article",
        title=title,
        author=author,
        # Days of articles are those of UTC in the archive.
        published_at=midnight(day) if day else None,
        modified_at=None,
        source_url=f"https://{HOST}/t/{number}",
        tags=tags,
        front_matter=_front_matter(fields),
        body=body,
        comments=comments,
        problems=(*(packs.of_member(problem, members[0].path) for problem in found), *problems),
    )


def _read_post(member: Member) -> YamlFile:
    """Read the file of a thread. Raises UnreadableError with its path and line."""
    with packs.naming(member.path):
        post = yaml_files.read_yaml_file(member.content)
        comments = post.fields.field("comments")
        if post.fields.field("aid").number is None:
            raise refusal(1, "not-a-thread", _("The file has no number of a thread (“%s”).") % "aid")
        if len(comments.items) > MOST_COMMENTS:
            message = _("There are more than %s comments.") % f"{MOST_COMMENTS:,}"
            raise refusal(comments.line, "too-many-comments", message)
    return post


def _front_matter(fields: Value) -> dict[str, object]:
    data = fields.plain_data()
    return {name: value for name, value in data.items() if name != "comments"} if isinstance(data, dict) else {}


def _read_comment(row: Value, users: _Users, problems: list[Problem]) -> DocumentComment:
    text = row.field("content").text.strip()
    closed = _ACCOUNT_CLOSED.fullmatch(text) is not None
    day, moment = _read_moment(row.field("addTime"), problems)
    return DocumentComment(
        author=users.name_of(row.field("authorID")),
        addressee=None,
        posted_on=day,
        body=_plain_body(text),
        line=row.line,
        removed_at_source=closed,
        posted_at=moment,
        account_deleted=closed,
    )


def _read_moment(value: Value, problems: list[Problem]) -> tuple[date | None, datetime | None]:
    """Return the day in the site's zone; also the moment, unless it is midnight: then only the day was known."""
    moment = read_date(read_time, value.words, value.line, problems)
    if moment is None:
        return None, None
    local = moment.astimezone(ZONE)
    return local.date(), None if (local.hour, local.minute) == (0, 0) else local


def _plain_body(text: str) -> str:
    """Return a text in plain Markdown: `@name #5` or `@name:` for links to people, no changes by the crawler.

    Idempotent: what `rewrite` has written is read as it is.
    """
    text = _EMAIL.sub(r"\\[email protected\\]", _BRACES.sub("", text))
    text = _STRUCK.sub(r"~~\2~~", text)
    leading: list[str] = []
    position = 0
    while match := _ADDRESS.match(text, position):
        leading.append(f"@{match[1]} #{match[2]}" if match[2] else f"@{match[1]}:")
        position = _BETWEEN.match(text, match.end()).end()  # type: ignore[union-attr]
    rest = _ADDRESS.sub(lambda match: f"@{match[1]} #{match[2]}" if match[2] else f"@{match[1]}", text[position:])
    if not leading:
        return rest
    white = text[:position][len(text[:position].rstrip()) :]
    return f"{' '.join(leading)}{white or ' '}{rest}".rstrip()


def rewrite(content: bytes, name: str, changes: Changes) -> bytes:
    """Return the pack with the changed texts. Raises UnreadableError.

    A removed name is the account 0. The file of a person whom the thread does not name any more leaves the pack.
    """
    members = packs.unpack(content)
    post = _read_post(members[0])
    rows = post.fields.field("comments").items
    edits = [(rows[number].field("content"), quoted(body)) for number, body in changes.bodies.items()]
    edits += [(rows[number].field("authorID"), NOBODY) for number, author in changes.authors.items() if not author]
    body = None
    if changes.title is not None:
        fields = post.fields
        edits += [(fields.field("title"), quoted(changes.title)), (fields.field("authorID"), NOBODY)]
        edits.append((fields.field("tags"), "[]"))
        body = ""
    first = members[0]._replace(content=post.replace(edits, body=body))
    left = _paths_of_others(first.content)
    return packs.pack([first, *(member for member in members[1:] if member.path in left)])
