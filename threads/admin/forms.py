"""Forms of confirmation pages: note, reason, merge target, reply target."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threads.admin.base import describe_comment
from threads.admin.search import match_key
from threads.models import Article, Author, Comment, Reason, Tag

if TYPE_CHECKING:
    from django.db.models import QuerySet

NOTE_LENGTH = 4000
CANDIDATES = 20
PRECEDING = 5
NUMBER = re.compile(r"#?([0-9]{1,9})\Z")


class NoteForm(forms.Form):
    """A note for the log. `rows` are the rows of the action. The values are the arguments of the action."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("Private: only moderators see it, in the log. Do not copy removed text here."),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )

    def __init__(self, data: Any = None, *, rows: QuerySet[Any]) -> None:
        super().__init__(data)
        self.rows = rows


class ReasonForm(NoteForm):
    """A public reason and a private note."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Public: readers see the reason in place of the text."),
        choices=[(value, label) for value, label in Reason.choices if value],
    )
    field_order: tuple[str, ...] = ("reason", "note")


class RedactForm(ReasonForm):
    """Redaction requires the word "redact" typed in."""

    typed = forms.RegexField(
        r"\Aredact\Z",
        label=gettext_lazy("Type “redact” to confirm"),
        error_messages={"invalid": gettext_lazy("The text does not match. Type “redact” to confirm.")},
        strip=True,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    field_order = ("reason", "note", "typed")

    def clean(self) -> None:
        """Leave `typed` out of the values."""
        self.cleaned_data.pop("typed", None)


class MergeForm(NoteForm):
    """The row into which the others are merged."""

    into = forms.ModelChoiceField(
        label=gettext_lazy("Merge into"), queryset=Author.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    field_order = ("into", "note")

    def __init__(self, data: Any = None, *, rows: QuerySet[Author] | QuerySet[Tag]) -> None:
        super().__init__(data, rows=rows)
        cast("forms.ModelChoiceField[Any]", self.fields["into"]).queryset = rows


class RelinkForm(NoteForm):
    """The target of a reply: another comment, the article, or none."""

    ARTICLE, NOTHING, OTHER = "article", "nothing", "other"

    answers = forms.ChoiceField(label=gettext_lazy("Target"), widget=forms.RadioSelect)
    other = forms.CharField(
        label=gettext_lazy("Another comment"),
        help_text=gettext_lazy("Number in the thread (#12), key or URL."),
        max_length=1000,
        required=False,
    )
    field_order = ("answers", "other", "note")

    def __init__(self, data: Any = None, *, rows: QuerySet[Comment]) -> None:
        super().__init__(data, rows=rows)
        self.comment = rows.select_related("article", "answers", "author").get()
        cast("forms.ChoiceField", self.fields["answers"]).choices = [
            *((str(comment.pk), describe_comment(comment)) for comment in find_candidates(self.comment)),
            (self.OTHER, _("another comment (enter below)")),
            (self.ARTICLE, _("the article")),
            (self.NOTHING, _("none")),
        ]
        current = self.ARTICLE if self.comment.answers_article else str(self.comment.answers_id or self.NOTHING)
        self.fields["answers"].initial = current

    def clean(self) -> None:
        """Replace the value of `answers` by a comment, an article or None."""
        choice, entered = self.cleaned_data.get("answers"), self.cleaned_data.pop("other", "")
        target: Comment | Article | None = None
        if choice == self.OTHER:
            target = find_comment_of_article(entered, self.comment.article)
            if target is None:
                self.add_error("other", _("This thread has no such comment. Enter a number, key or URL."))
        elif choice == self.ARTICLE:
            target = self.comment.article
        elif choice and choice != self.NOTHING:
            target = Comment.objects.get(pk=choice)
        self.cleaned_data["answers"] = target


def find_candidates(comment: Comment) -> list[Comment]:
    """Return likely targets in file order: the current one, the addressee's and the preceding ones. One query."""
    likely = Q(pk=comment.answers_id) | Q(position__range=(max(0, comment.position - PRECEDING), comment.position))
    if comment.addressee:
        likely |= Q(author__name=comment.addressee)
    rows = Comment.objects.current().filter(likely, article=comment.article_id).exclude(pk=comment.pk)
    return list(rows.select_related("author").order_by("position")[:CANDIDATES])


def find_comment_of_article(text: str, article: Article) -> Comment | None:
    """Find a comment by its number (#12), key, former key or URL. At most two queries."""
    rows = Comment.objects.current().filter(article=article)
    if number := NUMBER.match(text):
        return rows.filter(position=int(number[1]) - 1).first()
    return match_key(rows, text).first()
