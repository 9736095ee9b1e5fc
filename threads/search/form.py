"""The form for those who do not type operators: its fields become a query that could have been typed. Pure.

Called by the view, which leads on to the address of that query, so that every search has one address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from threads.search.dates import read_span
from threads.search.facets import operator
from threads.search.query import QUOTATION_MARKS
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Final = ("all", "phrase", "any", "none", "author", "answers", "tag", "from", "to", "in")


_MARKS: Final = str.maketrans(dict.fromkeys(QUOTATION_MARKS, " "))
_NAMES: Final = ("author", "answers", "tag")
_PARTS: Final = re.compile(r"[\s，、；。,;]+")


def compose(fields: Mapping[str, str]) -> str:
    """Return the query that the form's fields ask for; what is empty is left out."""
    values = {name: " ".join(fields.get(name, "").translate(_MARKS).split()) for name in FIELDS}
    parts = [values["all"]]
    if values["phrase"]:
        parts.append(f'"{values["phrase"]}"')
    parts.append(" OR ".join(_words(values["any"])))
    parts += [f"-{word}" for word in _words(values["none"])]
    parts += [operator(name, name_of) for name in _NAMES if (name_of := " ".join(fields.get(name, "").split()))]
    parts += [f"in:{values['in']}" if values["in"] else ""]
    parts += _span(values["from"], values["to"])
    return " ".join(filter(None, parts))


def _words(text: str) -> list[str]:
    """Return the words of a field in which each stands for itself."""
    return [word for part in _PARTS.split(text) if (word := part.lstrip("-"))]


def _span(first: str, last: str) -> list[str]:
    """Return the operators of a span of days, whose last day counts (`before:` is the first that does not)."""
    after, until = read_span(fold(first)), read_span(fold(last))
    return [
        *([f"after:{after.first}"] if after else [f"after:{first}"] if first else []),
        *([f"before:{until.end}"] if until else [f"before:{last}"] if last else []),
    ]
