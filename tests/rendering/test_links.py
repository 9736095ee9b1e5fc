"""Links and pictures in bodies: their targets, and addresses that may not be links."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from urllib.parse import quote

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
        ("見 https://tea.example/wiki/烏龍茶_(飲料)。", "https://tea.example/wiki/烏龍茶_(飲料)", "。"),
        ("(見 https://tea.example/wiki/臺灣)看", "https://tea.example/wiki/臺灣", ")看"),
        ("https://tea.example/wiki/Чай и", "https://tea.example/wiki/Чай", " и"),
        ("https://tea.example/thé/naïve.", "https://tea.example/thé/naïve", "."),
        ("https://чай.рф/а，看", "https://чай.рф/а", "，看"),
        ("https://茶.中國/綠", "https://茶.中國/", "綠"),
        ("https://hi.tea.example/चाय।", "https://hi.tea.example/चाय", "।"),
        ("https://tea.example/?q=烏龍%20綠茶&amp;x=1，看", "https://tea.example/?q=烏龍%20綠茶&amp;x=1", "，看"),
        (
            "https://tea.example/zh/1989年11月9日的茶/a-486，看",
            "https://tea.example/zh/1989年11月9日的茶/a-486",
            "，看",
        ),
        ("https://tea.example/zh/1989年…/a-486", "https://tea.example/zh/1989年…/a-486", ""),
        ("https://tea.example/cn/茶/2020-泡茶看茶。", "https://tea.example/cn/茶/2020-泡茶看茶", "。"),
        ("https://tea.example/綠-烏龍-02-07", "https://tea.example/綠-烏龍-02-07", ""),
        ("https://tea.example/c/烏龍nb/g0", "https://tea.example/c/烏龍nb/g0", ""),
        ("https://tea.example/wiki/2019年茶展", "https://tea.example/wiki/2019年茶展", ""),
        ("https://tea.example/n/22432怎麼", "https://tea.example/n/22432", "怎麼"),
        ("https://tea.example/wiki/Tea#Types你看", "https://tea.example/wiki/Tea#Types", "你看"),
        ("https://tea.example/%E8%8C%B6茶", "https://tea.example/%E8%8C%B6", "茶"),
        ("https://tea.example看", "https://tea.example", "看"),
        ("https://tea.example/aＡＢ", "https://tea.example/a", "ＡＢ"),
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
        "/tea",
        "tea.html",
        "#a",
        "?a",
        "file:///etc/passwd",
        "\\\\evil.example",
        "java&#10;script:x",
        "/t/x/y",
        "/c/x",
    ],
)
def test_the_text_of_a_link_that_leads_nowhere_stays(address: str) -> None:
    assert html(f"[茶](<{address}>)") == "<p>茶</p>"
    assert html(f'[茶]( "{address}")') == "<p>茶</p>"


@pytest.mark.parametrize(
    "address",
    [
        "magnet:?xt=urn:btih:c12fe1c06bba",
        "ed2k://|file|tea.txt|9|a|/",
        "ftp://tea.example/a",
        "thunder://QUFodHRw",
        "tel:+886212345678",
        "//tea.example/a",
        "mailto:nobody",
        "http:tea.example",
        "https:///tea",
    ],
)
def test_the_address_of_a_link_that_is_not_allowed_is_shown_as_text(address: str) -> None:
    assert html(f"[茶](<{address}>)") == f"<p>茶 ({address})</p>"
    assert html(f'[茶]( "{address}")') == f"<p>茶 ({address})</p>"
    assert html(f"[](<{address}>)") == html(f"[{address}](<{address}>)") == f"<p>{address}</p>"


@pytest.mark.parametrize(
    "address",
    [
        "https://zhida.zhihu.com/search?content_id=1&q=%E8%8C%B6&zhida_source=entity",
        "https://www.zhihu.com/search?q=%E8%8C%B6&search_source=Entity&hybrid_search_source=Entity",
        "https://zhihu.com/search?hybrid_search_source=Entity&q=a",
    ],
)
def test_automatic_search_links_are_plain_words(address: str) -> None:
    assert html(f"泡[茶]({address})水") == "<p>泡茶水</p>"
    assert html(f"[**茶]({address})水**") == "<p><strong>茶水</strong></p>"
    assert html(f"[泡[茶]({address})](https://tea.example)") == f"<p>{outside('https://tea.example', '泡茶')}</p>"


def test_a_search_that_somebody_linked_stays_a_link() -> None:
    address = "https://www.zhihu.com/search?q=a"
    assert html(f"[茶]({address})") == f"<p>{outside(address, '茶')}</p>"


@pytest.mark.parametrize(
    "body",
    [
        "[\n\n![](https://pics.example/a)\n\n茶葉  \n新茶\n\n](https://tea.example/a)",
        "[  \n![](https://pics.example/a)\n茶葉\n\n新茶\n](<https://tea.example/a>)",
        "[\n\n茶葉\n\n新茶\n\n![](https://pics.example/a)\n\n ](https://tea.example/a)",
    ],
)
def test_a_card_is_its_picture_and_a_link_with_its_label(body: str) -> None:
    label = "茶葉\n新茶"
    expected = picture("https://pics.example/a", "pics.example") + " " + outside("https://tea.example/a", label)
    assert html(f"字\n\n{body}\n\n字") == f"<p>字</p>\n<p>{expected}</p>\n<p>字</p>"


@pytest.mark.parametrize("body", ["[\n\n茶\n\n](b)", "```\n[\na\n](https://tea.example)\n```"])
def test_what_resembles_a_card_stays_as_it_is(body: str) -> None:
    assert "<a" not in html(body)


@pytest.mark.parametrize(
    ("body", "address"),
    [
        ("http://www.gov. cn/a", "http://www.gov.cn/a"),
        ("http://www .gov.cn/a", "http://www.gov.cn/a"),
        ("見http://tea. org.tw/a。", "http://tea.org.tw/a"),
        ("[茶](http://www.gov. cn/a)", "http://www.gov.cn/a"),
        ("[茶](<http://www.gov .cn>)", "http://www.gov.cn"),
        ('[茶]( "http://www.gov. cn/a")', "http://www.gov.cn/a"),
        ("[茶](http:// tea.example/a)", "http://tea.example/a"),
    ],
)
def test_a_blank_in_a_host_is_left_out(body: str, address: str) -> None:
    assert f'<a href="{address}" {REL}>' in html(body)


def test_a_full_stop_after_an_address_ends_the_sentence() -> None:
    assert html("See https://tea.example. Cups/pots.").endswith("</a>. Cups/pots.</p>")


@pytest.mark.parametrize(
    "body",
    [
        "![](data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='10' (a)></svg>)",
        "![](data:image/png;base64,iVBORw0KGgo)",
        "![](https://images.weserv.nl/?url=/file/2b0d.jpg)",
        "![](https://images.weserv.nl/?url=file)",
        "![](/file/2b0d.jpg)",
        "![](2b0d.jpg)",
    ],
)
def test_pictures_without_an_address_are_left_out(body: str) -> None:
    assert html(body) == ""
    assert html(f"茶\n\n{body}\n\n水") == "<p>茶</p>\n<p>水</p>"
    assert html(f"茶  \n{body}") == html(f"{body}  \n茶") == "<p>茶</p>"
    assert html(f"> {body}\n\n茶") == "<p>茶</p>"
    assert html(f"[{body}](https://tea.example)") == f"<p>{outside('https://tea.example', 'tea.example')}</p>"
    assert html(body.replace("![]", "![院子]")) == "<p>院子</p>"


@pytest.mark.parametrize(
    "encoded",
    [
        "aHR0cHM6Ly90ZWEuZXhhbXBsZS8_YT1-",
        "aHR0cHM6Ly90ZWEuZXhhbXBsZS8/YT1+",
        "aHR0cHM6Ly90ZWEuZXhhbXBsZS8/YT1%2B",
        "aHR0cHM6Ly90ZWEuZXhhbXBsZS8_YT1.",
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


@pytest.mark.parametrize("encoded", ["a", "/9j/4AAQ", "1234567"])
def test_a_redirect_that_cannot_be_decoded_stays_as_it_is(encoded: str) -> None:
    address = f"https://forum.example/url/link/{encoded}"
    assert html(f"[茶]({address})") == f"<p>{outside(address, '茶')}</p>"


def redirect(destination: str, kind: str = "link") -> str:
    """Return the site's redirect to a destination."""
    return f"https://forum.example/url/{kind}/{urlsafe_b64encode(destination.encode()).decode().rstrip('=')}"


@pytest.mark.parametrize(
    ("address", "destination"),
    [
        ("https://link.zhihu.com/?target=https%3A//tea.example/a%3Fb%3D1", "https://tea.example/a?b=1"),
        ("http://link.zhihu.com/?utm_source=x&target=http%3A%2F%2Ftea.example", "http://tea.example"),
        ("https://link.zhihu.com/?target=https%253A%252F%252Ftea.example", "https://tea.example"),
        ("https://www.douban.com/link2/?url=https%3A%2F%2Ftea.example%2F", "https://tea.example/"),
        ("https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Ftea.example%2F", "https://tea.example/"),
        ("https://www.google.com/url?q=https://tea.example/&sa=D", "https://tea.example/"),
        (redirect("https://tea.example/"), "https://tea.example/"),
        (redirect(redirect(redirect("https://tea.example/"))), "https://tea.example/"),
        (redirect("https://link.zhihu.com/?target=https%3A//tea.example/"), "https://tea.example/"),
        (f"https://link.zhihu.com/?target={quote(redirect('https://tea.example/'), safe='')}", "https://tea.example/"),
    ],
)
def test_redirects_of_every_form_are_followed(address: str, destination: str) -> None:
    assert html(f"[茶]({address})") == f"<p>{outside(destination, '茶')}</p>"


@pytest.mark.parametrize(
    "address",
    [
        "https://link.zhihu.com/",
        "https://link.zhihu.com/?target=",
        "https://link.zhihu.com/other?target=https%3A//tea.example",
        "https://tea.example/?target=https%3A//milk.example",
        "https://www.google.com/search?q=https://tea.example",
        "https://notlink.zhihu.com.tea.example/?target=https%3A//milk.example",
    ],
)
def test_an_address_that_resembles_a_redirect_is_none(address: str) -> None:
    assert html(f"[茶]({address})") == f"<p>{outside(address, '茶')}</p>"


@pytest.mark.parametrize(
    "destination", ["javascript:alert(1)", "JaVaScRiPt://tea.example/%0aalert(1)", "data:text/html,x", "//evil.example"]
)
def test_the_text_of_a_redirect_to_a_hostile_address_stays(destination: str) -> None:
    assert html(f"[茶]({redirect(destination)})") == "<p>茶</p>"
    assert html(f"[茶]({redirect(redirect(destination))})") == "<p>茶</p>"
    assert html(f"[茶](https://link.zhihu.com/?target={quote(destination, safe='')})") == "<p>茶</p>"


def test_a_redirect_to_itself_ends() -> None:
    address = "https://tea.example/"
    for _ in range(40):
        address = f"https://link.zhihu.com/?target={quote(address, safe='')}" if len(address) < 500 else address
    assert "link.zhihu.com" in html(f"[茶]({address})")


def test_a_redirect_to_a_thread_leads_into_the_archive() -> None:
    rendered = render(f"[茶]({redirect('https://www.forum.example/article/12')})")
    assert rendered.thread_links == {"forum.example/article/12"}
    assert complete(rendered.html, {}, rendered.thread_links) == '<p><a href="/t/forum.example/article/12/">茶</a></p>'


def test_a_picture_behind_proxy_and_redirect_has_its_own_address() -> None:
    address = f"https://images.weserv.nl/?url={quote(redirect('https://pics.example/a.jpg', 'img'), safe='')}"
    assert html(f"![]({address})") == f"<p>{picture('https://pics.example/a.jpg', 'pics.example')}</p>"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://forum.example/article/12", "forum.example/article/12"),
        ("https://Forum.Example/question/12?warning", "forum.example/question/12"),
        ("https://forum.example/article/id-12__sort_key-agree_count__sort-DESC", "forum.example/article/12"),
        ("https://forum.example/article/12?sort=1#item_id-5", "forum.example/article/12"),
        ("https://forum.example:8443/article/12/", "forum.example:8443/article/12"),
        ("https://forum.example:443/article/12/", "forum.example/article/12"),
        ("http://www.Forum.example.:80/article/12", "forum.example/article/12"),
        ("https://mohu.pincong.rocks/video/12", "mohu.rocks/video/12"),
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


@pytest.mark.parametrize(
    "address",
    ["/article/12", "article/12", "./article/12", "/article/id-12__sort_key-agree_count", "/article/12?warning#a"],
)
def test_a_link_without_a_host_is_to_the_site_of_its_text(address: str) -> None:
    for body in (f"[茶]({address})", f'[茶]( "{address}")'):
        rendered = render(body)
        assert rendered.thread_links == linked_threads(rendered.html) == {"/article/12"}
        archived = {"forum.example/article/12"}
        inside = complete(rendered.html, {}, archived, "forum.example")
        assert inside == '<p><a href="/t/forum.example/article/12/">茶</a></p>'
        other = complete(rendered.html, {}, archived, "tea.example")
        assert other == f"<p>{outside('https://tea.example/article/12', '茶')}</p>"
        assert complete(rendered.html, {}, archived) == "<p>茶</p>"


def test_an_address_without_a_scheme_is_a_link_if_it_names_a_thread() -> None:
    assert render("[茶](//www.forum.example/article/12)").thread_links == {"forum.example/article/12"}
    assert html("[茶](//www.forum.example/people/12)") == "<p>茶 (//www.forum.example/people/12)</p>"


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
            picture("https://pics.example/a", "pics.example", "院") + f" {outside('https://tea.example', '子')}",
        ),
        ("![a [b](c) *d*](https://pics.example/a)", picture("https://pics.example/a", "pics.example", "a [b](c) *d*")),
    ],
)
def test_pictures_are_placeholders_with_their_host(body: str, expected: str) -> None:
    assert html(body) == f"<p>{expected}</p>"
