"""The operators of a search that take a name, as `author:name`: syntax, filter token, condition and help text.

A new one is a line of `NAME_OPERATORS`. If no entry has its token yet, `IndexEntry.meta` adds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from django.db.models import Q
from django.utils.translation import gettext_noop

from threads.models import Article, Author, FormerKey, Tag
from threads.parsing.hosts import canonical_key
from threads.querysets import VISIBLE
from threads.search.votes import find_range
from threads.text import TAG_LENGTH, clean_name, fold_name

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class NameOperator:
    """An operator, and the filter tokens of the entries that match it."""

    name: str
    spellings: tuple[str, ...]
    """Other names, folded."""
    letter: str
    """The first letter of its filter tokens. The id of an author, tag or article follows."""
    find_ids: Callable[[str], list[int]]
    """Returns the ids of a name."""
    unknown: str
    """Note for a name without ids."""
    patterns: tuple[str, str]
    """Descriptions of a term, as it is and negated."""
    help: str

    def filter_token(self, pk: int) -> str:
        """Return the filter token of an id."""
        return f"{self.letter}{pk}"


def _find_authors(name: str) -> list[int]:
    """Return the ids of authors with a name, in any script or case, and of authors merged with them. Two queries.

    A name without visible texts has none, as a name that the archive does not have. A merged name costs two more.
    """
    authors = Author.objects.filter(folded_name__folded=fold_name(clean_name(name)))
    main = {author.merged_into_id or author.pk for author in authors if author.is_public()}
    if not main:
        return []
    merged = Author.objects.filter(merged_into__in=main).values_list("pk", flat=True)
    return sorted({*main, *merged})


def _find_tags(name: str) -> list[int]:
    """Return the ids of tags with a name, in any script or case, and of tags merged with them. Two queries.

    If no tag has the name, the slug counts. A tag without visible threads has none, as an unknown tag.
    """
    slug_or_name = Q(folded=(folded := fold_name(name.strip(), TAG_LENGTH))) | Q(slug=name.strip())
    used = Q(article_count__gt=0) | Q(merged_into__article_count__gt=0)
    tags = list(Tag.objects.filter(slug_or_name, used).only("pk", "merged_into", "folded"))
    by_name = [tag for tag in tags if tag.folded == folded]
    main = {tag.merged_into_id or tag.pk for tag in by_name or tags}
    if not main:
        return []
    merged = Tag.objects.filter(merged_into__in=main).values_list("pk", flat=True)
    return sorted({*main, *merged})


def _find_threads(key: str) -> list[int]:
    """Return the ids of visible threads with a key, a former key, or a URL that ends with one. Two queries."""
    path = unquote(key).partition("?")[0].strip("/ ")
    written = {path, path.rpartition("/t/")[2], path.rpartition("://")[2]}
    keys = written | {canonical_key(key) for key in written}
    current = list(Article.objects.visible().filter(key__in=keys).values_list("pk", flat=True))
    former = FormerKey.objects.filter(key__in=keys, article__visibility=VISIBLE).values_list("article", flat=True)
    return sorted(current or {pk for pk in former if pk is not None})


AUTHOR: Final = NameOperator(
    "author",
    ("by", "作者"),
    "a",
    _find_authors,
    gettext_noop("No author is called “%s”."),
    (gettext_noop("by %s"), gettext_noop("not by %s")),
    gettext_noop("by an author"),
)
ANSWERS: Final = NameOperator(
    "answers",
    ("回复", "回答"),
    "r",
    _find_authors,
    gettext_noop("No author is called “%s”."),
    (gettext_noop("in reply to %s"), gettext_noop("not in reply to %s")),
    gettext_noop("in reply to an author"),
)
TAG: Final = NameOperator(
    "tag",
    ("标签",),
    "g",
    _find_tags,
    gettext_noop("No tag is called “%s”."),
    (gettext_noop("in threads tagged %s"), gettext_noop("in threads not tagged %s")),
    gettext_noop("in threads with a tag"),
)
THREAD: Final = NameOperator(
    "thread",
    ("讨论", "主题"),
    "h",
    _find_threads,
    gettext_noop("No thread has the key “%s”."),
    (gettext_noop("in the thread %s"), gettext_noop("outside the thread %s")),
    gettext_noop("in one thread, by its key"),
)
VOTES: Final = NameOperator(
    "votes",
    ("赞", "票"),
    "v",
    find_range,
    gettext_noop("“%s” is not a number of votes. Write votes:>10."),
    (gettext_noop("with votes %s"), gettext_noop("not with votes %s")),
    gettext_noop("by votes: >10, <=5, <0"),
)
NAME_OPERATORS: Final = {operator.name: operator for operator in (AUTHOR, ANSWERS, TAG, THREAD, VOTES)}
