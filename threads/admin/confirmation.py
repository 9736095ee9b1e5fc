"""Actions of moderators and their confirmation page: effects, a form, then one call of `threads.moderation`.

The same page serves actions from a list and from a row's own page.
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

from threads.admin.base import ReadOnlyAdmin, Row, admin_url
from threads.admin.forms import NoteForm
from threads.moderation import ModerationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.functional import _StrPromise

    from threads.moderation import Moderator

    Execute = Callable[[QuerySet[Any], Moderator, dict[str, Any]], int]

LISTED_ROWS = 20
LIMIT = 5000
"""Rows per request: more would exceed the time limit of web servers."""
SEQUENTIAL_LIMIT = 200
"""Rows per request of an action that runs row by row."""
ID_DIGITS = 18
"""Most digits of a row's id."""


@dataclass(frozen=True)
class ConfirmedAction:
    """An action with a confirmation page."""

    name: str
    """Used in URLs and forms."""
    label: _StrPromise
    permission: str
    filter_rows: Callable[[QuerySet[Any]], QuerySet[Any]]
    """Select the rows to which the action applies."""
    execute: Execute
    """Execute the action with the form's values, and return the number of rows. May raise ModerationError."""
    describe_effects: Callable[[QuerySet[Any]], Sequence[str]] = field(default=lambda _rows: ())
    form: type[NoteForm] = NoteForm
    is_destructive: bool = False
    from_list: bool = True
    """Available for several rows at once."""
    from_page: bool = True
    """Available on a row's own page."""
    limit: int = LIMIT
    more_permissions: tuple[str, ...] = ()

    def is_allowed(self, request: HttpRequest) -> bool:
        """Return whether the user has the permissions."""
        return request.user.has_perms([self.permission, *self.more_permissions])


class ActionAdmin(ReadOnlyAdmin[Row]):
    """A read-only table with confirmed actions."""

    confirmed_actions: tuple[ConfirmedAction, ...] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the allowed actions of the list."""
        return {
            action.name: (_as_list_action(action), action.name, capfirst(action.label))
            for action in self.confirmed_actions
            if action.from_list and action.is_allowed(request)
        }

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        """Reject invalid ids, which would raise errors in Django."""
        if not all(map(_is_row_id, request.POST.getlist(ACTION_CHECKBOX_NAME))):
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
        return confirm_action(self, request, action, QuerySet(self.model).filter(pk=row.pk), back=admin_url(row))

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Row | None = None,
    ) -> HttpResponse:
        """Add links to the actions that apply to the row."""
        context["confirmed_actions"] = self.action_links(request, obj) if obj else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def action_links(self, request: HttpRequest, obj: Row) -> list[dict[str, Any]]:
        """Return label and address of the actions that apply to a row. One query for each allowed action."""
        rows: QuerySet[Any] = QuerySet(self.model).filter(pk=obj.pk)
        return [
            {"label": action.label, "url": reverse(f"admin:{self._url_name}", args=[obj.pk, action.name])}
            for action in self.confirmed_actions
            if action.from_page and action.is_allowed(request) and action.filter_rows(rows).exists()
        ]


def _is_row_id(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) <= ID_DIGITS


def _as_list_action(action: ConfirmedAction) -> Callable[..., HttpResponse]:
    def confirm(modeladmin: ActionAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return confirm_action(modeladmin, request, action, queryset, back=request.get_full_path())

    return confirm


def apply_to_each(rows: Iterable[Any], function: Callable[[Any], object]) -> int:
    """Call a function for each row, and return the number of successes.

    Continue after failures. Raise ModerationError at the end, with counts and the first failure.
    """
    done, failures = 0, []
    for row in list(rows):
        try:
            function(row)
        except ModerationError as error:
            failures.append((row, error))
        else:
            done += 1
    if not failures:
        return done
    row, reason = failures[0]
    if not done and len(failures) == 1:
        raise reason
    message = _("Done: %(done)d. Failed: %(failed)d. First failure: “%(row)s”: %(reason)s")
    raise ModerationError(message % {"done": done, "failed": len(failures), "row": row, "reason": reason})


def apply_to_list(function: Callable[..., Sequence[object]]) -> Execute:
    """Return an `execute` that calls a function of `moderation` once, with all rows."""

    def execute(rows: QuerySet[Any], by: Moderator, values: dict[str, Any]) -> int:
        return len(function(list(rows), by=by, note=values["note"]))

    return execute


def apply_to_merge(function: Callable[..., Sequence[object]]) -> Execute:
    """Return an `execute` that merges rows into the one selected in MergeForm."""

    def execute(rows: QuerySet[Any], by: Moderator, values: dict[str, Any]) -> int:
        into = values["into"]
        return len(function(into, list(rows.exclude(pk=into.pk)), by=by, note=values["note"]))

    return execute


def confirm_action(
    modeladmin: ActionAdmin[Any], request: HttpRequest, action: ConfirmedAction, selected: QuerySet[Any], *, back: str
) -> HttpResponse:
    """Show the confirmation page, or execute the action if the confirmed number of rows is unchanged."""
    if not action.is_allowed(request):
        raise PermissionDenied
    rows = action.filter_rows(selected)
    count = rows.count()
    if not count:
        messages.warning(request, _("This action applies to none of the selected items."))
        return HttpResponseRedirect(back)
    if count > action.limit:
        message = _("%(count)d items are selected. The limit is %(limit)d. Narrow the list with a search or filter.")
        messages.warning(request, message % {"count": count, "limit": action.limit})
        return HttpResponseRedirect(back)
    confirmed = "confirmed" in request.POST
    form = action.form(request.POST if confirmed else None, rows=rows)
    if confirmed and request.POST["confirmed"] != str(count):
        messages.warning(request, _("The list has changed. Check the selection and confirm again."))
    elif confirmed and form.is_valid():
        return _execute(request, action, rows, form.cleaned_data, back)
    return _render_page(modeladmin, request, action, rows, {"count": count, "form": form, "back": back})


def _execute(
    request: HttpRequest, action: ConfirmedAction, rows: QuerySet[Any], values: dict[str, Any], back: str
) -> HttpResponse:
    moderator: Moderator = request.user if request.user.is_authenticated else None
    try:
        count = action.execute(rows, moderator, values)
    except ModerationError as error:
        messages.error(request, str(error))
    else:
        message = _("%(action)s: %(count)d done.") % {"action": capfirst(action.label), "count": count}
        messages.success(request, message)
    return HttpResponseRedirect(back)


def _render_page(
    modeladmin: ActionAdmin[Any],
    request: HttpRequest,
    action: ConfirmedAction,
    rows: QuerySet[Any],
    page: dict[str, Any],
) -> HttpResponse:
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": capfirst(action.label),
        "opts": modeladmin.opts,
        "action": action,
        "effects": action.describe_effects(rows),
        "rows": modeladmin.get_queryset(request).filter(pk__in=rows.values("pk"))[:LISTED_ROWS],
        "more_rows": max(0, page["count"] - LISTED_ROWS),
        "action_name": request.POST.get("action"),
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "selected_name": ACTION_CHECKBOX_NAME,
        "select_across": request.POST.get("select_across", "0"),
        **page,
    }
    return TemplateResponse(request, "admin/threads/confirm.html", context)
