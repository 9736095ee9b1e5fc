"""Macros of Jinja2 templates, for the parts of a page with many values: a Django template takes six times as long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.template import engines

if TYPE_CHECKING:
    from django.template.backends.jinja2 import Jinja2


def load_macros(template: str) -> Any:
    """Return the macros of a template in `templates/jinja2/` as attributes. They escape values and return safe HTML."""
    return cast("Jinja2", engines["jinja2"]).env.get_template(template).module
