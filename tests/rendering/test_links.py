"""Links and pictures in bodies: their targets, and addresses that may not be links."""

from __future__ import annotations

import pytest

from tests.rendered import REL, html, outside, picture
from threads.rendering import complete, linked_threads, render


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[茶](https://tea.example/a)", outside("https://tea.example/a", "茶")),
        ('[茶]( "https://tea.example/a")', outside("https://tea.example/a", "茶")),
        ("[茶](<> 'https://tea.example/a')", outside("https://tea.example/a", "茶")),
        ("[**茶**](<https://tea.example/a b>)", outside("https://tea.example/a%20b", "<strong>茶</strong>")),
        ('[茶](https://tea.example "https://tea.example")', outside("https://tea.example", "茶")),
        (
            '[茶](https://tea.example "綠 & \\"紅\\"")',
            f'<a href="https://tea.example" {REL} title="綠 &amp; &quot;紅&quot;">茶</a>',
        ),
        ("[茶](https://tea.example/a_(b)_c)", outside("https://tea.example/a_(b)_c", "茶")),
        ("[茶](https://tea.example/a\\)b)", outside("https://tea.example/a)b", "茶")),
        ("[茶](https://tea.example/?a=1&amp;b=2)", outside("https://tea.example/?a=1&amp;b=2", "茶")),
        ("[茶](https://tea.example/?a&copy)", outside("https://tea.example/?a&amp;copy", "茶")),
        ("[茶](HTTPS://tea.example)", outside("https://tea.example", "茶")),
        ("[](https://tea.example/a/)", outside("https://tea.example/a/", "tea.example/a")),
        (
            "[](https://tea.example/" + "a" * 90 + ")",
            outside("https://tea.example/" + "a" * 90, "tea.example/" + "a" * 67 + "…"),
        ),
        ("[茶](mailto:tea@garden.example)", outside("mailto:tea@garden.example", "茶")),
        ("<https://tea.example/a*b*>", outside("https://tea.example/a*b*", "https://tea.example/a*b*")),
        ("<tea@garden.example>", outside("mailto:tea@garden.example", "tea@garden.example")),
        ("[a [b](https://tea.example) c](d)", f"[a {outside('https://tea.example', 'b')} c](d)"),
        ("[a [b] c](https://tea.example)", outside("https://tea.example", "a [b] c")),
        ("[https://tea.example](https://tea.example/2)", outside("https://tea.example/2", "https://tea.example")),
        ("*[a*](https://tea.example)", f"*{outside('https://tea.example', 'a*')}"),
        ("] [a](b c) [x](", "] [a](b c) [x]("),
        ("[a](https://tea.example", f"[a]({outside('https://tea.example', 'https://tea.example')}"),
        ("[a](" + "(" * 40, "[a](" + "(" * 40),
    ],
)
def test_links(body: str, expected: str) -> None:
    assert html(body) == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    ("body", "address", "rest"),
    [
        ("見 https://tea.example/a。", "https://tea.example/a", "。"),
        ("見 http://tea.example/a, 或", "http://tea.example/a", ", 或"),
        ("見 (https://tea.example/a)", "https://tea.example/a", ")"),
        ("見 (https://tea.example/a_(b))", "https://tea.example/a_(b)", ")"),
        ("見 https://tea.example/a看", "https://tea.example/a", "看"),
        ("見 https://tea.example/看", "https://tea.example/", "看"),
        ("見 https://tea.example/wiki/烏龍茶", "https://tea.example/wiki/烏龍茶", ""),
        ("見 https://tea.example/a\\_b\\_c **x**", "https://tea.example/a_b_c", " <strong>x</strong>"),
        ("見 HTTP://tea.example/a", "http://tea.example/a", ""),
        ("見 https://tea.example/?a=1&b=2&copy;", "https://tea.example/?a=1&amp;b=2&amp;copy", ";"),
    ],
)
def test_bare_addresses_become_links_without_the_rest_of_the_sentence(body: str, address: str, rest: str) -> None:
    result = html(body)
    assert f'href="{address}" {REL}>' in result
    assert result.endswith(f"</a>{rest}</p>")


@pytest.mark.parametrize(
    "body", ["xhttps://tea.example", "https://", "https://。", "http:/tea.example", "//tea.example"]
)
def test_text_that_resembles_an_address_stays_text(body: str) -> None:
    assert html(body) == f"<p>{body}</p>"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/tea",
        "tea.html",
        "#a",
        "?a",
        "ftp://tea.example",
        "file:///etc/passwd",
        "mailto:nobody",
        "http://",
        "http:tea.example",
        "https:///tea",
        "http://[::1",
        "\\\\evil.example",
        "java&#10;script:x",
        "/t/x/y",
        "/c/x",
    ],
)
def test_the_text_of_a_link_that_is_not_allowed_stays(address: str) -> None:
    assert html(f"[茶](<{address}>)") == "<p>茶</p>"
    assert html(f'[茶]( "{address}")') == "<p>茶</p>"


@pytest.mark.parametrize(
    "encoded",
    [
        "aHR0cHM6Ly90ZWEuZXhhbXBsZS8_YT1-",
        "aHR0cHM6Ly90ZWEuZXhhbXBsZS8/YT1+",
        "aHR0cHM6Ly90ZWEuZXhhbXBsZS8/YT1%2B",
    ],
)
def test_redirects_are_decoded_from_every_form_of_base64(encoded: str) -> None:
    assert (
        html(f"[茶](https://forum.example/url/link/{encoded})") == f"<p>{outside('https://tea.example/?a=~', '茶')}</p>"
    )


@pytest.mark.parametrize("padding", ["", "=", "%3D"])
def test_redirects_are_decoded_with_and_without_padding(padding: str) -> None:
    address = f"https://forum.example/url/link/aHR0cHM6Ly90ZWEuZXhhbXBsZS8{padding}"
    assert html(f"[茶]({address})") == f"<p>{outside('https://tea.example/', '茶')}</p>"


@pytest.mark.parametrize("encoded", ["amF2YXNjcmlwdDphbGVydCgxKQ==", "a", "/9j/4AAQ", "Ly9ldmlsLmV4YW1wbGU="])
def test_a_redirect_without_an_allowed_address_is_not_decoded(encoded: str) -> None:
    address = f"https://forum.example/url/link/{encoded}"
    assert html(f"[茶]({address})") == f"<p>{outside(address, '茶')}</p>"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://forum.example/article/12", "forum.example/article/12"),
        ("https://Forum.Example/question/12?warning", "forum.example/question/12"),
        ("https://forum.example/article/id-12__sort_key-agree_count__sort-DESC", "forum.example/article/12"),
        ("https://forum.example/article/12?sort=1#item_id-5", "forum.example/article/12"),
        ("https://forum.example:8443/article/12/", "forum.example/article/12"),
    ],
)
def test_links_to_archived_threads_lead_into_the_archive(address: str, key: str) -> None:
    rendered = render(f"[茶]({address}) {address}")
    assert rendered.thread_links == linked_threads(rendered.html) == {key}
    archived = complete(rendered.html, {}, {key})
    assert archived == f'<p><a href="/t/{key}/">茶</a> <a href="/t/{key}/">{address}</a></p>'
    missing = complete(rendered.html, {}, {"forum.example/article/1"})
    assert missing == f"<p>{outside(address, '茶')} {outside(address, address)}</p>"


@pytest.mark.parametrize(
    "address",
    [
        "https://forum.example/article/item_id-12",
        "https://forum.example/people/12",
        "https://forum.example/article/12/edit",
    ],
)
def test_other_addresses_of_the_site_are_not_thread_links(address: str) -> None:
    assert render(f"[茶]({address})").thread_links == frozenset()


def test_an_address_in_the_text_of_a_link_is_not_a_thread_link() -> None:
    rendered = render("[https://forum.example/article/1](https://forum.example/article/2)")
    assert rendered.thread_links == {"forum.example/article/2"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("![院子](https://pics.example/a.jpg)", picture("https://pics.example/a.jpg", "pics.example", "院子")),
        ("![](https://pics.example/a.jpg)", picture("https://pics.example/a.jpg", "pics.example")),
        (
            "![https://images.weserv.nl/?url=https://pics.example/a.jpg](https://images.weserv.nl/?url=https%3A%2F%2Fpics.example%2Fa.jpg)",
            picture("https://pics.example/a.jpg", "pics.example"),
        ),
        (
            "![](https://images.weserv.nl/?url=pics.example/a.jpg)",
            picture("https://pics.example/a.jpg", "pics.example"),
        ),
        (
            "![](https://images.weserv.nl/?url=ssl:pics.example/a.jpg)",
            picture("https://pics.example/a.jpg", "pics.example"),
        ),
        ("![](https://images.weserv.nl/?w=1)", picture("https://images.weserv.nl/?w=1", "images.weserv.nl")),
        ("![*院*\\_<b>](https://pics.example/a)", picture("https://pics.example/a", "pics.example", "*院*_&lt;b&gt;")),
        ("![](https://pics.example/?a&copy)", picture("https://pics.example/?a&amp;copy", "pics.example")),
        ("![院子](javascript:x)", "院子"),
        ("![](javascript:x)", "javascript:x"),
        ("![](mailto:a@b)", "mailto:a@b"),
        ("![院子]", "![院子]"),
        (
            "[](https://forum.example/url/img/aHR0cHM6Ly9waWNzLmV4YW1wbGUvYQ)",
            picture("https://pics.example/a", "pics.example"),
        ),
        ("[](https://pics.example/a)![](https://pics.example/a)", picture("https://pics.example/a", "pics.example")),
        (
            "[](https://pics.example/page)![](https://pics.example/a)",
            outside("https://pics.example/page", "pics.example/page")
            + " "
            + picture("https://pics.example/a", "pics.example"),
        ),
        (
            "[![院](https://pics.example/a) 子](https://tea.example)",
            picture("https://pics.example/a", "pics.example", "院")
            + f" 子 {outside('https://tea.example', 'tea.example')}",
        ),
        ("![a [b](c) *d*](https://pics.example/a)", picture("https://pics.example/a", "pics.example", "a [b](c) *d*")),
    ],
)
def test_pictures_are_placeholders_with_their_host(body: str, expected: str) -> None:
    assert html(body) == f"<p>{expected}</p>"
