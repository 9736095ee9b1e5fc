"""Typed values of JSON files, and new values in place of old ones in the text of a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.utils.translation import gettext as _

from threads.parsing.problem_severities import refusal
from threads.parsing.values import storable_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Path: TypeAlias = "tuple[str | int, ...]"
"""Names and indexes that lead from the whole file to a value."""

_BOM: Final = "\ufeff"
_LONGEST_NUMBER: Final = 18
"""Digits of a number that fits a column."""


def _reject(constant: str) -> None:
    raise ValueError(constant)


_DECODER: Final = json.JSONDecoder()
_STRICT_DECODER: Final = json.JSONDecoder(parse_constant=_reject)
"""Accepts no NaN, which databases do not store."""


def parse_object(content: bytes) -> dict[str, Any]:
    """Return the object that a file holds. Bytes that are not UTF-8 are lone surrogates. Raises UnreadableError."""
    try:
        fields = _STRICT_DECODER.decode(_decode(content).removeprefix(_BOM))
    except json.JSONDecodeError as error:
        message = _("The file is not JSON from this line on.")
        raise refusal(error.lineno, "json-unreadable", message) from error
    except (ValueError, RecursionError) as error:
        raise refusal(1, "json-unreadable", _("The file is not JSON.")) from error
    if not isinstance(fields, dict):
        raise refusal(1, "json-unreadable", _("The file is not a JSON object."))
    return fields


def read_text(fields: Mapping[str, Any], name: str) -> str:
    """Return a field's text, "" for null or a missing field. Raises UnreadableError."""
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise refusal(None, "json-field", _("The field “%s” is not text.") % name)
    return value or ""


def read_number(fields: Mapping[str, Any], name: str) -> int | None:
    """Return a field's whole number, also in text; None for null or a missing field. Raises UnreadableError."""
    value = fields.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER:
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_LONGEST_NUMBER):
        return value
    raise refusal(None, "json-field", _("The field “%s” is not a whole number.") % name)


def read_list(fields: Mapping[str, Any], name: str) -> list[Any]:
    """Return a field's list, empty for null or a missing field. Raises UnreadableError."""
    value = fields.get(name)
    if value is not None and not isinstance(value, list):
        raise refusal(None, "json-field", _("The field “%s” is not a list.") % name)
    return value or []


def as_object(value: object) -> dict[str, Any]:
    """Return a value that has fields. Raises UnreadableError."""
    if not isinstance(value, dict):
        raise refusal(None, "json-field", _("The value is not a JSON object."))
    return value


def storable_fields(fields: Mapping[str, Any], without: Collection[str]) -> dict[str, object]:
    """Return the fields that are not in `without`, with texts that a database can store."""
    return {storable_text(name): _storable(value) for name, value in fields.items() if name not in without}


def _storable(value: object) -> object:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return storable_fields(value, ()) if isinstance(value, dict) else value


def replace_values(content: bytes, values: Mapping[Path, object]) -> bytes:
    """Return a JSON file with new values at these paths, where it has any; all other bytes stay.

    Of a name that is repeated in an object, each value is replaced. The file must have been parsed before.
    """
    text = _decode(content)
    pieces = []
    copied = 0
    for path, start, end in _find_values(text, values):
        pieces += [text[copied:start], json.dumps(values[path], ensure_ascii=False, separators=(",", ":"))]
        copied = end
    return "".join([*pieces, text[copied:]]).encode("utf-8", "surrogateescape")


def find_line(content: bytes, path: Path) -> int | None:
    """Return the line, from 1, on which the value at a path begins; None if the file has none."""
    text = _decode(content)
    return next((text.count("\n", 0, start) + 1 for _path, start, _end in _find_values(text, {path: None})), None)


def _decode(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _find_values(text: str, wanted: Mapping[Path, object]) -> Iterator[tuple[Path, int, int]]:
    """Yield path, start and end of the wanted values, in their order in the text. None is inside another."""
    above = {path[:length] for path in wanted for length in range(len(path))}
    waiting: list[tuple[Path, int, int]] = [((), _skip(text, len(_BOM) * text.startswith(_BOM)), len(text))]
    while waiting:
        path, start, end = waiting.pop()
        if path in wanted:
            yield path, start, end
        elif path in above and text[start] in "{[":
            children = [((*path, name), first, last) for name, first, last in _children(text, start)]
            waiting += reversed(children)


def _children(text: str, start: int) -> Iterator[tuple[str | int, int, int]]:
    """Yield the values of the object or list at `start`: name or index, start and end."""
    position, index = _skip(text, start + 1), 0
    while text[position] not in "}]":
        name: str | int = index
        if text[start] == "{":
            name, position = _DECODER.raw_decode(text, position)
            position = _skip(text, position)
        end = _DECODER.raw_decode(text, position)[1]
        yield name, position, end
        position, index = _skip(text, end), index + 1


def _skip(text: str, position: int) -> int:
    """Return the position of the next value or end after white space, `,` and `:`."""
    while text[position] in " \t\r\n,:":
        position += 1
    return position
