"""What backups of WeCenter sites share (`mohu`, `pincong_json`): bodies, people, the order of posts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.utils.translation import ngettext

from threads.formats import html_bodies, packs
from threads.formats.backup_format import RefusedFile
from threads.formats.json_values import Path, read_number, read_text, replace_values
from threads.parsing import headings, values
from threads.parsing.problem_severities import Problem
from threads.parsing.values import read_date

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from threads.parsing.document import DocumentComment

_DELETED: Final = re.compile(
    r'\s*(?:<div\b[^>]*>\s*)*<(s|i) class="aw-deleted">[^<]*</\1>\s*(?:</div>\s*)*', re.IGNORECASE
)
_DELETED_WORDS: Final = frozenset({"已删除", "已隐藏", "已刪除", "已隱藏"})


class Body(NamedTuple):
    """The text of a post."""

    markdown: str
    is_removed: bool = False
    """True if the site removed the text; what is left is its note of that."""


class Place(NamedTuple):
    """Where a pack has a value: in which member, and its path there."""

    member: str
    path: Path

    def below(self, *names: str | int) -> Place:
        """Return the place of a value inside this one."""
        return self._replace(path=(*self.path, *names))


class Post(NamedTuple):
    """A post below a thread, and the places of its records: more than one if the backup repeats it."""

    comment: DocumentComment
    records: tuple[Place, ...]


def read_html(source: str, base: str = "") -> Body:
    """Return a body in HTML; `base` is the address of relative links."""
    body = _body(html_bodies.to_markdown(values.body_text(source), base))
    return body._replace(is_removed=True) if _DELETED.fullmatch(source) else body


def read_plain(source: str) -> Body:
    """Return a body in plain text."""
    body = _body(html_bodies.from_plain_text(values.body_text(source)))
    return body._replace(is_removed=True) if source.strip() in _DELETED_WORDS else body


def _body(markdown: str) -> Body:
    return Body(markdown, values.is_removed_at_source(markdown))


def read_name(name: str, problems: list[Problem]) -> str | None:
    """Return a person's name as the archive stores it, None for an empty one."""
    if headings.is_name_cut(name):
        problems.append(headings.name_cut(None))
    return headings.person_name(name)


def read_post_day(fields: Mapping[str, Any], problems: list[Problem]) -> date | None:
    """Return the day of a post, which is in the time zone of the site."""
    return read_date(values.read_day, read_text(fields, "date"), None, problems)


def count_missing(fields: Mapping[str, Any], name: str, present: int) -> int:
    """Return how many posts a field counts that are not present."""
    return max(0, (read_number(fields, name) or 0) - present)


def in_order_of_writing(posts: Sequence[Post]) -> list[Post]:
    """Return posts in the order of their numbers, those of several kinds merged by their days.

    Days do not order posts of one kind: a later number may have an earlier day. So a post counts as written on the
    first day of the posts of its kind that do not have a lower number.
    """
    return [post for _day, _kind, _number, post in sorted(_with_days(posts), key=lambda entry: entry[:3])]


def _with_days(posts: Sequence[Post]) -> Iterator[tuple[str, str, int, Post]]:
    days: dict[str, str] = {}
    for post in sorted(posts, key=lambda post: post.comment.source_id or 0, reverse=True):
        comment = post.comment
        last = days.get(comment.source_kind, "9999")
        day = min(last, comment.posted_on.isoformat()) if comment.posted_on else last
        days[comment.source_kind] = day
        yield day, comment.source_kind, comment.source_id or 0, post


def field_value(body: str) -> str:
    """Return the value of a field of HTML or plain text that is read as this Markdown."""
    return html_bodies.as_field(body) if body else ""


def rewrite_members(content: bytes, new_values: Mapping[Place, object], without: Collection[str] = ()) -> bytes:
    """Return a pack with new values at these places and without these members; all other bytes stay."""
    by_member: dict[str, dict[Path, object]] = defaultdict(dict)
    for place, value in new_values.items():
        by_member[place.member][place.path] = value
    return packs.pack(
        member._replace(content=replace_values(member.content, by_member[member.path]))
        if member.path in by_member
        else member
        for member in packs.unpack(content)
        if member.path not in without
    )


def describe_merged(pairs: Mapping[tuple[str, str], int]) -> Iterator[RefusedFile]:
    """Yield a warning for each thread that has answers of other threads; `pairs` counts the answers two paths share."""
    partners: dict[str, dict[str, int]] = defaultdict(dict)
    for (first, second), number in pairs.items():
        partners[first][second] = partners[second][first] = number
    for path, others in sorted(partners.items()):
        message = ngettext(
            "%(number)d answer is also in %(others)s: the site merged the questions.",
            "%(number)d answers are also in %(others)s: the site merged the questions.",
            number := sum(others.values()),
        )
        details = {"number": number, "others": ", ".join(sorted(others))}
        yield RefusedFile(path, Problem(None, "threads-merged", message % details))


def pair_merged(owners: Mapping[str, Sequence[str]]) -> Counter[tuple[str, str]]:
    """Return the pairs of paths that share answers, with their number; `owners` are the paths of each answer."""
    return Counter(pair for paths in owners.values() if len(paths) > 1 for pair in combinations(sorted(set(paths)), 2))
