"""A folder of threads that mean harm in every field, and what a page that shows them may hold.

Used by `test_hostile_site`. What is against policy in stored HTML alone is `html_policy`'s; here whole answers are read
as a browser or a feed reader would read them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree
from lxml import html as lxml_html

from tests.html_policy import breaches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from django.test import Client

WORDS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    '</script><script type="module">alert(1)</script>',
    '</textarea></style></noscript><iframe src="//evil.example">',
    "<!--",
    "]]><x xmlns='http://www.w3.org/1999/xhtml'>",
    "{{ 7|add:7 }}{% now 'Y' %}{# hidden #}",
    "${7*7} #{7*7} %(count)s %s {0} {name}",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;",
    "＜script＞alert(1)＜/script＞",
    "javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "=cmd|'/c calc'!A1",
    "\u202efdp.exe \u2066left\u2069 \u200b\u200dzero\ufeff",
    "one\x00two\x0bthree\x1b[31mfour\x85five\u2028six",
    "'; DROP TABLE threads_comment; --",
    "👩🏽\u200d🌾 🏳️\u200d🌈 \U0001f1f9\U0001f1fc e\u0301\u0301\u0301 \ufffe",
    "a\\b^c~d_e{f}g$h%i#j&k",
    ".",
    "..",
    "/",
    "//evil.example/x",
    "../../admin/",
    "card",
    "feed",
    "comments",
    "%2F",
    "%00",
    "?page=2",
    "#c-1",
    "~abc",
    "rose~0123456789",
    "name with  spaces\tand tabs",
    "作者" * 2_000,
    "x" * 5_000,
)
"""What is put into the title, the names, the tags, the texts and the quotes of a thread of its own."""

CLOSINGS = (
    "javascript:alert(1)",
    "JaVaScRiPt://garden.example/article/1%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://user:secret@garden.example/article/201",
    "https://garden.example@evil.example/article/202",
    "https://evil.example\\@garden.example/article/203",
    "https://bücher.example/article/204",
    "https://xn--bcher-kva.example/article/205",
    "https://garden.example:99999/article/206",
    "https://[::1]/article/207",
    "https://garden.example/article/208?x=<script>alert(1)</script>",
    'https://garden.example/article/209" onmouseover="alert(1)',
    "//garden.example/article/210",
    "https://GARDEN.example/Article/00000211",
    "https://garden.example/article/99999999999999999999999",
)
DATES = ("0001-01-01", "9999-12-31", "1/1/1", "12/31/9999", "99999-01-01", "2020-02-31", "-1", "٢٠٢٠-٠١-٠١", "9" * 50)
NAMES = ("<script>alert(1)<", "..hidden", "%2F", "a?b#c", "\u202egnp", "=cmd()", "  spaces  ", "feed", "x" * 200)


def thread(word: str, number: str, closing: str, day: str = "2020-09-30") -> bytes:
    """Return a file that has `word` in every field and text."""
    quoted = json.dumps(word)
    excerpt = " ".join(word.split())
    first, second = f"Before the frost. {word}", f"After it. {word}"
    return (
        f"---\nLastmod: {day}T08:00:00+00:00\ndate: {day}\ntitle: {quoted}\nauthor: {quoted}\n"
        f"tags: [{quoted}, {json.dumps('tag ' + word)}, 'plain']\n{word[:20].strip(':') or 'x'}: {quoted}\n---\n\n"
        f"{texts(word)}\n\n"
        f"            \n### 园圃用户 **{word}** 评论于 {day}\n        \n{first}\n\n{texts(word)}\n        \n\n\n"
        f"            \n### 园圃用户 **hiker\n{word}** 评论于 2020-09-30\n        \n"
        f'> [\\>>]( "/article/item_id-7{number}#"){excerpt[:50]}\n\n  \n{second}\n        \n\n\n'
        f"            \n### 园圃用户 **baker\nhiker** 评论于 2020-09-30\n        \nMiddle words {number}.\n\n"
        f'> [\\>>]( "/article/item_id-8{number}#"){second[:40]}\n\n  \nLast words, {excerpt}\n        \n\n\n'
        f"> [点击原文参与讨论]({closing})\n"
    ).encode("utf-8", "surrogatepass")


def short_thread(title: str, closing: str, day: str = "2020-09-30") -> bytes:
    """Return a file with harmless text, one comment, this closing link and this day."""
    return (
        f"---\nLastmod: {day}T08:00:00+00:00\ndate: {day}\ntitle: {title}\nauthor: hiker\ntags: ['plain']\n---\n\n"
        f"{title}\n\n"
        f"            \n### 园圃用户 **baker** 评论于 {day}\n        \nBefore the frost, {title}.\n        \n\n\n"
        f"> [点击原文参与讨论]({closing})\n"
    ).encode()


def texts(word: str) -> str:
    """Return Markdown that carries `word` in links, pictures, code and raw HTML."""
    return (
        f'{word}\n\n[{word}]({word}) [{word}]( "{word}")\n\n'
        f"[a](javascript:alert(1)) [b](<javascript:alert(1)> '{word}')\n\n"
        f'![{word}]({word} "{word}") ![alt](https://images.weserv.nl/?url={word[:80]})\n\n'
        f"[c](JaVa&#x53;cRiPt:alert(1)) <javascript:alert(1)> <https://evil.example/{word[:30]}>\n\n"
        f"```{word[:20]}\n{word}\n```\n\n`{word[:200]}`\n\n# {word[:200]}\n\n"
        f"[r]: javascript:alert(1) '{word[:50]}'\n\n[r]\n"
    )


def write(folder: Path) -> None:
    """Write the folder: a thread for each word, closing link, date and file name, and some of damaged bytes."""
    for number, word in enumerate(WORDS):
        closing = f"https://garden.example/article/{number + 1}"
        (folder / f"word{number}.md").write_bytes(thread(word, str(number), closing))
    for number, closing in enumerate(CLOSINGS):
        (folder / f"closing{number}.md").write_bytes(short_thread(f"closing {number}", closing))
    for number, day in enumerate(DATES):
        closing = f"https://garden.example/question/{number}"
        (folder / f"day{number}.md").write_bytes(short_thread(f"day {number}", closing, day))
    for number, name in enumerate(NAMES):
        (folder / f"{name.replace('/', '')}.md").write_bytes(short_thread(f"name {number}", ""))
    damaged = thread("roses \ud800 \udfff", "50", "https://garden.example/article/500").replace(
        b"frost", b"\xff\xfe\xc0\x80"
    )
    (folder / "damaged.md").write_bytes(damaged)
    long = thread("compost", "51", "https://garden.example/article/501").replace(
        b'"compost"', b'"' + b"<b>" * 35_000 + b'"', 1
    )
    (folder / "long-title.md").write_bytes(long)


def answer_breaches(response: Any, address: str) -> list[str]:
    """Return what is against policy in an answer of the public site, by its kind."""
    if response.status_code >= 500:
        return [f"{address}: {response.status_code}"]
    kind = response.get("Content-Type", "").partition(";")[0]
    content = b"".join(response) if response.streaming else response.content
    readers: dict[str, Callable[[bytes], Iterable[str]]] = {
        "text/html": page_breaches,
        "application/atom+xml": feed_breaches,
        "application/xml": xml_breaches,
        "application/json": lambda body: [] if json.loads(body) else ["empty"],
    }
    reader = readers.get(kind)
    return [f"{address}: {found}" for found in reader(content)] if reader and content else []


FORBIDDEN = frozenset({"iframe", "object", "embed", "base", "frame", "applet", "marquee", "style", "x", "img"})
OWN_SCRIPTS = ("/static/", "/admin/jsi18n/")
ADDRESSES = ("href", "src", "action", "formaction", "poster", "background", "srcdoc", "xlink:href", "data")


def page_breaches(content: bytes) -> Iterator[str]:
    """Yield what a page must not have: foreign elements, handlers, addresses that run, scripts between the lines."""
    text = content.decode()
    for found in re.findall(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
        yield f"control character {found!r}"
    for element in lxml_html.document_fromstring(text).iter():
        if not isinstance(element.tag, str):
            yield f"a comment: {element.text}"
            continue
        if element.tag in FORBIDDEN:
            yield f"element {element.tag}"
        if element.tag == "script":
            yield from script_breaches(element)
        for name, value in element.attrib.items():
            if str(name).startswith("on") or name in {"style", "srcdoc", "http-equiv"}:
                yield f"attribute {name} of {element.tag}"
            if name in ADDRESSES and not address_is_plain(str(value)):
                yield f"address {value!r}"


def script_breaches(element: lxml_html.HtmlElement) -> Iterator[str]:
    """Yield what is wrong with a script element: it is the site's own file, or data that parse."""
    if element.get("type") == "application/ld+json":
        json.loads(element.text or "")
    elif not (element.get("src") or "").startswith(OWN_SCRIPTS) or (element.text or "").strip():
        yield "an inline script"


def address_is_plain(address: str) -> bool:
    """Say whether an address leads to a web page, of this site or another, and to nothing else."""
    seen = re.sub(r"[\x00-\x20]", "", address).lower()
    parts = urlsplit(seen)
    return parts.scheme in {"http", "https", "mailto", ""} and not seen.startswith(("//", "\\", "/\\"))


COMMENT_TEXT = re.compile(r'<div class="t" dir="auto"(?: lang="[A-Za-z-]+")?>(.*)</div>\s*', re.DOTALL)
"""The element of the site's own template around the text of a comment in a feed."""


def feed_breaches(content: bytes) -> Iterator[str]:
    """Yield what is wrong with an Atom feed."""
    root = etree.fromstring(content)
    for element in root.iter("{*}link"):
        if not address_is_plain(element.get("href", "")):
            yield f"address {element.get('href')!r}"
    for element in root.iter("{*}summary", "{*}content"):
        if element.get("type") == "html":
            text = element.text or ""
            container = COMMENT_TEXT.fullmatch(text)
            yield from breaches(container[1] if container else text)


def xml_breaches(content: bytes) -> Iterator[str]:
    """Yield nothing: raises where XML is not well formed."""
    etree.fromstring(content)
    yield from ()


def links_of(response: Any, address: str) -> Iterator[str]:
    """Yield the addresses on this site that a page or a feed or a sitemap leads to."""
    kind = response.get("Content-Type", "")
    if kind.startswith("text/html") and response.content:
        found = [
            str(link)
            for link in lxml_html.document_fromstring(response.content.decode()).xpath("//a/@href|//link/@href")
        ]
    elif "xml" in kind:
        root = etree.fromstring(response.content, etree.XMLParser(recover=True))
        found = [str(link) for link in root.xpath("//*[local-name()='link']/@href|//*[local-name()='loc']/text()")]
    else:
        found = []
    for link in found:
        whole = urldefrag(urljoin(f"http://testserver{address}", link))[0]
        parts = urlsplit(whole)
        if parts.netloc == "testserver" and not parts.path.startswith(("/static/", "/admin/")):
            yield whole.removeprefix("http://testserver")


def crawl(client: Client, starts: Iterable[str], skip: Callable[[str], bool] = lambda _: False) -> dict[str, Any]:
    """Return every answer that can be reached by links from some addresses, without those to `skip`."""
    waiting, found = list(starts), {}
    while waiting:
        address = waiting.pop()
        if address in found or skip(address):
            continue
        response = client.get(address)
        found[address] = response
        if 300 <= response.status_code < 400:
            waiting.append(
                urldefrag(urljoin(f"http://testserver{address}", response["Location"]))[0].removeprefix(
                    "http://testserver"
                )
            )
        elif not address.startswith("/search/?"):  # each of its answers leads to narrower searches, without end
            waiting += links_of(response, address)
    return found
