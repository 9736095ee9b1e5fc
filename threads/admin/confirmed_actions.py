"""An action of a moderator, from the list or from a row's page: what will happen, a form, then it is done.

A decision says what it is called, whom it is allowed, to what it applies, what it will do in words, and does it through
`moderation`. The same confirmation serves one row and a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from threads.admin.base import ReadOnlyAdmin, Row, address_of
from threads.admin.forms import NoteForm
from threads.moderation import ModerationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.functional import _StrPromise

    from threads.moderation import Moderator

SHOWN_ROWS = 20
MOST = 5000
"""Rows that are done at once: more would take longer than web servers wait."""
MOST_ONE_BY_ONE = 200
LONGEST_NUMBER = 19
"""Digits that no row's number has."""


@dataclass(frozen=True)
class Decision:
    """One action. `Any` rows are those of the admin it belongs to."""

    name: str
    """In addresses and forms."""
    label: _StrPromise
    permission: str
    fitting: Callable[[QuerySet[Any]], QuerySet[Any]]
    """Those of the rows chosen that it can be done to."""
    take: Callable[[QuerySet[Any], Moderator, dict[str, Any]], int]
    """Do it to the rows, with the form's values; return to how many. May raise ModerationError."""
    effects: Callable[[QuerySet[Any]], Sequence[str]] = field(default=lambda _rows: ())
    """What will happen, in sentences."""
    form: type[NoteForm] = NoteForm
    destroys: bool = False
    from_list: bool = True
    """Offered for many rows at once."""
    from_page: bool = True
    """Offered on a row's own page."""
    most: int = MOST
    further: tuple[str, ...] = ()
    """Permissions that it needs beside its own."""

    def allowed(self, request: HttpRequest) -> bool:
        """Say whether this moderator may take it."""
        return request.user.has_perms([self.permission, *self.further])


class DecidingAdmin(ReadOnlyAdmin[Row]):
    """A table whose rows can be decided about."""

    decisions: tuple[Decision, ...] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer what this moderator may do to many rows at once."""
        return {
            decision.name: (_as_action(decision), decision.name, capfirst(decision.label))
            for decision in self.decisions
            if decision.from_list and decision.allowed(request)
        }

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *place: Any) -> HttpResponse | None:
        """Refuse a choice that cannot be of rows; Django would look for it, and fail."""
        if not all(map(_may_be_a_row, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise BadRequest(_("What was chosen are not rows."))
        return super().response_action(request, queryset, *place)

    def get_urls(self) -> list[URLPattern]:
        """Add the address of each decision about one row."""
        options = self.opts
        own = [
            path(
                "<path:object_id>/decide/<str:name>/",
                self.admin_site.admin_view(self.decide),
                name=f"{options.app_label}_{options.model_name}_decide",
            )
        ]
        return own + super().get_urls()

    def decide(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Confirm, then take a decision about one row. Does on its own what the list does for many."""
        decision = next((one for one in self.decisions if one.name == name and one.from_page), None)
        row = self.get_object(request, object_id)
        if decision is None or row is None:
            raise Http404
        return confirm(self, request, decision, QuerySet(self.model).filter(pk=row.pk), back=address_of(row))

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Row | None = None,
    ) -> HttpResponse:
        """Show, beside the row, what can be decided about it now."""
        context["decisions"] = self.open_decisions(request, obj) if obj else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def open_decisions(self, request: HttpRequest, obj: Row) -> list[dict[str, Any]]:
        """Return name and address of every decision that fits this row. One query for each that is allowed."""
        address = f"admin:{self.opts.app_label}_{self.opts.model_name}_decide"
        rows: QuerySet[Any] = QuerySet(self.model).filter(pk=obj.pk)
        return [
            {"label": decision.label, "url": reverse(address, args=[obj.pk, decision.name])}
            for decision in self.decisions
            if decision.from_page and decision.allowed(request) and decision.fitting(rows).exists()
        ]


def _may_be_a_row(number: str) -> bool:
    return number.isascii() and number.isdecimal() and len(number) < LONGEST_NUMBER


def signed_in(request: HttpRequest) -> Moderator:
    """Return the moderator; admin lets nobody else in."""
    return request.user if request.user.is_authenticated else None


def _as_action(decision: Decision) -> Callable[..., HttpResponse]:
    def action(modeladmin: DecidingAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return confirm(modeladmin, request, decision, queryset, back=request.get_full_path())

    return action


def confirm(
    modeladmin: DecidingAdmin[Any], request: HttpRequest, decision: Decision, chosen: QuerySet[Any], *, back: str
) -> HttpResponse:
    """Say what will happen and to how many; do it once that is confirmed for as many as were shown."""
    if not decision.allowed(request):
        raise PermissionDenied
    rows = decision.fitting(chosen)
    count = rows.count()
    if not count:
        messages.warning(request, _("There is nothing among what you chose that this can be done to."))
        return HttpResponseRedirect(back)
    if count > decision.most:
        said = _("That would be %(count)d at once, and %(most)d is the most. Narrow the list by a search or a filter.")
        messages.warning(request, said % {"count": count, "most": decision.most})
        return HttpResponseRedirect(back)
    confirmed = "confirmed" in request.POST
    form = decision.form(request.POST if confirmed else None, rows=rows)
    if confirmed and request.POST["confirmed"] != str(count):
        messages.warning(request, _("The list has changed in the meantime. Please look again."))
    elif confirmed and form.is_valid():
        return _taken(request, decision, rows, form.cleaned_data, back)
    return _asked(modeladmin, request, decision, rows, {"count": count, "form": form, "back": back})


def one_by_one(rows: Iterable[Any], act: Callable[[Any], object]) -> int:
    """Do something to each row it can be done to, and return to how many.

    Raises ModerationError, when all is done that can be, which says what was refused, and why the first.
    """
    done, refused = 0, []
    for row in rows:
        try:
            act(row)
        except ModerationError as error:
            refused.append((row, error))
        else:
            done += 1
    if not refused:
        return done
    row, why = refused[0]
    if not done and len(refused) == 1:
        raise why
    said = _("Done: %(done)d. Not done: %(refused)d; the first of these is “%(row)s”: %(why)s")
    raise ModerationError(said % {"done": done, "refused": len(refused), "row": row, "why": why})


def _taken(
    request: HttpRequest, decision: Decision, rows: QuerySet[Any], values: dict[str, Any], back: str
) -> HttpResponse:
    try:
        count = decision.take(rows, signed_in(request), values)
    except ModerationError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("%(action)s: %(count)d done.") % {"action": capfirst(decision.label), "count": count}
        )
    return HttpResponseRedirect(back)


def _asked(
    modeladmin: DecidingAdmin[Any],
    request: HttpRequest,
    decision: Decision,
    rows: QuerySet[Any],
    more: dict[str, Any],
) -> HttpResponse:
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": capfirst(decision.label),
        "opts": modeladmin.opts,
        "decision": decision,
        "effects": decision.effects(rows),
        "shown": modeladmin.get_queryset(request).filter(pk__in=rows.values("pk"))[:SHOWN_ROWS],
        "action_name": request.POST.get("action"),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "chosen_name": ACTION_CHECKBOX_NAME,
        "across": request.POST.get("select_across", "0"),
        **more,
        "left_out": max(0, more["count"] - SHOWN_ROWS),
    }
    return TemplateResponse(request, "admin/threads/confirm.html", context)
