"""The two databases' searches, held against the meaning of a condition in plain Python, over many queries."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.factories import add_comments, make_article, make_author
from threads.models import Comment, Quote, SearchEntry
from threads.search import entries, index, postgres
from threads.search.backends import backend
from threads.search.conditions import And, Condition, Not, Or, Part, Phrase, Window, matches
from threads.search.query import parse
from threads.search.resolution import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threads.search.rows import TextRow

pytestmark = pytest.mark.django_db

HAN = "茶園园花喝好水山"
WORDS = ("tea", "Tea", "garden", "gardens", "green", "2020", "ＴＥＡ", "é")
MARKS = ("，", "。", " ", "\n\n", "", "", "", "-", "**")
NAMES = ("hiker", "baker", "茶友")
TAGS = ("tea", "綠茶")


def some_text(chance: random.Random, length: int) -> str:
    """Return characters, words and marks at random, from so few that much is found more than once."""
    pieces = [chance.choice((*HAN, *HAN, *WORDS)) + chance.choice(MARKS) for _ in range(chance.randrange(length))]
    return "".join(pieces)


def some_query(chance: random.Random) -> str:
    """Return a query of up to four pieces, operators among them."""
    pieces = []
    for _ in range(chance.randrange(1, 5)):
        word = chance.choice(
            (
                "".join(chance.choices(HAN, k=chance.randrange(1, 5))),
                chance.choice(WORDS),
                f'"{some_text(chance, 5)}"',
                f"{chance.choice(WORDS)}*",
                "".join(chance.choices((*HAN, *WORDS), k=2)),
            )
        )
        field = chance.choice(("", "", "", "quoted:"))
        operator = chance.choice(
            (
                f"author:{chance.choice((*NAMES, 'nobody'))}",
                f"answers:{chance.choice(NAMES)}",
                f"tag:{chance.choice(TAGS)}",
                f"in:{chance.choice(('title', 'article', 'comments'))}",
                f"after:2020-01-{chance.randrange(1, 29):02}",
                f"before:2020-01-{chance.randrange(1, 29):02}",
            )
        )
        pieces.append(chance.choice(("", "", "-")) + chance.choice((field + word, field + word, operator)))
        pieces += chance.choice(([], [], [], ["OR"]))
    return " ".join(pieces)


@pytest.fixture(scope="module")
def rows(module_database: None) -> dict[int, TextRow]:
    """Fill an archive at random; return its index rows as they should be, by number."""
    chance = random.Random(1)
    for _ in range(12):
        article = make_article(
            some_text(chance, 8),
            author=chance.choice(NAMES),
            tags=chance.sample(TAGS, chance.randrange(3)),
            body=some_text(chance, 40),
            published_at=None,
        )
        comments = [
            {
                "author": chance.choice(NAMES),
                "body": some_text(chance, 25) or "x",
                "posted_on": chance.choice((None, date(2020, 1, 1) + timedelta(chance.randrange(28)))),
                "answers": chance.choice((None, index_before)) if index_before >= 0 else None,
            }
            for index_before in range(-1, 11)
        ]
        added = add_comments(article, comments)
        Quote.objects.bulk_create(Quote(comment_id=pk, ordinal=0, excerpt=some_text(chance, 6)) for pk in added[:4])
        index.update([article.pk])
    return expected()


def expected() -> dict[int, TextRow]:
    """Return what the index should hold, from the rows."""
    numbers = {(row.article_id, row.comment_id): row.pk for row in SearchEntry.objects.all()}
    articles = {article for article, _ in numbers}
    made = [*entries.of_articles(articles), *entries.of_comments(list(entries.comments_of(articles)))]
    return {(number := numbers[entry.article_id, entry.comment_id]): index.text_of(number, entry) for entry in made}


def found(condition: Condition, window: Window | None = None) -> list[int]:
    """Return the numbers the database finds, newest first."""
    return [hit.number for hit in backend().find(condition, window or Window(), 1000)]


def wanted(rows: dict[int, TextRow], condition: Condition, window: Window | None = None) -> list[int]:
    """Return the numbers that meet the condition, newest first."""
    span = window or Window()
    return sorted(
        (number for number, row in rows.items() if span.holds(number) and matches(condition, row)), reverse=True
    )


def test_four_hundred_queries_find_what_they_mean(rows: dict[int, TextRow], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "NEAR", 30)
    chance = random.Random(2)
    some_found = 0
    for _ in range(400):
        text = some_query(chance)
        resolved = resolve(parse(text))
        sought = wanted(rows, resolved.condition, resolved.window)
        assert found(resolved.condition, resolved.window) == sought, text
        first = backend().find(resolved.condition, resolved.window, 3)
        last = backend().find(resolved.condition, resolved.window, 3, oldest=True)
        assert [hit.number for hit in first] == sought[:3], text
        assert [hit.number for hit in last] == sought[::-1][:3], text
        some_found += 0 < len(sought) < len(rows)
    assert some_found > 100


def test_texts_too_long_for_terms_are_found_all_the_same(
    rows: dict[int, TextRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ROOM", 60)
    SearchEntry.objects.all().delete()
    index.update({row.article_id for row in Comment.objects.all()})
    rows = expected()
    chance = random.Random(3)
    for _ in range(150):
        text = some_query(chance)
        resolved = resolve(parse(text))
        assert found(resolved.condition, resolved.window) == wanted(rows, resolved.condition, resolved.window), text


PHRASE = Phrase(Part.TEXT, ("茶",))


@pytest.mark.parametrize(
    "condition",
    [
        And(()),
        Or(()),
        Not(And(())),
        Not(Or(())),
        Not(PHRASE),
        Not(Not(PHRASE)),
        And((Not(PHRASE), Not(Phrase(Part.TEXT, ("tea",))))),
        Or((Not(PHRASE), Phrase(Part.TITLE, ("tea",)))),
        And((Or((PHRASE, Phrase(Part.QUOTED, ("花",)))), Not(Or((Phrase(Part.TEXT, ("tea",)), Not(PHRASE)))))),
        Not(And((PHRASE, Phrase(Part.TEXT, ("tea",))))),
        Phrase(Part.META, ("ka",)),
        Phrase(Part.TEXT, ("gar",), prefix=True),
        Phrase(Part.TITLE, ("gar",), prefix=True),
        Phrase(Part.TEXT, ("茶", "gar"), prefix=True),
        Phrase(Part.TEXT, ("tea", "¶", "tea")),
    ],
)
def test_every_shape_of_condition_means_the_same(rows: dict[int, TextRow], condition: Condition) -> None:
    assert found(condition) == wanted(rows, condition)


def test_a_window_bounds_what_is_found_and_the_oldest_can_come_first(rows: dict[int, TextRow]) -> None:
    every: Sequence[int] = sorted(rows)
    window = Window(every[5], every[-5])
    assert found(And(()), window) == list(reversed(every[5:-5]))
    assert [hit.number for hit in backend().find(And(()), window, 3, oldest=True)] == every[5:8]
    assert backend().find(And(()), Window().within(window), 1)[0].number == every[-6]


def test_the_author_of_a_match_comes_with_it(rows: dict[int, TextRow]) -> None:
    hiker = make_author("hiker")
    hits = backend().find(Phrase(Part.META, (entries.author_token(hiker.pk),)), Window(), 1000)
    assert hits
    assert {hit.author_id for hit in hits} == {hiker.pk}
