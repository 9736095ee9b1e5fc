"""Excerpts in the forms that sites write: with link labels and without, with list numbers, with entities decoded."""

from __future__ import annotations

import pytest

from threads.replies.linking import resolve_links
from threads.replies.parsed_comments import ParsedComment, parse_comment

LABELLED = "见《[水温的问题](https://tea.example/article/5)》，绿茶用八十度的水，再热就苦了，冬天可以高一点。"
LIST = "水温：\n\n1. 绿茶八十度\n2. 红茶九十五度，黑茶用刚开的水\n3. 凉了就倒掉"
ENTITY = "A&amp;B 的茶叶罐 &lt;大号&gt; 装得下半斤，&#20013;号的装不下，小号的更不用说。"
INVALID = "写成 &notanentity; 也行，只要罐子盖得紧，茶叶就不会受潮，放两年都没问题。"


def reply(excerpt: str, *, number: int | None = 7) -> ParsedComment:
    address = f"/article/item_id-{number}#" if number else ""
    return parse_comment("moss", "rose", None, f'> [\\>>]( "{address}"){excerpt}\n\n  \nReally?')


@pytest.mark.parametrize("others", [1, 40])
@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        (LABELLED, "见《水温的问题》，绿茶用八十度的水，再热就苦了..."),
        (LABELLED, "见《》，绿茶用八十度的水，再热就苦了，冬天可以..."),
        (LABELLED + "\n" + LIST, "见《》，绿茶用八十度的水，再热就苦了，冬天可以高一点。水温：1. 绿茶..."),
        (LIST, "水温：1. 绿茶八十度2. 红茶九十五度，黑茶用刚开..."),
        (LIST, "水温：1\\. 绿茶八十度2\\. 红茶九十五度，黑茶用刚开..."),
        (LIST, "水温：绿茶八十度红茶九十五度，黑茶用刚开的水凉..."),
        ("9. 是个好数字，第九泡的茶就不要再喝了", "9. 是个好数字，第九泡的茶就不要再喝了"),
        ("9. 是个好数字，第九泡的茶就不要再喝了", "是个好数字，第九泡的茶就不要再喝了"),
        (ENTITY, "A&B 的茶叶罐 \\<大号\\> 装得下半斤，中号的装不下..."),
        (ENTITY, "A&amp;B 的茶叶罐 &lt;大号&gt; 装得下半斤，&#20013;号..."),
        (INVALID, "写成 &notanentity; 也行，只要罐子盖得紧，茶叶..."),
        (INVALID, "写成 \\&notanentity; 也行，只要罐子盖得紧，茶叶..."),
    ],
)
def test_an_excerpt_fits_its_comment(body: str, excerpt: str, others: int) -> None:
    """Also of an author with so many comments that they are not compared one by one."""
    comments = [parse_comment("rose", None, None, f"第 {number} 次说：茶凉了。") for number in range(others)]
    comments += [parse_comment("rose", None, None, body), reply(excerpt)]
    link = resolve_links(comments, None)[-1]
    assert (link.answers, link.method) == (others, "excerpt")


def test_own_text_fits_before_another_reading() -> None:
    comments = [
        parse_comment("rose", None, None, "[老茶壶](https://tea.example/1)很好用"),
        parse_comment("rose", None, None, "很好用"),
        reply("很好用"),
    ]
    assert resolve_links(comments, None)[-1].answers == 1
