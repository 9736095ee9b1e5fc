"""Hebrew and Arabic words of files are isolated from the site's own words on every page, in feeds and in admin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from lxml import etree
from lxml import html as lxml_html

from tests.factories import make_article, make_author, make_comment, make_quote
from tests.hostile_site import crawl
from threads import moderation
from threads.models import Article, Author, Comment, ImportProblem, ImportRun, ModerationAction, Report, Tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

GARDENER, BAKER, HIKER = "גנן ותיק", "خباز القرية", "מטייל"
TITLE, OTHER_TITLE, TAG, OTHER_TAG = "תה ירוק!", "شاي أخضر?", "שתייה חמה", "مشروبات"
TEXT, REPLY = "כמה חמים המים (מעלות)?", "ليس أكثر من سبعين."
MARKDOWN_LINK = re.compile(r"\]\(https://\S+\)")
RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff]")
ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")
OWN = re.compile(r"[A-Za-z0-9]")
ATTRIBUTES = ("title", "content", "alt", "placeholder")
BLOCKS = {"td", "th", "li", "p", "div", "pre", "option", "h1", "h2", "dd", "label"}


@pytest.fixture(autouse=True)
def _archive(settings: Settings) -> None:
    """Make two threads without a Latin letter or digit in their names, titles, tags and texts."""
    settings.THREAD_PAGE_SIZE = 3
    article = make_article(TITLE, author=GARDENER, tags=[TAG, OTHER_TAG], body=TEXT)
    link = f"[{OTHER_TITLE}](https://example.org/article/{article.key.rpartition('/')[2]})"
    other = make_article(OTHER_TITLE, author=BAKER, tags=[TAG], body=f"{TEXT} {link}")
    make_comment(other, author=HIKER, body=REPLY * 200)
    parent = make_comment(article, author=BAKER, body=TEXT)
    for author in (HIKER, BAKER, GARDENER, HIKER, BAKER):
        reply = make_comment(article, author=author, answers=parent, body=REPLY)
        make_quote(reply, parent)
        parent = reply
    make_comment(article, author=HIKER, body=REPLY, addressee="קורא")
    make_quote(make_comment(article, author=HIKER, body=REPLY, addressee="קורא"), excerpt=TEXT)


def stray_text(value: str) -> bool:
    """Return whether a line of plain text has right-to-left words beside the site's, not isolated from them."""
    rest = MARKDOWN_LINK.sub("", ISOLATED.sub("", value))
    return bool(RIGHT_TO_LEFT.search(rest) and OWN.search(rest))


def stray_words(content: bytes, blocks: frozenset[str] | set[str] = frozenset()) -> Iterator[str]:
    """Yield the right-to-left words of a page that are not isolated.

    An element isolates its words if it is a `bdi` or has `dir="auto"`, or is one of `blocks`, and has no other words.
    """
    for element in lxml_html.document_fromstring(content.decode()).iter():
        if not isinstance(element.tag, str) or element.tag in {"script", "code"}:
            continue
        if element.get("href", "").startswith("/feeds/search/"):  # its title is the query alone
            continue
        yield from (str(element.get(name)) for name in ATTRIBUTES if stray_text(element.get(name, "")))
        if (
            element.tag == "input"
            and element.get("type") != "hidden"
            and RIGHT_TO_LEFT.search(element.get("value", ""))
        ):
            yield from () if element.get("dir") == "auto" else [f"input: {element.get('value')}"]
        for owner, text in ((element, element.text), (element.getparent(), element.tail)):
            if owner is not None and text and RIGHT_TO_LEFT.search(ISOLATED.sub("", text)):
                yield from () if is_isolated(owner, text, blocks) else [f"{owner.tag!r}: {text.strip()}"]


def is_isolated(element: Any, text: str, blocks: frozenset[str] | set[str]) -> bool:
    """Return whether an element or one above it isolates this text, which is directly in it."""
    if element.tag == "title":
        return not stray_text(text)
    # A monogram is a box of its own. A line of links in admin ends with the name.
    if element.get("class", "").partition(" ")[0] in {"m", "breadcrumbs"}:
        return True
    for owner in (element, *element.iterancestors()):
        if owner.tag == "bdi" or owner.get("dir") == "auto" or owner.tag in blocks:
            return not stray_text("".join(owner.itertext()))
    return False


def unlinked_addresses() -> Iterator[str]:
    """Yield addresses that no link of the site leads to."""
    for query in (
        TAG,
        f'author:"{GARDENER}"',
        "author:קורא",
        f'quoted:"{TEXT}"',
        f"after:{HIKER}",
        f"{HIKER}* in:{TAG}",
    ):
        yield f"/search/?{urlencode({'q': query})}"
        yield f"/feeds/search/?{urlencode({'q': query})}"
    for article in Article.objects.all():
        yield f"{article.get_absolute_url()}?{urlencode({'view': 'people'})}"
        yield f"{article.get_absolute_url()}?{urlencode({'q': REPLY, 'r': '1'})}"
    yield from (reverse("threads:card", args=[comment.key]) for comment in Comment.objects.all())


def test_words_of_files_are_isolated_on_every_page_and_in_feeds(client: Client) -> None:
    pages = crawl(client, ["/", "/sitemap.xml", *unlinked_addresses()])
    kinds = ("/t/", "/authors/", "/tags/", "/dates/", "/search/", "/cite/", "/report/", "/feeds/", "/c/")
    assert [kind for kind in kinds if not any(address.startswith(kind) for address in pages)] == []
    found: dict[str, list[str]] = {}
    for address, response in pages.items():
        if response.get("Content-Type", "").startswith("text/html") and response.content:
            found[address] = list(stray_words(response.content))
        elif "atom" in response.get("Content-Type", ""):
            found[address] = list(stray_words_of_feed(response.content))
    assert {address: words for address, words in found.items() if words} == {}


def stray_words_of_feed(content: bytes) -> Iterator[str]:
    """Yield the titles and names of a feed and the words of its texts that are not isolated."""
    for element in etree.fromstring(content).iter():
        text = element.text or ""
        if element.get("type") == "html" and text.startswith("<"):
            yield from stray_words(text.encode())
        elif stray_text(text):
            yield f"{element.tag!r}: {text}"


def test_citations_isolate_names_and_titles(client: Client) -> None:
    article = Article.objects.get(title=TITLE)
    citation = client.get(reverse("threads:cite_thread", args=[article.key])).context["citation"]
    assert citation.startswith(f"\u2068{GARDENER}\u2069 (2020-09-30). “\u2068{TITLE}\u2069”.")


def test_words_of_files_are_isolated_in_admin(admin_client: Client) -> None:
    moderator = User.objects.get()
    hidden = Comment.objects.filter(author__name=HIKER)[:1]
    moderation.hide(Comment.objects.filter(pk__in=[hidden[0].pk]), by=moderator)
    moderation.merge_authors(make_author(BAKER), [make_author("خباز")], by=moderator)
    moderation.merge_authors(make_author(BAKER), [make_author("خباز آخر")], by=moderator)
    run = ImportRun.objects.create()
    ImportProblem.objects.create(run=run, path=TITLE, line=3, severity="warning", code="x", message="Too long.")
    Report.objects.create(comment=hidden[0], message=TEXT)
    Report.objects.create(article=Article.objects.get(title=TITLE), message=TEXT)
    tables = [model for model in apps.get_app_config("threads").get_models() if admin.site.is_registered(model)]
    addresses = ["/admin/"]
    for table in tables:
        name = f"admin:{table._meta.app_label}_{table._meta.model_name}"
        addresses.append(reverse(f"{name}_changelist"))
        addresses += [reverse(f"{name}_change", args=[row.pk]) for row in table._default_manager.all()]
    for row, action in ((Author.objects.get(name=HIKER), "opt_out"), (hidden[0], "restore"), (hidden[0], "redact")):
        addresses.append(reverse(f"admin:threads_{row._meta.model_name}_decide", args=[row.pk, action]))
    addresses.append(
        reverse("admin:threads_moderationaction_decide", args=[ModerationAction.objects.all()[0].pk, "undo"])
    )
    found = {}
    for address in addresses:
        response = admin_client.get(address)
        assert response.status_code == 200, address
        found[address] = list(stray_words(response.content, BLOCKS))
    assert {address: words for address, words in found.items() if words} == {}
    assert Tag.objects.count() == 2
