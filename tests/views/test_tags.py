"""The list of tags and the page of a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article, make_tag
from threads.models import Tag, Visibility

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_tags_are_listed_most_threads_first_without_ignored_and_merged_tags(client: Client) -> None:
    make_article(tags=["roses", "pears"])
    make_article(tags=["pears", "junk", "Pear trees"])
    Tag.objects.filter(name="junk").update(ignored=True)
    Tag.objects.filter(name="Pear trees").update(merged_into=make_tag("pears"))
    make_tag("unused")
    names = [tag.name for tag in client.get("/tags/").context["tags"].rows]
    assert names == ["pears", "roses"]


def test_a_tag_shows_its_threads_and_related_tags(client: Client) -> None:
    make_article("Pears", tags=["pears", "trees", "junk"])
    make_article("Roses", tags=["roses"])
    Tag.objects.filter(name="junk").update(ignored=True)
    response = client.get(make_tag("pears").get_absolute_url())
    html = response.content.decode()
    assert "<bdi>Pears</bdi></a>" in html
    assert "<bdi>Roses</bdi></a>" not in html
    assert "1 thread has this tag" in html
    assert [tag.name for tag in response.context["related"]] == ["trees"]


def test_hidden_threads_are_not_shown(client: Client) -> None:
    make_article("A secret garden", tags=["pears"], visibility=Visibility.HIDDEN)
    make_article("Pears", tags=["pears"])
    assert "secret" not in client.get(make_tag("pears").get_absolute_url()).content.decode()


def test_a_merged_tag_redirects_to_the_canonical_tag(client: Client) -> None:
    make_article("Trees", tags=["pear trees"])
    pears, merged = make_tag("pears", article_count=1), make_tag("pear trees")
    merged.merged_into = pears
    merged.save()
    response = client.get(merged.get_absolute_url())
    assert (response.status_code, response["Location"]) == (302, pears.get_absolute_url())
    assert "<bdi>Trees</bdi></a>" in client.get(pears.get_absolute_url()).content.decode()


def test_ignored_and_unknown_tags_are_404(client: Client) -> None:
    make_article(tags=["junk"])
    Tag.objects.filter(name="junk").update(ignored=True)
    for path in (make_tag("junk").get_absolute_url(), "/tags/nothing/", "/tags/%00/"):
        assert client.get(path).status_code == 404


def test_a_tag_without_visible_threads_is_404(client: Client) -> None:
    tag = make_tag("secret garden")
    assert client.get(tag.get_absolute_url()).status_code == 404


def test_the_number_of_queries_is_the_same_for_1_and_20_threads(client: Client) -> None:
    costs = set()
    address = make_tag("pears").get_absolute_url()
    for size in (1, 19):
        for _ in range(size):
            make_article(tags=["pears", "trees"])
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        costs.add(len(captured))
    assert costs == {9}
