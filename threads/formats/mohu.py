"""The form `mohu`: a JSON file for each question, answer, article, comment, person and topic (docs/formats/mohu.md)."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from threads.formats import html_bodies, mohu_folder, packs, wecenter
from threads.formats.backup_format import MOST_COMMENTS
from threads.formats.json_values import parse_object, read_list, read_number, read_text, storable_fields
from threads.formats.mohu_folder import HOST, PARENTS, THREADS, FilePlace, place_of
from threads.formats.packs import of_member
from threads.formats.wecenter import Body, Place, Post
from threads.parsing import headings, titles, values
from threads.parsing.document import Document, DocumentComment
from threads.parsing.problem_severities import Problem, refusal
from threads.parsing.values import read_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from threads.formats.backup_format import Changes
    from threads.formats.packs import Member

NAME: Final = "mohu"
BASE: Final = f"https://{HOST}/"
COUNTED: Final = {
    "question": ("question_discussion",),
    "answer": ("answer_discussion",),
    "article": ("article_comment",),
    "video": ("video_comment",),
}
"""Kinds of posts that `discussionCount` counts."""
SIGN: Final = '> [\\>>]( "")'
"""The quote mark without a number ([a] of the file format)."""
LONGEST_EXCERPT: Final = 53
"""Characters of a quote that the site made: 50, and the dots of a cut. Longer block quotes are the writer's own."""
MOST_MERGES: Final = 8
"""Topics that are merged one into the next."""

_ADDRESS: Final = re.compile(r"\s*@([0-9]{1,18})([:： ])")
_QUOTE: Final = re.compile(r"\s*<blockquote>([^<]*)</blockquote>", re.IGNORECASE)

claim_entries = mohu_folder.claim_entries
find_threads = mohu_folder.find_threads


def read_document(content: bytes, name: str) -> Document:
    """Read the pack of a thread. Linear in its size. Raises UnreadableError."""
    pack = _read_pack(content)
    thread, problems = pack.thread, pack.problems
    with packs.naming(pack.path):
        posts = pack.posts()
        if len(posts) > MOST_COMMENTS:
            raise refusal(None, "too-many-comments", _("There are more than %s comments.") % f"{MOST_COMMENTS:,}")
        body = wecenter.read_html(read_text(thread, "contents"), BASE).markdown
        if address := values.safe_address(read_text(thread, "videoUrl")):
            body = f"{body}\n\n<{address}>".strip()
        tags = values.read_tags(pack.topic_names(), None, problems)
        title = titles.read_title(read_text(thread, "title"), None, problems)
        return Document(
            key=pack.key,
            kind="question" if pack.kind == "question" else "article",
            title=title or titles.make_title(body, tags, str(pack.number), None, problems),
            author=pack.read_author(thread, problems),
            published_at=read_date(values.read_time, read_text(thread, "date"), None, problems),
            modified_at=None,
            source_url=f"https://{pack.key}",
            tags=tags,
            front_matter=storable_fields(thread, without={"contents"}),
            body=body,
            comments=tuple(post.comment for post in posts),
            problems=tuple(problems),
            votes=read_number(thread, "agreeCount"),
            missing_comments=pack.count_missing(),
        )


def rewrite(content: bytes, name: str, changes: Changes) -> bytes:
    """Return the pack with the changed texts. The uid of a removed author is null: 0 would be a deleted account.

    The file of a person who is then left without a post leaves the pack. Raises UnreadableError.
    """
    pack = _read_pack(content)
    posts = pack.posts()
    new_values: dict[Place, object] = {}
    for number, body in changes.bodies.items():
        new_values[posts[number].records[0].below("contents")] = wecenter.field_value(body)
    removed = {posts[number].records[0].member for number, author in changes.authors.items() if not author}
    if changes.title is not None:
        removed.add(pack.path)
        texts = {"title": changes.title, "contents": "", "videoUrl": ""}
        new_values |= {Place(pack.path, (field,)): text for field, text in texts.items()}
    new_values |= {Place(path, ("uid",)): None for path in removed}
    left = {_uid(fields) for path, fields in pack.records.items() if path not in removed}
    gone = {f"people/{uid}.json" for uid in {_uid(pack.records[path]) for path in removed} - left}
    return wecenter.rewrite_members(content, new_values, without=gone)


@dataclass(slots=True)
class _Pack:
    """The files of one thread."""

    path: str
    """Of the file of the thread itself."""
    kind: str
    number: int
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The thread, then its posts, by path."""
    people: dict[int, dict[str, Any]] = field(default_factory=dict)
    topics: dict[int, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def thread(self) -> dict[str, Any]:
        return self.records[self.path]

    @property
    def key(self) -> str:
        return f"{HOST}/{self.kind}/{self.number}"

    def posts(self) -> list[Post]:
        """Return the posts in the order of writing; those that cannot be read are problems."""
        posts = []
        for path, fields in self.records.items():
            if path != self.path:
                with packs.reporting(self.problems, path):
                    posts.append(self._read_post(path, fields))
        return wecenter.in_order_of_writing(posts)

    def _read_post(self, path: str, fields: dict[str, Any]) -> Post:
        place = place_of(path)
        problems: list[Problem] = []
        body = self._read_body(place.kind, read_text(fields, "contents"))
        comment = DocumentComment(
            author=self.read_author(fields, problems),
            addressee=None,
            posted_on=wecenter.read_post_day(fields, problems),
            body=body.markdown,
            line=1,
            removed_at_source=body.is_removed,
            source_kind=place.kind,
            source_id=int(place.number),
            container=self._find_container(place, body, problems),
            votes=read_number(fields, "agreeCount"),
            account_deleted=fields.get("uid") == 0,
        )
        self.problems += [of_member(problem, path) for problem in problems]
        return Post(comment, (Place(path, ()),))

    def _find_container(self, place: FilePlace, body: Body, problems: list[Problem]) -> str:
        above = PARENTS[place.kind]
        if above in THREADS:
            # A quote says more than the folder.
            return "" if body.markdown.startswith(">") else "thread"
        if f"{above}/{self.number}/{place.parent}.json" in self.records:
            return f"{above}/{place.parent}"
        problems.append(Problem(None, "parent-missing", _("The post that it answers cannot be read.")))
        return ""

    def _read_body(self, kind: str, source: str) -> Body:
        """Return the body of a post: with a name in place of the uid that it addresses, with a mark of its quote."""
        address = _ADDRESS.match(source) if kind.endswith("_discussion") else None
        name = self._name(int(address[1])) if address else None
        if address and name:
            body = wecenter.read_html(source[address.end() :], BASE)
            return body._replace(markdown=f"@{html_bodies.escape(name)}{address[2]}{body.markdown}")
        quote = _QUOTE.match(source) if kind.endswith("_comment") else None
        excerpt = html.unescape(quote[1]).strip() if quote else ""
        if quote and excerpt and len(excerpt.encode("utf-16-le", "surrogatepass")) <= 2 * LONGEST_EXCERPT:
            body = wecenter.read_html(source[quote.end() :], BASE)
            return body._replace(markdown=f"{SIGN}{html_bodies.escape(excerpt)}\n\n{body.markdown}".rstrip())
        return wecenter.read_html(source, BASE)

    def _name(self, uid: int) -> str | None:
        person = self.people.get(uid)
        return headings.person_name(read_text(person, "username")) if person else None

    def read_author(self, fields: Mapping[str, Any], problems: list[Problem]) -> str | None:
        """Return the name of an author, None for a deleted account; add a problem if the person is missing."""
        uid = read_number(fields, "uid")
        if uid and uid not in self.people:
            problems.append(Problem(None, "author-unknown", _("The author is not in the backup.")))
        return self._name(uid) if uid else None

    def topic_names(self) -> list[str]:
        """Return the titles of the topics; one that was merged into another has the title of that."""
        names = []
        for number in read_list(self.thread, "topics"):
            topic = self.topics.get(number, {}) if isinstance(number, int) else {}
            for _merge in range(MOST_MERGES):
                topic = self.topics.get(read_number(topic, "mergedId") or 0, topic)
            names.append(read_text(topic, "title"))
        return names

    def count_missing(self) -> int:
        """Return how many posts the files count that are not in the pack."""
        present = Counter((place.kind, place.parent) for place in map(place_of, self.records) if place.parent)
        missing = 0
        for path, fields in self.records.items():
            place = place_of(path)
            for kind in COUNTED.get(place.kind, ()):
                missing += wecenter.count_missing(fields, "discussionCount", present[kind, place.number])
        return missing


def _uid(fields: Mapping[str, Any]) -> int | None:
    uid = fields.get("uid")
    return uid if isinstance(uid, int) else None


def _read_pack(content: bytes) -> _Pack:
    """Read all files of a pack; one that cannot be read is a problem, unless it is the thread's own."""
    first, *others = packs.unpack(content)
    with packs.naming(first.path):
        place = place_of(first.path)
        pack = _Pack(first.path, place.kind, int(place.number), {first.path: _read_record(first)})
    for member in others:
        is_post = member.path.startswith(tuple(PARENTS))
        with packs.reporting(pack.problems, member.path, "record-unreadable" if is_post else "detail-unreadable"):
            fields = _read_record(member)
            if is_post:
                pack.records[member.path] = fields
            else:
                (pack.people if member.path.startswith("people/") else pack.topics)[fields["id"]] = fields
    return pack


def _read_record(member: Member) -> dict[str, Any]:
    fields, place = parse_object(member.content), place_of(member.path)
    if fields.get("type") != place.kind or fields.get("id") != int(place.number):
        raise refusal(None, "json-field", _("The type or id of the record is not that of its path."))
    return fields
