"""Names to rows: the authors and tags of a batch of threads, made where there are none. Called by the loader."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from threads import text
from threads.importing import rows
from threads.models import Author, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from threads.importing.records import TagRecord


class Person(NamedTuple):
    """An author's row: `counted_as` is the one it was merged into, or itself."""

    id: int
    counted_as: int
    opted_out: bool


def authors(names: Iterable[str | None], *, dry: bool = False) -> dict[str | None, Person]:
    """Return the authors of these names, making those that are missing; with `dry`, under numbers below zero.

    One query for each 900 names, and two where some are missing.
    """
    wanted = {name for name in names if name}
    found: dict[str | None, Person] = {}
    for part in rows.in_parts(sorted(wanted)):
        known = Author.objects.filter(name__in=part)
        for name, pk, merged, opted_out in known.values_list("name", "id", "merged_into_id", "opted_out"):
            found[name] = Person(pk, merged or pk, opted_out)
    missing = sorted(wanted - found.keys())
    ids = _new_ids(Author, len(missing), dry=dry)
    if not dry:
        fields = ("id", "name", "slug", "opted_out", "article_count", "comment_count")
        rows.insert(
            Author,
            fields,
            [(pk, name, text.author_slug(name), False, 0, 0) for pk, name in zip(ids, missing, strict=True)],
        )
    return found | {name: Person(pk, pk, False) for pk, name in zip(ids, missing, strict=True)}


def tags(wanted: Iterable[TagRecord], *, dry: bool = False) -> dict[str, int]:
    """Return the ids of tags by folded name, making those that are missing; with `dry`, numbers below zero.

    One query for each 900 tags, and two where some are missing.
    """
    by_folded: dict[str, TagRecord] = {}
    for tag in wanted:
        by_folded.setdefault(tag.folded, tag)
    found: dict[str, int] = {}
    for part in rows.in_parts(sorted(by_folded)):
        found |= dict(Tag.objects.filter(folded__in=part).values_list("folded", "id"))
    missing = [by_folded[folded] for folded in sorted(by_folded.keys() - found.keys())]
    ids = _new_ids(Tag, len(missing), dry=dry)
    if not dry:
        fields = ("id", "name", "slug", "folded", "ignored", "article_count")
        rows.insert(
            Tag,
            fields,
            [(pk, tag.spelling, tag.slug, tag.folded, False, 0) for pk, tag in zip(ids, missing, strict=True)],
        )
    return found | {tag.folded: pk for pk, tag in zip(ids, missing, strict=True)}


def _new_ids(model: type[Author | Tag], number: int, *, dry: bool) -> list[int]:
    if dry:
        return [-one for one, _ in zip(count(1), range(number), strict=False)]
    return rows.reserve(model, number)
