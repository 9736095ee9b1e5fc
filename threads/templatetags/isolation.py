"""Isolation of words of a file in page titles and attributes: `{{ title|isolate }}`. Elements have `bdi` or `dir`."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import stringfilter

from threads.text import isolate

register = template.Library()
register.filter("isolate", stringfilter(isolate))
