"""The search index: updates, rebuild and check."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import add_tag, count_again, make_article, make_author, make_comment, make_comments, make_quote
from threads.models import ArchiveState, Article, AuthorName, Comment, SearchEntry, Visibility
from threads.search import entries, indexing
from threads.search.backends import get_backend
from threads.search.backends.conditions import Hit, NewEntry, TextRow
from threads.search.entries import IndexEntry
from threads.search.results import SORT_BY_RELEVANCE, run_search
from threads.search.tokens import EntryText, prepare_entry_text

pytestmark = pytest.mark.django_db


def find_keys(text: str) -> list[str]:
    """Return the keys of matching comments and the URLs of matching articles, newest first."""
    page = run_search(text, size=100)
    return [result.plain_url.rpartition("#c-")[2] for group in page.groups for result in group.results]


def count_results(text: str) -> int:
    return run_search(text).total


def test_own_text_is_found_and_quoted_text_only_with_quoted() -> None:
    article = make_article("Tea", body="How long do you brew it?")
    first = make_comment(article, body="Three minutes, no longer.")
    reply = make_comment(
        article, body='> [\\>>]( "/article/item_id-1#")Three minutes, no longer...\n\nFour for me.', answers=first
    )
    make_quote(reply, first, "Three minutes, no longer")
    indexing.update_articles([article.pk])
    assert find_keys("minutes") == [first.key]
    assert find_keys("quoted:minutes") == [reply.key]
    assert find_keys("four") == [reply.key]


@pytest.mark.parametrize("visibility", [Visibility.HIDDEN, Visibility.REDACTED])
def test_a_hidden_or_redacted_comment_is_not_found_nor_quotes_of_it(visibility: str) -> None:
    article = make_article()
    taken = make_comment(article, body="secret garden", author="hiker")
    reply = make_comment(article, body="thank you", answers=taken, author="baker")
    make_quote(reply, taken, "secret garden")
    indexing.update_articles([article.pk])
    assert (count_results("secret"), count_results("quoted:secret"), count_results("answers:hiker")) == (1, 1, 1)
    Comment.objects.filter(pk=taken.pk).update(visibility=visibility)
    indexing.update_articles([article.pk])
    assert (count_results("secret"), count_results("quoted:secret"), count_results("answers:hiker")) == (0, 0, 0)
    assert indexing.find_index_problems() == []
    Comment.objects.filter(pk=taken.pk).update(visibility=Visibility.VISIBLE)
    indexing.update_articles([article.pk])
    assert (count_results("secret"), count_results("quoted:secret"), count_results("answers:hiker")) == (1, 1, 1)


@pytest.mark.parametrize("change", [{"visibility": Visibility.HIDDEN}, {"withdrawn_at": timezone.now()}])
def test_comments_of_a_hidden_or_withdrawn_article_are_not_found(change: dict[str, object]) -> None:
    article = make_article("Secret garden")
    make_comment(article, body="A secret indeed")
    indexing.update_articles([article.pk])
    assert count_results("secret") == 2
    Article.objects.filter(pk=article.pk).update(**change)
    indexing.update_articles([article.pk])
    assert count_results("secret") == 0
    assert SearchEntry.objects.count() == 0


@pytest.mark.parametrize("text", ["计划", "計畫", "計劃", "明年計畫", "甚麼", "什么", "quoted:傢俱", "quoted:家具"])
def test_a_word_is_found_in_each_of_its_spellings(text: str) -> None:
    article = make_article("Tea")
    comments = [
        make_comment(article, body=body) for body in ("明年計畫喝甚麼", "明年计划喝什么", "明年計劃喝什麼", "茶")
    ]
    for comment, excerpt in zip(comments, ("傢俱", "家具", "傢具", "茶"), strict=True):
        make_quote(comment, None, excerpt)
    indexing.update_articles([article.pk])
    assert sorted(find_keys(text)) == sorted(comment.key for comment in comments[:3])
    assert find_keys(f"in:comments -{text}") == [comments[3].key]


@pytest.mark.parametrize(
    "text", ["éclair", "e\u0301clair", "fine", "ﬁne", "ＦＩＮＥ", "5kg", "5㎏", "株", "ガーデン", "ｶﾞｰﾃﾞﾝ"]
)
def test_a_text_is_found_in_each_compatibility_form(text: str) -> None:
    article = make_article("Tea")
    bodies = ("Fine éclair, 5kg, (株)ガーデン", "ﬁne e\u0301clair, 5㎏, ㈱ｶﾞｰﾃﾞﾝ")
    comments = [make_comment(article, body=body) for body in bodies]
    assert sorted(find_keys(text)) == sorted(comment.key for comment in comments)


def test_a_text_in_another_form_is_ranked_by_its_matches() -> None:
    article = make_article("Tea")
    best, other = (make_comment(article, body=body, posted_on=date(2020, 1, 1)) for body in ("ﬁne " * 3, "fine"))
    indexing.update_articles([article.pk])
    page = run_search("fine", SORT_BY_RELEVANCE, size=100)
    keys = [result.plain_url.rpartition("#c-")[2] for group in page.groups for result in group.results]
    assert keys == [best.key, other.key]


def test_names_are_found_in_each_form_and_fit_their_columns() -> None:
    article = make_article("Tea", author="㌔" * 200, tags=["㌔" * 90, "ﬁne"])
    assert (
        len(find_keys(f"author:{'㌔' * 200}")) == len(find_keys(f"tag:{'㌔' * 90}")) == len(find_keys("tag:fine")) == 1
    )
    assert len(AuthorName.objects.get(author=article.author).folded) == 255


def test_an_edited_comment_is_found_by_its_new_text_only() -> None:
    article = make_article()
    comment = make_comment(article, body="green tea")
    indexing.update_articles([article.pk])
    Comment.objects.filter(pk=comment.pk).update(body="black tea", posted_on=date(2021, 5, 1))
    indexing.update_articles([article.pk])
    assert (find_keys("green"), find_keys("black")) == ([], [comment.key])
    assert find_keys("black after:2021-05-01 before:2021-05-02") == [comment.key]
    assert indexing.find_index_problems() == []


def test_an_unchanged_entry_keeps_its_id() -> None:
    article = make_article()
    make_comments(article, [None, 0, 0])
    indexing.update_articles([article.pk])
    before = list(SearchEntry.objects.values_list("id", "comment_id"))
    indexing.update_articles([article.pk])
    assert list(SearchEntry.objects.values_list("id", "comment_id")) == before
    assert indexing.count_stale_entries() == 0


def test_changes_of_tags_author_and_parent_are_indexed() -> None:
    article = make_article("Tea", author="gardener")
    first = make_comment(article, author="hiker", body="one")
    second = make_comment(article, author="baker", body="two")
    indexing.update_articles([article.pk])
    add_tag(article, "kettle")
    second.answers = first
    second.author = make_author("cyclist")
    second.save()
    count_again()
    indexing.update_articles([article.pk])
    assert len(find_keys("tag:kettle")) == 3
    assert find_keys("answers:hiker") == [second.key]
    assert (find_keys("author:cyclist"), find_keys("author:baker")) == ([second.key], [])


def test_a_comment_that_moves_to_another_thread_moves_in_the_index() -> None:
    old, new = make_article("Old"), make_article("New")
    comment = make_comment(old, body="kettle")
    indexing.update_articles([old.pk, new.pk])
    Comment.objects.filter(pk=comment.pk).update(article=new)
    indexing.update_articles([new.pk])
    assert find_keys(f"kettle thread:{new.key}") == [comment.key]
    indexing.update_articles([old.pk])
    assert indexing.find_index_problems() == []


def test_entries_with_prepared_text_can_be_added() -> None:
    article = make_article("Tea", tags=["kettle"])
    text = prepare_entry_text("Tea", "leaf")
    SearchEntry.objects.all().delete()
    indexing.add_entries(
        [
            IndexEntry(
                article.pk,
                None,
                None,
                article.author_id,
                None,
                (article.tags.get().pk,),
                text,
            ),
        ]
    )
    indexing.add_entries([])
    assert find_keys("leaf tag:kettle") == [article.get_absolute_url()]


def test_the_index_changes_in_the_transaction_of_the_rows() -> None:
    article = make_article("Tea")
    indexing.update_articles([article.pk])
    with transaction.atomic():
        Article.objects.filter(pk=article.pk).update(title="Coffee")
        indexing.update_articles([article.pk])
        assert count_results("coffee") == 1
        transaction.set_rollback(True)
    assert (count_results("tea"), count_results("coffee")) == (1, 0)


def test_an_id_is_never_used_again() -> None:
    article = make_article("Secret")
    indexing.update_articles([article.pk])
    Article.objects.all().delete()
    other = make_article("Open")
    indexing.update_articles([other.pk])
    assert (count_results("secret"), count_results("open")) == (0, 1)


def test_a_rebuild_changes_no_results_and_removes_stale_entries() -> None:
    articles = [make_article(f"Tea {place}") for place in range(3)]
    for article in articles:
        make_comments(article, [None, 0, 1])
    indexing.update_articles([article.pk for article in articles])
    Comment.objects.filter(position=1).update(body="kettle")
    indexing.update_articles([article.pk for article in articles])
    SearchEntry.objects.filter(comment__position=2).update(digest=0)
    queries = ["kettle", "early", "tea", "in:comments", "author:hiker"]
    before = [find_keys(text) for text in queries]
    assert indexing.rebuild_index() == 12
    assert [find_keys(text) for text in queries] == before
    assert indexing.count_stale_entries() == 0
    assert indexing.find_index_problems() == []


def test_a_rebuild_adds_missing_entries_and_deletes_obsolete_ones() -> None:
    article, hidden, wrong_day = make_article("Tea"), make_article("Milk"), make_article("Leaf")
    make_comments(article, [None, 0])
    indexing.update_articles([article.pk, hidden.pk, wrong_day.pk])
    SearchEntry.objects.filter(article=article).delete()
    Article.objects.filter(pk=hidden.pk).update(visibility=Visibility.HIDDEN)
    Article.objects.filter(pk=wrong_day.pk).update(published_at=datetime(2021, 1, 1, tzinfo=UTC))
    AuthorName.objects.all().delete()
    assert len(indexing.find_index_problems()) == 2
    assert indexing.rebuild_index() == 4
    assert indexing.find_index_problems() == []
    assert (
        count_results("tea"),
        count_results("milk"),
        count_results("leaf after:2021"),
        count_results("author:hiker"),
    ) == (1, 0, 1, 1)


def test_each_kind_of_difference_is_reported() -> None:
    article = make_article("Tea")
    make_comments(article, [None, None])
    indexing.update_articles([article.pk])
    assert indexing.find_index_problems() == []
    Comment.objects.filter(position=0).update(body="changed behind its back")
    SearchEntry.objects.filter(comment__position=1).delete()
    ArchiveState.objects.update_or_create(pk=1, defaults={"rules": {"search": 0}})
    problems = " ".join(indexing.find_index_problems())
    for words in ("other rules", "1 text is missing", "1 search entry differs from its article or comment"):
        assert words in problems


def test_an_import_does_not_mark_an_index_with_older_rules_as_current() -> None:
    ArchiveState.objects.create(pk=1, rules={"search": entries.INDEX_RULES - 1})
    indexing.optimize_index()
    assert "other rules" in " ".join(indexing.find_index_problems())
    indexing.rebuild_index()
    assert indexing.find_index_problems() == []


def test_replies_to_an_article_are_found_by_its_author() -> None:
    article = make_article("Tea", author="gardener")
    answer = make_comment(article, addressee="gardener", answers_article=True)
    make_comment(article)
    indexing.update_articles([article.pk])
    assert find_keys("answers:gardener") == [answer.key]


def test_an_entry_without_text_is_reported() -> None:
    article = make_article("Tea")
    indexing.update_articles([article.pk])
    milk = make_article("Milk")
    SearchEntry.objects.filter(article=milk).delete()
    SearchEntry.objects.create(id=5, article=milk, digest=0)
    assert any("no text" in problem for problem in indexing.find_index_problems())


def test_damage_of_the_full_text_table_is_reported() -> None:
    if connection.vendor != "sqlite":
        assert get_backend().find_damage() == []
        return
    indexing.update_articles([make_article("Tea").pk])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE threads_searchtext_data SET block = x'00' WHERE id > 1000")
    assert any("damaged" in problem for problem in indexing.find_index_problems())


def test_the_command_rebuilds_the_index_and_reports_differences(capsys: pytest.CaptureFixture[str]) -> None:
    make_article("Tea")
    SearchEntry.objects.all().delete()
    call_command("rebuild_search", "--dry-run")
    assert "missing" in capsys.readouterr().out
    call_command("rebuild_search")
    call_command("rebuild_search", "--dry-run")
    assert "is correct" in capsys.readouterr().out
    assert count_results("tea") == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL gives back room by itself")
@pytest.mark.django_db(transaction=True)
def test_optimizing_frees_space_after_many_writes() -> None:
    article = make_article()
    make_comments(article, [None] * 200)
    for number, comment in enumerate(Comment.objects.all()):
        Comment.objects.filter(pk=comment.pk).update(body=f"cup {number} " * 50)
        indexing.update_comments([comment.pk])
    Comment.objects.all().delete()
    indexing.optimize_index()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA freelist_count")
        assert cursor.fetchone() == (0,)


def test_optimizing_changes_no_results() -> None:
    for place in range(9):
        indexing.update_articles([make_article(f"Tea {place}").pk])
    before = find_keys("tea")
    indexing.optimize_index()
    assert find_keys("tea") == before
    assert len(before) == 9


def test_an_update_takes_the_same_queries_for_many_comments_as_for_few() -> None:
    def cost(size: int) -> int:
        article = make_article()
        make_comments(article, [None] * size)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            indexing.update_articles([article.pk])
        return len(queries)

    cost(1)
    assert cost(3) == cost(300)


def test_entries_after_the_last_id_of_a_day_have_no_date() -> None:
    last = entries.first_id(entries.day_ordinal(date(2020, 9, 30))) + (1 << entries.DAY_SHIFT) - 1
    article = make_article("Tea")
    make_comments(article, [None])
    milk = make_article("Milk")
    SearchEntry.objects.all().delete()
    digest = entries.build_article_entries([milk.pk])[0].digest
    get_backend().write([NewEntry(Hit(last, milk.pk, None, None), digest, TextRow("", "x", "", "ka"))])
    indexing.update_articles([article.pk])
    assert count_results("tea") == 1
    assert count_results("tea after:2020") == 0
    assert indexing.find_index_problems() == []


@pytest.mark.parametrize("day", [None, date(1, 1, 1), date(1000, 1, 1), date(2020, 2, 29), date(9999, 12, 31)])
def test_an_id_contains_the_day(day: date | None) -> None:
    number = entries.first_id(entries.day_ordinal(day)) + 7
    assert entries.entry_day(number) == (day if day and day.year >= 1000 else None)
    assert entries.is_id_of_day(number, day)
    assert number < 2**63


def test_the_digest_differs_for_each_field() -> None:
    text = EntryText("a", "b", "c")
    entry = IndexEntry(1, 2, date(2020, 1, 1), 3, 4, (5,), text)
    others = [
        IndexEntry(9, 2, date(2020, 1, 1), 3, 4, (5,), text),
        IndexEntry(1, None, date(2020, 1, 1), 3, 4, (5,), text),
        IndexEntry(1, 2, None, 3, 4, (5,), text),
        IndexEntry(1, 2, date(2020, 1, 1), None, 4, (5,), text),
        IndexEntry(1, 2, date(2020, 1, 1), 3, None, (5,), text),
        IndexEntry(1, 2, date(2020, 1, 1), 3, 4, (), text),
        IndexEntry(1, 2, date(2020, 1, 1), 3, 4, (5,), EntryText("ab", "", "c")),
    ]
    assert len({entry.digest, *(other.digest for other in others)}) == 8
