"""Stored HTML is a function of the stored text: rendering the text alone gives it, whatever other rows contain."""

from __future__ import annotations

from pathlib import Path

import pytest

from threads import moderation
from threads.importing import run
from threads.importing.run import ImportOptions
from threads.models import Article, Author, Comment
from threads.parsing import quotes
from threads.rendering import render

SAMPLE = Path(__file__).parents[2] / "fixtures" / "sample_archive"


@pytest.fixture
def _sample_archive(db: None) -> None:
    run.import_archive([str(SAMPLE)], ImportOptions(workers=1))


def stored_html() -> dict[str, str]:
    """Return the stored HTML of every article and comment by key."""
    return {row.key: row.body_html for model in (Article, Comment) for row in model.objects.all()}


def rendered_html() -> dict[str, str]:
    """Return the HTML of every article and comment by key, rendered from its text alone."""
    articles = {article.key: render(article.body).html for article in Article.objects.all()}
    return articles | {row.key: render(row.body, quotes.find_quotes(row.body)).html for row in Comment.objects.all()}


@pytest.mark.usefixtures("_sample_archive")
def test_every_imported_text_is_stored_as_its_text_alone_is_rendered() -> None:
    stored = stored_html()
    assert stored == rendered_html()
    assert len(stored) == 24 + 471
    assert any("data-quote=" in html for html in stored.values())
    assert any("data-thread=" in html for html in stored.values())


@pytest.mark.usefixtures("_sample_archive")
def test_hiding_merging_and_opting_out_leave_stored_html_as_it_is() -> None:
    before = stored_html()
    first, second, third = Author.objects.order_by("-comment_count")[:3]
    moderation.merge_authors(first, [second], by=None)
    moderation.opt_out(third, by=None)
    assert moderation.hide(Comment.objects.filter(quoted_in__isnull=False), by=None)
    assert moderation.hide(Article.objects.filter(kind="question"), by=None)
    assert stored_html() == before == rendered_html()
