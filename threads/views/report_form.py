"""The forms of the public pages. Called by views."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from threads.models import Article, Comment, Reason, Report
from threads.moderation import receive_report

MESSAGE_LENGTH = 4000
CONTACT_LENGTH = 255


class ReportForm(forms.Form):
    """A reader asks the moderators to look at something.

    `website` is a trap: people do not see it, programs fill it in. A form with it filled in is valid, and thrown away,
    so that a program learns nothing.
    """

    reason = forms.ChoiceField(
        label=_("What is it about?"), choices=[(value, label) for value, label in Reason.choices if value]
    )
    message = forms.CharField(
        label=_("What should the moderators know?"),
        max_length=MESSAGE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    contact = forms.CharField(
        label=_("How can they reach you?"),
        help_text=_("Only if you want an answer. Moderators see it, nobody else."),
        max_length=CONTACT_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "email"}),
    )
    website = forms.CharField(
        label=_("Leave this empty"),
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def clean(self) -> None:
        """Refuse a report that says nothing: "another reason" without a word."""
        super().clean()
        if self.cleaned_data.get("reason") == Reason.OTHER and not self.cleaned_data.get("message"):
            self.add_error("message", _("Please say in a few words what it is about."))

    def receive(self, about: Article | Comment) -> Report | None:
        """Keep the report; return None where the trap was filled in. Call only when the form is valid. One query."""
        values = self.cleaned_data
        if values["website"]:
            return None
        return receive_report(about, reason=values["reason"], message=values["message"], contact=values["contact"])
