"""Actions of moderators and their confirmation page: effects, a form, then one call of `threads.moderation`.

The same page serves actions from a list and from a row's own page.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threads.admin.base import ReadOnlyAdmin, admin_url
from threads.admin.forms import NoteForm
from threads.moderation import ModerationError
from threads.text import isolate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Sized

    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.functional import _StrPromise

    Effect = _StrPromise | Callable[[QuerySet[Any]], str]

LISTED_ROWS = 20
LIMIT = 5000
"""Rows per request: more would exceed the time limit of web servers."""
SEQUENTIAL_LIMIT = 200
"""Rows per request of an action that runs row by row."""
ID_DIGITS = 18
"""Most digits of a row's id."""
CAN_BE_UNDONE = gettext_lazy("You can undo this in the moderation log.")


@dataclass(frozen=True)
class ConfirmedAction:
    """An action with a confirmation page."""

    name: str
    """Used in URLs and forms."""
    label: _StrPromise
    permission: str
    applies_to: Q
    """Condition of the rows to which the action applies."""
    execute: Callable[..., Sized]
    """Execute the action on rows `by` a moderator, with the form's values. Return what was done, or raise
    ModerationError."""
    effects: Sequence[Effect]
    """Sentences of the confirmation page, or functions that return one for the rows, or nothing."""
    form: type[NoteForm] = NoteForm
    is_destructive: bool = False
    from_list: bool = True
    """Available for several rows at once."""
    from_page: bool = True
    """Available on a row's own page."""
    limit: int = LIMIT
    more_permissions: tuple[str, ...] = ()
    reminder: Callable[[], str] | None = None
    """A function that returns what is left to do afterwards, or nothing."""

    def is_allowed(self, request: HttpRequest) -> bool:
        """Return whether the user has the permissions."""
        return request.user.has_perms([self.permission, *self.more_permissions])


class ActionAdmin(ReadOnlyAdmin):
    """A read-only table with confirmed actions."""

    confirmed_actions: tuple[ConfirmedAction, ...] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the allowed actions of the list."""
        return {
            action.name: (partial(_confirm_selected, action), action.name, capfirst(action.label))
            for action in self.confirmed_actions
            if action.from_list and action.is_allowed(request)
        }

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        """Reject invalid ids, which would raise errors in Django."""
        for value in request.POST.getlist(ACTION_CHECKBOX_NAME):
            if not (value.isascii() and value.isdecimal() and len(value) <= ID_DIGITS):
                raise BadRequest(_("The selection is invalid. Select rows of the list."))
        return super().response_action(request, queryset, *args)

    def get_urls(self) -> list[URLPattern]:
        """Add the confirmation page of one row."""
        view = self.admin_site.admin_view(self.confirm_for_row)
        return [path("<path:object_id>/decide/<str:name>/", view, name=self._url_name), *super().get_urls()]

    @property
    def _url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_decide"

    def confirm_for_row(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Confirm and execute an action on one row."""
        actions = (action for action in self.confirmed_actions if action.name == name and action.from_page)
        action = next(actions, None)
        row = self.get_object(request, object_id)
        if action is None or row is None:
            raise Http404
        return self.confirm(request, action, QuerySet(self.model).filter(pk=row.pk), back=admin_url(row))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """Add links to the actions that apply to the row. One query for each allowed action."""
        pk = context["original"].pk
        rows: QuerySet[Any] = QuerySet(self.model).filter(pk=pk)
        context["confirmed_actions"] = [
            {"label": action.label, "url": reverse(f"admin:{self._url_name}", args=[pk, action.name])}
            for action in self.confirmed_actions
            if action.from_page and action.is_allowed(request) and rows.filter(action.applies_to).exists()
        ]
        return super().render_change_form(request, context, *args, **options)

    def confirm(
        self, request: HttpRequest, action: ConfirmedAction, selected: QuerySet[Any], *, back: str
    ) -> HttpResponse:
        """Show the confirmation page, or execute the action if the confirmed number of rows is unchanged."""
        if not action.is_allowed(request):
            raise PermissionDenied
        rows = selected.filter(action.applies_to)
        count = rows.count()
        if not count:
            messages.warning(request, _("This action applies to none of the selected items."))
            return HttpResponseRedirect(back)
        if count > action.limit:
            message = _(
                "%(count)d items are selected. The limit is %(limit)d. Narrow the list with a search or filter."
            )
            messages.warning(request, message % {"count": count, "limit": action.limit})
            return HttpResponseRedirect(back)
        confirmed = request.POST.get("confirmed")
        form = action.form(None if confirmed is None else request.POST, rows=rows)
        if confirmed not in {None, str(count)}:
            messages.warning(request, _("The list has changed. Check the selection and confirm again."))
        elif form.is_valid():
            _execute(request, action, rows, form.cleaned_data)
            return HttpResponseRedirect(back)
        return self._render_page(request, action, rows, {"count": count, "form": form, "back": back})

    def _render_page(
        self, request: HttpRequest, action: ConfirmedAction, rows: QuerySet[Any], page: dict[str, Any]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(action.label),
            "opts": self.opts,
            "action": action,
            "effects": list(filter(None, (effect(rows) if callable(effect) else effect for effect in action.effects))),
            "rows": self.get_queryset(request).filter(pk__in=rows.values("pk"))[:LISTED_ROWS],
            "more_rows": max(0, page["count"] - LISTED_ROWS),
            "action_name": request.POST.get("action"),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "selected_name": ACTION_CHECKBOX_NAME,
            "select_across": request.POST.get("select_across", "0"),
            **page,
        }
        return TemplateResponse(request, "admin/threads/confirm.html", context)


def _confirm_selected(
    action: ConfirmedAction, modeladmin: ActionAdmin, request: HttpRequest, rows: QuerySet[Any]
) -> HttpResponse:
    return modeladmin.confirm(request, action, rows, back=request.get_full_path())


def _execute(request: HttpRequest, action: ConfirmedAction, rows: QuerySet[Any], values: dict[str, Any]) -> None:
    try:
        count = len(action.execute(rows, by=request.user, **values))
    except ModerationError as error:
        messages.error(request, str(error))
    else:
        message = _("%(action)s: %(count)d done.") % {"action": capfirst(action.label), "count": count}
        messages.success(request, message)
        if action.reminder and (reminder := action.reminder()):
            messages.warning(request, reminder)


def counted(
    sentence: _StrPromise, count: Callable[[QuerySet[Any]], int] = QuerySet.count
) -> Callable[[QuerySet[Any]], str]:
    """Return an effect: a sentence with a number, by default that of the rows."""
    return lambda rows: sentence % count(rows)


def for_each(function: Callable[..., object]) -> Callable[..., Sized]:
    """Return an `execute` that calls a function for each row, newest first, and continues after failures.

    It raises ModerationError at the end, with counts and the first failure.
    """

    def execute(rows: QuerySet[Any], **values: Any) -> list[object]:
        results, failures = [], []
        # Newest first: later actions on the same target must be undone first.
        for row in rows.order_by("-pk"):
            try:
                results.append(function(row, **values))
            except ModerationError as error:
                failures.append((row, error))
        if not failures:
            return results
        row, reason = failures[0]
        if not results and len(failures) == 1:
            raise reason
        message = _("Done: %(done)d. Failed: %(failed)d. First failure: “%(row)s”: %(reason)s")
        counts = {"done": len(results), "failed": len(failures)}
        raise ModerationError(message % {**counts, "row": isolate(str(row)), "reason": reason})

    return execute
