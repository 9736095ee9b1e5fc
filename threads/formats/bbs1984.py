"""The forum 1984bbs.com as a Jekyll folder: `_posts/<day>-<title>.md` has the first page of a thread.

docs/formats/1984bbs.md says what is read, and how replies are stated.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.formats import packs
from threads.formats.backup_format import PackedThread, RefusedFile
from threads.formats.bbs1984_floors import CREDIT, TIME, read_file, trimmed
from threads.formats.packs import Member
from threads.parsing import thread_keys
from threads.parsing.document import Document, DocumentComment
from threads.parsing.headings import person_name
from threads.parsing.problem_severities import Problem, UnreadableError, refusal
from threads.parsing.titles import make_title, read_title
from threads.parsing.values import body_text, line_of_text, midnight, read_date, read_day, read_tags

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from threads.formats.backup_format import Changes, Folder
    from threads.formats.bbs1984_floors import Floor, FloorsFile

NAME: Final = "1984bbs"
ZONE: Final = timezone(timedelta(hours=8))
"""The forum's minutes are those of China."""
FIRST_PAGE: Final = 50
"""Floors of a full page."""
DELETED: Final = "该用户已被删除"
"""After the name of a deleted account."""
NAMELESS: Final = "***"
"""What is left of a name after a redaction; the forum did not allow stars in names."""

_POSTS: Final = "_posts"
_PROBED: Final = 20
"""Files that are read to recognise the form; a poll shows nothing of it."""
_HEADING_BYTES: Final = re.compile(r"^[0-9]{1,4}楼 大 中 小 发表于 [0-9]".encode(), re.MULTILINE)
_EDITED: Final = re.compile(rf"\[ 本帖最后由 (.{{1,300}}?) 于 ({TIME}) 编辑 \]\s*\Z")
_QUOTE_WORD: Final = re.compile(r"(?:^引用[:：][ \t]*\n(?:[ \t]*\n)*)+(?=>)", re.MULTILINE)
_ICON: Final = re.compile(r"!\[\]\([^()\n]*/back\.gif\)")
_QUOTE: Final = re.compile(
    rf"^>[ ]?原帖由 (.{{1,300}}?) 于 ({TIME}(?:[ ][AP]M)?) 发表[ \t]*(.*)$(?:\n>[ \t]*(?:{_ICON.pattern})?[ \t]*$)*",
    re.MULTILINE,
)
_ADDRESS: Final = re.compile(r"^[ \t]*回复 ([0-9]{1,4})楼 (.{1,300}?) 的(?:话题|帖子)[ \t]*$", re.MULTILINE)
_BLOCKED: Final = re.compile(
    r"[*_]{0,2}提示:[ ]?[*_]{0,2}(?:该帖被管理员或[^\n]{1,12}屏蔽|作者被禁止或删除[ ]内容自动屏蔽)[*_]{0,2}"
)
"""The whole text of a post that was blocked."""
_DAMAGE: Final = re.compile(r"[\udc80-\udcff]")
_SIGNS: Final = re.compile(r"([\\`*_\[\]<>~#])")
_LOST: Final = "锟斤拷"
"""What bytes of another encoding look like that were read as GBK after they had been lost."""


def claim_entries(folder: Folder) -> Collection[str]:
    """Return `_posts` if one of its first files has a floor of this form."""
    for path in folder.list_files(_POSTS)[:_PROBED] if _POSTS in folder.entries else ():
        try:
            if _HEADING_BYTES.search(folder.read(path)):
                return (_POSTS,)
        except UnreadableError:
            continue
    return ()


def find_threads(folder: Folder, entries: Collection[str]) -> Iterator[PackedThread | RefusedFile]:
    """Yield a thread for each file. Reads each once; never raises."""
    for path in folder.list_files(_POSTS) if _POSTS in entries else ():
        try:
            content = folder.read(path)
            if not path.endswith(".md") or not content.strip():
                raise refusal(1, "not-a-thread", _("The file is not a thread of this format."))
        except UnreadableError as error:
            yield RefusedFile(path, error.problem)
            continue
        yield PackedThread(_key(path), (Member(path, content),))


def _key(path: str) -> str:
    """Return the key of a file: of its name alone, because the folder is the same for all."""
    return thread_keys.file_key(path.rpartition("/")[2])


def read_document(content: bytes, name: str) -> Document:
    """Read the pack of one thread. Linear in its size. Raises UnreadableError."""
    member = packs.unpack(content)[0]
    file = read_file(member.content)
    found = list(_damage_problems(file.text))
    opening, *rest = file.floors
    comments = tuple(_read_comment(file, floor, found) for floor in rest)
    if file.floors[-1].number == FIRST_PAGE:
        message = _("The file ends with floor %d, a full page: later comments may be missing in the backup.")
        found.append(Problem(rest[-1].line, "first-page", message % FIRST_PAGE))
    words = line_of_text(body_text(file.text[file.title])) or _unquoted(file.fields.get("title", ""))
    author, _deleted = _read_name(file.text[opening.name])
    body, edited_at = _read_body(file, opening, author)
    body, kind = _without_title(body, words)
    tags = read_tags([file.fields.get("categories", ""), *kind], 1, found)
    title = read_title(words, 1, found) or make_title(body, tags, name, 1, found)
    day = read_date(read_day, (opening.time or file.fields.get("date", "")).split(" ")[0], opening.line, found)
    return Document(
        key=_key(member.path),
        kind="article",
        title=title,
        author=author,
        # Days of articles are those of UTC in the archive.
        published_at=midnight(day) if day else None,
        modified_at=midnight(edited_at.date()) if edited_at else None,
        source_url="",
        tags=tags,
        front_matter=file.fields,
        body=body,
        comments=comments,
        problems=tuple(packs.of_member(problem, member.path) for problem in found),
    )


def _damage_problems(text: str) -> Iterator[Problem]:
    if damage := len(_DAMAGE.findall(text)):
        message = ngettext(
            "%d byte is not UTF-8 and is shown as U+FFFD.", "%d bytes are not UTF-8 and are shown as U+FFFD.", damage
        )
        yield Problem(None, "encoding-damaged", message % damage)
    if _LOST in text:
        line = text.count("\n", 0, text.index(_LOST)) + 1
        yield Problem(line, "encoding-lost", _("Characters were lost before the backup, in a wrong encoding."))


# --- Reading a floor


def _read_comment(file: FloorsFile, floor: Floor, problems: list[Problem]) -> DocumentComment:
    author, is_deleted = _read_name(file.text[floor.name])
    if floor.name.start == floor.name.stop:
        problems.append(Problem(floor.line, "author-unknown", _("No name stands above the heading.")))
    day = read_date(read_day, floor.time.split(" ")[0], floor.line, problems)
    body, edited_at = _read_body(file, floor, author)
    is_blocked = _BLOCKED.fullmatch(body) is not None
    return DocumentComment(
        author=author,
        addressee=None,
        posted_on=day,
        body="" if is_blocked else body,
        line=floor.line,
        removed_at_source=is_blocked,
        posted_at=_moment(floor.time) if day else None,
        edited_at=edited_at,
        floor=floor.number,
        account_deleted=is_deleted,
    )


def _read_name(block: str) -> tuple[str | None, bool]:
    """Return the name on the first line, and whether its account is deleted."""
    line = block.partition("\n")[0].strip()
    if line == NAMELESS:
        return None, False
    return person_name(body_text(line.removesuffix(DELETED))), line.endswith(DELETED)


def _read_body(file: FloorsFile, floor: Floor, author: str | None) -> tuple[str, datetime | None]:
    """Return the text of a floor in plain Markdown, and the time of its last edit."""
    text = body_text(CREDIT.sub("", file.text[floor.body]))
    if file.is_doubled:
        text = _undouble(text)
    text = _trim(text)
    edited_at = None
    if (edit := _EDITED.search(text)) and person_name(edit[1]) in {author, NAMELESS}:
        edited_at = _moment(edit[2])
        text = text[: edit.start()]
    return _trim(_plain_body(text)), edited_at


def _undouble(text: str) -> str:
    """Return the lines of a text without the empty line after each; the same text if two lines are adjacent."""
    lines = text.strip("\n").split("\n")
    return "\n".join(lines[::2]) if not any(lines[1::2]) else text


def _doubled(text: str) -> str:
    return text.replace("\n", "\n\n")


def _trim(text: str) -> str:
    return re.sub(r"\A(?:[ \t]*\n)+", "", text.rstrip())


def _plain_body(text: str) -> str:
    """Return a text with the marks of answers that linking reads. Idempotent."""
    text = _QUOTE_WORD.sub("", text)
    text = _QUOTE.sub(_quote_line, text)
    text = _ICON.sub("", text)
    return _ADDRESS.sub(lambda match: f"@{_escaped(match[2])} #{int(match[1])}", text)


def _quote_line(match: re.Match[str]) -> str:
    name, time, rest = match.groups()
    moment = _moment(time)
    if moment is None:
        return match[0]
    rest = _ICON.sub("", rest).strip()
    return f"> @{_escaped(name)} {moment.isoformat(timespec='minutes')}:" + (f"\n> {rest}" if rest else "")


def _escaped(name: str) -> str:
    return _SIGNS.sub(r"\\\1", name.strip())


def _without_title(body: str, words: str) -> tuple[str, list[str]]:
    """Return the opening text without the title on its first line, and the thread type that precedes the title."""
    kind = re.match(r"\[([^\[\]]{1,20})\] ", words)
    first, _line_feed, rest = body.partition("\n")
    first = line_of_text(first)
    if first == words:
        return _trim(rest), []
    if kind and first == words[kind.end() :]:
        return _trim(rest), [kind[1]]
    return body, []


def _moment(time: str) -> datetime | None:
    """Return the aware time of a minute; None if there is no such minute."""
    year, month, day, hour, minute = map(int, re.findall(r"[0-9]+", time))
    if time.endswith("M") and hour <= 12:
        # A few readers had a clock of twelve hours.
        hour = hour % 12 + (12 if time.endswith("PM") else 0)
    try:
        return datetime(year, month, day, hour, minute, tzinfo=ZONE)
    except ValueError:
        return None


def _unquoted(words: str) -> str:
    return words[1:-1].replace("''", "'") if words[:1] == "'" == words[-1:] and len(words) > 1 else words


# --- Rewriting


def rewrite(content: bytes, name: str, changes: Changes) -> bytes:
    """Return the pack with the changed texts. Raises UnreadableError.

    A removed name becomes `***`. With a new title, the file gets the name of the new key.
    """
    member = packs.unpack(content)[0]
    file = read_file(member.content)
    edits: list[tuple[slice, str]] = []
    rest = file.floors[1:]
    for number, body in changes.bodies.items():
        edits.append((_inner(file, rest[number]), _doubled(body) if file.is_doubled else body))
    for number, author in changes.authors.items():
        if not author:
            edits += _without_name(file, rest[number], is_text_kept=number not in changes.bodies)
    if changes.title is not None:
        edits += _without_opening(file, changes.title)
    text = file.text
    for place, new in sorted(edits, key=lambda edit: edit[0].start, reverse=True):
        text = text[: place.start] + new + text[place.stop :]
    path = member.path
    if changes.key:
        path = f"{path.rpartition('/')[0]}/{changes.key.rpartition('/')[2]}.md"
    return packs.pack([Member(path, text.encode("utf-8", "surrogateescape"))])


def _inner(file: FloorsFile, floor: Floor) -> slice:
    """Return the place of a floor's text without the white space and the credit around it."""
    credit = CREDIT.search(file.text, floor.body.start, floor.body.stop)
    return trimmed(file.text, floor.body.start, credit.start() if credit else floor.body.stop)


def _find_edit(file: FloorsFile, floor: Floor) -> re.Match[str] | None:
    """Return the author's own note of an edit at the end of a floor; its positions are those in the file."""
    inner = _inner(file, floor)
    edit = _EDITED.search(file.text, inner.start, inner.stop)
    return edit if edit and person_name(edit[1]) in {_read_name(file.text[floor.name])[0], NAMELESS} else None


def _without_name(file: FloorsFile, floor: Floor, *, is_text_kept: bool) -> Iterator[tuple[slice, str]]:
    if floor.name.start < floor.name.stop:
        yield floor.name, NAMELESS
    edit = _find_edit(file, floor)
    if edit and is_text_kept:
        yield slice(*edit.span(1)), NAMELESS


def _without_opening(file: FloorsFile, title: str) -> Iterator[tuple[slice, str]]:
    """Yield the edits that remove title, author and opening text. The time of the last edit stays: it orders files."""
    opening = file.floors[0]
    edit = _find_edit(file, opening)
    head = [line for line in file.text[: file.fields_end].split("\n") if not line.startswith("title:")]
    yield slice(0, file.fields_end), "\n".join(head).replace("---\n", f"---\ntitle: '{title}'\n", 1)
    if file.title.start < file.title.stop:
        yield file.title, title
    yield from _without_name(file, opening, is_text_kept=False)
    yield _inner(file, opening), f"[ 本帖最后由 {NAMELESS} 于 {edit[2]} 编辑 ]" if edit else ""
