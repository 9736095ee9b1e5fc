"""Which texts are copies of a removed one, by their samples."""

from __future__ import annotations

from random import Random

from threads.replies import removed_texts
from threads.replies.removed_texts import RemovableText, TextDigests

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def digest(words: list[str]) -> TextDigests:
    """Return the digests of a comment with these words."""
    digests = removed_texts.digest_text(b"key", RemovableText("thread", None, None, " ".join(words)))
    assert digests
    return digests


def draw_words(random: Random, number: int) -> list[str]:
    """Return words of nine letters."""
    return ["".join(random.choices(LETTERS, k=9)) for _ in range(number)]


def test_a_text_with_many_words_of_a_longer_one_is_alike_and_another_is_not() -> None:
    random = Random(7)
    alike = 0
    for _ in range(200):
        removed = draw_words(random, 23)
        part = [*removed[-10:], *draw_words(random, 4)]
        alike += removed_texts.is_alike(digest(removed), digest(part))
        assert not removed_texts.is_alike(digest(removed), digest(draw_words(random, 14)))
    assert alike >= 199


def test_edited_and_extended_texts_are_alike() -> None:
    words = draw_words(Random(7), 20)
    for other in (words[3:], [*words, "Really"], ["As", "I", "said:", *words[5:]], words[:8], words[12:]):
        assert removed_texts.is_alike(digest(words), digest(other))
        assert removed_texts.is_alike(digest(other), digest(words))
