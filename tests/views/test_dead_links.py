"""Names, tags, titles and file names with every printable sign: no page or feed has a dead link inside the site."""

from __future__ import annotations

import json
import string
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from tests.hostile_site import crawl, links_of
from tests.thread_files import FileComment, run_import
from threads import moderation
from threads.models import Article, Author, Comment, Tag

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

SIGNS = [sign for sign in string.printable.strip() if not sign.isalnum()]
NAMES = [
    *(f"R{sign}D" for sign in SIGNS),
    *(f"{sign}tea" for sign in "%#?;&+./~"),
    "R&amp;D", "a%20b", "a%2Fb", "a b  c", "100%", "茶 與 書", "茶&書", "茶?書#一", "é", "𠮷", "?page=2",
    "a;b=c", "a/../b", "people",
]  # fmt: skip


SAMPLED = ("/c/", "/cite/comment/", "/report/?c=", "view=", "page=", "format=")
"""Parts of addresses whose other parts are letters and digits, or are those of addresses without them."""
SAMPLES = 12


def thread_text(name: str, number: int) -> str:
    """Return a file without a closing link, with a name in all its fields."""
    quoted, others = json.dumps(name), [NAMES[(number + step) % len(NAMES)] for step in range(1, 3)]
    tags = ", ".join(json.dumps(tag) for tag in (name, others[0]))
    comments = "".join(
        FileComment(author, f"Number {number} of {author}", addressee=addressee).text()
        for author, addressee in zip([name, *others], [others[0], name, *others], strict=False)
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
    """Return searches whose results and facets have every name."""
    asked = [f'number author:"{name}"' for name in NAMES[::5]]
    return [f"{reverse('threads:search')}?{urlencode({'q': words})}" for words in asked]


@pytest.fixture(scope="module")
def pages(_archive: None) -> dict[str, Any]:
    """Return the responses to every address that a link leads to, those of search results included."""
    client = Client(raise_request_exception=False)
    starts = ["/", "/sitemap.xml", "/feeds/comments/", "/feeds/threads/", *searches()]
    starts += [f"{article.get_absolute_url()}?view=people" for article in Article.objects.all()[::3]]
    starts += [reverse("threads:card", args=[key]) for key in Comment.objects.values_list("key", flat=True)[::9]]
    found = {address: client.get(address) for address in starts}
    beyond = [link for address, response in found.items() for link in links_of(response, address)]
    seen: Counter[str] = Counter()

    def skip(address: str) -> bool:
        """Return whether there are enough addresses of this kind."""
        kind = next((kind for kind in SAMPLED if kind in address), "")
        seen[kind] += 1
        return bool(kind) and seen[kind] > SAMPLES

    return crawl(client, [*starts, *beyond], skip)


def test_no_page_or_feed_has_a_dead_link(pages: dict[str, Any]) -> None:
    dead = {address: response.status_code for address, response in pages.items() if response.status_code >= 400}
    assert dead == {}


def test_every_name_is_reached(pages: dict[str, Any]) -> None:
    rows = [*Author.objects.visible(), *Tag.objects.visible(), *Article.objects.visible()]
    assert len(rows) > 2 * len(NAMES)
    assert {row.get_absolute_url() for row in rows} <= pages.keys()
    kinds = ("/authors/", "/tags/", "/t/", "/c/", "/report/?", "/cite/", "/search/?", "/feeds/", "/sitemaps/")
    assert [kind for kind in kinds if not any(address.startswith(kind) for address in pages)] == []
