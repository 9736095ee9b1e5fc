"""What a moderator is asked before an action is taken: the reason, a note, and whatever the action needs beside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threads.models import Article, Author, Comment, FormerKey, Reason, Tag
from threads.parsing import quotes

if TYPE_CHECKING:
    from django.db.models import QuerySet

NOTE_LENGTH = 4000
CANDIDATES = 20
BEFORE = 5
KEY_IN_ADDRESS = re.compile(r"/c/([0-9A-Za-z-]{1,16})/?(?:[?#].*)?\Z")
NUMBER = re.compile(r"#?([0-9]{1,9})\Z")


class NoteForm(forms.Form):
    """A note for the log; `rows` are what the action will be done to."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("For moderators only; kept in the log. Do not repeat what should not be read."),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )

    def __init__(self, data: Any = None, *, rows: QuerySet[Any]) -> None:
        super().__init__(data)
        self.rows = rows


class ReasonForm(NoteForm):
    """A reason, whose kind readers see, and a note, which they do not."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Readers see the kind of reason in place of the text."),
        choices=[(value, label) for value, label in Reason.choices if value],
    )
    field_order: tuple[str, ...] = ("reason", "note")


class RedactForm(ReasonForm):
    """Destroying words needs a word of its own."""

    WORD = "redact"

    typed = forms.CharField(
        label=gettext_lazy("To confirm, type: redact"), max_length=20, widget=forms.TextInput({"autocomplete": "off"})
    )
    field_order = ("reason", "note", "typed")

    def clean_typed(self) -> str:
        """Refuse anything but the word itself."""
        typed: str = self.cleaned_data["typed"]
        if typed.strip() != self.WORD:
            raise forms.ValidationError(_("Nothing was destroyed: the word does not match."))
        return typed


class MergeForm(NoteForm):
    """Which of the chosen rows stays; the others become other names of it."""

    into = forms.ModelChoiceField(
        label=gettext_lazy("Stays"), queryset=Author.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    field_order = ("into", "note")

    def __init__(self, data: Any = None, *, rows: QuerySet[Author] | QuerySet[Tag]) -> None:
        super().__init__(data, rows=rows)
        cast("forms.ModelChoiceField[Any]", self.fields["into"]).queryset = rows


class RelinkForm(NoteForm):
    """What the comment answers: another comment, the article, or nothing."""

    ARTICLE, NOTHING, OTHER = "article", "nothing", "other"

    answers = forms.ChoiceField(label=gettext_lazy("It answers"), widget=forms.RadioSelect)
    other = forms.CharField(
        label=gettext_lazy("Another comment"),
        help_text=gettext_lazy("Its number in the thread (#12), its key, or its address."),
        max_length=1000,
        required=False,
    )
    field_order = ("answers", "other", "note")

    def __init__(self, data: Any = None, *, rows: QuerySet[Comment]) -> None:
        super().__init__(data, rows=rows)
        self.comment = rows.select_related("article", "answers", "author").get()
        cast("forms.ChoiceField", self.fields["answers"]).choices = [
            *((str(comment.pk), _described(comment)) for comment in candidates(self.comment)),
            (self.OTHER, _("another comment, named below")),
            (self.ARTICLE, _("the article")),
            (self.NOTHING, _("nothing")),
        ]
        now = self.ARTICLE if self.comment.answers_article else str(self.comment.answers_id or self.NOTHING)
        self.fields["answers"].initial = now

    def clean(self) -> None:
        """Find the comment that is meant; it is left in `cleaned_data["target"]`, None standing for nothing."""
        super().clean()
        choice = self.cleaned_data.get("answers")
        if choice == self.OTHER:
            self.cleaned_data["target"] = self._named()
        elif choice:
            self.cleaned_data["target"] = self._chosen(choice)

    def _chosen(self, choice: str) -> Comment | Article | None:
        if choice == self.ARTICLE:
            return self.comment.article
        if choice == self.NOTHING:
            return None
        return Comment.objects.get(pk=choice)

    def _named(self) -> Comment | None:
        found = find_comment(self.cleaned_data.get("other", ""), self.comment.article)
        if found is None:
            self.add_error("other", _("There is no such comment in this thread."))
        return found


def candidates(comment: Comment) -> list[Comment]:
    """Return the comments that `comment` most likely answers, in the order of the file.

    What it answers now, its addressee's, and those just before it. One query.
    """
    likely = Q(pk=comment.answers_id) | Q(position__range=(max(0, comment.position - BEFORE), comment.position))
    if comment.addressee:
        likely |= Q(author__name=comment.addressee)
    rows = Comment.objects.current().filter(likely, article=comment.article_id).exclude(pk=comment.pk)
    return list(rows.select_related("author").order_by("position")[:CANDIDATES])


def find_comment(text: str, article: Article) -> Comment | None:
    """Return the comment of a thread named by its number (#12), key, former key or address. At most two queries."""
    text = text.strip()
    rows = Comment.objects.current().filter(article=article)
    number = NUMBER.match(text)
    if number:
        return rows.filter(position=int(number[1]) - 1).first()
    address = KEY_IN_ADDRESS.search(text)
    key = address[1] if address else text[:16]
    former = FormerKey.objects.filter(key=key, comment__isnull=False).values("comment_id")
    return rows.filter(key=key).first() or rows.filter(pk__in=former).first()


def _described(comment: Comment) -> str:
    name = comment.author.name if comment.author else _("unknown")
    own = quotes.own_text(comment.body, quotes.find_quotes(comment.body))
    return f"#{comment.position + 1} {name} {comment.posted_on or ''}: {' '.join(own[:80].split())}"
