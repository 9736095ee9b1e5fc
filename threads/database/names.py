"""Author and tag rows of a batch of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from threads import text
from threads.database import bulk
from threads.models import Author, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from threads.text import TagName


class Person(NamedTuple):
    """An author's row: `counted_as` is the author it is merged into, or itself."""

    id: int
    counted_as: int
    opted_out: bool


def ensure_authors(names: Iterable[str | None], *, dry: bool = False) -> dict[str | None, Person]:
    """Return the authors of these names, and insert missing ones; with `dry`, under negative ids.

    One query for each 900 names, and two if some are missing.
    """
    wanted = {name for name in names if name}
    found: dict[str | None, Person] = {}
    for part in bulk.in_parts(sorted(wanted)):
        known = Author.objects.filter(name__in=part)
        for name, pk, merged, opted_out in known.values_list("name", "id", "merged_into_id", "opted_out"):
            found[name] = Person(pk, merged or pk, opted_out)
    missing = sorted(wanted - found.keys())
    ids = _new_ids(Author, len(missing), dry=dry)
    if not dry:
        fields = ("id", "name", "slug", "opted_out", "article_count", "comment_count")
        bulk.insert_rows(
            Author,
            fields,
            [(pk, name, text.author_slug(name), False, 0, 0) for pk, name in zip(ids, missing, strict=True)],
        )
    return found | {name: Person(pk, pk, False) for pk, name in zip(ids, missing, strict=True)}


def ensure_tags(wanted: Iterable[TagName], *, dry: bool = False) -> dict[str, int]:
    """Return the ids of tags by folded name, and insert missing ones; with `dry`, negative ids.

    One query for each 900 tags, and two if some are missing.
    """
    by_folded: dict[str, TagName] = {}
    for tag in wanted:
        by_folded.setdefault(tag.folded, tag)
    found: dict[str, int] = {}
    for part in bulk.in_parts(sorted(by_folded)):
        found |= dict(Tag.objects.filter(folded__in=part).values_list("folded", "id"))
    missing = [by_folded[folded] for folded in sorted(by_folded.keys() - found.keys())]
    ids = _new_ids(Tag, len(missing), dry=dry)
    if not dry:
        fields = ("id", "name", "slug", "folded", "ignored", "article_count")
        bulk.insert_rows(
            Tag,
            fields,
            [(pk, tag.spelling, tag.slug, tag.folded, False, 0) for pk, tag in zip(ids, missing, strict=True)],
        )
    return found | {tag.folded: pk for pk, tag in zip(ids, missing, strict=True)}


def wrong_names() -> Iterator[str]:
    """Yield the authors and tags whose slug or folded name does not derive from their name. Two queries."""
    for name, slug in Author.objects.order_by("pk").values_list("name", "slug").iterator():
        if slug != text.author_slug(name):
            yield _("author %s: the slug does not match the name") % name
    for name, slug, folded in Tag.objects.order_by("pk").values_list("name", "slug", "folded").iterator():
        if (slug, folded) != (text.tag_slug(name), text.fold(name)):
            yield _("tag %s: the slug or folded name does not match the name") % name


def _new_ids(model: type[Author | Tag], number: int, *, dry: bool) -> list[int]:
    if dry:
        return list(range(-1, -1 - number, -1))
    return bulk.reserve_ids(model, number)
