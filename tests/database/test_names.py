"""Author and tag rows of a batch of threads."""

from __future__ import annotations

import pytest

from tests.factories import make_article
from threads import text
from threads.database import names
from threads.models import Tag

pytestmark = pytest.mark.django_db


def tag_names(*spellings: str) -> list[text.TagName]:
    return [text.TagName(name, text.fold_name(name, text.TAG_LENGTH), text.tag_slug(name)) for name in spellings]


def test_a_tag_that_was_folded_in_another_way_keeps_its_row() -> None:
    make_article(tags=["ﬁne tea", "milk"])
    Tag.objects.filter(name="ﬁne tea").update(folded="ﬁne tea", slug="ﬁne_tea", ignored=True)
    assert list(names.wrong_names()) == ["tag ﬁne tea: the slug or folded name does not match the name"]
    tag = Tag.objects.get(name="ﬁne tea")
    assert names.ensure_tags(tag_names("ﬁne tea"), dry=True) == {"fine tea": tag.pk}
    assert Tag.objects.get(pk=tag.pk).folded == "ﬁne tea"
    ids = names.ensure_tags(tag_names("ﬁne tea", "milk", "sugar"))
    assert ids["fine tea"] == tag.pk
    assert set(ids) == {"fine tea", "milk", "sugar"}
    tag.refresh_from_db()
    assert (tag.folded, tag.slug, tag.ignored) == ("fine tea", "fine_tea", True)
    assert list(names.wrong_names()) == []


def test_a_tag_folded_in_another_way_gives_way_to_the_tag_of_that_name() -> None:
    make_article(tags=["fine"])
    old = Tag.objects.create(name="ﬁne", folded="ﬁne", slug="ﬁne")
    assert names.ensure_tags(tag_names("ﬁne")) == {"fine": Tag.objects.get(name="fine").pk}
    assert old.article_count == 0
    assert list(names.wrong_names()) == []
