"""Encodings of files: GB18030 is recognised; every other text that is no UTF-8 is left as it is."""

from __future__ import annotations

import pytest

from threads.parsing.encodings import to_utf8

SIMPLIFIED = "早上喝什么茶最好？我说绿茶，他说红茶。大家都来说一说，这个问题没有人会不知道。"
TRADITIONAL = "早上喝什麼茶最好？我說綠茶，他說紅茶。大家都來說一說，這個問題沒有人會不知道。"
KOREAN = "나는 오늘 아침에 차를 마시고 책을 읽었다. 이것은 아주 좋은 일이다."
JAPANESE = "今日は朝からお茶を飲んで、本を読みました。自転車に乗って市場に行くのが好きです。"
RUSSIAN = "Сегодня утром я пил чай и читал книгу, потом поехал на велосипеде на рынок."


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL, SIMPLIFIED + "🍵𠮷"])
def test_chinese_text_in_gb18030_is_converted(text: str) -> None:
    assert to_utf8(text.encode("gb18030")) == text.encode()


@pytest.mark.parametrize(
    "content",
    [
        SIMPLIFIED.encode(),
        SIMPLIFIED.encode().replace("茶".encode(), "茶".encode()[:2]),
        SIMPLIFIED.encode("gb18030")[:-1] + b"\xff",
        TRADITIONAL.encode("big5"),
        KOREAN.encode("euc_kr"),
        JAPANESE.encode("euc_jp"),
        JAPANESE.encode("shift_jis"),
        RUSSIAN.encode("cp1251"),
        "早上喝茶".encode("gb18030"),
        b"",
    ],
)
def test_any_other_file_is_left_as_it_is(content: bytes) -> None:
    assert to_utf8(content) is content
