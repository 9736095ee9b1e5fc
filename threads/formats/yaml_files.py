"""Markdown files whose front matter is data: YAML values with their places in the file, so that one can be replaced.

The YAML is untrusted. Its events are walked: aliases, deep and endless structures are refused. Scalars stay text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml
from django.utils.translation import gettext as _

from threads.parsing.problem_severities import refusal
from threads.parsing.values import body_text, line_of_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEEPEST: Final = 8
MOST_EVENTS: Final = 2_000_000

_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_OPENING: Final = re.compile(r"\ufeff?---[ \t]*\r?\n")
_CLOSING: Final = re.compile(r"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_BLANK_LINES: Final = re.compile(r"\A(?:[ \t]*\r?\n)+")
_NO_VALUE: Final = frozenset({"", "~", "null", "Null", "NULL"})


class Value(NamedTuple):
    """A value of the front matter."""

    content: str | dict[str, Value] | list[Value]
    start: int
    """Index of its first character in the text of the file."""
    end: int
    line: int
    """Line of the file, from 1."""

    @property
    def text(self) -> str:
        """A scalar's text, fit to be stored; empty for lists and maps."""
        return body_text(self.content) if isinstance(self.content, str) else ""

    @property
    def words(self) -> str:
        """A scalar's text on one line."""
        return line_of_text(self.text)

    @property
    def items(self) -> list[Value]:
        """The items of a list; empty for other values."""
        return self.content if isinstance(self.content, list) else []

    def field(self, name: str) -> Value:
        """Return a field of a map; an empty text without a place in the file if there is none."""
        found = self.content.get(name) if isinstance(self.content, dict) else None
        return found or Value("", 0, 0, self.line)

    @property
    def number(self) -> int | None:
        """A scalar's whole number; None for other values."""
        return int(self.words) if re.fullmatch(r"-?[0-9]{1,18}", self.words, re.ASCII) else None

    def plain_data(self) -> object:
        """Return the value JSON-ready, scalars as text."""
        if isinstance(self.content, dict):
            return {line_of_text(name): value.plain_data() for name, value in self.content.items()}
        return [item.plain_data() for item in self.items] if isinstance(self.content, list) else self.text


class YamlFile(NamedTuple):
    """A file with front matter."""

    text: str
    """All of it; bytes that are not UTF-8 as surrogate escapes."""
    fields: Value
    """A map."""
    body_start: int

    @property
    def body(self) -> str:
        """The text below the front matter, without blank lines around it."""
        return trim_body(body_text(self.text[self.body_start :]))

    def replace(self, edits: Iterable[tuple[Value, str]], *, body: str | None = None) -> bytes:
        """Return the file with new values, as YAML, and a new body. Every other byte stays, also blank lines."""
        text = self.text
        if body is not None:
            old = text[self.body_start :]
            inner = _BLANK_LINES.sub("", old.rstrip())
            start = len(text) - len(old) + old.index(inner)
            text = text[:start] + body + text[start + len(inner) :]
        for value, new in sorted(edits, key=lambda edit: edit[0].start, reverse=True):
            if value.end:
                old = text[value.start : value.end]
                white = old[len(old.rstrip()) :]
                blank = "" if text[value.start - 1].isspace() else " "
                text = text[: value.start] + blank + new + white + text[value.end :]
        return text.encode("utf-8", "surrogateescape")


def trim_body(text: str) -> str:
    """Return a text without blank lines before it and white space after it; its first line keeps its indent."""
    return _BLANK_LINES.sub("", text.rstrip())


def has_fields(content: bytes, *names: str) -> bool:
    """Return whether the front matter at the head of a file seems to have all these fields. Never raises."""
    head = content[:2000].decode("utf-8", "replace")
    return bool(_OPENING.match(head)) and all(re.search(rf"^{name}:", head, re.MULTILINE) for name in names)


def read_yaml_file(content: bytes) -> YamlFile:
    """Read a file. Linear in its size. Raises UnreadableError if its front matter is missing or no map of fields."""
    text = content.decode("utf-8", "surrogateescape")
    opening = _OPENING.match(text)
    closing = _CLOSING.search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        raise refusal(1, "front-matter-invalid", _("The file has no front matter."))
    block = text[opening.end() : closing.start()]
    try:
        fields = _Builder(opening.end()).build(yaml.parse(block, Loader=_LOADER))
    except (yaml.YAMLError, ValueError) as error:
        mark: Any = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or _("it cannot be read")
        message = _("The front matter is invalid YAML (%s).") % line_of_text(str(reason))
        # The block begins on the second line.
        raise refusal(mark.line + 2 if mark else 1, "front-matter-invalid", message) from error
    if not isinstance(fields.content, dict):
        raise refusal(1, "front-matter-invalid", _("The front matter has no fields."))
    return YamlFile(text, fields, closing.end())


class _Open(NamedTuple):
    """A list or map whose items are being read."""

    event: Any
    items: list[Value]


class _Builder:
    """Builds values from YAML events."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        """Index of the block in the file."""

    def build(self, events: Iterator[Any]) -> Value:
        """Return the root. Raises yaml.YAMLError or ValueError."""
        stack = [_Open(None, [])]
        for count, event in enumerate(events):
            if isinstance(event, yaml.AliasEvent) or len(stack) > DEEPEST or count > MOST_EVENTS:
                raise yaml.MarkedYAMLError(problem="an alias, too deep or too long", problem_mark=event.start_mark)
            if isinstance(event, yaml.CollectionStartEvent):
                stack.append(_Open(event, []))
            elif isinstance(event, yaml.CollectionEndEvent):
                start, items = stack.pop()
                content = _as_map(items) if isinstance(start, yaml.MappingStartEvent) else items
                stack[-1].items.append(self._value(content, start.start_mark, event.end_mark))
            elif isinstance(event, yaml.ScalarEvent):
                # Without quotation marks, `null` is no text.
                text = "" if not event.style and event.value in _NO_VALUE else event.value
                stack[-1].items.append(self._value(text, event.start_mark, event.end_mark))
        return stack[0].items[0] if stack[0].items else Value("", 0, 0, 1)

    def _value(self, content: str | dict[str, Value] | list[Value], start: Any, end: Any) -> Value:
        return Value(content, self.offset + start.index, self.offset + end.index, start.line + 2)


def _as_map(items: list[Value]) -> dict[str, Value]:
    """Return a map of keys and values, one after the other. Raises UnreadableError if a key is repeated or no text."""
    fields: dict[str, Value] = {}
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key.content, str) or key.content in fields:
            raise refusal(
                key.line, "front-matter-invalid", _("A field of the front matter is repeated or has no name.")
            )
        fields[key.content] = value
    return fields


def quoted(text: str) -> str:
    """Return a text as a YAML scalar in double quotation marks, on one line."""
    dumped: str = yaml.dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return dumped.rstrip("\n")
