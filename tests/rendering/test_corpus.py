"""Real bodies are rendered as by a CommonMark library, except for the differences listed in `docs/rendering.md`.

The files are not part of the project. Without them, these tests are skipped.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from tests.html_policy import breaches, parsed
from tests.real_files import WHY_NOT, real_files
from threads.rendering import render
from threads.rendering.blocks import HEADINGS, render_blocks
from threads.rendering.forum_tags import REPLACED, TAG
from threads.rendering.links_and_pictures import is_automatic_search, read_address
from threads.rendering.plain_text import is_plain, normalize
from threads.rendering.sanitizer import sanitize
from threads.rendering.tables import DASHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

COMMENT_HEADING = re.compile(r"^ *### \S+用户 .*?(?:评论于|提问于|发表).*?$", re.MULTILINE | re.DOTALL)
EDGES = " \t\n\xa0\u3000\u2003"
COMMONMARK = MarkdownIt("commonmark", {"html": False})

TEXT = "text"
FORMS = {
    "table": DASHES,
    "tags of the source": TAG,
    "picture without address": re.compile(r"!\[[^\]]*\]\(\s*<?(?:data:|https://images\.weserv\.nl/\?url=(?!http|ssl))"),
    "card": re.compile(r"^\[ *$", re.MULTILINE),
    "replaced words": REPLACED,
    "indented text": re.compile(r"(?:\A|\n *\n) {4}"),
    "link without words": re.compile(r"\[\]\("),
    "address in a title": re.compile(r"""\]\( "[^"]*[\s)][^"]*"\)"""),
    "number alone": re.compile(r"^ {0,3}[0-9]+[.)] +$", re.MULTILINE),
    "number sign alone": re.compile(r"^ {0,3}# *$", re.MULTILINE),
}
"""Markdown that we render differently on purpose."""

Node = tuple[str, str]


def bodies() -> Iterator[str]:
    """Return the bodies of all real files, split at the headings of comments."""
    for path in real_files():
        text = path.read_bytes().decode(errors="replace").split("\n---\n", 1)[-1]
        yield from filter(None, map(normalize, COMMENT_HEADING.split(text)))


@pytest.fixture(scope="module")
def real_bodies() -> list[str]:
    """Every real body. Skips the test if there is none."""
    result = list(bodies())
    if not result:
        pytest.skip(WHY_NOT)
    return result


def nodes(html: str, headings: dict[str, str]) -> list[Node]:
    """Return tags and texts in order, with white space folded. Links become their text."""
    result: list[Node] = []

    def walk(element: HtmlElement) -> None:
        result.append((TEXT, element.text or ""))
        for child in element:
            tag = headings.get(str(child.tag), str(child.tag))
            if tag == "img" or child.get("class") == "picture":
                result.append(("picture", ""))
            else:
                result.append((tag, ""))
                walk(child)
                result.append((f"/{tag}", ""))
            result.append((TEXT, child.tail or ""))

    walk(parsed(html))
    return folded([node for node in result if node[0].strip("/") != "a"], " \n")


def folded(nodes: list[Node], edges: str) -> list[Node]:
    """Return `nodes` with neighbouring texts joined, stripped of `edges`, and without empty texts."""
    result: list[Node] = []
    for kind, group in groupby(nodes, key=lambda node: node[0]):
        if kind != TEXT:
            result += group
        elif text := re.sub(r"[ \n]+", " ", "".join(value for _, value in group)).strip(edges):
            result.append((TEXT, text))
    return result


def trimmed(nodes: list[Node]) -> list[Node]:
    """Return `nodes` without Unicode white space at the edges of text, empty paragraphs and leading breaks."""
    result: list[Node] = []
    for node in folded(nodes, EDGES):
        if node[0] == "/p" and result[-1][0] == "p":
            result.pop()
        elif node[0] in {"br", "/br"} and result[-1][0] == "p":
            continue
        else:
            result.append(node)
    return result


def without(nodes: list[Node], *tags: str) -> list[Node]:
    """Return `nodes` without `tags`."""
    return [node for node in nodes if node[0].strip("/") not in tags]


def without_emphasis(nodes: list[Node]) -> list[Node]:
    """Return `nodes` without emphasis tags, delimiters and white space."""
    rest = without(nodes, "em", "strong", "br")
    return folded([(kind, re.sub(r"[\s*_]", "", text)) for kind, text in rest], EDGES)


def difference(body: str) -> str | None:
    """Return the kind of difference between our HTML of `body` and CommonMark's, None if there is none."""
    ours, theirs = nodes(render(body).html, {}), nodes(COMMONMARK.render(body), HEADINGS)
    if ours == theirs:
        return None
    if without(trimmed(ours), "br") == without(trimmed(theirs), "br"):
        return "white space"
    if without(ours, "p") == without(theirs, "p"):
        return "paragraphs in lists"
    for kind, form in FORMS.items():
        if form.search(body):
            return kind
    ours, theirs = without_emphasis(trimmed(ours)), without_emphasis(trimmed(theirs))
    if ours == theirs:
        return "emphasis"
    return "emphasis in lists" if without(ours, "p") == without(theirs, "p") else "unexplained"


@pytest.mark.corpus
def test_every_difference_from_commonmark_is_documented(real_bodies: list[str]) -> None:
    kinds = Counter(difference(body) for body in real_bodies)
    print(f"{len(real_bodies)} bodies: {kinds.most_common()}")  # noqa: T201 — shown by pytest -s, quoted in the document
    assert kinds["unexplained"] == 0
    assert kinds[None] >= 0.97 * len(real_bodies)


@pytest.mark.corpus
def test_links_have_the_same_addresses_as_in_commonmark(real_bodies: list[str]) -> None:
    for body in real_bodies:
        if FORMS["address in a title"].search(body):
            continue
        theirs = [
            link.get("href", "") for link in parsed(COMMONMARK.render(body)).iter("a") if link.text_content().strip()
        ]
        ours = {link.get("href", "") for link in parsed(render(body).html).iter("a")}
        for href in theirs:
            if is_automatic_search(href):
                continue
            # The library encodes other characters than the source; an encoded `&` of a redirect stays encoded.
            addresses = [read_address(form.strip('"')) for form in (href, unquote(href))]
            hrefs = {address.href for address in addresses if address}
            assert not hrefs or {*hrefs, *map(unquote, hrefs)} & {*ours, *map(unquote, ours)}, href


@pytest.mark.corpus
def test_real_bodies_keep_to_policy_and_to_the_time_limit(real_bodies: list[str]) -> None:
    for body in real_bodies:
        rendered = render(body)
        assert rendered.warning is None
        assert breaches(rendered.html) == []


@pytest.mark.corpus
def test_the_short_cut_for_plain_text_applies_to_most_real_bodies(
    real_bodies: list[str],
) -> None:
    plain = [body for body in real_bodies if is_plain(body)]
    assert len(plain) > 0.4 * len(real_bodies)
    for body in plain:
        assert render(body).html == sanitize(render_blocks(body))
