"""Threads, authors, tags, comments and quotes, as read from files.

Each group of fields has one writer, which the class's docstring names, so that an import cannot undo a moderator.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TagBase

from threads.querysets import ArticleQuerySet, AuthorQuerySet, CommentQuerySet, QuoteQuerySet, TagQuerySet


@lru_cache(maxsize=8192)
def address(view: str, key: str) -> str:
    """Return the path of the page of an author, tag, thread or comment. Cached: a list has a hundred of them."""
    return reverse(f"threads:{view}", args=[key])


class Visibility(models.TextChoices):
    """What a moderator decided about an article or a comment."""

    VISIBLE = "visible", _("visible")
    HIDDEN = "hidden", _("hidden")
    REDACTED = "redacted", _("redacted")


class Reason(models.TextChoices):
    """Why a moderator hid or redacted something. Readers see the reason, but not the note."""

    NONE = "", _("no reason")
    PRIVACY = "privacy", _("private information")
    REQUEST = "request", _("at the author's request")
    LEGAL = "legal", _("legal request")
    SPAM = "spam", _("spam")
    ABUSE = "abuse", _("abuse")
    OTHER = "other", _("another reason")


class Script(models.TextChoices):
    """The script of most of a text. Values are HTML `lang` codes, empty if unknown."""

    UNKNOWN = "", _("unknown")
    HANS = "zh-Hans", _("Simplified Chinese")
    HANT = "zh-Hant", _("Traditional Chinese")
    LATIN = "en", _("Latin")


class LinkMethod(models.TextChoices):
    """How the comment that a comment answers was found. The surest method comes first."""

    MANUAL = "manual", _("set by a moderator")
    SOURCE = "source", _("stated by the source")
    ID = "id", _("quoted comment ID")
    EXCERPT = "excerpt", _("name and exact text")
    MINUTE = "minute", _("name and minute")
    FLOOR = "floor", _("name and floor")
    PREFIX = "prefix", _("name and start of the text")
    FOLDED = "folded", _("name and text in the other script")
    TEXT = "text", _("exact text")
    SOLE = "sole", _("only comment of the addressee")
    ARTICLE = "article", _("article author")
    NEAREST = "nearest", _("guess: nearest earlier comment of the addressee")


class Moderated(models.Model):
    """Fields that only `threads.moderation` writes."""

    visibility = models.CharField(_("visibility"), max_length=8, choices=Visibility, default=Visibility.VISIBLE)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason, default=Reason.NONE, blank=True)
    moderated_at = models.DateTimeField(_("moderated at"), null=True, blank=True)

    class Meta:
        abstract = True
        indexes = [
            # Moderated rows are rare.
            models.Index(fields=["moderated_at"], name="%(class)s_moderated", condition=Q(moderated_at__isnull=False)),
        ]


class Author(models.Model):
    """One row for each distinct name (NFC, white space folded). Imports add names.

    `threads.moderation` writes `merged_into`, `threads.database.totals` writes counts and days of visible texts.
    """

    name = models.CharField(_("name"), max_length=255, unique=True)
    slug = models.CharField(_("slug"), max_length=255, unique=True)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged_names", verbose_name=_("merged into")
    )
    opted_out = models.BooleanField(_("opted out"), default=False)
    article_count = models.PositiveIntegerField(_("articles"), default=0)
    comment_count = models.PositiveIntegerField(_("comments"), default=0)
    first_seen = models.DateField(_("first seen"), null=True)
    last_seen = models.DateField(_("last seen"), null=True)

    objects = AuthorQuerySet.as_manager()

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        indexes = [models.Index(fields=["-comment_count", "id"], name="author_by_comments")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The author's page; for a merged name, that of its main author. One query if `merged_into` is not loaded."""
        return address("author", (self.merged_into or self).slug)

    def is_public(self) -> bool:
        """Return whether a visible text has this name; no page tells of other names. Two queries for a merged name."""
        if self.merged_into_id is None:
            return bool(self.article_count or self.comment_count)
        return self.comments.visible().exists() or self.articles.visible().exists()

    def name_ids(self) -> list[int]:
        """Return the ids of this name and of those merged into it. One query."""
        return [self.pk, *self.merged_names.values_list("pk", flat=True)]


class Tag(TagBase, models.Model):
    """One row for each tag, whose spellings share `folded`. `threads.moderation` writes `ignored` and `merged_into`."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    folded = models.CharField(_("folded name"), max_length=100, unique=True)
    ignored = models.BooleanField(_("ignored"), default=False)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged_tags", verbose_name=_("merged into")
    )
    article_count = models.PositiveIntegerField(_("articles"), default=0)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        indexes = [models.Index(fields=["-article_count", "id"], name="tag_by_articles")]

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        """The tag's page."""
        return address("tag", self.slug)

    def name_ids(self) -> list[int]:
        """Return the ids of this tag and of those merged into it. One query."""
        return [self.pk, *self.merged_tags.values_list("pk", flat=True)]


class Article(Moderated):
    """A thread with its opening text. Comments refer to it. Imports write its fields, except those of `Moderated`."""

    class Kind(models.TextChoices):
        ARTICLE = "article", _("article")
        QUESTION = "question", _("question")
        ANSWERS = "answers", _("answers")

    key = models.CharField(_("key"), max_length=255, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.ARTICLE)
    title = models.TextField(_("title"))
    author = models.ForeignKey(
        Author, models.PROTECT, null=True, blank=True, related_name="articles", verbose_name=_("author")
    )
    placeholder_name = models.CharField(_("placeholder name"), max_length=255, null=True, blank=True)
    """The author's name as the file has it, if nobody is its author."""
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    modified_at = models.DateTimeField(_("modified"), null=True, blank=True)
    source_url = models.TextField(_("source URL"), blank=True)
    votes = models.IntegerField(_("votes"), null=True, blank=True)
    missing_comments = models.IntegerField(_("missing comments"), null=True, blank=True)
    """Comments that the source counts and that are not in the backup."""
    front_matter = models.JSONField(_("front matter"), default=dict, blank=True)
    body = models.TextField(_("text"), blank=True)
    body_html = models.TextField(_("rendered text"), blank=True)
    script = models.CharField(_("script"), max_length=7, choices=Script, default=Script.UNKNOWN, blank=True)
    comment_count = models.PositiveIntegerField(_("comments"), default=0)
    last_comment_on = models.DateField(_("last comment"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    version = models.PositiveBigIntegerField(_("version"), default=1)
    tags = TaggableManager(through="threads.ArticleTag", blank=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        indexes = [
            *Moderated.Meta.indexes,
            models.Index(fields=["-published_at", "-id"], name="article_by_day"),
            models.Index(fields=["author", "-published_at", "-id"], name="article_by_author"),
            models.Index(fields=["-comment_count", "-id"], name="article_by_comments"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The thread's first page."""
        return address("thread", self.key)

    @property
    def written_name(self) -> str | None:
        """The author's name as the file has it; None if unknown."""
        return self.author.name if self.author else self.placeholder_name


class ArticleTag(ItemBase, models.Model):
    """A tag of an article, in the spelling of that article."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="article_tags", db_index=False)
    content_object = models.ForeignKey(Article, models.CASCADE, related_name="article_tags")
    spelling = models.CharField(_("spelling"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[models.Manager[ArticleTag]] = models.Manager()

    class Meta:
        verbose_name = _("article tag")
        verbose_name_plural = _("article tags")
        constraints = [models.UniqueConstraint(fields=["tag", "content_object"], name="tag_once_an_article")]

    def __str__(self) -> str:
        return self.spelling


class ThreadLink(models.Model):
    """A link from an opening text (`comment` is null) or a comment to a thread, archived or not. Imports write it."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="thread_links")
    comment = models.ForeignKey(
        "Comment", models.CASCADE, null=True, blank=True, related_name="thread_links", db_index=False
    )
    target_key = models.CharField(_("target key"), max_length=255, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["article", "target_key"], condition=Q(comment=None), name="thread_link_of_article_once"
            ),
            models.UniqueConstraint(fields=["comment", "target_key"], name="thread_link_of_comment_once"),
        ]

    def __str__(self) -> str:
        return self.target_key


class Comment(Moderated):
    """A comment or answer. Imports write its texts, links and order, `threads.database.totals` writes its counts.

    A foreign key has no index of its own if another index begins with it.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="comments", db_index=False)
    key = models.CharField(_("key"), max_length=16, unique=True)
    position = models.PositiveIntegerField(_("position"))
    author = models.ForeignKey(
        Author, models.PROTECT, null=True, blank=True, related_name="comments", verbose_name=_("author"), db_index=False
    )
    placeholder_name = models.CharField(_("placeholder name"), max_length=255, null=True, blank=True)
    """The author's name as the file has it, if nobody is its author."""
    posted_on = models.DateField(_("posted on"), null=True, blank=True)
    # Nullable columns, some with a default of the database: SQLite adds them without copying the table.
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True)
    """Only if the source has the minute; `posted_on` is its day in the source's time zone."""
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    source_kind = models.CharField(_("source kind"), max_length=64, null=True, blank=True, db_default=Value(""))
    """Kind of the post at the source; with `source_id` its identity in the thread. Empty: the id is from quotes."""
    container = models.CharField(_("container"), max_length=64, null=True, blank=True, db_default=Value(""))
    """Kind and id of the post that the source nests it under, or "thread"."""
    floor = models.IntegerField(_("floor"), null=True, blank=True)
    votes = models.IntegerField(_("votes"), null=True, blank=True)
    account_deleted = models.BooleanField(_("account deleted"), null=True, blank=True, db_default=Value(False))
    source_id = models.BigIntegerField(_("source ID"), null=True, blank=True)
    body = models.TextField(_("text"), blank=True)
    body_html = models.TextField(_("rendered text"), blank=True)
    script = models.CharField(_("script"), max_length=7, choices=Script, default=Script.UNKNOWN, blank=True)
    removed_at_source = models.BooleanField(_("removed at the source"), default=False)
    addressee = models.CharField(_("addressee"), max_length=255, blank=True)
    answers = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="answered_by", db_index=False
    )
    answers_article = models.BooleanField(_("answers article"), default=False)
    link_method = models.CharField(_("link method"), max_length=8, choices=LinkMethod, null=True, blank=True)
    link_confidence = models.FloatField(
        _("confidence"), null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    order = models.PositiveIntegerField(_("reading order"), default=0)
    depth = models.PositiveIntegerField(_("depth"), default=0)
    nth = models.PositiveIntegerField(_("sibling position"), default=0)
    answer_count = models.PositiveIntegerField(_("answers"), default=0)
    descendant_count = models.PositiveIntegerField(_("descendants"), default=0)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.CheckConstraint(
                condition=Q(link_confidence=None) | Q(link_confidence__gte=0, link_confidence__lte=1),
                name="comment_sureness_is_a_share",
            ),
            models.CheckConstraint(condition=~Q(answers=models.F("id")), name="comment_not_its_own_answer"),
        ]
        indexes = [
            *Moderated.Meta.indexes,
            models.Index(fields=["article", "order"], name="comment_in_order"),
            models.Index(fields=["article", "position"], name="comment_in_file_order"),
            models.Index(fields=["answers", "nth"], name="comment_answers", condition=Q(answers__isnull=False)),
            models.Index(fields=["author", "-posted_on", "-id"], name="comment_by_author"),
            models.Index(fields=["-posted_on", "-id"], name="comment_by_day"),
        ]

    def __str__(self) -> str:
        return f"#{self.position + 1} {self.key}"

    def get_absolute_url(self) -> str:
        """The permalink, which redirects to the comment on a page of its thread."""
        return address("comment", self.key)

    @property
    def written_name(self) -> str | None:
        """The author's name as the file has it; None if unknown."""
        return self.author.name if self.author else self.placeholder_name


class Quote(models.Model):
    """A quote in a comment. Imports write it, `threads.importing.decisions` writes its `target` too.

    A withdrawn target stays the target, because a moderator's decision about it applies to the quote.
    """

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="quotes", db_index=False)
    ordinal = models.PositiveSmallIntegerField(_("ordinal"))
    source_id = models.BigIntegerField(_("source ID"), null=True, blank=True)
    excerpt = models.TextField(_("excerpt"), blank=True)
    leading = models.BooleanField(_("leading"), default=True)
    target = models.ForeignKey(Comment, models.SET_NULL, null=True, blank=True, related_name="quoted_in")

    objects = QuoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = [models.UniqueConstraint(fields=["comment", "ordinal"], name="quote_once_a_place")]

    def __str__(self) -> str:
        return self.excerpt


class FormerKey(models.Model):
    """A former key of an article or comment. Its old URL redirects. Imports and redactions write it."""

    key = models.CharField(_("former key"), max_length=255, unique=True)
    article = models.ForeignKey(Article, models.CASCADE, null=True, blank=True, related_name="former_keys")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, blank=True, related_name="former_keys")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(article=None, comment__isnull=False) | Q(article__isnull=False, comment=None),
                name="former_key_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.key
