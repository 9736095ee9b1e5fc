"""Set the stage: hide a few comments as a moderator would, and say where the things are that the tests look at.

Run as a program under the settings of the site, after the import. Prints one JSON object: name to key, path or number.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.db.models import F  # noqa: E402
from django.urls import reverse  # noqa: E402

from threads import moderation  # noqa: E402
from threads.models import Article, Comment, LinkMethod, Reason  # noqa: E402

PAGE = 50


def hide(comment: Comment) -> str:
    """Hide a comment; return its key."""
    moderation.hide(Comment.objects.filter(pk=comment.pk), by=None, reason=Reason.PRIVACY)
    return comment.key


def found(**fields: object) -> Comment:
    """Return the first visible comment with these fields; fail loudly where the sample has none."""
    comment = Comment.objects.visible().select_related("article", "author").filter(**fields).order_by("key").first()
    if comment is None:
        sys.exit(f"The sample archive has no comment with {fields}.")
    return comment


def comment_places(long: Article) -> dict[str, str | int]:
    """Return the comments that the tests visit."""
    deep = found(article=long, order__gte=2 * PAGE + 20, order__lt=3 * PAGE - 5, depth__gt=0, answer_count__gt=0)
    across = found(article=long, order__gte=PAGE, answers__order__lt=F("order") - PAGE)
    small = Article.objects.filter(comment_count__lt=PAGE)
    guess = found(article__in=small, link_method=LinkMethod.NEAREST)
    lost = found(article__in=small, addressee__gt="", answers=None, answers_article=False)
    answered = found(article=guess.article, answer_count__gt=0)
    return {
        "deep": deep.key,
        "deep_page": deep.order // PAGE + 1,
        "deep_number": deep.position + 1,
        "across_page": across.order // PAGE + 1,
        "across": across.key,
        "across_target": across.answers.key if across.answers else "",
        "guess": guess.key,
        "guess_thread": guess.article.get_absolute_url(),
        "lost": lost.key,
        "lost_thread": lost.article.get_absolute_url(),
        "answered": answered.key,
    }


def thread_places() -> dict[str, str]:
    """Return the threads that the tests visit."""
    threads = Article.objects.visible()
    pictures = threads.filter(body_html__contains="picture").order_by("key").first()
    branched = threads.filter(comment_count__lt=PAGE, comments__depth__gt=1).distinct().order_by("key")
    hans, hant, english = (branched.filter(script=script).first() for script in ("zh-Hans", "zh-Hant", "en"))
    chain = threads.get(title="A chain of three hundred")
    outside = (
        threads.filter(body_html__contains='href="http').exclude(body_html__contains="picture").order_by("key").first()
    )
    if not (pictures and outside and hans and hant and english):
        sys.exit("The sample archive lacks pictures, links to outside or a script.")
    return {
        "pictures": pictures.get_absolute_url(),
        "outside": outside.get_absolute_url(),
        "hans": hans.get_absolute_url(),
        "hant": hant.get_absolute_url(),
        "english": english.get_absolute_url(),
        "chain": chain.get_absolute_url(),
    }


def people_and_days(long: Article) -> dict[str, str]:
    """Return the lists that the tests visit."""
    author, tag, day = long.author, long.tags.first(), long.published_at
    if author is None or tag is None or day is None:
        sys.exit("The long thread lacks an author, a tag or a day.")
    return {
        "author": author.get_absolute_url(),
        "tag": tag.get_absolute_url(),
        "year": reverse("threads:year", args=[day.year]),
        "month": reverse("threads:month", args=[day.year, day.month]),
        "day": reverse("threads:day", args=[day.year, day.month, day.day]),
    }


def set_stage() -> dict[str, str | int]:
    """Hide what is to be hidden and return all places."""
    long = Article.objects.visible().order_by("-comment_count").exclude(title__startswith="A chain").first()
    if long is None:
        sys.exit("There are no threads.")
    small = Article.objects.visible().filter(comment_count__range=(10, 40)).exclude(pk=long.pk).order_by("key")
    with_answers = found(article__in=small, answer_count__gt=0)
    hidden = {"placeholder": hide(with_answers), "placeholder_thread": with_answers.article.get_absolute_url()}
    hidden["gone"] = hide(found(article__in=small.exclude(pk=with_answers.article_id), answer_count=0))
    return {
        "long": long.get_absolute_url(),
        "long_key": long.key,
        "long_pages": (Comment.objects.filter(article=long).count() - 1) // PAGE + 1,
        **hidden,
        **thread_places(),
        **comment_places(long),
        **people_and_days(long),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(set_stage()))
