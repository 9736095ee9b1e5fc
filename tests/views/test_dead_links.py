"""Names, tags, titles and file names with every printable sign: no page or feed has a dead link inside the site."""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from tests.hostile_site import crawl, links_of
from tests.thread_files import FileComment, run_import
from threads import moderation
from threads.models import Article, Author, Comment, Tag

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

SIGNS = [sign for sign in string.printable.strip() if not sign.isalnum()]
NOT_IN_SLUGS = "/\\?#%"
"""Signs for which a slug has a hash. They are in names of their own, so that other names keep their signs in URLs."""
SAFE_SIGNS = [sign for sign in SIGNS if sign not in NOT_IN_SLUGS]
NAMES = [
    *("R" + "D".join(SAFE_SIGNS[index : index + 3]) + "D" for index in range(0, len(SAFE_SIGNS), 3)),
    *(f"R{sign}D" for sign in NOT_IN_SLUGS),
    *(f"{sign}tea" for sign in "%#?;&+./~"),
    "R&D", "R+D", "R&amp;D", "a%20b", "a%2Fb", "a b  c", "100%", "茶 與 書", "茶&書", "茶?書#一", "é", "𠮷", "תה",
    "?page=2", "a/../b", "people",
]  # fmt: skip


def thread_text(name: str, number: int) -> str:
    """Return a file without a closing link, with a name in all its fields."""
    quoted, other = json.dumps(name, ensure_ascii=False), NAMES[(number + 1) % len(NAMES)]
    tags = f"{quoted}, {json.dumps(other, ensure_ascii=False)}"
    comments = "".join(
        FileComment(author, f"Number {number} of {author}", addressee=addressee).text()
        for author, addressee in ((other, name), (name, other))
    )
    fields = f"date: 2020-09-{1 + number % 28:02}\ntitle: {quoted}\nauthor: {quoted}\ntags: [{tags}]"
    return f"---\n{fields}\n---\n\nTea\n\n{comments}"


@pytest.fixture(scope="module", autouse=True)
def _archive(module_database: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("signs")
    for number, name in enumerate(NAMES):
        file_name = f"{number}{name}" if name.startswith(".") else name
        (folder / f"{file_name.replace('/', '')}.md").write_text(thread_text(name, number), encoding="utf-8")
    assert run_import(folder, workers=2) == 0
    first, second = Author.objects.get(name="R&D"), Author.objects.get(name="R+D")
    moderation.merge_authors(first, [second], by=None)
    moderation.merge_tags(Tag.objects.get(name="R&D"), [Tag.objects.get(name="R+D")], by=None)


def searches() -> list[str]:
    """Return searches whose results and facets have names with every sign."""
    asked = ["number", *(f'number author:"{name}"' for name in NAMES[::4])]
    return [f"{reverse('threads:search')}?{urlencode({'q': words})}" for words in asked]


@pytest.fixture(scope="module")
def pages(_archive: None) -> dict[str, Any]:
    """Return the responses to every address that a link leads to, those of search results and facets included."""
    client = Client(raise_request_exception=False)
    starts = ["/", "/sitemap.xml", "/feeds/comments/", "/feeds/threads/"]
    starts += [f"{article.get_absolute_url()}?view=people" for article in Article.objects.all()[::3]]
    starts += [reverse("threads:card", args=[key]) for key in Comment.objects.values_list("key", flat=True)[::9]]
    beyond = [link for address in searches() for link in links_of(client.get(address), address)]
    return crawl(client, [*starts, *searches(), *beyond])


def test_no_page_or_feed_has_a_dead_link(pages: dict[str, Any]) -> None:
    dead = {address: response.status_code for address, response in pages.items() if response.status_code >= 400}
    assert dead == {}


def test_every_name_is_reached(pages: dict[str, Any]) -> None:
    rows = [*Author.objects.visible(), *Tag.objects.visible(), *Article.objects.visible()]
    assert len(rows) > 2 * len(NAMES)
    assert {row.get_absolute_url() for row in rows} <= pages.keys()
    kinds = (
        "/authors/",
        "/tags/",
        "/t/",
        "/c/",
        "/report/?",
        "/cite/",
        "/dates/",
        "/search/?",
        "/feeds/",
        "/sitemaps/",
    )
    assert [kind for kind in kinds if not any(address.startswith(kind) for address in pages)] == []
    comments = Comment.objects.visible()
    assert {f"/cite/comment/{comment.key}/" for comment in comments} <= pages.keys()
    assert {f"/report/?c={comment.key}" for comment in comments} <= pages.keys()


def test_each_facet_leads_to_as_many_results_as_it_counts(pages: dict[str, Any]) -> None:
    counts = {}
    for address in searches():
        for entry in html.fromstring(pages[address].content.decode()).cssselect(".aside .entry"):
            (link,) = entry.cssselect("a")
            narrower = urljoin(address, str(link.get("href")))
            counts[narrower] = (entry.cssselect(".n")[0].text_content(), str(pages[narrower].context["results"].total))
    assert len(counts) > 50
    assert {address: pair for address, pair in counts.items() if pair[0] != pair[1]} == {}


def test_links_of_admin_to_the_site_are_alive(pages: dict[str, Any], admin_client: Client) -> None:
    for model in (Article, Author, Tag, Comment):
        for row in model.objects.visible()[::6]:
            page = admin_client.get(reverse(f"admin:threads_{model.__name__.lower()}_change", args=[row.pk]))
            (link,) = html.fromstring(page.content.decode()).cssselect("a.viewsitelink")
            assert admin_client.get(str(link.get("href")), follow=True).status_code == 200, row
