"""The index: what is in it, from the moment of a change on, and that it can be made anew and checked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import add_tag, make_article, make_author, make_comment, make_comments, make_quote
from threads.models import ArchiveState, Article, AuthorName, Comment, SearchEntry, Visibility
from threads.search import index, numbers, results, upkeep
from threads.search.backends import backend
from threads.search.index import Entry, EntryText
from threads.search.places import NEWEST
from threads.search.rows import TextRow

pytestmark = pytest.mark.django_db


def found(text: str) -> list[str]:
    """Return the keys of the comments, and of the threads whose opening text, a search finds, newest first."""
    answer = results.run(text, NEWEST, size=100)
    return [match.plain_url.rpartition("#c-")[2] for group in answer.groups for match in group.found]


def total(text: str) -> int:
    return results.run(text, NEWEST).total


def test_an_authors_own_words_are_found_and_quoted_ones_only_when_asked_for() -> None:
    article = make_article("Tea", body="How long do you brew it?")
    first = make_comment(article, body="Three minutes, no longer.")
    reply = make_comment(
        article, body='> [\\>>]( "/article/item_id-1#")Three minutes, no longer...\n\nFour for me.', answers=first
    )
    make_quote(reply, first, "Three minutes, no longer")
    index.update([article.pk])
    assert found("minutes") == [first.key]
    assert found("quoted:minutes") == [reply.key]
    assert found("four") == [reply.key]


@pytest.mark.parametrize("visibility", [Visibility.HIDDEN, Visibility.REDACTED])
def test_a_comment_that_is_taken_away_is_gone_at_once_with_what_others_quote_of_it(visibility: str) -> None:
    article = make_article()
    taken = make_comment(article, body="secret garden", author="hiker")
    reply = make_comment(article, body="thank you", answers=taken, author="baker")
    make_quote(reply, taken, "secret garden")
    index.update([article.pk])
    assert (total("secret"), total("quoted:secret"), total("answers:hiker")) == (1, 1, 1)
    Comment.objects.filter(pk=taken.pk).update(visibility=visibility)
    index.update([article.pk])
    assert (total("secret"), total("quoted:secret"), total("answers:hiker")) == (0, 0, 0)
    assert upkeep.check() == []
    Comment.objects.filter(pk=taken.pk).update(visibility=Visibility.VISIBLE)
    index.update([article.pk])
    assert (total("secret"), total("quoted:secret"), total("answers:hiker")) == (1, 1, 1)


@pytest.mark.parametrize("change", [{"visibility": Visibility.HIDDEN}, {"withdrawn_at": timezone.now()}])
def test_a_thread_that_is_taken_away_takes_its_comments_along(change: dict[str, object]) -> None:
    article = make_article("Secret garden")
    make_comment(article, body="A secret indeed")
    index.update([article.pk])
    assert total("secret") == 2
    Article.objects.filter(pk=article.pk).update(**change)
    index.update([article.pk])
    assert total("secret") == 0
    assert SearchEntry.objects.count() == 0


def test_an_edited_comment_is_found_by_its_new_words_alone() -> None:
    article = make_article()
    comment = make_comment(article, body="green tea")
    index.update([article.pk])
    Comment.objects.filter(pk=comment.pk).update(body="black tea", posted_on=date(2021, 5, 1))
    index.update([article.pk])
    assert (found("green"), found("black")) == ([], [comment.key])
    assert found("black after:2021-05-01 before:2021-05-02") == [comment.key]
    assert upkeep.check() == []


def test_what_has_not_changed_keeps_its_number() -> None:
    article = make_article()
    make_comments(article, [None, 0, 0])
    index.update([article.pk])
    before = list(SearchEntry.objects.values_list("id", "comment_id"))
    index.update([article.pk])
    assert list(SearchEntry.objects.values_list("id", "comment_id")) == before
    assert upkeep.remains() == 0


def test_a_change_of_tags_author_or_link_is_found() -> None:
    article = make_article("Tea", author="gardener")
    first = make_comment(article, author="hiker", body="one")
    second = make_comment(article, author="baker", body="two")
    index.update([article.pk])
    add_tag(article, "kettle")
    second.answers = first
    second.author = make_author("cyclist")
    second.save()
    index.update([article.pk])
    assert len(found("tag:kettle")) == 3
    assert found("answers:hiker") == [second.key]
    assert (found("author:cyclist"), found("author:baker")) == ([second.key], [])


def test_a_comment_that_moves_to_another_thread_moves_in_the_index() -> None:
    old, new = make_article("Old"), make_article("New")
    comment = make_comment(old, body="kettle")
    index.update([old.pk, new.pk])
    Comment.objects.filter(pk=comment.pk).update(article=new)
    index.update([new.pk])
    assert found(f"kettle thread:{new.key}") == [comment.key]
    index.update([old.pk])
    assert upkeep.check() == []


def test_new_rows_can_be_added_with_text_prepared_elsewhere() -> None:
    article = make_article("Tea", tags=["kettle"])
    SearchEntry.objects.all().delete()
    index.add_new(
        [
            Entry(
                article.pk, None, None, article.author_id, None, (article.tags.get().pk,), index.prepare("Tea", "leaf")
            ),
        ]
    )
    index.add_new([])
    assert found("leaf tag:kettle") == [article.get_absolute_url()]


def test_the_index_changes_in_the_transaction_of_the_rows() -> None:
    article = make_article("Tea")
    index.update([article.pk])
    with transaction.atomic():
        Article.objects.filter(pk=article.pk).update(title="Coffee")
        index.update([article.pk])
        assert total("coffee") == 1
        transaction.set_rollback(True)
    assert (total("tea"), total("coffee")) == (1, 0)


def test_a_number_is_never_given_again() -> None:
    article = make_article("Secret")
    index.update([article.pk])
    Article.objects.all().delete()
    other = make_article("Open")
    index.update([other.pk])
    assert (total("secret"), total("open")) == (0, 1)


def test_rebuilding_changes_no_result_and_leaves_no_remains() -> None:
    articles = [make_article(f"Tea {place}") for place in range(3)]
    for article in articles:
        make_comments(article, [None, 0, 1])
    index.update([article.pk for article in articles])
    Comment.objects.filter(position=1).update(body="kettle")
    index.update([article.pk for article in articles])
    SearchEntry.objects.filter(comment__position=2).update(digest=0)
    queries = ["kettle", "early", "tea", "in:comments", "author:hiker"]
    before = [found(text) for text in queries]
    assert upkeep.rebuild() == 12
    assert [found(text) for text in queries] == before
    assert upkeep.remains() == 0
    assert upkeep.check() == []


def test_rebuilding_finds_what_was_lost_and_drops_what_should_not_be_there() -> None:
    article, hidden, wrong_day = make_article("Tea"), make_article("Milk"), make_article("Leaf")
    make_comments(article, [None, 0])
    index.update([article.pk, hidden.pk, wrong_day.pk])
    SearchEntry.objects.filter(article=article).delete()
    Article.objects.filter(pk=hidden.pk).update(visibility=Visibility.HIDDEN)
    Article.objects.filter(pk=wrong_day.pk).update(published_at=datetime(2021, 1, 1, tzinfo=UTC))
    AuthorName.objects.all().delete()
    assert len(upkeep.check()) == 2
    assert upkeep.rebuild() == 4
    assert upkeep.check() == []
    assert (total("tea"), total("milk"), total("leaf after:2021"), total("author:hiker")) == (1, 0, 1, 1)


def test_each_way_in_which_the_index_can_be_wrong_is_said() -> None:
    article = make_article("Tea")
    make_comments(article, [None, None])
    index.update([article.pk])
    assert upkeep.check() == []
    Comment.objects.filter(position=0).update(body="changed behind its back")
    SearchEntry.objects.filter(comment__position=1).delete()
    ArchiveState.objects.update_or_create(pk=1, defaults={"rules": {"search": 0}})
    problems = " ".join(upkeep.check())
    for words in ("other rules", "1 text is missing", "1 entry of search is not what its text says"):
        assert words in problems


def test_an_index_made_with_older_rules_is_not_taken_for_one_of_today_after_an_import() -> None:
    ArchiveState.objects.create(pk=1, rules={"search": index.RULES - 1})
    index.tidy()
    assert "other rules" in " ".join(upkeep.check())
    upkeep.rebuild()
    assert upkeep.check() == []


def test_what_answers_an_article_is_found_by_its_author() -> None:
    article = make_article("Tea", author="gardener")
    answer = make_comment(article, addressee="gardener", answers_article=True)
    make_comment(article)
    index.update([article.pk])
    assert found("answers:gardener") == [answer.key]


def test_an_entry_without_text_is_noticed() -> None:
    article = make_article("Tea")
    index.update([article.pk])
    milk = make_article("Milk")
    SearchEntry.objects.filter(article=milk).delete()
    SearchEntry.objects.create(id=5, article=milk, digest=0)
    assert any("no text" in problem for problem in upkeep.check())


def test_damage_inside_the_table_is_noticed() -> None:
    if connection.vendor != "sqlite":
        assert backend().problems() == []
        return
    index.update([make_article("Tea").pk])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE threads_searchtext_data SET block = x'00' WHERE id > 1000")
    assert any("damaged" in problem for problem in upkeep.check())


def test_the_command_rebuilds_and_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    make_article("Tea")
    SearchEntry.objects.all().delete()
    call_command("rebuild_search", "--dry-run")
    assert "missing" in capsys.readouterr().out
    call_command("rebuild_search")
    call_command("rebuild_search", "--dry-run")
    assert "is true" in capsys.readouterr().out
    assert total("tea") == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL gives back room by itself")
@pytest.mark.django_db(transaction=True)
def test_tidying_up_gives_back_the_room_that_many_writes_took() -> None:
    article = make_article()
    make_comments(article, [None] * 200)
    for number, comment in enumerate(Comment.objects.all()):
        Comment.objects.filter(pk=comment.pk).update(body=f"cup {number} " * 50)
        index.update_comments([comment.pk])
    Comment.objects.all().delete()
    index.tidy()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA freelist_count")
        assert cursor.fetchone() == (0,)


def test_tidying_up_after_many_writes_changes_no_result() -> None:
    for place in range(9):
        index.update([make_article(f"Tea {place}").pk])
    before = found("tea")
    index.tidy()
    assert found("tea") == before
    assert len(before) == 9


def test_updating_costs_as_many_queries_for_many_comments_as_for_few() -> None:
    def cost(size: int) -> int:
        article = make_article()
        make_comments(article, [None] * size)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            index.update([article.pk])
        return len(queries)

    cost(1)
    assert cost(3) == cost(300)


def test_a_full_day_files_the_rest_without_a_date() -> None:
    last = numbers.first_of(numbers.day_number(date(2020, 9, 30))) + (1 << numbers.SHIFT) - 1
    article = make_article("Tea")
    make_comments(article, [None])
    SearchEntry.objects.all().delete()
    SearchEntry.objects.create(id=last, article=article, digest=0)
    backend().write([TextRow(last, "", "x", "", "ka")])
    SearchEntry.objects.all().delete()
    index.update([article.pk])
    assert total("tea") == 1
    assert total("tea after:2020") == 0
    assert upkeep.check() == []


@pytest.mark.parametrize("day", [None, date(1, 1, 1), date(1000, 1, 1), date(2020, 2, 29), date(9999, 12, 31)])
def test_a_number_tells_its_day(day: date | None) -> None:
    number = numbers.first_of(numbers.day_number(day)) + 7
    assert numbers.day_of(number) == (day if day and day.year >= 1000 else None)
    assert numbers.stands_for(number, day)
    assert number < 2**63


def test_the_digest_tells_every_difference_apart() -> None:
    text = EntryText("a", "b", "c")
    entry = Entry(1, 2, date(2020, 1, 1), 3, 4, (5,), text)
    others = [
        Entry(9, 2, date(2020, 1, 1), 3, 4, (5,), text),
        Entry(1, None, date(2020, 1, 1), 3, 4, (5,), text),
        Entry(1, 2, None, 3, 4, (5,), text),
        Entry(1, 2, date(2020, 1, 1), None, 4, (5,), text),
        Entry(1, 2, date(2020, 1, 1), 3, None, (5,), text),
        Entry(1, 2, date(2020, 1, 1), 3, 4, (), text),
        Entry(1, 2, date(2020, 1, 1), 3, 4, (5,), EntryText("ab", "", "c")),
    ]
    assert len({entry.digest, *(other.digest for other in others)}) == 8
