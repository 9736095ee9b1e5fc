"""JSON-LD for machines that read pages: a thread as a DiscussionForumPosting. Used by the thread template only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings
from django.urls import reverse

from threads.rendering import trusted

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from threads.models import Article, Author

register = template.Library()

HTML_SIGNS = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
"""Written as JSON escapes, so that no text of a file can end the script element."""


@register.simple_tag(takes_context=True)
def structured_data(context: dict[str, Any], article: Article, description: str = "") -> SafeString:
    """Return the script element that describes a thread. No queries when `article.author` is loaded."""
    absolute = context["request"].build_absolute_uri
    posting: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "headline": article.title[:110],
        "url": absolute(article.get_absolute_url()),
        "text": description,
        "inLanguage": article.script or None,
        "datePublished": article.published_at.isoformat() if article.published_at else None,
        "dateModified": article.modified_at.isoformat() if article.modified_at else None,
        "author": person(article.author, absolute),
        "commentCount": article.comment_count,
        "isPartOf": {"@type": "WebSite", "name": str(settings.SITE_NAME), "url": absolute(reverse("threads:home"))},
        "sameAs": article.source_url if article.source_url.startswith(("https://", "http://")) else None,
    }
    known = {name: value for name, value in posting.items() if value not in (None, "")}
    return trusted(f'<script type="application/ld+json">{script_text(known)}</script>')


def person(author: Author | None, absolute: Any) -> dict[str, str] | None:
    """Describe an author; None for an unknown one."""
    if author is None:
        return None
    return {"@type": "Person", "name": author.name, "url": absolute(author.get_absolute_url())}


def script_text(data: dict[str, Any]) -> str:
    """Return JSON that cannot leave the script element it stands in."""
    return json.dumps(data, ensure_ascii=False).translate(HTML_SIGNS)
