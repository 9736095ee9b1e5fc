"""The first Pincong, pin-cong.com, as a Jekyll folder: a Markdown file for each question, answer, article and news.

docs/formats/pincong-jekyll.md says what is read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext as _

from threads.formats import html_bodies, packs, yaml_files
from threads.formats.backup_format import MOST_COMMENTS, PackedThread, RefusedFile
from threads.formats.packs import Member, of_member
from threads.formats.yaml_files import quoted
from threads.parsing.document import Document, DocumentComment
from threads.parsing.headings import person_name
from threads.parsing.problem_severities import Problem, UnreadableError, refusal
from threads.parsing.titles import make_title, read_title
from threads.parsing.values import read_date, read_tags, read_time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from threads.formats.backup_format import Changes, Folder
    from threads.formats.yaml_files import Value, YamlFile

NAME: Final = "pincong-jekyll"
HOST: Final = "pin-cong.com"
BASE: Final = f"https://{HOST}/"
THREADS: Final = ("_p", "_articles", "_news")
"""Questions, articles and news have one sequence of numbers."""
ANSWERS: Final = "_answers"
PERSON: Final = ("user_name", "user_id", "user_intro", "user_avatar")
"""Fields that identify an author."""

_PROBED: Final = 5
"""Files of a folder that are read to recognise the form."""
_NUMBER: Final = re.compile(r"(?:_p|_articles|_news|_answers/([0-9]{1,18}))/([0-9]{1,18})\.md")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARAGRAPHS: Final = re.compile(r"(\n[ \t]*(?:\n[ \t]*)+)")
_BLOCK: Final = re.compile(
    r"<(?:div|p|ul|ol|table|blockquote|h[1-6]|center|iframe|section|article|figure)\b", re.IGNORECASE
)
_BREAK: Final = re.compile(r"[ \t]*<br[ \t]*/?>[ \t]*\n?", re.IGNORECASE)
_INLINE: Final = re.compile(
    r"</?(b|strong|s|del|strike|span|u|font|small|big|sub|sup|center)(?: [^<>\n]*)?>", re.IGNORECASE
)
_MARKS: Final = {"b": "**", "strong": "**", "s": "~~", "del": "~~", "strike": "~~"}


class _Post(NamedTuple):
    """A text, and its place in the pack."""

    comment: DocumentComment
    member: int
    """Index of the member."""
    file: YamlFile
    value: Value | None = None
    """The place of a comment's text; None if the text is the body of the file."""


def claim_entries(folder: Folder) -> Collection[str]:
    """Return the folders of this form, if one of the first files of a folder has the fields of a thread."""
    entries = folder.entries & {*THREADS, ANSWERS}
    return entries if any(_has_form(folder, name) for name in entries & {*THREADS}) else ()


def _has_form(folder: Folder, name: str) -> bool:
    for path in folder.list_files(name)[:_PROBED]:
        try:
            content = folder.read(path)
            if (
                yaml_files.has_fields(content, "title", "date")
                and b"\nupvote: " in content
                and b"\ndownvote: " in content
            ):
                return True
        except UnreadableError:
            continue
    return False


def find_threads(folder: Folder, entries: Collection[str]) -> Iterator[PackedThread | RefusedFile]:
    """Yield the threads with their answers, then answers without a thread. Reads each file once; never raises."""
    answers: dict[int, list[str]] = defaultdict(list)
    for path in folder.list_files(ANSWERS) if ANSWERS in entries else ():
        match = _NUMBER.fullmatch(path)
        if match and match[1]:
            answers[int(match[1])].append(path)
        else:
            yield _not_a_post(path)
    for path in (path for name in THREADS if name in entries for path in folder.list_files(name)):
        match = _NUMBER.fullmatch(path)
        if match is None:
            yield _not_a_post(path)
            continue
        number = int(match[2])
        try:
            members = [Member(each, folder.read(each)) for each in (path, *answers.pop(number, ()))]
        except UnreadableError as error:
            yield RefusedFile(path, error.problem)
            continue
        yield PackedThread(f"{HOST}/p/{number}", tuple(members))
    for path in (path for paths in answers.values() for path in paths):
        yield RefusedFile(
            path, Problem(None, "posts-without-thread", _("The thread of this answer is not in the backup."))
        )


def _not_a_post(path: str) -> RefusedFile:
    return RefusedFile(path, Problem(None, "not-a-thread", _("The file is not a thread of this format.")))


class _Pack:
    """The files of a thread, read."""

    def __init__(self, content: bytes) -> None:
        self.members = packs.unpack(content)
        self.problems: list[Problem] = []
        self.missing = 0
        """Comments without a text."""
        first = self.members[0]
        with packs.naming(first.path):
            match = _NUMBER.fullmatch(first.path)
            if match is None:
                raise refusal(None, "not-a-thread", _("The file is not a thread of this format."))
            self.number = int(match[2])
            self.opening = yaml_files.read_yaml_file(first.content)
        self.posts = self._read_comments(0, self.opening, "thread")
        answers: list[list[_Post]] = []
        for index, member in enumerate(self.members[1:], 1):
            with packs.reporting(self.problems, member.path):
                answers.append(self._read_answer(index, member))
        self.posts += (post for posts in sorted(answers, key=_order) for post in posts)
        if len(self.posts) > MOST_COMMENTS:
            message = _("There are more than %s comments.") % f"{MOST_COMMENTS:,}"
            raise refusal(None, "too-many-comments", message)

    def _read_answer(self, index: int, member: Member) -> list[_Post]:
        file = yaml_files.read_yaml_file(member.content)
        number = int(member.path.rpartition("/")[2].removesuffix(".md"))
        found: list[Problem] = []
        moment = read_date(read_time, file.fields.field("date").words, file.fields.field("date").line, found)
        author = file.fields.field("user_name")
        if not author.words and file.fields.field("user_id").words:
            found.append(Problem(author.line, "author-unknown", _("The account has no name.")))
        self.problems += [of_member(problem, member.path) for problem in found]
        answer = DocumentComment(
            author=person_name(author.words),
            addressee=None,
            posted_on=moment.date() if moment else None,
            body=_plain_body(file.body),
            line=1,
            posted_at=None if _DAY.fullmatch(file.fields.field("date").words) else moment,
            source_kind="answer",
            source_id=number,
            container="thread",
            votes=_votes(file),
        )
        return [_Post(answer, index, file), *self._read_comments(index, file, f"answer/{number}")]

    def _read_comments(self, index: int, file: YamlFile, container: str) -> list[_Post]:
        values = file.fields.field("comments").items
        texts = [value for value in values if value.text.strip()]
        self.missing += len(values) - len(texts)
        return [
            _Post(
                DocumentComment(None, None, None, _plain_body(value.text.strip()), value.line, container=container),
                index,
                file,
                value,
            )
            for value in texts
        ]


def _order(posts: list[_Post]) -> tuple[str, int]:
    """Return the sort key of an answer with its comments: ISO dates sort as text, also without a time."""
    return posts[0].file.fields.field("date").words or "9", posts[0].comment.source_id or 0


def _votes(file: YamlFile) -> int | None:
    up, down = file.fields.field("upvote").number, file.fields.field("downvote").number
    return None if up is None or down is None else up - down


def read_document(content: bytes, name: str) -> Document:
    """Read the pack of one thread. Linear in its size. Raises UnreadableError."""
    pack = _Pack(content)
    fields = pack.opening.fields
    found: list[Problem] = []
    body = _plain_body(pack.opening.body)
    title_line, date_line = fields.field("title").line, fields.field("date").line
    tags = read_tags([item.words for item in fields.field("tags").items], fields.field("tags").line, found)
    title = read_title(fields.field("title").words, title_line, found) or make_title(
        body, tags, name, title_line, found
    )
    data = fields.plain_data()
    return Document(
        key=f"{HOST}/p/{pack.number}",
        kind="question" if pack.members[0].path.startswith("_p/") else "article",
        title=title or make_title(body, tags, name, title_line, found),
        author=person_name(fields.field("user_name").words),
        published_at=read_date(read_time, fields.field("date").words, date_line, found),
        modified_at=None,
        votes=_votes(pack.opening),
        missing_comments=pack.missing,
        source_url=f"{BASE}p/{pack.number}/",
        tags=tags,
        front_matter={key: value for key, value in data.items() if key != "comments"} if isinstance(data, dict) else {},
        body=body,
        comments=tuple(post.comment for post in pack.posts),
        problems=(*(of_member(problem, pack.members[0].path) for problem in found), *pack.problems),
    )


def _plain_body(text: str) -> str:
    """Return a body with the HTML in it as Markdown. Idempotent; bodies with fenced code stay as they are."""
    if "<" not in text or "```" in text:
        return text
    pieces = _PARAGRAPHS.split(text)
    pieces[::2] = [
        html_bodies.to_markdown(piece, BASE) if _BLOCK.match(piece) else _without_inline(piece) for piece in pieces[::2]
    ]
    return yaml_files.trim_body("".join(pieces))


def _without_inline(text: str) -> str:
    return _INLINE.sub(lambda match: _MARKS.get(match[1].lower(), ""), _BREAK.sub("  \n", text))


def rewrite(content: bytes, name: str, changes: Changes) -> bytes:
    """Return the pack with the changed texts. Raises UnreadableError."""
    pack = _Pack(content)
    edits: dict[int, list[tuple[Value, str]]] = defaultdict(list)
    bodies: dict[int, str] = {}
    for number, body in changes.bodies.items():
        post = pack.posts[number]
        if post.value:
            edits[post.member].append((post.value, quoted(body)))
        else:
            bodies[post.member] = body
    for number, author in changes.authors.items():
        post = pack.posts[number]
        if not author and post.value is None:
            edits[post.member] += _without_person(post.file)
    if changes.title is not None:
        fields = pack.opening.fields
        edits[0] += [(fields.field("title"), quoted(changes.title)), (fields.field("tags"), "[]")]
        edits[0] += _without_person(pack.opening)
        bodies[0] = ""
    files = {post.member: post.file for post in pack.posts} | {0: pack.opening}
    return packs.pack(
        member._replace(content=files[index].replace(edits[index], body=bodies.get(index)))
        if index in edits or index in bodies
        else member
        for index, member in enumerate(pack.members)
    )


def _without_person(file: YamlFile) -> Iterator[tuple[Value, str]]:
    yield from ((file.fields.field(name), quoted("")) for name in PERSON)
