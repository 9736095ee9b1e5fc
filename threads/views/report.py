"""The form by which a reader reports a comment or thread to the moderators. It works without cookies.

So Django's CSRF token, which is compared with a cookie, cannot protect it. Instead the form has a signed token for its
subject that expires, and a form sent from another site is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import is_same_domain
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from threads.models import Article, Comment, Reason, Report
from threads.moderation import receive_report
from threads.pages.snippets import make_snippet
from threads.rendering import convert_text
from threads.views import errors
from threads.views.comment import find_visible_comment, find_visible_thread
from threads.web.preferences import read_preferences
from threads.web.request_limits import REPORTS_PER_HOUR, count_attempt, find_network

if TYPE_CHECKING:
    from django.http import QueryDict

TOKEN_SECONDS: Final = 12 * 60 * 60
SIGNER: Final = TimestampSigner(salt="threads.views.report")


class ReportForm(forms.Form):
    """A report to the moderators.

    `website` is a honeypot: people do not see it, bots fill it in. The form is then valid, so that a bot learns
    nothing, but the report is discarded.
    """

    reason = forms.ChoiceField(label=_("Reason"), choices=[(value, label) for value, label in Reason.choices if value])
    message = forms.CharField(
        label=_("Message to the moderators"), max_length=4000, required=False, widget=forms.Textarea({"rows": 6})
    )
    contact = forms.CharField(
        label=_("Contact"),
        help_text=_("Only if you want a reply. Only moderators can see it."),
        max_length=255,
        required=False,
        widget=forms.TextInput({"autocomplete": "email"}),
    )
    website = forms.CharField(
        label=_("Leave this field empty"),
        max_length=255,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"}),
    )

    def clean(self) -> None:
        """Require a message with the reason "another reason"."""
        super().clean()
        if self.cleaned_data.get("reason") == Reason.OTHER and not self.cleaned_data.get("message"):
            self.add_error("message", _("Please describe the reason."))

    def save_report(self, subject: Article | Comment) -> Report | None:
        """Save the report of a valid form. Return None if the honeypot is filled in. One query."""
        values = self.cleaned_data
        if values["website"]:
            return None
        return receive_report(subject, reason=values["reason"], message=values["message"], contact=values["contact"])


@never_cache
@csrf_exempt  # see the first lines of this module
@require_http_methods(["GET", "HEAD", "POST"])
def report_page(request: HttpRequest) -> HttpResponse:
    """Show the form for `?c=<comment>` or `?t=<thread>`, or save a report. Two queries to show, three to save."""
    subject = find_subject(request.GET)
    form = ReportForm(request.POST or None)
    if request.method == "POST":
        refuse_other_sites(request)
        if is_token_expired(subject, request.POST.get("token", "")):
            form.add_error(None, _("The form expired. Send it again."))
        elif form.is_valid():
            if not count_attempt("report", find_network(request), limit=REPORTS_PER_HOUR, seconds=3600):
                return errors.render_error(request, 429)
            form.save_report(subject)
            return redirect("threads:reported")
    script = read_preferences(request).script
    text = subject.title if isinstance(subject, Article) else make_snippet(subject.body_html[:2000], 200)
    context = {"form": form, "subject": subject, "text": convert_text(text, script), "lang": script or subject.script}
    return render(request, "threads/report.html", context | {"token": SIGNER.sign(subject.key)})


def refuse_other_sites(request: HttpRequest) -> None:
    """Raise PermissionDenied if another site sent the form. Old browsers do not say which site."""
    origin = request.headers.get("Origin")
    if origin is None:
        is_own = request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}
    else:
        scheme, _separator, host = origin.partition("://")
        trusted = [f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS]
        domains = [
            domain for prefix, _separator, domain in (value.partition("://") for value in trusted) if prefix == scheme
        ]
        is_own = any(is_same_domain(host, domain.removeprefix("*")) for domain in domains)
    if not is_own:
        raise PermissionDenied


def is_token_expired(subject: Article | Comment, token: str) -> bool:
    """Return whether the form was shown too long ago. Raises PermissionDenied if it was not shown for this subject."""
    try:
        key = SIGNER.unsign(token, max_age=TOKEN_SECONDS)
    except SignatureExpired:
        return True
    except BadSignature:
        key = ""
    if key != subject.key:
        raise PermissionDenied
    return False


def find_subject(query: QueryDict) -> Article | Comment:
    """Return the visible comment or thread that the query names. One query; two for a former key. Raises Http404."""
    if "\0" in query.get("c", "") + query.get("t", ""):
        raise Http404("keys have no null characters")
    if key := query.get("c"):
        return find_visible_comment(key)
    if key := query.get("t"):
        return find_visible_thread(key)
    raise Http404("the query names no comment or thread")
