"""The thread page: article, comments in each view, and number of queries."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    add_comments,
    make_article,
    make_author,
    make_comment,
    make_comments,
    make_quote,
    place_thread,
)
from threads.database import versions
from threads.models import FormerKey, LinkMethod, Reason, Tag, Visibility
from threads.pages.thread_page import MENTIONS_SHOWN

if TYPE_CHECKING:
    from django.test import Client

    from threads.models import Article, Comment

pytestmark = pytest.mark.django_db


def read(client: Client, article: Article, query: str = "") -> str:
    """Return the page's HTML."""
    response = client.get(article.get_absolute_url() + query, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def numbers(html: str) -> list[int]:
    """Return the numbers of the comments on a page, in order."""
    return [int(number) for number in re.findall(r'(?:</time> |">|class="n">)#(\d+)<', html)]


def piece(html: str, comment: Comment) -> str:
    """Return the HTML of one comment."""
    return re.split(r'<(?:article|div) class="c d', html.split(f'id="c-{comment.key}"')[1])[0]


def hide(comment: Comment, visibility: str = Visibility.HIDDEN, reason: str = Reason.PRIVACY) -> None:
    """Hide a comment without a log entry."""
    comment.visibility, comment.reason = visibility, reason
    comment.save()
    place_thread(comment.article)


def test_the_page_shows_title_author_day_tags_source_and_text(client: Client) -> None:
    article = make_article("Pruning roses", tags=["Garden", "roses", "junk"], author="gardener")
    Tag.objects.filter(name="junk").update(ignored=True)
    html = read(client, article)
    assert "junk" not in html
    assert "junk" not in client.get("/").content.decode()
    assert "<title>Pruning roses – Discussion Archive</title>" in html
    assert 'href="/authors/gardener/"><bdi>gardener</bdi></a>' in html
    assert '<time datetime="2020-09-30">' in html
    assert 'href="/tags/garden/"><bdi>Garden</bdi></a>' in html
    assert "<bdi>example.org</bdi></a>" in html
    assert "<p>When do you prune roses?</p>" in html
    assert f'<link rel="canonical" href="http://testserver{article.get_absolute_url()}">' in html


@pytest.mark.parametrize("query", ["", "?view=people"])
def test_the_page_links_to_the_feed_of_its_comments(client: Client, query: str) -> None:
    article = make_article()
    feed = f"/feeds/thread/{article.key}/"
    html = read(client, article, query)
    assert f'<a href="{feed}">follow</a>' in html
    assert f'<link rel="alternate" type="application/atom+xml" href="{feed}"' in " ".join(html.split())
    assert client.get(feed).status_code == 200


def test_titles_and_names_are_escaped(client: Client) -> None:
    article = make_article("<b>Roses</b> & 'thorns'", author='"><script>')
    make_comment(article, author="<i>hiker</i>", body="fine")
    html = read(client, article)
    assert "<b>Roses" not in html
    assert "<i>hiker" not in html
    assert '"><script>' not in html


def test_an_unknown_author_is_not_linked(client: Client) -> None:
    article = make_article(author=None)
    make_comment(article, author=None)
    assert len(re.findall(r'<span class="who">(?:<bdi>)?unknown author<', read(client, article))) == 2


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://[broken", "", "/elsewhere"])
def test_a_source_that_is_no_web_url_is_not_linked(client: Client, address: str) -> None:
    article = make_article(source_url=address)
    html = read(client, article)
    assert "Source" not in html
    assert "javascript:" not in html


def test_comments_are_in_reading_order_with_their_depth(client: Client) -> None:
    article = make_article()
    make_comments(article, [None, None, 0, 2])
    html = read(client, article)
    assert numbers(html) == [1, 3, 4, 2]
    assert re.findall(r'data-d="(\d)"', html) == ["0", "1", "2", "0"]


def test_the_flat_view_is_in_file_order(client: Client) -> None:
    article = make_article()
    make_comments(article, [None, None, 0, 2])
    html = read(client, article, "?view=flat")
    assert numbers(html) == [1, 2, 3, 4]
    assert re.findall(r'data-d="(\d)"', html) == ["0"] * 4


def test_oldest_and_newest_sort_by_source_ids_and_ignore_dates(client: Client) -> None:
    article = make_article()
    for position, number in enumerate([30, 10, 20]):
        make_comment(article, source_id=number, posted_on=datetime(2020, 1, 20 - position, tzinfo=UTC).date())
    assert numbers(read(client, article, "?order=oldest")) == [2, 3, 1]
    assert numbers(read(client, article, "?order=newest")) == [1, 3, 2]


def test_a_chain_of_replies_is_indented_by_six_levels_at_most(client: Client) -> None:
    article = make_article()
    make_comments(article, [None, *range(11)])
    html = read(client, article)
    assert re.findall(r'class="c d(\d)', html) == ["0", "1", "2", "3", "4", "5", "6", "6", "6", "6", "6", "6"]
    assert html.count('<p class="re">') == 11


def test_a_quote_links_to_its_target_and_the_target_names_the_reply(client: Client) -> None:
    article = make_article()
    first = make_comment(article, author="baker", body="Wait for frost")
    second = make_comment(article, author="hiker", answers=first)
    make_quote(second, first)
    html = read(client, article)
    assert (
        f'<a href="#c-{first.key}" data-c="{first.key}"><bdi>baker</bdi> <q dir="auto" lang="en">Wait for frost</q></a>'
        in html
    )
    assert f'1 reply: <a href="#c-{second.key}" data-c="{second.key}"><bdi>hiker</bdi></a>' in piece(html, first)


def test_first_replies_are_named_and_other_visible_replies_are_counted(client: Client) -> None:
    article = make_article()
    first = make_comment(article)
    hide(make_comment(article, author="florist", answers=first))
    for name in ("baker", "cyclist", "potter", "walker", "brewer"):
        make_comment(article, author=name, answers=first)
    line = re.sub(r"<[^>]+>", "", piece(read(client, article), first).split('class="replies">')[1])
    assert line.strip() == "5 replies: baker, cyclist, potter +2"


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_names_of_replies_have_chinese_separators(client: Client, language: str) -> None:
    article = make_article()
    first = make_comment(article)
    for name in ("hiker", "baker"):
        make_comment(article, author=name, answers=first)
    client.cookies["django_language"] = language
    line = re.sub(r"<[^>]+>", "", piece(read(client, article), first).split('class="replies">')[1])
    assert line.startswith(("2 条回复：hiker、baker", "2 則回覆：hiker、baker"))


def test_only_guessed_links_are_marked_as_a_guess(client: Client) -> None:
    article = make_article()
    first = make_comment(article)
    guess = make_comment(article, answers=first, link_method=LinkMethod.NEAREST, link_confidence=0.5)
    sure = make_comment(article, answers=first)
    quoting = make_comment(article, answers=first, link_method=LinkMethod.NEAREST, link_confidence=0.5)
    make_quote(quoting, first)
    html = read(client, article)
    assert "a guess</i>" in piece(html, guess)
    assert "a guess</i>" in piece(html, quoting)
    assert "a guess</i>" not in piece(html, sure)


def test_a_target_outside_the_archive_is_named_with_its_excerpt_and_not_linked(client: Client) -> None:
    article = make_article()
    comment = make_comment(article, addressee="florist")
    make_quote(comment, None, "Never in <winter>")
    answer = piece(read(client, article), comment)
    assert (
        '<span class="missing"><bdi>florist</bdi> <q dir="auto" lang="en">Never in &lt;winter&gt;</q></span>'
        "<i>not in the archive</i>" in answer
    )


@pytest.mark.parametrize(("length", "end"), [(46, "b</q>"), (47, "b…</q>")])
def test_cut_excerpts_end_in_an_ellipsis(client: Client, length: int, end: str) -> None:
    article = make_article()
    make_quote(make_comment(article, addressee="florist"), None, "b" * length)
    assert end in read(client, article)


def test_an_addressee_without_a_quote_is_named(client: Client) -> None:
    article = make_article()
    comment = make_comment(article, addressee="florist")
    assert '<span class="missing"><bdi>florist</bdi></span><i>not in the archive</i>' in piece(
        read(client, article), comment
    )


def test_a_reply_to_the_article_links_to_the_article(client: Client) -> None:
    article = make_article(author="gardener")
    comment = make_comment(article, addressee="gardener", answers_article=True)
    assert '<a href="#article"><bdi>gardener</bdi></a>' in piece(read(client, article), comment)


def test_the_articles_author_is_marked_among_the_comments(client: Client) -> None:
    article = make_article(author="gardener")
    own, other = make_comment(article, author="gardener"), make_comment(article, author="hiker")
    html = read(client, article)
    assert 'class="op"' in piece(html, own)
    assert 'class="op"' not in piece(html, other)


def test_no_comment_is_marked_if_the_author_of_the_article_is_unknown(client: Client) -> None:
    article = make_article(author=None)
    comment = make_comment(article, author=None)
    assert 'class="op"' not in piece(read(client, article), comment)


@pytest.mark.parametrize("visibility", [Visibility.HIDDEN, Visibility.REDACTED])
def test_a_removed_comment_with_replies_has_a_placeholder_without_its_text(client: Client, visibility: str) -> None:
    article = make_article()
    removed = make_comment(article, author="florist", body="a secret")
    answer = make_comment(article, answers=removed)
    make_quote(answer, removed)
    hide(removed, visibility)
    for query in ("", "?view=flat", "?order=oldest", "?order=newest"):
        html = read(client, article, query)
        assert "a secret" not in html
        assert "florist" not in html
        assert "private information" in piece(html, removed)
        assert f'<a href="#c-{removed.key}"><bdi>a removed comment</bdi></a>' in piece(html, answer)


def test_a_removed_comment_without_replies_is_not_shown(client: Client) -> None:
    article = make_article()
    make_comment(article)
    removed = make_comment(article)
    hide(removed)
    for query in ("", "?view=flat"):
        html = read(client, article, query)
        assert removed.key not in html
        assert numbers(html) == [1]


def test_a_removed_branch_is_not_shown_and_a_removed_parent_of_a_visible_comment_is(client: Client) -> None:
    article = make_article()
    rows = make_comments(article, [None, 0, 1, None, 3])
    for row in (rows[0], rows[1], rows[3], rows[4]):
        row.visibility = Visibility.HIDDEN
        row.save()
    place_thread(article)
    assert numbers(read(client, article)) == [1, 2, 3]


def test_a_removed_comment_has_a_placeholder_if_its_replies_are_on_the_next_page(client: Client) -> None:
    article = make_article()
    rows = make_comments(article, [*[None] * 50, 49])
    hide(rows[49])
    assert numbers(read(client, article)) == list(range(1, 51))
    assert numbers(read(client, article, "?page=2")) == [51]


def test_a_withdrawn_comment_has_no_placeholder(client: Client) -> None:
    article = make_article()
    rows = make_comments(article, [None] * 52)
    for row in (rows[0], rows[51]):
        row.withdrawn_at = timezone.now()
        row.save()
    place_thread(article)
    for query in ("?view=flat&", "?order=oldest&", "?order=newest&", "?"):
        assert sorted(numbers(read(client, article, query))) == list(range(2, 52))
        assert client.get(f"{article.get_absolute_url()}{query}page=2").status_code == 404


def test_the_order_of_time_follows_changes_of_the_archive(client: Client) -> None:
    article, other = make_article(), make_article()
    for place in (article, other):
        make_comment(place, source_id=20)
        make_comment(place, source_id=10)
        assert numbers(read(client, place, "?order=oldest")) == [2, 1]
    make_comment(article, source_id=5)
    versions.bump_versions([article.pk])
    assert numbers(read(client, article, "?order=oldest")) == [3, 2, 1]


def test_a_comment_removed_at_the_source_has_a_note(client: Client) -> None:
    article = make_article()
    comment = make_comment(article, removed_at_source=True)
    assert "Removed at the source" in piece(read(client, article), comment)


def test_a_page_has_fifty_comments_and_lists_parents_from_earlier_pages(client: Client) -> None:
    article = make_article()
    rows = make_comments(article, [None, *range(119)])
    second = read(client, article, "?page=2")
    assert numbers(second) == list(range(51, 101))
    assert "45 more comments above:" in second
    assert f'data-c="{rows[49].key}"' in second
    assert f'href="?page=3#c-{rows[100].key}"' in second
    assert numbers(read(client, article, "?page=3")) == list(range(101, 121))
    assert '<p class="meta">When' not in second


@pytest.mark.parametrize("view", ["Threaded", "Flat", "Oldest", "Newest"])
def test_each_view_is_linked_and_the_next_page_keeps_the_view(client: Client, view: str) -> None:
    article = make_article()
    make_comments(article, [None, None, 0, *[None] * 57])
    tabs = dict(re.findall(r'<a href="([^"#]*)#comments"[^>]*>(\w+)</a>', read(client, article).replace("&amp;", "&")))
    address = {name: link for link, name in tabs.items()}[view]
    first = read(client, article, address.removeprefix("."))
    further = re.findall(r'<a (?:class="button" )?href="([^"#]*)#comments" rel="next">', first.replace("&amp;", "&"))
    second = read(client, article, further[0])
    assert sorted(numbers(first) + numbers(second)) == list(range(1, 61))
    for html in (first, second):
        assert re.findall(r'aria-current="true">(\w+)</a>', html.split('<div class="bar"')[1]) == [view]


def test_hidden_parents_are_left_out_of_the_list_of_parents(client: Client) -> None:
    article = make_article()
    rows = make_comments(article, [None, *range(59)])
    hide(rows[49])
    page = read(client, article, "?page=2")
    assert f'data-c="{rows[49].key}"' not in page.split('class="list"')[1].split("</nav>")[0]
    assert rows[49].body not in page
    assert f'data-c="{rows[48].key}"' in page


@pytest.mark.parametrize("query", ["?page=0", "?page=3", "?page=-1", "?page=x", "?page=²", "?page=" + "9" * 5000])
def test_an_unknown_page_number_is_404(client: Client, query: str) -> None:
    article = make_article()
    make_comments(article, [None] * 60)
    assert client.get(article.get_absolute_url() + query, follow=True).status_code == 404


def test_unknown_views_and_orders_show_the_threaded_view(client: Client) -> None:
    article = make_article()
    make_comments(article, [None, None, 0])
    assert numbers(read(client, article, "?view=%00&order=<x>")) == [1, 3, 2]


def test_a_comment_number_redirects_to_the_comment_on_its_page(client: Client) -> None:
    article = make_article()
    rows = make_comments(article, [None] * 60)
    response = client.get(article.get_absolute_url() + "?n=55")
    assert response["Location"] == f"{article.get_absolute_url()}?page=2#c-{rows[54].key}"
    for wrong in ("0", "61", "x", "-3", "9" * 400):
        assert client.get(article.get_absolute_url() + f"?n={wrong}").status_code == 404


def test_the_earlier_and_later_thread_are_linked(client: Client) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    titles = ["hidden", "one", "two", "three", "hidden"]
    rows = [make_article(title, published_at=moment + timedelta(days=day // 2)) for day, title in enumerate(titles)]
    for row in (rows[0], rows[4]):
        row.visibility = Visibility.HIDDEN
        row.save()
    undated = make_article("undated", published_at=None)
    around = [
        re.findall(r"<small>(\w+) thread</small>\s*<span dir=\"auto\" lang=\"en\">(\w+)<", read(client, row))
        for row in rows[1:4]
    ]
    assert around == [[("Later", "two")], [("Earlier", "one"), ("Later", "three")], [("Earlier", "two")]]
    assert 'class="neighbours"' not in read(client, undated)


def test_hidden_and_withdrawn_threads_answer_410(client: Client) -> None:
    hidden = make_article("A secret garden", visibility=Visibility.HIDDEN)
    withdrawn = make_article("A secret garden", withdrawn_at=timezone.now())
    for article in (hidden, withdrawn):
        response = client.get(article.get_absolute_url())
        assert response.status_code == 410
        assert "secret" not in response.content.decode()


def test_an_unknown_thread_offers_its_url_at_the_source(client: Client) -> None:
    response = client.get("/t/forum.example/article/99/")
    assert response.status_code == 404
    assert 'href="https://forum.example/article/99"' in response.content.decode()
    assert "https://x" not in client.get("/t/x/").content.decode()


def test_a_former_key_redirects_to_the_thread(client: Client) -> None:
    article = make_article()
    FormerKey.objects.create(key="file/roses", article=article)
    response = client.get("/t/file/roses/")
    assert (response.status_code, response["Location"]) == (301, article.get_absolute_url())


def test_only_a_moderator_sees_links_to_the_admin(client: Client, admin_client: Client) -> None:
    article = make_article()
    comment = make_comment(article)
    hint = f"/admin/threads/comment/{comment.pk}/change/"
    assert hint in read(admin_client, article)
    assert "/admin/" not in read(client, article)


def test_text_is_converted_to_the_chosen_script_and_names_are_not(client: Client) -> None:
    article = make_article("阳台种花", body_html="<p>阳台种花</p>", script="zh-Hans", author="种花人")
    first = make_comment(article, author="种花人", body="发芽", script="zh-Hans")
    make_quote(make_comment(article, answers=first), first)
    client.cookies["script"] = "zh-Hant"
    html = read(client, article)
    assert "<p>陽臺種花</p>" in html
    assert '<h1 dir="auto" lang="zh-Hant">陽臺種花</h1>' in html
    assert '<q dir="auto" lang="zh-Hant">發芽</q>' in html
    assert "种花人" in html


def mentioned_in(client: Client, article: Article) -> list[str]:
    """Return the titles of the list of threads that link to a thread."""
    _, _, section = read(client, article).partition('id="mentions"')
    return re.findall(r'<a href="[^"]+" lang="[^"]*"><bdi>([^<]*)</bdi></a>', section.partition("</section>")[0])


def test_a_thread_lists_the_threads_that_link_to_it_newest_first(client: Client) -> None:
    target = make_article("Tea")
    link = f"See [tea](https://{target.key})."
    make_article("Older", body=link, published_at=datetime(2019, 1, 1, tzinfo=UTC))
    newer = make_article("Newer", published_at=datetime(2021, 1, 1, tzinfo=UTC))
    make_comment(newer, body=link)
    make_comment(newer, body=link)
    make_comment(target, body=link)
    assert mentioned_in(client, target) == ["Newer", "Older"]
    assert mentioned_in(client, newer) == []


def test_links_in_hidden_texts_are_not_mentions(client: Client) -> None:
    target = make_article("Tea")
    link = f"See [tea](https://{target.key})."
    make_article("Hidden thread", body=link, visibility=Visibility.HIDDEN)
    make_comment(make_article("Hidden comment"), body=link, visibility=Visibility.HIDDEN)
    make_comment(make_article("Hidden thread of a comment", visibility=Visibility.HIDDEN), body=link)
    assert mentioned_in(client, target) == []
    make_article("Visible thread", body=link)
    assert mentioned_in(client, target) == ["Visible thread"]


def test_the_list_of_mentions_is_bounded(client: Client) -> None:
    target = make_article("Tea")
    for _ in range(MENTIONS_SHOWN + 1):
        make_article("Mention", body=f"See [tea](https://{target.key}).")
    assert len(mentioned_in(client, target)) == MENTIONS_SHOWN


def queries(client: Client, article: Article, query: str) -> int:
    """Return the number of queries of a page."""
    with CaptureQueriesContext(connection) as captured:
        read(client, article, query)
    return len(captured)


@pytest.mark.parametrize("query", ["", "?view=flat", "?order=newest", "?page={last}"])
def test_the_number_of_queries_does_not_depend_on_the_size(client: Client, query: str) -> None:
    make_author("hiker")
    costs = set()
    for size in (60, 300, 1200):
        article = make_article(tags=["roses"])
        make_comments(article, [None, *(number // 2 for number in range(size - 1))])
        costs.add(queries(client, article, query.format(last=-(-size // 50))))
    assert len(costs) == 1
    assert costs.pop() <= 10


def test_three_and_three_hundred_comments_take_the_same_number_of_queries(client: Client) -> None:
    small, large = make_article(), make_article()
    make_comments(small, [None, 0, 1])
    make_comments(large, [None, *(number // 2 for number in range(299))])
    assert queries(client, small, "") == queries(client, large, "")


def test_a_comment_quoted_besides_the_answered_one_names_who_quotes_it(client: Client) -> None:
    article = make_article()
    first, second = make_comment(article, author="hiker"), make_comment(article, author="baker")
    reply = make_comment(article, author="cyclist", answers=first)
    make_quote(reply, first)
    make_quote(reply, second)
    make_quote(reply, second, leading=False)
    html = read(client, article)
    link = f'<a href="#c-{reply.key}" data-c="{reply.key}"><bdi>cyclist</bdi></a>'
    assert f"1 reply: {link}</footer>" in piece(html, first)
    assert f'<footer class="replies">quoted by: {link}</footer>' in piece(html, second)
    hide(reply)
    assert "cyclist" not in read(client, article)


def test_a_very_long_comment_is_folded_with_its_size(client: Client) -> None:
    article = make_article()
    long = make_comment(article, body="A long story about bicycles. " * 200)
    short = make_comment(article, body="A short one.")
    html = read(client, article)
    assert '<details class="long"><summary><span class="start"' in piece(html, long)
    assert "All 5,799 characters</span></summary><div" in piece(html, long)
    assert piece(html, long).count("A long story about bicycles.") > 200
    assert "<details" not in piece(html, short)
    assert '<details class="long" open>' in read(client, article, "?q=bicycles")


def test_a_page_of_many_very_long_comments_links_to_their_texts(client: Client) -> None:
    article = make_article()
    bodies = [f"Story {number}. " + "Bicycles. " * 2_000 for number in range(50)]
    add_comments(article, [{"author": "hiker", "answers": None, "body": body} for body in bodies])
    response = client.get(article.get_absolute_url())
    assert len(response.content) < 200_000
    comment = article.comments.get(position=7)
    url = reverse("threads:comment_text", args=[comment.key])
    assert f'<a href="{url}">All 20,008 characters</a>' in piece(response.content.decode(), comment)
    page = client.get(url).content.decode()
    assert page.count("Bicycles.") == 2_000
    assert f"#c-{comment.key}" in page
    hide(comment)
    assert client.get(url).status_code == 404
