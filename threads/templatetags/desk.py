"""What the first page of admin says: what waits for a moderator or an operator. Used by `admin/index.html`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from threads.models import Article, Comment, ImportProblem, ImportRun, ModerationAction, Report
from threads.search.backends import backend

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

register = template.Library()

LAST_ACTIONS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to know, how many of it, where it is, and what to do about it."""

    what: str
    count: int
    address: str
    advice: str = ""


@register.simple_tag
def waiting(user: User | AnonymousUser) -> list[Line]:
    """Return what waits, for what this user may look at. Six queries."""
    lines = [
        ("report", Line(_("open reports"), _open_reports(), _list("report"))),
        ("importproblem", Line(_("files refused, not solved since"), _problems("error"), _problem_list("error"))),
        ("importproblem", Line(_("warnings, not solved since"), _problems("warning"), _problem_list("warning"))),
        ("comment", Line(_("hidden comments"), _hidden(Comment), _list("comment", shown="hidden"))),
        ("article", Line(_("hidden articles"), _hidden(Article), _list("article", shown="hidden"))),
        ("redaction", _remains()),
    ]
    return [line for model, line in lines if user.has_perm(f"threads.view_{model}")]


@register.simple_tag
def last_run() -> ImportRun | None:
    """Return the newest run of an import. One query."""
    return ImportRun.objects.defer("report", "options").first()


@register.simple_tag
def last_actions() -> list[ModerationAction]:
    """Return what was done last. One query."""
    return list(ModerationAction.objects.select_related("moderator")[:LAST_ACTIONS])


def _open_reports() -> int:
    return Report.objects.filter(status=Report.Status.OPEN).count()


def _problems(severity: str) -> int:
    return ImportProblem.objects.filter(severity=severity, solved_by=None).count()


def _hidden(model: type[Article] | type[Comment]) -> int:
    return model.objects.filter(moderated_at__isnull=False, visibility="hidden").count()


def _remains() -> Line:
    """Return how many texts left traces in the search index after they were hidden, redacted or edited."""
    advice = _("Nobody can find them; after a redaction, run manage.py rebuild_search to clear them away.")
    return Line(_("traces of former texts in the search index"), backend().remains(), "", advice)


def _list(model: str, **filters: str) -> str:
    return reverse(f"admin:threads_{model}_changelist", query=filters)


def _problem_list(severity: str) -> str:
    return _list("importproblem", severity__exact=severity, solved="no")
