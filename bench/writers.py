"""Authors of generated texts in Markdown, with text of the sample archive."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import sample_words

if TYPE_CHECKING:
    from random import Random

HOST: Final = "https://archive.example"
VOICES: Final = {"simplified": 58, "traditional": 32, "english": 10}
"""Percentage of people for each voice."""


@dataclass(frozen=True, slots=True)
class Person:
    """An author with one voice."""

    name: str
    voice: str


class Writers:
    """Authors and text: passages, names and tags, drawn by their frequency."""

    def __init__(self, articles: int, chance: Random) -> None:
        self.chance = chance
        words = sample_words.cut(chance)
        self.voices = words.voices
        self._clauses = {name: sample_words.clauses(voice, chance) for name, voice in words.voices.items()}
        self.people = self._people(words.names, max(500, articles // 2))
        self._tags = self._compounds(words.tags, max(60, articles // 8))
        self._busy = list(accumulate(1 / (rank + 3) ** 0.9 for rank in range(len(self.people))))
        self._usual = list(accumulate(1 / (rank + 2) for rank in range(len(self._tags))))

    def person(self) -> Person:
        """Return an author; active authors are more likely."""
        return self.chance.choices(self.people, cum_weights=self._busy)[0]

    def tags(self) -> list[str]:
        """Return up to eight tags."""
        count = self.chance.choice((0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 8))
        return list(dict.fromkeys(self.chance.choices(self._tags, cum_weights=self._usual, k=count)))

    def topic(self) -> list[int]:
        """Return the indexes of words for a topic, valid for every voice."""
        return [self.chance.randrange(1 << 20) for _ in range(8)]

    def passage(self, voice: str, length: int, topic: list[int]) -> str:
        """Return a paragraph of about `length` characters."""
        spoken = self.voices[voice]
        about = [spoken.pieces[place % len(spoken.pieces)] for place in topic]
        return sample_words.passage(self._clauses[voice], spoken, length, about, self.chance)

    def clause(self, voice: str) -> str:
        """Return a few words without punctuation."""
        return next(self._clauses[voice]).rstrip("，。、？！；,.?; ")

    def _people(self, names: list[str], many: int) -> list[Person]:
        """Return people with distinct names: those of the sample, then generated ones."""
        found = dict.fromkeys(names)
        kinds, shares = list(VOICES), list(VOICES.values())
        while len(found) < many:
            piece = self.chance.choice(self.voices[self.chance.choice(kinds)].pieces).lower().strip("'")
            other = self.chance.choice(names) if self.chance.random() < 0.5 else str(self.chance.randrange(1000))
            found[f"{piece}_{other}" if piece.isascii() and other.isascii() else piece + other] = None
        return [Person(name, self.chance.choices(kinds, shares)[0]) for name in list(found)[:many]]

    def _compounds(self, words: list[str], many: int) -> list[str]:
        """Return distinct tags: those of the sample, then pairs of words."""
        found = dict.fromkeys(words)
        while len(found) < many:
            one, other = self.chance.sample(words, 2)
            found[f"{one} {other}" if one.isascii() or other.isascii() else one + other] = None
        return list(found)[:many]


def write_text(writers: Writers, voice: str, characters: int, topic: list[int], *, article: bool) -> tuple[str, str]:
    """Return a text in Markdown, and as displayed."""
    paragraphs: list[tuple[str, str]] = []
    left = characters
    while left > 0:
        part = min(left, max(20, int(writers.chance.lognormvariate(4.6, 0.6))))
        left -= part + 5
        paragraphs.append(mark_up(writers, writers.passage(voice, max(part, 5), topic), voice, article=article))
    return "  \n  \n".join(text for text, _ in paragraphs), "".join(plain for _, plain in paragraphs)


def mark_up(writers: Writers, said: str, voice: str, *, article: bool) -> tuple[str, str]:
    """Return a paragraph with occasional Markdown, and as displayed."""
    chance = writers.chance
    draw, number = chance.random(), chance.randrange(1, 10_000)
    if draw < 0.02:
        start, comma, rest = said.partition("，" if "，" in said else ", ")
        return (f"**{start}**{comma}{rest}" if comma else said), said
    if draw < 0.05:
        words = writers.clause(voice)
        target = (f"{HOST}/article/{number}", f' "{HOST}/notes/{number}"', f"https://example.org/{number}")[number % 3]
        return f"{said}[{words}]({target})", said + words
    if draw < 0.06:
        picture = f"https://images.weserv.nl/?url=https%3A//example.org/photos/{number}.jpg"
        return f"![{writers.clause(voice)}]({picture})  \n{said}", said
    if article and draw < 0.1:
        return stand_apart(writers, said, voice), said
    return said, said


def stand_apart(writers: Writers, said: str, voice: str) -> str:
    """Return a paragraph as a block quote, or after a list or a heading."""
    draw = writers.chance.random()
    if draw < 0.5:
        return f"\n\n> {said}\n\n"
    if draw < 0.85:
        entries = (f"- {writers.clause(voice)}\n" for _ in range(writers.chance.randrange(2, 7)))
        return f"\n\n{''.join(entries)}\n{said}"
    return f"\n\n## {writers.clause(voice)}\n\n{said}"
