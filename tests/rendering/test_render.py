"""Text, emphasis, code and blocks are rendered as CommonMark defines them."""

from __future__ import annotations

import pytest

from tests.rendered import html, outside, picture
from threads.rendering import complete, trusted


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ""),
        ("  \n\t\n", ""),
        ("春天播種", "<p>春天播種</p>"),
        ("泡茶  \n等三分鐘", "<p>泡茶<br>\n等三分鐘</p>"),
        ("泡茶\\\n等三分鐘", "<p>泡茶<br>\n等三分鐘</p>"),
        ("泡茶 \n   等三分鐘", "<p>泡茶\n等三分鐘</p>"),
        ("泡茶  \n  \n等三分鐘", "<p>泡茶</p>\n<p>等三分鐘</p>"),
        ("泡茶  ", "<p>泡茶</p>"),
        ("一\r\n\r\n二\r三", "<p>一</p>\n<p>二\n三</p>"),
        ("        \n書", "<p>書</p>"),
        ("\u3000\u3000段首空兩格", "<p>\u3000\u3000段首空兩格</p>"),
        ("\u3000\u3000段首**空**兩格", "<p>\u3000\u3000段首<strong>空</strong>兩格</p>"),
        ("a\x00b\x08c\ud800d", "<p>abc\ufffdd</p>"),
        ("a\tb", "<p>a   b</p>"),
        (r"\== \~ \-----BEGIN \*\* \[b\]", "<p>== ~ -----BEGIN ** [b]</p>"),
        (r"1\. 水", "<p>1. 水</p>"),
        (r"\水 a\ b", r"<p>\水 a\ b</p>"),
        ("end\\", "<p>end\\</p>"),
        (
            "&amp; &lt;b&gt; &copy; &#20013; &#x56FD; &nope; & &#0; R&D",
            "<p>&amp; &lt;b&gt; © 中 国 &amp;nope; &amp; \ufffd R&amp;D</p>",
        ),
    ],
)
def test_text_and_lines(body: str, expected: str) -> None:
    assert html(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "*a* _b_ **c** __d__ ***e***",
            "<em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong> <em><strong>e</strong></em>",
        ),
        ("這是*重*點", "這是<em>重</em>點"),
        ("這是**重點：**說明", "這是<strong>重點：</strong>說明"),
        ("這是**“重點”**說明", "這是<strong>“重點”</strong>說明"),
        ("他說**《茶經》**好", "他說<strong>《茶經》</strong>好"),
        ("用**<a>**標記", "用<strong>&lt;a&gt;</strong>標記"),
        ("snake_case_name", "snake_case_name"),
        ("**沒有結尾", "**沒有結尾"),
        ("** 空 **", "** 空 **"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("*a **b*", "*a *<em>b</em>"),
        ("**a *b**", "*<em>a <em>b</em></em>"),
        ("*a _b* c_", "<em>a _b</em> c_"),
        ("*a**b*", "<em>a**b</em>"),
        ("**a** b* *c", "<strong>a</strong> b* *c"),
        ('a*"b"*c', 'a*"b"*c'),
        ("a* b* c*", "a* b* c*"),
        ("`*a*` ``b`c`` `` ` `` ` `", "<code>*a*</code> <code>b`c</code> <code>`</code> <code> </code>"),
        ("`a\nb`", "<code>a b</code>"),
        ("``沒有`結尾", "``沒有`結尾"),
        ("`<b>` `&amp;`", "<code>&lt;b&gt;</code> <code>&amp;amp;</code>"),
    ],
)
def test_emphasis_and_code(body: str, expected: str) -> None:
    assert html(body) == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    "text", ["<name>", "vector<int>", "a<b and b>c", "<script>alert(1)</script>", "<!-- x -->", "<br/>"]
)
def test_html_in_a_body_is_shown_as_text(text: str) -> None:
    escaped = text.replace("<", "&lt;").replace(">", "&gt;")
    assert html(f"**x** {text}") == f"<p><strong>x</strong> {escaped}</p>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("# 大\n\n## 中 ##\n\n###### 小", "<h3>大</h3>\n<h4>中</h4>\n<h6>小</h6>"),
        ("字\n# 題\n字", "<p>字</p>\n<h3>題</h3>\n<p>字</p>"),
        ("#話題#", "<p>#話題#</p>"),
        ("字  \n#  \n字", "<p>字<br>\n#<br>\n字</p>"),
        ("題\n===", "<h3>題</h3>"),
        ("字\n\n* * *\n\n字", "<p>字</p>\n<hr>\n<p>字</p>"),
        ("> 引\n> 文\n\n> 另", "<blockquote><p>引\n文</p></blockquote>\n<blockquote><p>另</p></blockquote>"),
        ("字\n> 引", "<p>字</p>\n<blockquote><p>引</p></blockquote>"),
        ("> a\n>\n> b", "<blockquote><p>a</p>\n<p>b</p></blockquote>"),
        ("*   一\n*   二", "<ul><li>一</li>\n<li>二</li></ul>"),
        ("字：\n* 一\n* 二", "<p>字：</p>\n<ul><li>一</li>\n<li>二</li></ul>"),
        ("3. 三\n4. 四", '<ol start="3"><li>三</li>\n<li>四</li></ol>'),
        ("1) 一\n2) 二", "<ol><li>一</li>\n<li>二</li></ol>"),
        ("1. 一\n\n字\n\n* 二", "<ol><li>一</li></ol>\n<p>字</p>\n<ul><li>二</li></ul>"),
        ("*   一\n    *   二", "<ul><li>一<ul><li>二</li></ul></li></ul>"),
        ("2035. 不是\n列表", '<ol start="2035"><li>不是\n列表</li></ol>'),
        ("字\n2. 不是列表", "<p>字\n2. 不是列表</p>"),
        ("字\n\n    縮排 <b>\n\n        再縮排", "<p>字</p>\n<p>縮排 &lt;b&gt;</p>\n<p>再縮排</p>"),
        ("\t縮排\n字", "<p>縮排\n字</p>"),
        (">     縮排\n字", "<blockquote><p>縮排\n字</p></blockquote>"),
        ("* 一\n\n        縮排", "<ul><li><p>一</p><p>縮排</p></li></ul>"),
        (
            "字\n```py\na  <b>\n\n\n# c\n```\n字",
            "<p>字</p>\n<pre><code>a  &lt;b&gt;\n\n\n# c\n</code></pre>\n<p>字</p>",
        ),
        ("~~~\n沒有結尾\n\n*", "<pre><code>沒有結尾\n\n*\n</code></pre>"),
        ("```這是字\n碼\n```", "<pre><code>這是字\n碼\n</code></pre>"),
        ("字\n\n```\n```\n\n    \xa0\n\n字", "<p>字</p>\n<p>字</p>"),
        ("````\n```\n````", "<pre><code>```\n</code></pre>"),
        ("> ```\n> a\n> ```", "<blockquote><pre><code>a\n</code></pre></blockquote>"),
        (
            "[a]: https://tea.example/\n\n[a] [b][a]",
            f"<p>[a]: {outside('https://tea.example/', 'https://tea.example/')}</p>\n<p>[a] [b][a]</p>",
        ),
        ("[注]: 這是腳註", "<p>[注]: 這是腳註</p>"),
    ],
)
def test_blocks(body: str, expected: str) -> None:
    assert html(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("**甲****乙**丙", "<strong>甲</strong><strong>乙</strong>丙"),
        ("**甲****，乙**", "<strong>甲</strong><strong>，乙</strong>"),
        ("**第一行  \n**第二行", "<strong>第一行<br>\n</strong>第二行"),
        ("**  \n茶  \n**", "<strong><br>\n茶<br>\n</strong>"),
        ("**茶 **水", "<strong>茶 </strong>水"),
        ("泡** 茶**水", "泡<strong> 茶</strong>水"),
        ("**\u3000段首**\u3000其餘", "<strong>\u3000段首</strong>\u3000其餘"),
        ("**第四條\u3000**【茶】", "<strong>第四條\u3000</strong>【茶】"),
        ("**茶\xa0**水", "<strong>茶&nbsp;</strong>水"),
        ("字**“茶”\u200b**字", "字<strong>“茶”\u200b</strong>字"),
        ("a**tea.**\u200c字", "a<strong>tea.</strong>\u200c字"),
        ("\u200b**\u200b茶\u200b**", "\u200b<strong>\u200b茶\u200b</strong>"),
        ("**\\*\\*****茶**", "<strong>**</strong><strong>茶</strong>"),
        ("use**“AI”**tools", "use<strong>“AI”</strong>tools"),
        ("他****的", "他****的"),
        ("甲 ** 乙 ** 丙", "甲 ** 乙 ** 丙"),
        ("**甲 _乙 **丙_ 丁", "**甲 <em>乙 **丙</em> 丁"),
        ("\\*\\*該用戶被封禁，內容已自動替換\\*\\* 茶", "<strong>該用戶被封禁，內容已自動替換</strong> 茶"),
        ("前\\*\\*敏感词已替换\\*\\*、後", "前<strong>敏感词已替换</strong>、後"),
        ("3\\*\\*號", "3**號"),
    ],
)
def test_bold_text_of_the_sources_converter_shows_no_stars(body: str, expected: str) -> None:
    assert html(body) == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[b]茶[/b]與\\[i\\]水\\[/i\\]", "茶與水"),
        ("[quote] [/quote]  \n茶", "茶"),
        ("\\[quote\\]茶\\[/quote\\]", "茶"),
        ("[big][color=#f00]茶[/color][/big]水", "茶水"),
        ("[b]茶", "茶"),
        ("茶[/b]", "茶"),
        ("a[i] + b[i]", "a[i] + b[i]"),
        ("[b] second", "[b] second"),
        ("`[b]`", "<code>[b]</code>"),
        ("[b](https://tea.example)", outside("https://tea.example", "b")),
        ("[url=https://tea.example/a\\_b]茶[/url]", outside("https://tea.example/a_b", "茶")),
        ("\\[url= https://tea.example\\] \\[/url\\]茶", outside("https://tea.example", "https://tea.example") + "茶"),
        ("[url]https://tea.example[/url]", outside("https://tea.example", "https://tea.example")),
        ("[URL=https://tea.example]  \n[/URL]茶", outside("https://tea.example", "https://tea.example") + "茶"),
        ("[url=茶][/url]", "茶"),
        ("[url=javascript:x]茶[/url]", "茶"),
        ("[url][/url]茶", "茶"),
        ("[url=https://tea.example]", outside("https://tea.example", "https://tea.example")),
        ("[img]https://pics.example/a[/img]", picture("https://pics.example/a", "pics.example")),
        ("https://tea.example/a\\]\\[/url\\]茶", outside("https://tea.example/a", "https://tea.example/a") + "茶"),
        ("[茶](https://tea.example/a][/url])", outside("https://tea.example/a", "茶")),
        ("[茶](https://tea.example/a%5D%5B/url%5D)", outside("https://tea.example/a", "茶")),
    ],
)
def test_rests_of_the_sources_own_markup_are_left_out(body: str, expected: str) -> None:
    assert html(body) == f"<p>{expected}</p>"


def cells(tag: str, *words: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    return "<tr>" + "".join(f"<{tag}{scope}>{word}</{tag}>" for word in words) + "</tr>"


@pytest.mark.parametrize(
    ("body", "head", "rows"),
    [
        ("| 茶 | 水 |\n| --- | --- |\n| **綠** | 80 |", ("茶", "水"), [("<strong>綠</strong>", "80")]),
        ("茶 | 水\n:-- | --:\n綠 | 80\n紅", ("茶", "水"), [("綠", "80")]),
        ("| 茶 |\n|---|\n| a \\| b |", ("茶",), [("a | b",)]),
        ("| 茶 | 水 |  \n| --- | --- |  \n| 綠 |  \n| 紅 | 90 | 多 |", ("茶", "水"), [("綠",), ("紅", "90", "多")]),
        ("| 茶 | |\n| - | - |", ("茶", ""), []),
    ],
)
def test_pipe_tables(body: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    group = "<tbody>" + "".join(cells("td", *row) for row in rows) + "</tbody>" if rows else ""
    table = f'<div class="table"><table><thead>{cells("th", *head)}</thead>{group}</table></div>'
    assert html(body).removesuffix("\n<p>紅</p>") == table
    assert html(f"字\n\n{body}").startswith(f"<p>字</p>\n{table}")
    assert table in html("> " + body.replace("\n", "\n> "))


@pytest.mark.parametrize("body", ["| a | b |\n| --- |", "a | b\nc", "| --- |\n| --- |x", "a\n---|"])
def test_lines_with_pipes_that_are_no_table_keep_their_words(body: str) -> None:
    assert "<table>" not in html(body)


def test_a_table_has_a_region_that_scrolls_by_keyboard() -> None:
    shown = complete(html("| 茶 |\n| - |\n| 綠 |"), {}, ())
    assert shown.startswith('<div class="table" role="region" tabindex="0" aria-label="Table"><table>')


def test_stored_html_is_marked_safe_unchanged() -> None:
    assert trusted("<p>茶</p>").__html__() == "<p>茶</p>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("~~gone~~", "<p><del>gone</del></p>"),
        ("先~~放糖~~放盐", "<p>先<del>放糖</del>放盐</p>"),
        ("~~放糖，~~放盐", "<p><del>放糖，</del>放盐</p>"),
        ("**a ~~b~~**", "<p><strong>a <del>b</del></strong></p>"),
        ("好啊~ 真好~", "<p>好啊~ 真好~</p>"),
        ("好啊~~ 真好~~~", "<p>好啊~~ 真好~~~</p>"),
        ("3 ~~ 4", "<p>3 ~~ 4</p>"),
        (r"\~\~a~~", "<p>~~a~~</p>"),
    ],
)
def test_two_tildes_strike_out_and_other_tildes_are_text(body: str, expected: str) -> None:
    assert html(body) == expected
