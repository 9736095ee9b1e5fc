"""Text, emphasis, code and blocks are rendered as CommonMark defines them."""

from __future__ import annotations

import pytest

from tests.rendered import html, outside
from threads.rendering import trusted


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
        ("    code <b>", "<pre><code>code &lt;b&gt;\n</code></pre>"),
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


def test_stored_html_is_marked_safe_unchanged() -> None:
    assert trusted("<p>茶</p>").__html__() == "<p>茶</p>"
