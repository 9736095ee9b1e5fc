"""Hostile bodies: no script, no request, no broken markup in the output, and no lost text."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.html_policy import breaches, text_of
from threads.rendering import render
from threads.rendering.sanitizer import sanitize

SCHEMES = [
    "javascript:",
    "JaVaScRiPt:",
    "java\tscript:",
    "java\nscript:",
    "java&#10;script:",
    "java&Tab;script:",
    "javascript&colon;",
    "&#106;avascript:",
    "&#x6A;avascript:",
    "&#0000106avascript:",
    " javascript:",
    "\x01javascript:",
    "\u00a0javascript:",
    "\ufeffjavascript:",
    "javascript\u2028:",
    "ｊavascript:",
    "javas\\cript:",
    "j%61vascript:",
    "javascript%3A",
    "vbscript:",
    "javascript://x.example/%0a",
    "livescript:",
    "data:text/html,",
    "data:text/html;base64,",
    "data:image/svg+xml,",
    "feed:javascript:",
    "view-source:",
    "file:///",
    "blob:https://x.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example\\",
    "https:evil.example/",
    "http:/evil.example/",
    "https://",
    "http://[",
    "/admin/?",
    "?",
    "#",
    "mailto:",
    "tel:",
    "intent:",
    "about:",
    "x:",
    "",
]
FORMS = [
    "[茶](A)",
    "[茶](<A>)",
    '[茶](A "B")',
    '[茶]( "A")',
    "[茶]( 'A')",
    '[茶](<> "A")',
    "![茶](A)",
    '![茶](<A> "B")',
    "<A> 茶",
    "[茶][x]\n\n[x]: A",
    "[茶][x]\n\n[x]: <A> 'B'",
    "[![茶](A)](A)",
    "[![茶](https://x.example)](A)",
    "[[茶](A)](A)",
    "[茶](https://x.example/A)",
    "[url=A]茶[/url]",
    "[url]A[/url]茶",
    "[img]A[/img]茶",
    "| [茶](A) |\n| --- |\n| A |",
    "[\n\n茶\n\n](A)",
    "[茶](https://x.example/url/link/A)",
    "![茶](https://images.weserv.nl/?url=A)",
    "A 茶",
    '<a href="A">茶</a>',
    "<img src=A> 茶",
    "> [茶](A)",
    "* [茶](A)",
    "# [茶](A)",
    "**[茶](A)**",
    "https://x.example/A 茶",
]
PAYLOADS = [
    "alert(1)",
    'alert(1)" onmouseover="alert(2)',
    "x'><script>alert(1)</script>",
    "x%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
]
MARKUP = [
    "<script>茶</script>", "<ScRiPt >茶</sCrIpT>", "<scr<script>ipt>茶</script>", "<img src=x onerror=alert(1)>茶",
    "<svg/onload=alert(1)>茶",
    "<svg><script>茶</script></svg>", "<math><mi//xlink:href=\"data:x,茶\">", "<iframe srcdoc='茶'>",
    "<style>茶</style>", "<!--茶-->",
    "<!--><script>茶</script>-->", "<![CDATA[茶]]>", "<?php 茶 ?>", "<base href=//evil.example/>茶",
    "<form action=javascript:x>茶<button>",
    "<a href=javascript:x>茶", "</p></div></article>茶", "<p style=x>茶", "<details open ontoggle=x>茶", "<template>茶",
    "<noscript>茶",
    "<textarea>茶", "<title>茶", "<plaintext>茶", "<xmp>茶", "&lt;script&gt;茶&lt;/script&gt;", "&amp;lt;script>茶",
    "&#60;script&#62;茶",
    "`<script>茶</script>`", "```\n</code></pre><script>茶\n```", "    </code></pre><script>茶", "~~~<script>\n茶\n~~~",
    "\x02klzzwxh:0000\x03茶", "\x02wzxhzdk:0\x03茶", "\x02amp\x03茶", "\x02106\x03茶", "茶\x00<script>",
    "[茶](x\"onclick=\"y)",
    "![\" onerror=\"茶](https://x.example)", "![<script>茶</script>](https://x.example)",
    '[茶](https://x.example "a" onclick="b")',
    '[茶](https://x.example \'"><script>\')', '[茶]( "https://x.example\\" onclick=\\"y")',
    "[<script>茶</script>](https://x.example)",
    "[茶](https://x.example/\"><script>)", "[茶](https://x.example/'onclick='y)", "[茶](https://x.example/`)",
    "<https://x.example/\"><script>茶",
    "<https://x.example/\" onclick=y>茶", "<x\"y@x.example>茶", "https://x.example/\"onclick=\"茶",
    "https://x.example/<script>茶",
    "[a]: https://x.example \"'><script>\"\n\n[a] 茶", "1. <li>茶", "> <blockquote>茶", "# <h1>茶", "<t\u0130tle>茶",
    "<ſcript>茶</ſcript>",
]  # fmt: skip
PARTS = sorted(
    {
        *"[]()<>\"'`*_!&#;:/\\= \n\t",
        "\x00",
        "\x02",
        "\u2028",
        "\ufeff",
        "茶",
        "a",
        "1.",
        "javascript:",
        "https://x.example/",
    }
    | {
        "//",
        "![",
        "](",
        "<a href=",
        "<script>",
        "-->",
        "onerror=",
        "&#106;",
        "&lt;",
        "&quot;",
        "data:",
        "url/link/",
        "```",
        "> ",
        "|",
        "\n|-|\n",
        "[url=",
        "[/url]",
        "[img]",
    }
)


@pytest.mark.parametrize("form", FORMS)
def test_hostile_addresses_keep_to_policy_in_every_position(form: str) -> None:
    for scheme, payload in product(SCHEMES, PAYLOADS):
        body = form.replace("A", scheme + payload).replace("B", payload)
        rendered = render(body)
        assert rendered.warning is None
        assert breaches(rendered.html) == [], body
        assert "茶" in text_of(rendered.html), body


@pytest.mark.parametrize("body", MARKUP)
def test_html_is_shown_as_text(body: str) -> None:
    for text in (body, f"字\n\n{body}\n\n字", f"* {body}", f"> {body}", f"**{body}**"):
        html = render(text).html
        assert breaches(html) == []
        assert "茶" in text_of(html)


@pytest.mark.parametrize(
    ("html", "sanitized"),
    [
        ('<a href="//evil.example">茶</a>', "<a>茶</a>"),
        ('<a href="/admin/">茶</a>', "<a>茶</a>"),
        ('<a href="javascript://x.example/">茶</a>', "<a>茶</a>"),
        ('<a href="ftp://x.example/">茶</a>', "<a>茶</a>"),
        ('<a data-picture="javascript:x">茶</a>', "<a>茶</a>"),
        ('<a data-picture="//evil.example/x">茶</a>', "<a>茶</a>"),
        ('<a rel="opener">茶</a>', "<a>茶</a>"),
        ('<a href="/t/a.example/article/1/" data-thread="a/b/1">茶</a>', "<a>茶</a>"),
        (
            '<blockquote class="quote missing" data-quote="x">茶</blockquote>',
            '<blockquote class="quote">茶</blockquote>',
        ),
        ('<a class="picture else" target="_blank" style="x" onclick="y">茶</a>', '<a class="picture">茶</a>'),
        ('<ol start="-1"><li id="x">茶</li></ol>', "<ol><li>茶</li></ol>"),
        ('<img src="https://x.example/">茶<script>x</script>', "茶"),
        ("<h1>茶</h1><ruby>茶</ruby>", "茶茶"),
        ('<div class="c" id="x">茶</div>', '<div class="">茶</div>'),
        (
            '<table border="1"><tbody><tr><th scope="row">茶</th><td colspan="9">茶</td></tr></tbody></table>',
            "<table><tbody><tr><th>茶</th><td>茶</td></tr></tbody></table>",
        ),
    ],
)
def test_the_sanitizer_alone_enforces_the_policy(html: str, sanitized: str) -> None:
    assert sanitize(html) == sanitized


@settings(deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=40).map("".join))
def test_any_mixture_of_markup_keeps_to_policy(body: str) -> None:
    rendered = render(body)
    assert breaches(rendered.html) == []
    assert text_of(rendered.html).count("茶") >= body.count("茶") - body.count("https://x.example/") - body.count(
        "url/link/"
    )


@settings(deadline=None)
@given(st.text())
def test_any_text_keeps_to_policy(body: str) -> None:
    assert breaches(render(body).html) == []
