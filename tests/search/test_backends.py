"""Both backends, compared with the Python definition of a condition, over many queries."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.factories import add_comments, make_article, make_author
from threads.models import Comment, Quote, SearchEntry
from threads.search import entries, indexing, operators
from threads.search.backends import get_backend, postgres
from threads.search.backends.conditions import And, Condition, IdRange, Not, Or, Phrase, TextPart, TextRow
from threads.search.query import parse_query
from threads.search.resolution import resolve_query

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.django_db

HAN = "茶園园花喝好水山"
WORDS = ("tea", "Tea", "garden", "gardens", "green", "2020", "ＴＥＡ", "é")
MARKS = ("，", "。", " ", "\n\n", "", "", "", "-", "**")
NAMES = ("hiker", "baker", "茶友")
TAGS = ("tea", "綠茶")


def random_text(chance: random.Random, length: int) -> str:
    """Return random characters, words and marks, from so few that most occur more than once."""
    pieces = [chance.choice((*HAN, *HAN, *WORDS)) + chance.choice(MARKS) for _ in range(chance.randrange(length))]
    return "".join(pieces)


def random_query(chance: random.Random) -> str:
    """Return a random query of up to four parts, some of them operators."""
    pieces = []
    for _ in range(chance.randrange(1, 5)):
        word = chance.choice(
            (
                "".join(chance.choices(HAN, k=chance.randrange(1, 5))),
                chance.choice(WORDS),
                f'"{random_text(chance, 5)}"',
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
    """Create random threads; return the expected rows of the index, by id."""
    chance = random.Random(1)
    for _ in range(12):
        article = make_article(
            random_text(chance, 8),
            author=chance.choice(NAMES),
            tags=chance.sample(TAGS, chance.randrange(3)),
            body=random_text(chance, chance.choice((40, 900))),
            published_at=None,
        )
        comments = [
            {
                "author": chance.choice(NAMES),
                "body": random_text(chance, 25) or "x",
                "posted_on": chance.choice((None, date(2020, 1, 1) + timedelta(chance.randrange(28)))),
                "answers": chance.choice((None, index_before)) if index_before >= 0 else None,
            }
            for index_before in range(-1, 11)
        ]
        added = add_comments(article, comments)
        Quote.objects.bulk_create(Quote(comment_id=pk, ordinal=0, excerpt=random_text(chance, 6)) for pk in added[:4])
        indexing.update_articles([article.pk])
    return expected_rows()


def expected_rows() -> dict[int, TextRow]:
    """Return the expected rows of the index, from the articles and comments."""
    ids = {(row.article_id, row.comment_id): row.pk for row in SearchEntry.objects.all()}
    batches = entries.build_thread_entries({article_id for article_id, _ in ids})
    return {
        ids[entry.article_id, entry.comment_id]: TextRow(*entry.text, entry.meta)
        for entry in itertools.chain.from_iterable(batches)
    }


def matches_condition(condition: Condition, row: TextRow) -> bool:
    """Return whether an entry meets a condition. This defines the meaning of a condition."""
    match condition:
        case And(conditions):
            return all(matches_condition(part, row) for part in conditions)
        case Or(conditions):
            return any(matches_condition(part, row) for part in conditions)
        case Not(negated):
            return not matches_condition(negated, row)
    texts = {
        TextPart.TITLE: (row.title,),
        TextPart.TEXT: (row.title, row.words),
        TextPart.QUOTED: (row.quoted,),
        TextPart.META: (row.meta,),
    }[condition.part]
    return any(condition.spaced in f" {text} " for text in texts)


def find_ids(condition: Condition, id_range: IdRange | None = None) -> list[int]:
    """Return the ids that the database finds, newest first."""
    return [hit.id for hit in get_backend().find(condition, id_range or IdRange(), 1000)]


def expected_ids(rows: dict[int, TextRow], condition: Condition, id_range: IdRange | None = None) -> list[int]:
    """Return the ids that meet the condition, newest first."""
    span = id_range or IdRange()
    ids = (
        entry_id
        for entry_id, row in rows.items()
        if span.low <= entry_id < span.high and matches_condition(condition, row)
    )
    return sorted(ids, reverse=True)


def test_400_random_queries_find_the_matching_entries(
    rows: dict[int, TextRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "NEAR", 30)
    chance = random.Random(2)
    partial_matches = 0
    for _ in range(400):
        text = random_query(chance)
        resolved = resolve_query(parse_query(text))
        expected = expected_ids(rows, resolved.condition, resolved.id_range)
        assert find_ids(resolved.condition, resolved.id_range) == expected, text
        first = get_backend().find(resolved.condition, resolved.id_range, 3)
        last = get_backend().find(resolved.condition, resolved.id_range, 3, oldest_first=True)
        assert [hit.id for hit in first] == expected[:3], text
        assert [hit.id for hit in last] == expected[::-1][:3], text
        partial_matches += 0 < len(expected) < len(rows)
    assert partial_matches > 100


def test_texts_with_too_many_terms_for_a_tsvector_are_found(
    rows: dict[int, TextRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "MAX_TERM_BYTES", 60)
    SearchEntry.objects.all().delete()
    indexing.update_articles({row.article_id for row in Comment.objects.all()})
    rows = expected_rows()
    chance = random.Random(3)
    for _ in range(150):
        text = random_query(chance)
        resolved = resolve_query(parse_query(text))
        assert find_ids(resolved.condition, resolved.id_range) == expected_ids(
            rows, resolved.condition, resolved.id_range
        ), text


PHRASE = Phrase(TextPart.TEXT, ("茶",))


@pytest.mark.parametrize(
    "condition",
    [
        And(()),
        Or(()),
        Not(And(())),
        Not(Or(())),
        Not(PHRASE),
        Not(Not(PHRASE)),
        And((Not(PHRASE), Not(Phrase(TextPart.TEXT, ("tea",))))),
        Or((Not(PHRASE), Phrase(TextPart.TITLE, ("tea",)))),
        And((Or((PHRASE, Phrase(TextPart.QUOTED, ("花",)))), Not(Or((Phrase(TextPart.TEXT, ("tea",)), Not(PHRASE)))))),
        Not(And((PHRASE, Phrase(TextPart.TEXT, ("tea",))))),
        Phrase(TextPart.META, ("ka",)),
        Phrase(TextPart.TEXT, ("gar",), prefix=True),
        Phrase(TextPart.TITLE, ("gar",), prefix=True),
        Phrase(TextPart.TEXT, ("茶", "gar"), prefix=True),
        Phrase(TextPart.TEXT, ("tea", "¶", "tea")),
    ],
)
def test_each_kind_of_condition_finds_the_matching_entries(rows: dict[int, TextRow], condition: Condition) -> None:
    assert find_ids(condition) == expected_ids(rows, condition)


def test_a_window_limits_matches_in_either_order(rows: dict[int, TextRow]) -> None:
    ids: Sequence[int] = sorted(rows)
    id_range = IdRange(ids[5], ids[-5])
    assert find_ids(And(()), id_range) == list(reversed(ids[5:-5]))
    assert [hit.id for hit in get_backend().find(And(()), id_range, 3, oldest_first=True)] == ids[5:8]
    assert get_backend().find(And(()), IdRange().intersect(id_range), 1)[0].id == ids[-6]


def test_a_hit_has_its_author(rows: dict[int, TextRow]) -> None:
    hiker = make_author("hiker")
    hits = get_backend().find(Phrase(TextPart.META, (operators.AUTHOR.filter_token(hiker.pk),)), IdRange(), 1000)
    assert hits
    assert {hit.author_id for hit in hits} == {hiker.pk}
