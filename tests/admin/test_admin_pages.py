"""Admin: lists and pages of all tables, confirmed actions, permissions and query counts."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_article, make_author, make_comment, make_comments, make_quote, make_tag
from threads import moderation
from threads.admin import hide_and_redact
from threads.admin.base import COUNT_LIMIT, BoundedPaginator, make_excerpt
from threads.admin.comments import CommentAdmin
from threads.models import (
    Article,
    Author,
    Backup,
    Comment,
    FormerKey,
    ImportProblem,
    ImportRun,
    LinkCorrection,
    ModerationAction,
    Redaction,
    Report,
    SourceFile,
    Tag,
)
from threads.moderation.undo import RULES
from threads.search import indexing

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

TABLES = [model for model in apps.get_app_config("threads").get_models() if admin.site.is_registered(model)]
NOT_REGISTERED = {
    "articletag": "shown with the article",
    "quote": "shown with the comment",
    "threadlink": "what pages are rendered again for",
    "formerkey": "found by the search boxes",
    "archivestate": "one row of numbers",
    "searchentry": "search's own",
    "authorname": "search's own",
    "removedtext": "digests, of no use to read",
    "backup": "listed by manage.py backup --list, and named by redactions",
}


@pytest.fixture
def moderator() -> User:
    """Return a moderator, with the permissions of the group and no more."""
    call_command("loaddata", "moderators", verbosity=0)
    user = User.objects.create_user("moderator", is_staff=True)
    user.groups.add(Group.objects.get(name="moderators"))
    return user


@pytest.fixture
def moderator_client(client: Client, moderator: User) -> Client:
    """Return a browser in which the moderator is signed in."""
    client.force_login(moderator)
    return client


def list_url(model: type[models.Model]) -> str:
    """Return the address of a table's list."""
    return reverse(f"admin:threads_{model._meta.model_name}_changelist")


def row_url(row: models.Model) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:threads_{row._meta.model_name}_change", args=[row.pk])


def action_url(row: models.Model, name: str) -> str:
    """Return the address of an action on a row."""
    return reverse(f"admin:threads_{row._meta.model_name}_decide", args=[row.pk, name])


def fill(count: int) -> None:
    """Make `count` rows of every table that admin shows."""
    run = ImportRun.objects.create()
    for number in range(count):
        article = make_article(author=f"gardener {number}", tags=[f"tag {number}"])
        first, second = make_comments(article, [None, 0])
        make_quote(second, first)
        Author.objects.filter(name=f"gardener {number}").update(merged_into=make_author("hiker"))
        Report.objects.create(article=article, comment=first, message="look")
        ModerationAction.objects.create(kind="hide", article=article, comment=first, before={"of": "comment"})
        LinkCorrection.objects.create(comment=second, target=first)
        Redaction.objects.create(article=article)
        ImportRun.objects.create()
        ImportProblem.objects.create(run=run, path=f"{number}.md", severity="error", message="no", article=article)
        SourceFile.objects.create(path=f"{number}.md", sha256="", size=1, content=zlib.compress(b"x"), article=article)
    Tag.objects.exclude(name="tag 0").update(merged_into=Tag.objects.get(name="tag 0"))


def count_queries(browser: Client, address: str) -> int:
    """Return how many queries a page costs."""
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


# Lists and pages


def test_every_model_is_registered_or_listed_as_an_exception() -> None:
    names = {model._meta.model_name for model in apps.get_app_config("threads").get_models()}
    registered = {model._meta.model_name for model in TABLES}
    assert names - registered == set(NOT_REGISTERED)


def test_every_list_costs_the_same_number_of_queries_at_3_and_at_30_rows(moderator_client: Client) -> None:
    fill(3)
    few = {model: count_queries(moderator_client, list_url(model)) for model in TABLES}
    fill_more(27)
    assert {model: count_queries(moderator_client, list_url(model)) for model in TABLES} == few


def fill_more(count: int) -> None:
    """Make further rows with names of their own."""
    run = ImportRun.objects.create()
    for number in range(count):
        article = make_article(author=f"baker {number}", tags=[f"bread {number}"])
        first, second = make_comments(article, [None, 0])
        Report.objects.create(article=article, comment=first, message="look")
        ModerationAction.objects.create(kind="hide", article=article, comment=first, before={"of": "comment"})
        LinkCorrection.objects.create(comment=second, target=first)
        Redaction.objects.create(article=article)
        ImportRun.objects.create()
        ImportProblem.objects.create(run=run, path=f"b{number}.md", severity="error", message="no", article=article)
        SourceFile.objects.create(path=f"b{number}.md", sha256="", size=1, content=b"", article=article)
    Tag.objects.filter(name__startswith="bread").update(merged_into=Tag.objects.get(name="tag 0"))
    Author.objects.filter(name__startswith="baker ").update(merged_into=make_author("hiker"))


def test_a_list_of_comments_costs_the_same_at_3_and_at_300_and_reads_no_whole_text(moderator_client: Client) -> None:
    article = make_article()
    make_comments(article, [None, 0, 1])
    few = count_queries(moderator_client, list_url(Comment))
    make_comments(make_article(), [None] * 300)
    with CaptureQueriesContext(connection) as queries:
        moderator_client.get(list_url(Comment))
    assert len(queries) == few
    assert not any('"body_html"' in query["sql"] for query in queries.captured_queries)


def test_every_page_of_a_row_opens_and_offers_no_save_and_no_delete(moderator_client: Client) -> None:
    fill(1)
    for model in TABLES:
        page = moderator_client.get(row_url(model._default_manager.order_by("pk")[0])).content.decode()
        assert 'name="_save"' not in page, model
        assert "deletelink" not in page, model


def test_rows_cannot_be_added_or_deleted(admin_client: Client) -> None:
    fill(1)
    for model in TABLES:
        assert admin_client.get(list_url(model) + "add/").status_code == 403, model
        row = model._default_manager.order_by("pk")[0]
        assert admin_client.post(row_url(row).replace("change", "delete"), {"post": "yes"}).status_code == 403, model


def test_admin_requires_staff_status_and_permissions(client: Client) -> None:
    article = make_article()
    client.force_login(User.objects.create_user("reader"))
    for address in (list_url(Article), row_url(article), action_url(article, "hide")):
        assert client.get(address).status_code == 302
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    for address in (list_url(Article), row_url(article), action_url(article, "hide")):
        assert client.get(address).status_code == 403
    assert client.post(action_url(article, "hide"), {"confirmed": "1", "reason": "spam"}).status_code == 403
    assert Article.objects.visible().exists()


def test_untrusted_text_is_escaped_everywhere(moderator_client: Client) -> None:
    evil = "<script>alert(1)</script>"
    make_author(evil, slug="evil")
    make_tag(evil, slug="evil")
    article = make_article(evil, author=evil, tags=[evil], body=evil, source_url="javascript:alert(1)")
    comment = make_comment(article, author=evil, body=evil, addressee=evil)
    make_quote(comment, None, evil)
    run = ImportRun.objects.create(report={"said": evil}, options={"paths": [evil]})
    ImportProblem.objects.create(run=run, path=evil, severity="error", message=evil, article=article)
    SourceFile.objects.create(path=evil, sha256="", size=1, content=zlib.compress(b"x"), article=article)
    report = Report.objects.create(article=article, comment=comment, message=evil, contact=evil)
    moderation.hide(Comment.objects.filter(pk=comment.pk), by=None, note=evil)
    moderation.relink(comment, article, by=None, note=evil)
    pages = [list_url(model) for model in TABLES]
    pages += [row_url(row) for model in TABLES for row in model._default_manager.all()]
    pages += [
        action_url(article, "hide"),
        action_url(comment, "relink"),
        action_url(comment, "redact"),
        action_url(report, "hide"),
    ]
    for page in pages:
        shown = moderator_client.get(page).content.decode()
        assert evil not in shown, page
        assert 'href="javascript' not in shown, page


def test_lists_count_rows_up_to_a_limit() -> None:
    rows = Comment.objects.order_by("pk")
    with CaptureQueriesContext(connection) as queries:
        assert BoundedPaginator(rows, 50).count == 0
    assert f"LIMIT {COUNT_LIMIT}" in queries.captured_queries[0]["sql"]


def test_the_start_page_lists_pending_items(moderator_client: Client) -> None:
    article = make_article()
    rows = make_comments(article, [None, 0])
    moderation.receive_report(rows[0], reason="spam", message="", contact="")
    moderation.hide(Comment.objects.filter(pk=rows[1].pk), by=None)
    run = ImportRun.objects.create()
    ImportProblem.objects.create(run=run, path="a.md", severity="error", message="no")
    ImportProblem.objects.create(run=run, path="b.md", severity="error", message="no", solved_by=run)
    page = moderator_client.get(reverse("admin:index"))
    items = {item.label: item.total for item in page.context["items"]}
    assert items["open reports"] == 1
    assert items["hidden comments"] == 1
    assert items["unsolved import errors"] == 1


def test_the_start_page_lists_nothing_to_staff_without_permissions(client: Client) -> None:
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(reverse("admin:index")).context["items"] == []


# Search


def search_list(browser: Client, model: type[models.Model], text: str) -> list[Any]:
    """Search a list and return the rows."""
    return list(browser.get(list_url(model), {"q": text}).context["cl"].result_list)


def test_comments_are_found_by_address_key_author_and_words_hidden_ones_too(moderator_client: Client) -> None:
    article = make_article()
    first = make_comment(article, author="hiker", body="Salt the dough late.")
    second = make_comment(article, author="baker", body="Knead it twice.")
    indexing.update_articles([article.pk])
    moderation.hide(Comment.objects.filter(pk=first.pk), by=None)
    assert search_list(moderator_client, Comment, f"https://example.org/c/{second.key}/") == [second]
    assert search_list(moderator_client, Comment, first.key) == [first]
    assert search_list(moderator_client, Comment, "baker") == [second]
    assert search_list(moderator_client, Comment, "knead") == [second]
    assert search_list(moderator_client, Comment, "the dough") == [first]
    assert search_list(moderator_client, Comment, "/c/nosuchkey/") == []


def test_articles_are_found_by_address_key_author_and_words(moderator_client: Client) -> None:
    article = make_article("Sourdough for beginners", author="baker")
    other = make_article("Pruning roses", author="gardener")
    moderation.hide(Article.objects.filter(pk=other.pk), by=None)
    indexing.update_articles([article.pk])
    assert search_list(moderator_client, Article, f"https://archive.example/t/{article.key}/") == [article]
    assert search_list(moderator_client, Article, other.key) == [other]
    assert search_list(moderator_client, Article, "gardener") == [other]
    assert search_list(moderator_client, Article, "sourdough") == [article]
    assert search_list(moderator_client, Article, "pruning") == [other]


def test_hidden_redacted_and_withdrawn_rows_can_be_listed(moderator_client: Client) -> None:
    rows = make_comments(make_article(), [None, None])
    moderation.hide(Comment.objects.filter(pk=rows[0].pk), by=None)
    shown = moderator_client.get(list_url(Comment), {"shown": "hidden"}).context["cl"].result_list
    assert list(shown) == [rows[0]]
    assert not moderator_client.get(list_url(Comment), {"shown": "withdrawn"}).context["cl"].result_list


def test_lists_can_be_filtered_by_thread_author_or_run(moderator_client: Client) -> None:
    fill(2)
    comment = Comment.objects.order_by("pk")[0]
    for model, lookup, pk in [
        (Comment, "article__id__exact", comment.article_id),
        (Comment, "author__id__exact", comment.author_id or 0),
        (ModerationAction, "comment__id__exact", comment.pk),
        (ImportProblem, "article__id__exact", comment.article_id),
        (SourceFile, "article__id__exact", comment.article_id),
    ]:
        page = moderator_client.get(list_url(model), {lookup: pk})
        assert page.status_code == 200, lookup
        assert len(page.context["cl"].result_list) < 4, lookup


def test_an_original_file_is_sent_as_a_download(moderator_client: Client, client: Client) -> None:
    article = make_article()
    content = b"<script>\xff"
    row = SourceFile.objects.create(path="a/r.md", sha256="", size=1, content=zlib.compress(content), article=article)
    address = reverse("admin:threads_sourcefile_original", args=[row.pk])
    download = moderator_client.get(address)
    assert (download.content, download["Content-Type"]) == (content, "application/octet-stream")
    assert download["Content-Disposition"] == 'attachment; filename="r.md"'
    assert moderator_client.get(reverse("admin:threads_sourcefile_original", args=[0])).status_code == 404
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(address).status_code == 404


# Actions on lists


def run_action(browser: Client, rows: list[Any], action: str, **values: Any) -> Any:
    """Post an action of the list, as the browser does."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], **values}
    return browser.post(list_url(type(rows[0])), data)


def test_hiding_several_comments_shows_the_effects_first(moderator_client: Client, moderator: User) -> None:
    rows = make_comments(make_article(), [None, 0, 1])
    page = run_action(moderator_client, rows[:2], "hide")
    assert page.status_code == 200
    shown = page.content.decode()
    assert "2 comments will be hidden." in shown
    assert "2 of them have replies" in shown
    assert Comment.objects.visible().count() == 3
    response = run_action(moderator_client, rows[:2], "hide", confirmed="2", reason="spam", note="sells seeds")
    assert response.status_code == 302
    assert list(Comment.objects.visible()) == [rows[2]]
    assert {action.moderator for action in ModerationAction.objects.all()} == {moderator.username}


def test_hiding_needs_a_reason(moderator_client: Client) -> None:
    rows = make_comments(make_article(), [None])
    page = run_action(moderator_client, rows, "hide", confirmed="1", reason="")
    assert page.context["form"].errors["reason"]
    assert Comment.objects.visible().exists()


def test_a_changed_selection_is_confirmed_again(moderator_client: Client) -> None:
    rows = make_comments(make_article(), [None, None])
    moderation.hide(Comment.objects.filter(pk=rows[0].pk), by=None)
    page = run_action(moderator_client, rows, "hide", confirmed="2", reason="spam")
    assert page.status_code == 200
    assert "The list has changed" in page.content.decode()
    assert Comment.objects.visible().count() == 1


def test_an_action_that_applies_to_no_selected_row_shows_a_warning(moderator_client: Client) -> None:
    rows = make_comments(make_article(), [None])
    page = run_action(moderator_client, rows, "restore")
    assert page.status_code == 302
    assert "applies to none of the selected items" in moderator_client.get(list_url(Comment)).content.decode()


@pytest.mark.parametrize("chosen", ["x", "", "-1", "²", "9" * 40])
def test_an_invalid_row_id_is_rejected(moderator_client: Client, chosen: str) -> None:
    make_comments(make_article(), [None])
    answer = moderator_client.post(list_url(Comment), {"action": "hide", "_selected_action": [chosen]})
    assert answer.status_code == 400


def test_all_rows_of_a_list_can_be_selected(moderator_client: Client) -> None:
    rows = make_comments(make_article(), [None] * 60)
    page = run_action(moderator_client, rows[:1], "hide", select_across="1")
    assert page.context["count"] == 60
    assert "and 40 more" in page.content.decode()
    run_action(moderator_client, rows[:1], "hide", select_across="1", confirmed="60", reason="spam")
    assert not Comment.objects.visible().exists()


def test_a_selection_over_the_limit_is_rejected(moderator_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = make_comments(make_article(), [None] * 3)
    action = replace(hide_and_redact.HIDE_COMMENTS, limit=2)
    monkeypatch.setattr(CommentAdmin, "confirmed_actions", (action,))
    page = moderator_client.post(
        list_url(Comment), {"action": "hide", "_selected_action": [row.pk for row in rows]}, follow=True
    ).content.decode()
    assert "3 items are selected. The limit is 2." in page
    assert run_action(moderator_client, rows[:2], "hide").context["count"] == 2


def test_articles_are_hidden_and_restored(moderator_client: Client) -> None:
    article = make_article()
    make_comments(article, [None])
    assert "1 comment in it will be hidden too." in run_action(moderator_client, [article], "hide").content.decode()
    run_action(moderator_client, [article], "hide", confirmed="1", reason="legal")
    assert not Article.objects.visible().exists()
    assert "1 item will be visible again" in run_action(moderator_client, [article], "restore").content.decode()
    run_action(moderator_client, [article], "restore", confirmed="1")
    assert Article.objects.visible().exists()


def test_authors_are_merged_into_the_selected_author(moderator_client: Client) -> None:
    rows = [make_author("a"), make_author("b"), make_author("c")]
    assert run_action(moderator_client, rows, "merge").status_code == 200
    run_action(moderator_client, rows, "merge", confirmed="3", into=str(rows[1].pk))
    assert set(Author.objects.filter(merged_into=rows[1])) == {rows[0], rows[2]}
    run_action(moderator_client, rows, "part", confirmed="2")
    assert not Author.objects.filter(merged_into__isnull=False).exists()


def test_an_author_is_opted_out_and_in_again(moderator_client: Client) -> None:
    comment = make_comment(make_article(author="gardener"), author="hiker")
    make_comment(make_article(author="hiker"), author="baker")
    assert comment.author
    page = run_action(moderator_client, [comment.author], "opt_out").content.decode()
    assert "1 comment will be hidden." in page
    assert "1 comment by others in these threads will be hidden too." in page
    run_action(moderator_client, [comment.author], "opt_out", confirmed="1")
    assert not Comment.objects.visible().exists()
    run_action(moderator_client, [comment.author], "opt_in", confirmed="1")
    assert Comment.objects.visible().count() == 2


def test_tags_are_merged_unmerged_ignored_and_shown_again(moderator_client: Client) -> None:
    rows = [make_tag("roses"), make_tag("rose")]
    run_action(moderator_client, rows, "merge", confirmed="2", into=str(rows[0].pk))
    assert list(Tag.objects.filter(merged_into=rows[0])) == [rows[1]]
    run_action(moderator_client, rows[1:], "part", confirmed="1")
    run_action(moderator_client, rows, "ignore", confirmed="2")
    assert Tag.objects.filter(ignored=True, merged_into=None).count() == 2
    run_action(moderator_client, rows, "keep", confirmed="2")
    assert Tag.objects.filter(ignored=False).count() == 2


# Actions on one row


def test_a_page_offers_the_actions_that_apply(moderator_client: Client) -> None:
    (comment,) = make_comments(make_article(), [None])
    offered = {str(link["label"]) for link in moderator_client.get(row_url(comment)).context["confirmed_actions"]}
    assert offered == {"hide", "correct link", "redact"}
    moderation.hide(Comment.objects.all(), by=None)
    offered = {str(link["label"]) for link in moderator_client.get(row_url(comment)).context["confirmed_actions"]}
    assert offered == {"restore", "correct link", "redact"}


def test_actions_without_permission_are_not_offered(client: Client) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=("view_comment", "add_linkcorrection")))
    client.force_login(clerk)
    (comment,) = make_comments(make_article(), [None])
    assert client.get(list_url(Comment)).context["action_form"] is None
    offered = [str(link["label"]) for link in client.get(row_url(comment)).context["confirmed_actions"]]
    assert offered == ["correct link"]


def test_an_unknown_action_or_row_is_not_found(moderator_client: Client) -> None:
    article = make_article()
    assert moderator_client.get(action_url(article, "promote")).status_code == 404
    assert moderator_client.get(action_url(make_author("baker"), "merge")).status_code == 404, "is about several"
    gone = action_url(article, "hide").replace(str(article.pk), "999999")
    assert moderator_client.get(gone).status_code == 404


def test_a_comment_is_hidden_from_its_own_page(moderator_client: Client) -> None:
    (comment,) = make_comments(make_article(), [None])
    assert moderator_client.get(action_url(comment, "hide")).status_code == 200
    response = moderator_client.post(action_url(comment, "hide"), {"confirmed": "1", "reason": "abuse"})
    assert (response.status_code, response["Location"]) == (302, row_url(comment))
    assert not Comment.objects.visible().exists()


def test_redacting_requires_the_typed_confirmation(moderator_client: Client) -> None:
    (comment,) = make_comments(make_article(), [None])
    page = moderator_client.post(action_url(comment, "redact"), {"confirmed": "1", "reason": "privacy", "typed": "yes"})
    assert page.context["form"].errors["typed"]
    assert Comment.objects.visible().exists()
    moderator_client.post(action_url(comment, "redact"), {"confirmed": "1", "reason": "privacy", "typed": "redact"})
    comment.refresh_from_db()
    assert (comment.visibility, comment.body) == ("redacted", "")


def test_redacting_names_the_backups_that_still_contain_the_text(moderator_client: Client) -> None:
    comments = make_comments(make_article(), [None, None])
    assert "Backups" not in moderator_client.get(action_url(comments[0], "redact")).content.decode()
    for day in range(1, 13):
        at = datetime(2020, 9, day, 3, tzinfo=UTC)
        Backup.objects.create(path=f"/backup/{day}", made_at=at, size=1)

    names = "still contain the text: /backup/12 (2020-09-12 03:00), /backup/11 (2020-09-11 03:00), "
    page = moderator_client.get(action_url(comments[0], "redact")).content.decode()
    assert names in page
    assert "/backup/3 (2020-09-03 03:00) and 2 more. Ask an operator to delete them." in page

    form = {"confirmed": "1", "reason": "privacy", "typed": "redact"}
    page = moderator_client.post(action_url(comments[0], "redact"), form, follow=True).content.decode()
    assert names in page
    form = {"confirmed": "1", "reason": "privacy"}
    page = moderator_client.post(action_url(comments[1], "hide"), form, follow=True).content.decode()
    assert "Hide: 1 done." in page
    assert names not in page


def test_redacting_lists_comments_that_repeat_the_text_without_a_quote(moderator_client: Client) -> None:
    article = make_article()
    first = make_comment(article, body="My street is the one behind the old station.")
    make_comment(article, body="She said: My street is the one behind the old station. Really?")
    quoting = make_comment(article, body="> My street is the one behind the old station.", answers=first)
    make_quote(quoting, first)
    page = moderator_client.get(action_url(first, "redact")).content.decode()
    assert "with the same text: #2." in page


def test_redacting_says_which_excerpts_are_destroyed_and_which_are_hidden(moderator_client: Client) -> None:
    article = make_article()
    first = make_comment(article, body="My street is the one behind the old station.")
    page = moderator_client.get(action_url(first, "redact")).content.decode()
    assert "hidden, not destroyed" not in page
    for number, thread in ((1, article), (2, make_article())):
        for _ in range(number):
            make_quote(make_comment(thread, body="> My street is the one behind the old station."), first)
    page = moderator_client.get(action_url(first, "redact")).content.decode()
    assert "1 other comment in their thread quotes them. The excerpt will be destroyed too." in page
    assert "2 comments in other threads quote them. The excerpts will be hidden, not destroyed." in page


def test_a_link_is_corrected_by_choice_number_key_or_url_and_restored(moderator_client: Client) -> None:
    make_comments(make_article(), [None, None, None])
    article = make_article()
    rows = make_comments(article, [None, None, None, None])
    FormerKey.objects.create(key="former", comment=rows[0])
    Comment.objects.filter(pk=rows[3].pk).update(addressee="hiker")
    page = moderator_client.get(action_url(rows[3], "relink"))
    assert str(rows[0].pk) in dict(page.context["form"].fields["answers"].choices)
    assert page.context["form"]["answers"].initial == "nothing"
    answered = []
    for values in (
        {"answers": str(rows[0].pk)},
        {"answers": "other", "other": "#2"},
        {"answers": "other", "other": rows[2].key},
        {"answers": "other", "other": f"https://archive.example/c/{rows[1].key}/#top"},
        {"answers": "other", "other": "/c/former/"},
        {"answers": "nothing"},
    ):
        assert moderator_client.post(action_url(rows[3], "relink"), {"confirmed": "1", **values}).status_code == 302
        rows[3].refresh_from_db()
        answered.append(rows[3].answers)
        assert moderator_client.get(action_url(rows[3], "relink")).context["form"]["answers"].initial == (
            str(rows[3].answers_id) if rows[3].answers_id else "nothing"
        )
    assert answered == [rows[0], rows[1], rows[2], rows[1], rows[0], None]
    moderator_client.post(action_url(rows[3], "relink"), {"confirmed": "1", "answers": "article"})
    assert Comment.objects.get(pk=rows[3].pk).answers_article
    moderator_client.post(action_url(rows[3], "unlink"), {"confirmed": "1"})
    assert not LinkCorrection.objects.exists()


def test_a_link_to_an_unknown_comment_or_itself_is_rejected(moderator_client: Client) -> None:
    rows = make_comments(make_article(), [None, None])
    page = moderator_client.post(action_url(rows[1], "relink"), {"confirmed": "1", "answers": "other", "other": "#77"})
    assert page.context["form"].errors["other"]
    page = moderator_client.post(
        action_url(rows[1], "relink"), {"confirmed": "1", "answers": "other", "other": "#2"}, follow=True
    )
    assert "cannot reply to itself" in page.content.decode()
    assert not LinkCorrection.objects.exists()


def test_an_action_is_undone_from_the_log(moderator_client: Client) -> None:
    (comment,) = make_comments(make_article(), [None])
    (action,) = moderation.hide(Comment.objects.all(), by=None)
    assert "yes" in moderator_client.get(row_url(action)).content.decode()
    moderator_client.post(action_url(action, "undo"), {"confirmed": "1"})
    assert list(Comment.objects.visible()) == [comment]
    assert "already undone" in moderator_client.get(row_url(action)).content.decode()


def test_an_impossible_undo_shows_the_reason(moderator_client: Client) -> None:
    make_comments(make_article(), [None])
    (action,) = moderation.hide(Comment.objects.all(), by=None)
    moderation.restore(Comment.objects.all(), by=None)
    page = moderator_client.post(action_url(action, "undo"), {"confirmed": "1"}, follow=True)
    assert [str(message) for message in page.context["messages"]] == [
        "There is a later action on the same target. Undo that first."
    ]


def test_successive_actions_are_undone_together(moderator_client: Client) -> None:
    make_comments(make_article(), [None])
    (hiding,) = moderation.hide(Comment.objects.all(), by=None)
    (showing,) = moderation.restore(Comment.objects.all(), by=None)
    run_action(moderator_client, [hiding, showing], "undo", confirmed="2")
    assert ModerationAction.objects.filter(pk__in=[hiding.pk, showing.pk], undone_by=None).count() == 0
    assert Comment.objects.visible().exists()


def test_undoing_several_actions_reports_successes_and_the_first_failure(moderator_client: Client) -> None:
    rows = make_comments(make_article(), [None, None, None])
    actions = moderation.hide(Comment.objects.all(), by=None)
    moderation.restore(Comment.objects.filter(pk=rows[1].pk), by=None)
    run_action(moderator_client, actions, "undo", confirmed="3")
    page = moderator_client.get(list_url(ModerationAction)).content.decode()
    assert "Done: 2. Failed: 1. First failure:" in page
    assert "Undo that first" in page
    assert Comment.objects.visible().count() == 3


def test_undoing_requires_the_permission_of_the_original_action(client: Client) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    allowed = ("view_moderationaction", "add_moderationaction", "view_comment", "change_comment")
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=allowed))
    client.force_login(clerk)
    article = make_article(tags=["roses"])
    rows = make_comments(article, [None, None])
    report = moderation.receive_report(article, reason="spam", message="", contact="")
    (own,) = moderation.hide(Comment.objects.filter(pk=rows[0].pk), by=None)
    others = [
        *moderation.hide(Article.objects.all(), by=None),
        moderation.relink(rows[1], None, by=None),
        moderation.opt_out(make_author("baker"), by=None),
        *moderation.ignore_tags(list(Tag.objects.all()), by=None),
        *moderation.close_reports(Report.objects.filter(pk=report.pk), Report.Status.DONE, by=None),
    ]
    for action in others:
        page = client.post(action_url(action, "undo"), {"confirmed": "1"}, follow=True)
        assert "You do not have permission to undo this." in page.content.decode()
    assert not ModerationAction.objects.exclude(undone_by=None).exists()
    client.post(action_url(own, "undo"), {"confirmed": "1"})
    assert list(ModerationAction.objects.exclude(undone_by=None)) == [own]


def test_every_kind_of_action_has_one_rule_of_undo() -> None:
    kinds = [kind for rule in RULES for kind in rule.kinds]
    assert sorted(kinds) == sorted(ModerationAction.Kind.values)


# Reports


def test_the_report_list_shows_open_reports_by_default(moderator_client: Client) -> None:
    article = make_article()
    first, second = (moderation.receive_report(article, reason="spam", message="", contact="") for _ in range(2))
    moderation.close_reports(Report.objects.filter(pk=first.pk), "declined", by=None)
    assert list(moderator_client.get(list_url(Report)).context["cl"].result_list) == [second]
    assert list(moderator_client.get(list_url(Report), {"status": "declined"}).context["cl"].result_list) == [first]
    assert list(moderator_client.get(list_url(Report), {"status": "all"}).context["cl"].result_list) == [first, second]


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_dates_have_the_format_of_the_site(language: str, moderator_client: Client) -> None:
    (comment,) = make_comments(make_article(), [None])
    Comment.objects.filter(pk=comment.pk).update(posted_on=date(2020, 9, 30))
    report = moderation.receive_report(comment, reason="spam", message="", contact="")
    assert (
        ">2020-09-30<"
        in moderator_client.get(list_url(Comment), headers={"accept-language": language}).content.decode()
    )
    page = moderator_client.get(list_url(Report), headers={"accept-language": language}).content.decode()
    assert f">{report.at:%Y-%m-%d %H:%M}<" in page


def test_a_reported_comment_is_shown_with_its_own_text(moderator_client: Client) -> None:
    article = make_article()
    (comment,) = make_comments(article, [None])
    Comment.objects.filter(pk=comment.pk).update(
        body="> [\\>>](/article/item_id-7#)the words of another\n\nMy own words."
    )
    moderation.receive_report(comment, reason="spam", message="", contact="")
    page = moderator_client.get(list_url(Report)).content.decode()
    assert "#1 My own words." in page
    assert "item_id" not in page


def test_hiding_reported_content_closes_the_report(moderator_client: Client, moderator: User) -> None:
    article, other = make_article(), make_article()
    (comment,) = make_comments(article, [None])
    about_comment = moderation.receive_report(comment, reason="spam", message="", contact="")
    about_article = moderation.receive_report(other, reason="legal", message="", contact="")
    run_action(moderator_client, [about_comment, about_article], "hide", confirmed="2", reason="spam")
    assert not Comment.objects.visible().exists()
    assert list(Article.objects.visible()) == [article]
    assert set(Report.objects.values_list("status", "handled_by")) == {("done", moderator.username)}


def test_hiding_reported_content_requires_permission_to_hide(client: Client) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=("view_report", "change_report")))
    client.force_login(clerk)
    (comment,) = make_comments(make_article(), [None])
    report = moderation.receive_report(comment, reason="spam", message="", contact="")
    assert client.post(action_url(report, "hide"), {"confirmed": "1", "reason": "spam"}).status_code == 403
    assert Comment.objects.visible().exists()
    assert client.post(action_url(report, "close"), {"confirmed": "1"}).status_code == 302
    assert not Report.objects.filter(status="open").exists()


def test_reports_are_closed_or_declined(moderator_client: Client) -> None:
    article = make_article()
    first, second = (moderation.receive_report(article, reason="spam", message="", contact="") for _ in range(2))
    run_action(moderator_client, [first], "close", confirmed="1", note="It was renamed.")
    run_action(moderator_client, [second], "decline", confirmed="1", note="Nothing of it is private.")
    notes = ModerationAction.objects.order_by("pk").values_list("note", flat=True)
    assert list(notes) == ["It was renamed.", "Nothing of it is private."]
    assert list(Report.objects.order_by("pk").values_list("status", flat=True)) == ["done", "declined"]
    assert Article.objects.visible().exists()


# Content of pages


def test_merged_names_can_be_filtered(moderator_client: Client) -> None:
    rows = [make_author("a"), make_author("b")]
    moderation.merge_authors(rows[0], rows[1:], by=None)
    assert list(moderator_client.get(list_url(Author), {"merged": "yes"}).context["cl"].result_list) == [rows[1]]
    assert list(moderator_client.get(list_url(Author), {"merged": "no"}).context["cl"].result_list) == [rows[0]]


def test_the_page_of_a_comment_shows_its_target_and_quotes(moderator_client: Client) -> None:
    article = make_article()
    first = make_comment(article, author="hiker", body="Salt the dough late.")
    second = make_comment(article, author=None, answers=first)
    make_quote(second, first)
    page = moderator_client.get(row_url(second)).content.decode()
    assert "#1 hiker: Salt the dough late." in page
    assert "Salt the dough late. → #1" in page
    moderation.relink(second, article, by=None)
    assert ">the article</a>" in moderator_client.get(row_url(second)).content.decode()


def test_the_log_shows_the_target_of_each_action(moderator_client: Client) -> None:
    article = make_article("Pruning roses", tags=["roses"])
    (comment,) = make_comments(article, [None])
    moderation.relink(comment, article, by=None)
    moderation.hide(Article.objects.all(), by=None)
    moderation.opt_out(make_author("baker"), by=None)
    moderation.ignore_tags([Tag.objects.get()], by=None)
    moderation.redact(Comment.objects.all(), by=None, reason="privacy")
    comment.refresh_from_db()  # A redacted comment gets another key.
    page = moderator_client.get(list_url(ModerationAction)).content.decode()
    for named in ("Pruning roses", "baker", "roses", comment.key):
        assert named in page
    assert page.count("/undo/") == 4
    assert ">the article<" in moderator_client.get(list_url(LinkCorrection)).content.decode().replace("</td>", "<")


def test_redacting_an_article_shows_the_effect_on_its_comments(moderator_client: Client) -> None:
    article = make_article()
    assert "The comments are kept, but hidden." in moderator_client.get(action_url(article, "redact")).content.decode()
    moderator_client.post(action_url(article, "redact"), {"confirmed": "1", "reason": "legal", "typed": "redact"})
    assert Article.objects.get().visibility == "redacted"
    assert "title, author and opening text" in moderator_client.get(list_url(Redaction)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_list_that_is_asked_for_what_cannot_be_looked_for_shows_all_of_it(client: Client) -> None:
    client.force_login(User.objects.create_superuser("head"))
    article = make_article()
    make_comment(article)
    tables: list[type[models.Model]] = [*TABLES, User]
    for model in tables:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        address = reverse(f"admin:{name}_changelist")
        for field in model._meta.concrete_fields:
            asked = {f"{field.name}": "\0" * 3}
            if isinstance(field, models.DateField):
                years = {f"{field.name}__{part}": "99999" for part in ("year", "iso_year", "year__gte", "year__in")}
                asked |= years | {f"{field.name}__year__lt": "0", f"{field.name}__gte": "9999-12-31T23:59:59-23:00"}
                asked |= {f"{field.name}__date": "0001-01-01", f"{field.name}__month": "9" * 30}
            elif isinstance(field, models.IntegerField):
                asked |= {f"{field.name}__gt": "9" * 40, f"{field.name}": "9" * 40}
            for lookup, value in asked.items():
                response = client.get(address, {lookup: value})
                assert response.status_code in {200, 302, 400}, f"{address}?{lookup}={value}"


def test_the_log_keeps_the_name_of_a_deleted_account(client: Client) -> None:
    keeper = User.objects.create_user("keeper", is_staff=True)
    article = make_article()
    moderation.hide(Article.objects.filter(pk=article.pk), by=keeper)
    report = moderation.receive_report(article, reason="spam", message="", contact="")
    moderation.close_reports(Report.objects.filter(pk=report.pk), "done", by=keeper)
    client.force_login(User.objects.create_superuser("head"))
    kept = "The moderation log and the reports keep the names of deleted accounts."
    address = f"/admin/auth/user/{keeper.pk}/delete/"
    action = {"action": "delete_selected", "_selected_action": [keeper.pk]}
    assert kept in client.get(address).content.decode()
    assert kept in client.post("/admin/auth/user/", action).content.decode()
    assert kept not in client.post(address, {"post": "yes"}, follow=True).content.decode()
    assert not User.objects.filter(username="keeper").exists()
    assert {row.moderator for row in ModerationAction.objects.all()} == {"keeper"}
    for page in ("/admin/", "/admin/threads/moderationaction/", "/admin/threads/report/?status=all"):
        assert "keeper" in client.get(page).content.decode(), page


def test_an_excerpt_has_no_tags_of_the_source() -> None:
    assert "green tea, milk" in make_excerpt("[b]green[/b] tea, \\[i\\]milk\\[/i\\]")
