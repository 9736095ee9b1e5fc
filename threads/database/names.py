"""Author and tag rows of a batch of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from threads import text
from threads.database import bulk_writes
from threads.models import Author, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class Person(NamedTuple):
    """An author's row: `counted_as` is the author it is merged into, or itself."""

    id: int
    counted_as: int
    opted_out: bool


def ensure_authors(names: Iterable[str | None], *, dry: bool = False) -> dict[str | None, Person]:
    """Return the authors of these names, and insert missing ones; with `dry`, under negative ids.

    A placeholder name has no author, unless its author of earlier imports has opted out.

    One query for each 900 names, and two if some are missing.
    """
    wanted = {name for name in names if name}
    people: dict[str | None, Person] = {}
    for part in bulk_writes.in_parts(sorted(wanted)):
        rows = Author.objects.filter(name__in=part).values_list("name", "id", "merged_into_id", "opted_out")
        people |= {
            name: Person(pk, merged or pk, opted_out)
            for name, pk, merged, opted_out in rows
            if opted_out or not text.is_placeholder(name)
        }
    missing = sorted(name for name in wanted - people.keys() if not text.is_placeholder(name))
    fields = ("name", "slug", "opted_out", "article_count", "comment_count")
    ids = _insert(Author, fields, [(name, text.author_slug(name), False, 0, 0) for name in missing], dry=dry)
    return people | {name: Person(pk, pk, False) for name, pk in zip(missing, ids, strict=True)}


def ensure_tags(wanted: Iterable[text.TagName], *, dry: bool = False) -> dict[str, int]:
    """Return the ids of tags by folded name, and insert missing ones; with `dry`, negative ids.

    A tag that `fold` of an older version folded in another way is updated. One query for each 900 tags, and three if
    some are missing.
    """
    by_folded: dict[str, text.TagName] = {}
    for tag in wanted:
        by_folded.setdefault(tag.folded, tag)
    stored: dict[str, int] = {}
    for part in bulk_writes.in_parts(sorted(by_folded)):
        stored |= dict(Tag.objects.filter(folded__in=part).values_list("folded", "id"))
    missing = [by_folded[folded] for folded in sorted(by_folded.keys() - stored.keys())]
    stored |= _refold_tags({tag.spelling: tag for tag in missing}, dry=dry)
    missing = [tag for tag in missing if tag.folded not in stored]
    fields = ("name", "slug", "folded", "ignored", "article_count")
    ids = _insert(Tag, fields, [(tag.spelling, tag.slug, tag.folded, False, 0) for tag in missing], dry=dry)
    return stored | {tag.folded: pk for tag, pk in zip(missing, ids, strict=True)}


def _refold_tags(tags: Mapping[str, text.TagName], *, dry: bool) -> dict[str, int]:
    """Return the ids of tags with these names by their new folded names, which are written unless `dry`."""
    ids: dict[str, int] = {}
    for part in bulk_writes.in_parts(sorted(tags)):
        for name, pk in Tag.objects.filter(name__in=part).values_list("name", "id"):
            ids[tags[name].folded] = pk
    if ids and not dry:
        rows = [(tag.folded, tag.slug, ids[tag.folded]) for tag in tags.values() if tag.folded in ids]
        bulk_writes.update_rows(Tag, ("folded", "slug"), rows)
    return ids


def _insert(
    model: type[Author | Tag], fields: Sequence[str], rows: Sequence[tuple[object, ...]], *, dry: bool
) -> list[int]:
    """Insert rows and return their ids; with `dry`, return negative ids only."""
    if dry:
        return list(range(-1, -1 - len(rows), -1))
    ids = bulk_writes.reserve_ids(model, len(rows))
    bulk_writes.insert_rows(model, ("id", *fields), [(pk, *row) for pk, row in zip(ids, rows, strict=True)])
    return ids


def wrong_names() -> Iterator[str]:
    """Yield the authors and used tags whose slug or folded name does not derive from their name. Two queries."""
    for name, slug in Author.objects.order_by("pk").values_list("name", "slug").iterator():
        if slug != text.author_slug(name):
            yield _("author %s: the slug does not match the name") % name
    used = Tag.objects.filter(article_count__gt=0).order_by("pk")
    for name, slug, folded in used.values_list("name", "slug", "folded").iterator():
        if (slug, folded) != (text.tag_slug(name), text.fold_name(name, text.TAG_LENGTH)):
            yield _("tag %s: the slug or folded name does not match the name") % name
