"""Which quotes show neither excerpt nor name, because their target must not be seen.

The one definition for pages, feeds, search, exports and previews. It is read from rows whenever a text is shown, so
that hiding a comment or opting an author out changes no other row.
"""

from __future__ import annotations

from typing import Final

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from threads.models import Author
from threads.querysets import VISIBLE

_HIDDEN_TARGET: Final = Q(target__isnull=False) & ~Q(target__visibility=VISIBLE)
_MISSING_TARGET: Final = Q(target=None) | Q(target__withdrawn_at__isnull=False)
_OPTED_OUT_ADDRESSEE: Final = Q(Exists(Author.objects.opted_out().filter(name=OuterRef("comment__addressee"))))

IS_MASKED: Final = ExpressionWrapper(
    _HIDDEN_TARGET | (_MISSING_TARGET & _OPTED_OUT_ADDRESSEE), output_field=BooleanField()
)
"""Annotation of a `Quote`: its target is hidden or redacted, or is missing and addresses an opted-out author."""
