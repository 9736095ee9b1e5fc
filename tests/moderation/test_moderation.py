"""What moderators do: hiding, links, names, tags, opting out, reports; each shown at once, logged, and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_article, make_author, make_comment, make_comments, make_quote, make_tag
from tests.rendered import shown_text
from threads import moderation
from threads.database import locks, totals
from threads.models import (
    ArchiveState,
    Article,
    ArticleTag,
    Author,
    Comment,
    LinkCorrection,
    ModerationAction,
    Reason,
    Report,
    Tag,
    Visibility,
)
from threads.moderation import ModerationError
from threads.search import entries, indexing, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from threads.search.tokens import EntryText

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper() -> User:
    """Return a moderator."""
    return User.objects.create_user("keeper", is_staff=True)


def one(row: Article) -> QuerySet[Article]:
    """Return a query for one row."""
    return Article.objects.filter(pk=row.pk)


def comments(*rows: Comment) -> QuerySet[Comment]:
    """Return a query for these comments."""
    return Comment.objects.filter(pk__in=[row.pk for row in rows])


def kinds(actions: Sequence[ModerationAction]) -> list[str]:
    """Return what the log calls these actions."""
    return [action.kind for action in actions]


# Hiding


def test_a_hidden_comment_is_visible_to_nobody_and_its_author_and_thread_count_one_less(keeper: User) -> None:
    article = make_article()
    first, second = make_comments(article, [None, 0])
    moderation.hide(comments(first), by=keeper, reason=Reason.SPAM, note="sells seeds")
    first.refresh_from_db()
    article.refresh_from_db()
    assert (first.visibility, first.reason) == (Visibility.HIDDEN, Reason.SPAM)
    assert first.moderated_at is not None
    assert list(Comment.objects.visible()) == [second]
    assert article.comment_count == 1
    assert Author.objects.get(name="hiker").comment_count == 0


def test_hiding_is_logged_with_who_why_and_what_it_was(keeper: User) -> None:
    (comment,) = make_comments(make_article(), [None])
    (action,) = moderation.hide(comments(comment), by=keeper, reason=Reason.SPAM, note="sells seeds")
    action.refresh_from_db()
    assert (action.kind, action.moderator, action.reason, action.note) == (
        "hide",
        keeper.username,
        "spam",
        "sells seeds",
    )
    assert (action.target_key, action.comment, action.article) == (comment.key, comment, comment.article)
    assert action.before == {"of": "comment", "visibility": "visible", "reason": ""}


def test_hiding_twice_is_logged_once(keeper: User) -> None:
    (comment,) = make_comments(make_article(), [None])
    moderation.hide(comments(comment), by=keeper)
    assert moderation.hide(comments(comment), by=keeper) == []
    assert ModerationAction.objects.count() == 1


def test_a_restored_comment_is_visible_again(keeper: User) -> None:
    article = make_article()
    rows = make_comments(article, [None, 0])
    moderation.hide(comments(*rows), by=keeper, reason=Reason.SPAM)
    assert kinds(moderation.restore(comments(*rows), by=keeper)) == ["restore", "restore"]
    article.refresh_from_db()
    assert (Comment.objects.visible().count(), article.comment_count) == (2, 2)
    assert set(Comment.objects.values_list("reason", flat=True)) == {""}


def test_a_hidden_article_hides_its_comments(keeper: User) -> None:
    article = make_article(author="gardener")
    make_comments(article, [None])
    moderation.hide(one(article), by=keeper)
    assert not Article.objects.visible().exists()
    assert not Comment.objects.visible().exists()
    assert set(Author.objects.values_list("article_count", "comment_count")) == {(0, 0)}


def test_whatever_a_moderator_does_makes_a_new_version_of_thread_and_archive(keeper: User) -> None:
    article = make_article()
    rows = make_comments(article, [None])
    ArchiveState.objects.update_or_create(pk=1, defaults={"version": 7})
    version = article.version
    moderation.hide(comments(*rows), by=keeper)
    article.refresh_from_db()
    assert article.version > version
    assert ArchiveState.objects.get(pk=1).version > 7


def test_a_quote_inside_a_text_loses_its_words_with_the_comment_it_quotes_and_gets_them_back(keeper: User) -> None:
    article = make_article()
    first = make_comment(article, author="baker", body="Salt the dough late.")
    body = 'First this:\n\n> [\\>>]( "/article/item_id-5#")Salt the dough late.\n\nWhy late?'
    second = make_comment(article, body=body, answers=first)
    make_quote(second, first, "Salt the dough late.", leading=False, source_id=5)
    moderation.hide(comments(first), by=keeper)
    assert "Salt" not in shown_text(second)
    assert "Why late?" in shown_text(second)
    moderation.restore(comments(first), by=keeper)
    assert "Salt the dough late." in shown_text(second)
    stored = second.body_html
    second.refresh_from_db()
    assert second.body_html == stored


def test_hiding_costs_the_same_number_of_queries_for_3_and_for_300_comments(keeper: User) -> None:
    few, many = make_article(), make_article()
    make_comments(few, [None, 0, 1])
    make_comments(many, [None] * 300)
    with CaptureQueriesContext(connection) as cheap:
        moderation.hide(Comment.objects.filter(article=few), by=keeper)
    with CaptureQueriesContext(connection) as dear:
        moderation.hide(Comment.objects.filter(article=many), by=keeper)
    assert len(dear) <= len(cheap) + 2


def test_hiding_one_comment_reads_the_texts_of_those_it_touches_alone(
    keeper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = make_comments(make_article(), [None, 0, 0, *[None] * 100])
    make_quote(rows[5], rows[0])
    indexing.update_articles([rows[0].article_id])
    read: list[str] = []

    def prepare(title: str, body: str, *rest: Any) -> EntryText:
        read.append(body)
        return tokens.prepare_entry_text(title, body, *rest)

    monkeypatch.setattr(entries, "prepare_entry_text", prepare)
    moderation.hide(comments(rows[0]), by=keeper)
    assert sorted(read) == sorted(rows[at].body for at in (1, 2, 5))
    moderation.restore(comments(rows[0]), by=keeper)
    assert len(read) == 3 + 4


def test_search_and_totals_are_as_if_made_anew_after_whatever_a_moderator_does(keeper: User) -> None:
    articles = [make_article(author="hiker"), make_article(author="gardener")]
    for article in articles:
        rows = make_comments(article, [None, 0, 1, 1, None, 4])
        make_quote(rows[4], rows[0])
        make_quote(rows[5], rows[1], leading=False)
    totals.recount_threads([article.pk for article in articles])
    indexing.update_articles([article.pk for article in articles])
    indexing.optimize_index()
    hiker, baker = Author.objects.get(name="hiker"), Author.objects.get(name="baker")
    for act in (
        lambda: moderation.hide(comments(rows[0], rows[1]), by=keeper),
        lambda: moderation.opt_out(hiker, by=keeper),
        lambda: moderation.restore(comments(rows[1]), by=keeper),
        lambda: moderation.opt_in(Author.objects.get(name="hiker"), by=keeper),
        lambda: moderation.merge_authors(hiker, [baker], by=keeper),
        lambda: moderation.unmerge_authors([Author.objects.get(name="baker")], by=keeper),
        lambda: moderation.redact(comments(rows[1]), by=keeper, reason="privacy"),
        lambda: moderation.hide(one(articles[0]), by=keeper),
    ):
        act()
        assert indexing.find_index_problems() == []
        assert list(totals.wrong_totals()) == []


# Undo


def test_one_moderator_acts_at_a_time_lest_two_wait_for_each_other(
    keeper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = make_article(author="gardener", tags=["tea"])
    (comment,) = make_comments(article, [None])
    author, tag = Author.objects.get(name="gardener"), Tag.objects.get()
    waited: list[bool] = []
    monkeypatch.setattr(locks, "lock_people", lambda: waited.append(True))
    for act in (
        lambda: moderation.hide(comments(comment), by=keeper),
        lambda: moderation.relink(comment, article, by=keeper),
        lambda: moderation.redact(comments(comment), by=keeper, reason=Reason.SPAM),
        lambda: moderation.ignore_tags([tag], by=keeper),
        lambda: moderation.opt_out(author, by=keeper),
        lambda: moderation.undo(ModerationAction.objects.latest("pk"), by=keeper),
    ):
        waited.clear()
        act()
        assert waited


def test_hiding_can_be_undone_once(keeper: User) -> None:
    (comment,) = make_comments(make_article(), [None])
    (action,) = moderation.hide(comments(comment), by=keeper)
    undone = moderation.undo(action, by=keeper)
    comment.refresh_from_db()
    action.refresh_from_db()
    assert (comment.visibility, undone.kind, action.undone_by) == ("visible", "restore", undone)
    with pytest.raises(ModerationError, match="already undone"):
        moderation.undo(action, by=keeper)


def test_undoing_a_restoration_hides_again_for_the_old_reason(keeper: User) -> None:
    article = make_article()
    moderation.hide(one(article), by=keeper, reason=Reason.LEGAL)
    (action,) = moderation.restore(one(article), by=keeper)
    moderation.undo(action, by=keeper)
    article.refresh_from_db()
    assert (article.visibility, article.reason) == ("hidden", "legal")


def test_only_the_last_action_on_a_thing_can_be_undone(keeper: User) -> None:
    (comment,) = make_comments(make_article(), [None])
    (first,) = moderation.hide(comments(comment), by=keeper)
    moderation.restore(comments(comment), by=keeper)
    with pytest.raises(ModerationError, match="Undo that first"):
        moderation.undo(first, by=keeper)


def test_an_action_on_a_comment_that_got_another_key_stands_in_the_way_as_well(keeper: User) -> None:
    (comment,) = make_comments(make_article(), [None])
    (hiding,) = moderation.hide(comments(comment), by=keeper)
    Comment.objects.update(key="edited")
    moderation.restore(comments(comment), by=keeper)
    with pytest.raises(ModerationError, match="Undo that first"):
        moderation.undo(hiding, by=keeper)


def test_an_action_on_one_thing_does_not_stand_in_the_way_of_undoing_another(keeper: User) -> None:
    article = make_article()
    first, second = make_comments(article, [None, 0])
    (action,) = moderation.hide(comments(first), by=keeper)
    moderation.hide(comments(second), by=keeper)
    moderation.relink(second, None, by=keeper)
    moderation.undo(action, by=keeper)
    assert list(Comment.objects.visible()) == [first]


# Links


def test_a_corrected_link_outranks_what_was_found_and_can_be_undone(keeper: User) -> None:
    article = make_article()
    rows = make_comments(article, [None, None, None])
    action = moderation.relink(rows[2], rows[1], by=keeper, note="she says so")
    rows[2].refresh_from_db()
    assert (rows[2].answers, rows[2].link_method, rows[2].depth) == (rows[1], "manual", 1)
    moderation.undo(action, by=keeper)
    rows[2].refresh_from_db()
    assert (rows[2].answers, rows[2].link_method) == (None, None)
    assert not LinkCorrection.objects.exists()


def test_undoing_a_second_correction_brings_the_first_back(keeper: User) -> None:
    article = make_article()
    rows = make_comments(article, [None, None, None])
    moderation.relink(rows[2], rows[0], by=keeper)
    action = moderation.relink(rows[2], rows[1], by=keeper)
    moderation.undo(action, by=keeper)
    rows[2].refresh_from_db()
    assert (rows[2].answers, rows[2].link_method) == (rows[0], "manual")


def test_a_comment_can_be_made_to_answer_the_article_or_nothing(keeper: User) -> None:
    article = make_article()
    second = make_comments(article, [None, 0])[1]
    moderation.relink(second, article, by=keeper)
    second.refresh_from_db()
    assert (second.answers, second.answers_article, second.depth) == (None, True, 0)
    moderation.relink(second, None, by=keeper)
    assert Comment.objects.filter(pk=second.pk, answers=None, answers_article=False).exists()


def test_a_correction_that_is_taken_back_can_be_made_again_by_undo(keeper: User) -> None:
    article = make_article()
    rows = make_comments(article, [None, None])
    moderation.relink(rows[1], article, by=keeper)
    action = moderation.unlink(rows[1], by=keeper)
    rows[1].refresh_from_db()
    assert not Comment.objects.filter(pk=rows[1].pk, answers_article=True).exists()
    moderation.undo(action, by=keeper)
    rows[1].refresh_from_db()
    assert rows[1].answers_article
    with pytest.raises(ModerationError, match="no correction"):
        moderation.unlink(rows[0], by=keeper)


def test_a_corrected_link_does_not_bring_a_withdrawn_thread_back(keeper: User) -> None:
    article = make_article()
    first, second = make_comments(article, [None, None])
    action = moderation.relink(second, first, by=keeper)
    Article.objects.update(withdrawn_at=timezone.now())
    moderation.undo(action, by=keeper)
    moderation.relink(second, article, by=keeper)
    assert not Article.objects.current().exists()


def test_nonsensical_links_are_refused(keeper: User) -> None:
    article, other = make_article(), make_article()
    rows = make_comments(article, [None, None, None])
    (elsewhere,) = make_comments(other, [None])
    with pytest.raises(ModerationError, match="itself"):
        moderation.relink(rows[0], rows[0], by=keeper)
    with pytest.raises(ModerationError, match="own thread"):
        moderation.relink(rows[0], elsewhere, by=keeper)
    with pytest.raises(ModerationError, match="own thread"):
        moderation.relink(rows[0], other, by=keeper)
    withdrawn = make_comment(article, withdrawn_at=timezone.now())
    with pytest.raises(ModerationError, match="own thread"):
        moderation.relink(rows[0], withdrawn, by=keeper)
    moderation.relink(rows[1], rows[0], by=keeper)
    moderation.relink(rows[2], rows[1], by=keeper)
    with pytest.raises(ModerationError, match="would make a cycle"):
        moderation.relink(rows[0], rows[2], by=keeper)
    assert ModerationAction.objects.count() == 2


# Names


def test_merged_names_are_one_person_until_they_are_parted(keeper: User) -> None:
    article = make_article(author="gardener")
    make_comment(article, author="hiker")
    make_comment(article, author="hiker 2")
    hiker, second = Author.objects.get(name="hiker"), Author.objects.get(name="hiker 2")
    (action,) = moderation.merge_authors(hiker, [second], by=keeper)
    hiker.refresh_from_db()
    second.refresh_from_db()
    assert (second.merged_into, hiker.comment_count) == (hiker, 2)
    assert second not in Author.objects.visible()
    moderation.undo(action, by=keeper)
    hiker.refresh_from_db()
    second.refresh_from_db()
    assert (second.merged_into, hiker.comment_count, second.comment_count) == (None, 1, 1)


def test_names_merged_before_follow_and_come_back(keeper: User) -> None:
    a, b, c = (make_author(name) for name in ("a", "b", "c"))
    moderation.merge_authors(b, [a], by=keeper)
    moderation.merge_authors(c, [b], by=keeper)
    assert set(Author.objects.filter(merged_into=c)) == {a, b}
    for action in ModerationAction.objects.order_by("-pk")[:2]:
        if action.author == b:
            moderation.undo(action, by=keeper)
    for action in ModerationAction.objects.filter(author=a, undone_by=None).order_by("-pk")[:1]:
        moderation.undo(action, by=keeper)
    assert list(Author.objects.filter(merged_into=b)) == [a]
    assert not Author.objects.filter(merged_into=c).exists()


def test_a_merge_of_names_that_were_one_person_is_undone_from_its_last_line_on(keeper: User) -> None:
    b, a, c = (make_author(name) for name in ("b", "a", "c"))
    rose, roses, bush = (make_tag(name) for name in ("rose", "roses", "bush"))
    moderation.merge_authors(b, [a], by=keeper)
    moderation.merge_tags(rose, [roses], by=keeper)
    lines = [*moderation.merge_authors(c, [b], by=keeper), *moderation.merge_tags(bush, [rose], by=keeper)]
    for line in sorted(lines, key=lambda line: -line.pk):
        moderation.undo(line, by=keeper)
    assert list(Author.objects.values_list("name", "merged_into__name").order_by("name")) == [
        ("a", "b"),
        ("b", None),
        ("c", None),
    ]
    assert list(Tag.objects.values_list("name", "merged_into__name").order_by("name")) == [
        ("bush", None),
        ("rose", None),
        ("roses", "rose"),
    ]


def test_who_loses_a_name_to_another_person_is_counted_without_it(keeper: User) -> None:
    article = make_article(author="gardener")
    for name in ("hiker", "walker", "baker"):
        make_comment(article, author=name)
    hiker, walker, baker = (Author.objects.get(name=name) for name in ("hiker", "walker", "baker"))
    moderation.merge_authors(hiker, [walker], by=keeper)
    moderation.merge_authors(baker, [walker], by=keeper)
    counts = dict(Author.objects.canonical().values_list("name", "comment_count"))
    assert (counts["hiker"], counts["baker"]) == (1, 2)


def test_a_name_is_merged_only_into_a_person(keeper: User) -> None:
    a, b, c = (make_author(name) for name in ("a", "b", "c"))
    moderation.merge_authors(b, [a], by=keeper)
    a.refresh_from_db()
    with pytest.raises(ModerationError, match="is merged into"):
        moderation.merge_authors(a, [c], by=keeper)
    with pytest.raises(ModerationError, match="into itself"):
        moderation.merge_authors(b, [b], by=keeper)


def test_parting_names_that_are_not_merged_does_nothing(keeper: User) -> None:
    assert moderation.unmerge_authors([make_author("a")], by=keeper) == []


# Opting out


def test_an_author_who_opts_out_is_gone_under_every_name_and_comes_back_as_before(keeper: User) -> None:
    article, own = make_article(author="gardener"), make_article(author="hiker")
    hidden_before = make_comment(article, author="hiker")
    shown = make_comment(article, author="hiker 2")
    other = make_comment(article, author="baker")
    hiker, second = Author.objects.get(name="hiker"), Author.objects.get(name="hiker 2")
    moderation.merge_authors(hiker, [second], by=keeper)
    moderation.hide(comments(hidden_before), by=keeper, reason=Reason.REQUEST)

    action = moderation.opt_out(Author.objects.get(name="hiker"), by=keeper)
    assert list(Comment.objects.visible()) == [other]
    assert list(Article.objects.visible()) == [article]
    assert set(Author.objects.filter(opted_out=True)) == {hiker, second}

    moderation.undo(action, by=keeper)
    assert set(Comment.objects.visible()) == {shown, other}
    assert set(Article.objects.visible()) == {article, own}
    assert not Author.objects.filter(opted_out=True).exists()


def test_what_an_import_brought_hidden_after_an_opt_out_is_shown_when_it_is_taken_back(keeper: User) -> None:
    article = make_article()
    make_comment(article, author="hiker")
    moderation.opt_out(Author.objects.get(name="hiker"), by=keeper)
    born_hidden = make_comment(article, author="hiker", visibility="hidden", reason="request")
    action = moderation.opt_in(Author.objects.get(name="hiker"), by=keeper)
    assert born_hidden in Comment.objects.visible()
    moderation.undo(action, by=keeper)
    assert not Comment.objects.visible().exists()


def test_what_a_person_wrote_who_opted_out_is_not_shown_one_by_one(keeper: User) -> None:
    article = make_article(author="hiker")
    comment = make_comment(make_article(), author="hiker")
    (hidden,) = moderation.hide(comments(comment), by=keeper, reason=Reason.ABUSE)
    moderation.opt_out(Author.objects.get(name="hiker"), by=keeper)
    assert moderation.restore(comments(comment), by=keeper) == []
    assert moderation.restore(Article.objects.filter(pk=article.pk), by=keeper) == []
    with pytest.raises(ModerationError, match="hiker has opted out"):
        moderation.undo(hidden, by=keeper)
    moderation.opt_in(Author.objects.get(name="hiker"), by=keeper)
    moderation.undo(hidden, by=keeper)
    assert comment in Comment.objects.visible()


def test_opting_out_twice_or_in_without_being_out_is_refused(keeper: User) -> None:
    author = make_author("hiker")
    with pytest.raises(ModerationError, match="not opted out"):
        moderation.opt_in(author, by=keeper)
    moderation.opt_out(author, by=keeper)
    author.refresh_from_db()
    with pytest.raises(ModerationError, match="already"):
        moderation.opt_out(author, by=keeper)


def names_and_comments(*names: str) -> dict[str, int]:
    """Return how many comments of each name are visible."""
    return {name: Comment.objects.visible().filter(author__name=name).count() for name in names}


def test_a_name_parted_from_a_person_who_opted_out_stays_out_and_comes_back_on_its_own(keeper: User) -> None:
    article = make_article()
    for name in ("hiker", "walker"):
        make_comment(article, author=name)
    before = make_comment(article, author="walker")
    hiker, walker = Author.objects.get(name="hiker"), Author.objects.get(name="walker")
    moderation.merge_authors(hiker, [walker], by=keeper)
    moderation.hide(comments(before), by=keeper, reason=Reason.REQUEST)
    moderation.opt_out(hiker, by=keeper)
    assert len(moderation.unmerge_authors([walker], by=keeper)) == 1

    moderation.opt_in(hiker, by=keeper)
    assert names_and_comments("hiker", "walker") == {"hiker": 1, "walker": 0}
    moderation.opt_in(walker, by=keeper)
    assert names_and_comments("hiker", "walker") == {"hiker": 1, "walker": 1}
    assert not Author.objects.filter(opted_out=True).exists()


@pytest.mark.parametrize(("out", "into"), [("hiker", "hiker"), ("hiker", "walker")])
def test_names_are_not_one_person_when_only_one_is_opted_out(keeper: User, out: str, into: str) -> None:
    hiker, walker = make_author("hiker"), make_author("walker")
    moderation.opt_out(Author.objects.get(name=out), by=keeper)
    stays, goes = (hiker, walker) if into == "hiker" else (walker, hiker)
    with pytest.raises(ModerationError, match="hiker has opted out and walker has not"):
        moderation.merge_authors(stays, [goes], by=keeper)


def test_names_opted_out_apart_and_merged_come_back_together_as_before(keeper: User) -> None:
    article = make_article()
    hidden = []
    for name in ("hiker", "walker"):
        make_comment(article, author=name)
        hidden.append(make_comment(article, author=name))
        moderation.hide(comments(hidden[-1]), by=keeper, reason=Reason.REQUEST)
        moderation.opt_out(Author.objects.get(name=name), by=keeper)
    hiker, walker = Author.objects.get(name="hiker"), Author.objects.get(name="walker")
    moderation.merge_authors(hiker, [walker], by=keeper)
    moderation.opt_in(hiker, by=keeper)
    assert names_and_comments("hiker", "walker") == {"hiker": 1, "walker": 1}

    # What was hidden then is shown, and hidden by a later opt-out: it comes back with that one.
    moderation.restore(comments(*hidden), by=keeper)
    moderation.opt_out(hiker, by=keeper)
    moderation.opt_in(hiker, by=keeper)
    assert names_and_comments("hiker", "walker") == {"hiker": 2, "walker": 2}


def test_a_second_moderator_who_saw_the_author_before_changes_nothing_twice(keeper: User) -> None:
    make_comment(make_article(), author="hiker")
    seen_by_first, seen_by_second = Author.objects.get(name="hiker"), Author.objects.get(name="hiker")
    moderation.opt_out(seen_by_first, by=keeper)
    with pytest.raises(ModerationError, match="already"):
        moderation.opt_out(seen_by_second, by=keeper)
    moderation.opt_in(seen_by_first, by=keeper)
    assert names_and_comments("hiker") == {"hiker": 1}

    other = make_author("walker")
    hiker = Author.objects.get(name="hiker")
    moderation.merge_authors(hiker, [other], by=keeper)
    with pytest.raises(ModerationError, match="is merged into"):
        moderation.merge_authors(other, [hiker], by=keeper)


# Tags


def test_merged_tags_count_together_until_they_are_parted(keeper: User) -> None:
    make_article(tags=["roses"])
    make_article(tags=["rose"])
    make_article(tags=["roses", "rose"])
    roses, rose = Tag.objects.get(folded="roses"), Tag.objects.get(folded="rose")
    (action,) = moderation.merge_tags(roses, [rose], by=keeper)
    roses.refresh_from_db()
    assert roses.article_count == 3
    assert list(Tag.objects.visible()) == [roses]
    assert ArticleTag.objects.filter(tag=rose).count() == 2
    moderation.undo(action, by=keeper)
    roses.refresh_from_db()
    assert roses.article_count == 2
    assert set(Tag.objects.visible()) == {roses, rose}


def test_a_tag_that_loses_all_it_was_counted_with_is_counted_again(keeper: User) -> None:
    make_article(tags=["rose"])
    rose, roses, bush = Tag.objects.get(), make_tag("roses"), make_tag("bush")
    moderation.merge_tags(roses, [rose], by=keeper)
    moderation.merge_tags(bush, [rose], by=keeper)
    assert list(Tag.objects.visible()) == [bush]
    moderation.unmerge_tags([rose], by=keeper)
    assert list(Tag.objects.visible()) == [rose]


def test_ignored_tags_are_shown_nowhere_until_they_are_kept(keeper: User) -> None:
    make_article(tags=["add a topic"])
    tag = Tag.objects.get()
    (action,) = moderation.ignore_tags([tag], by=keeper)
    assert not Tag.objects.visible().exists()
    undone = moderation.undo(action, by=keeper)
    assert list(Tag.objects.visible()) == [tag]
    moderation.undo(undone, by=keeper)
    assert not Tag.objects.visible().exists()


def test_tags_are_merged_only_into_a_tag_of_its_own(keeper: User) -> None:
    a, b, c = (make_tag(name) for name in "abc")
    moderation.merge_tags(b, [a], by=keeper)
    a.refresh_from_db()
    with pytest.raises(ModerationError, match="is merged into"):
        moderation.merge_tags(a, [c], by=keeper)
    with pytest.raises(ModerationError, match="into itself"):
        moderation.merge_tags(b, [b], by=keeper)
    (parted,) = moderation.unmerge_tags([a], by=keeper)
    moderation.undo(parted, by=keeper)
    a.refresh_from_db()
    assert a.merged_into == b


def test_a_second_moderator_who_saw_the_tags_before_makes_no_circle_of_them(keeper: User) -> None:
    one, other = make_tag("tea"), make_tag("teas")
    moderation.merge_tags(Tag.objects.get(pk=one.pk), [other], by=keeper)
    with pytest.raises(ModerationError, match="is merged into"):
        moderation.merge_tags(other, [one], by=keeper)
    moderation.ignore_tags([one], by=keeper)
    assert moderation.ignore_tags([one], by=keeper) == []


# Reports


def test_a_report_is_kept_and_closed_once(keeper: User) -> None:
    (comment,) = make_comments(make_article(), [None])
    report = moderation.receive_report(comment, reason=Reason.PRIVACY, message="my street", contact="")
    assert (report.comment, report.article, report.status) == (comment, comment.article, "open")
    assert len(moderation.close_reports(Report.objects.all(), Report.Status.DONE, by=keeper, note="A street.")) == 1
    assert moderation.close_reports(Report.objects.all(), Report.Status.DECLINED, by=keeper) == []
    line = ModerationAction.objects.get()
    assert (line.kind, line.moderator, line.comment, line.note) == ("repdone", keeper.username, comment, "A street.")
    report.refresh_from_db()
    assert (report.status, report.handled_by) == ("done", keeper.username)
    assert report.handled_at is not None


def test_a_report_about_an_article_names_no_comment() -> None:
    article = make_article()
    report = moderation.receive_report(article, reason=Reason.LEGAL, message="", contact="post@example.org")
    assert (report.article, report.comment) == (article, None)


def test_a_closed_report_is_opened_again_by_undo_and_closed_by_undoing_that(keeper: User) -> None:
    article = make_article()
    report, other = (moderation.receive_report(article, reason=Reason.SPAM, message="", contact="") for _ in range(2))
    (declined,) = moderation.close_reports(Report.objects.filter(pk=report.pk), Report.Status.DECLINED, by=keeper)
    moderation.close_reports(Report.objects.filter(pk=other.pk), Report.Status.DONE, by=keeper)
    opened = moderation.undo(declined, by=keeper)
    report.refresh_from_db()
    assert (report.status, report.handled_by, report.handled_at) == ("open", "", None)
    moderation.undo(opened, by=keeper)
    report.refresh_from_db()
    assert (report.status, report.handled_by) == ("declined", keeper.username)
    report.delete()
    assert "no longer in the archive" in moderation.undo_refusal(ModerationAction.objects.latest("pk"))


def test_what_was_done_since_is_undone_first_and_then_what_was_done_before(keeper: User) -> None:
    (comment,) = make_comments(make_article(), [None])
    (hidden,) = moderation.hide(comments(comment), by=keeper)
    (shown,) = moderation.restore(comments(comment), by=keeper)
    with pytest.raises(ModerationError, match="Undo that first"):
        moderation.undo(hidden, by=keeper)
    hidden_again = moderation.undo(shown, by=keeper)
    assert not Comment.objects.visible().exists()
    moderation.undo(hidden, by=keeper)
    assert list(Comment.objects.visible()) == [comment]
    with pytest.raises(ModerationError, match="Undo that first"):
        moderation.undo(hidden_again, by=keeper)


def test_what_was_done_since_undone_and_done_again_is_in_the_way(keeper: User) -> None:
    (comment,) = make_comments(make_article(), [None])
    (hidden,) = moderation.hide(comments(comment), by=keeper)
    (shown,) = moderation.restore(comments(comment), by=keeper)
    moderation.undo(moderation.undo(shown, by=keeper), by=keeper)
    assert list(Comment.objects.visible()) == [comment]
    with pytest.raises(ModerationError, match="Undo that first"):
        moderation.undo(hidden, by=keeper)


def test_hiding_a_comment_takes_at_most_25_queries(keeper: User) -> None:
    rows = make_comments(make_article(), [None, 0, 1, None, 2])
    moderation.hide(comments(rows[3]), by=keeper)
    with CaptureQueriesContext(connection) as queries:
        moderation.hide(comments(rows[1]), by=keeper)
    statements = [query["sql"][:150] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) <= 25, "\n".join(statements)
