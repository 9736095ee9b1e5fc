"""The YAML block at the head of a Markdown file, and the fields of the article in it.

YAML is read through python-frontmatter, behind a guard: the block is small, its events are walked first, aliases, depth
and sheer number are refused, and every scalar is loaded as a string. A block that YAML refuses is mended or read line
by line, with a warning: a stray quotation mark must not refuse a thread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import frontmatter
import yaml
from django.utils.translation import gettext
from frontmatter.default_handlers import YAMLHandler

from threads.parsing.document import ArticleDetails
from threads.parsing.headings import person_name
from threads.parsing.problems import Problem, warning
from threads.parsing.values import (
    body_text,
    cut_title,
    line_of_text,
    midnight,
    read_date,
    read_day,
    read_tags,
    read_time,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from threads.parsing.headings import Heading

LONGEST_BLOCK: Final = 64 * 1024
"""Characters. Beyond it, only the lines that look like fields are read."""
DEEPEST: Final = 8
MOST_EVENTS: Final = 5_000

_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_OPENING: Final = re.compile(r"\ufeff?(?:[ \t]*\n){0,8}---[ \t]*(?:\n|\Z)")
_CLOSING: Final = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
_FIELD: Final = re.compile(r"([^\s:#,\[\]{}\"'-][^:\n]{0,60}?)[ \t]*:(?!//)(.*)", re.DOTALL)
_ITEM: Final = re.compile(r"[ \t]*-[ \t]+(.*)", re.DOTALL)
_TEXTS: Final = ("title", "author")
"""Fields that are never lists, though one may begin with a bracket."""
_QUOTED: Final = re.compile(r"(['\"])(.*)\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields of a block."""

    end: int
    """Position in the text at which the block ends; 0 if there is none."""
    fields: Mapping[str, object]
    """JSON-ready, scalars as strings."""
    lines: Mapping[str, int]
    """Line of the file (from 1) on which each field of the top level begins."""
    problems: tuple[Problem, ...] = ()


class _GuardedHandler(YAMLHandler):
    """python-frontmatter's handler for YAML, with the guard in front of the loader."""

    def split(self, text: str) -> tuple[str, str]:
        """Return all of `text` as the block: it was cut already."""
        return text, ""

    def load(self, fm: str, **kwargs: object) -> Any:
        """Raise yaml.YAMLError or ValueError where the guard or YAML refuses the block."""
        depth = 0
        for count, event in enumerate(yaml.parse(fm, Loader=_LOADER)):
            mark: Any = event.start_mark
            if isinstance(event, yaml.AliasEvent):
                raise yaml.MarkedYAMLError(problem="an alias is not allowed", problem_mark=mark)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST or count > MOST_EVENTS:
                raise yaml.MarkedYAMLError(problem="too deep or too long", problem_mark=mark)
        return yaml.load(fm, Loader=_LOADER)  # noqa: S506 — BaseLoader makes nothing but strings, lists and dicts


_HANDLER: Final = _GuardedHandler()
_NO_NAME: Final = frozenset({"~", "null"})


def read_front_matter(text: str) -> FrontMatter:
    """Read the front matter of a file whose lines end in a line feed. Never raises."""
    opening = _OPENING.match(text)
    if opening is None:
        return _missing()
    start = opening.end()
    closing = _CLOSING.search(text, start, start + LONGEST_BLOCK)
    if closing is None:
        return _unterminated(text, start)
    return _closed(text[start : closing.start()], text.count("\n", 0, start) + 1, closing.end(), start)


def _missing() -> FrontMatter:
    return FrontMatter(0, {}, {}, (warning(1, "front-matter-missing", gettext("The file has no front matter.")),))


def _unterminated(text: str, start: int) -> FrontMatter:
    """Take the lines that look like fields for the block: it has no end, or one too far away for YAML to be asked."""
    fields, length = _by_line(text[start : start + 16 * LONGEST_BLOCK], strict=True)
    if not fields:
        return _missing()
    lines = _lines(text[start : start + length], text.count("\n", 0, start) + 1)
    code, end = "front-matter-unterminated", start + length
    message = gettext("The front matter has no end. It was read line by line.")
    closing = _CLOSING.match(text, end)
    if closing:
        code, end = "front-matter-too-long", closing.end()
        message = gettext("The front matter is longer than %d KB. It was read line by line.")
        message %= LONGEST_BLOCK // 1024
    return FrontMatter(end, fields, lines, (warning(1, code, message),))


def _closed(block: str, first_line: int, end: int, start: int) -> FrontMatter:
    fields, problem = _load(block, first_line)
    if fields or not block.strip():
        _restore(fields, block)
        return FrontMatter(end, fields, _lines(block, first_line), (problem,) if problem else ())
    fields, length = _by_line(block, strict=False)
    if not fields:
        if block.lstrip()[0] not in "-[{":
            # Words between two rules: the file's own text.
            return _missing()
        message = gettext("The front matter has no fields and was ignored.")
        return FrontMatter(end, {}, {}, (warning(first_line, "front-matter-not-fields", message),))
    if block[length:].strip():
        # Prose follows the fields: what seems to end the block is a rule further down in the text.
        message = gettext("The end of the front matter is unclear. Its first lines were read.")
        problem = warning(1, "front-matter-unterminated", message)
        end = start + length
    elif problem is None:
        message = gettext("The front matter is not YAML. It was read line by line.")
        problem = warning(first_line, "front-matter-by-line", message)
    return FrontMatter(end, fields, _lines(block[:length], first_line), (problem,))


def _load(block: str, first_line: int) -> tuple[dict[str, object], Problem | None]:
    """Return what YAML makes of the block (nothing where it refuses it even when mended), and what was wrong.

    PyYAML refuses tabs between tags and libyaml does not; here they are always mended, so that every machine says the
    same of the same file.
    """
    mended = body_text(block.replace("\t", " "))
    try:
        parsed, _ = frontmatter.parse(mended, handler=_HANDLER)
    except (yaml.YAMLError, ValueError) as error:
        mark: Any = getattr(error, "problem_mark", None)
        skipped = mended[: len(mended) - len(mended.lstrip())].count("\n")
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        message = gettext("The front matter is invalid YAML (%s). It was read line by line.") % line_of_text(
            str(reason)
        )
        return {}, warning(first_line + skipped + (mark.line if mark else 0), "front-matter-by-line", message)
    fields = {_cleaned(key): _cleaned_all(value) for key, value in parsed.items()}
    if mended == block:
        return fields, None
    position = next((i for i, (old, new) in enumerate(zip(block, mended, strict=False)) if old != new), 0)
    line = first_line + block.count("\n", 0, position)
    message = gettext("Tabs or control characters in the front matter were repaired.")
    return fields, warning(line, "front-matter-mended", message)


def _cleaned_all(value: object) -> object:
    """Return a value fit for JSON and for any database. No deeper than the guard allows."""
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned_all(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned_all(item) for item in value]
    return _cleaned(value)


def _cleaned(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return text if text.isprintable() else body_text(text)


def _restore(fields: dict[str, object], block: str) -> None:
    """Give title and author back what YAML took for a comment (`C #3`) or for a list (`[repost]`)."""
    for name in _TEXTS:
        value = fields.get(name)
        if value is None or (isinstance(value, str) and value and " #" not in block):
            continue
        raw, _ = _by_line(block, strict=False)
        words = raw.get(name)
        if not isinstance(words, str):
            continue
        if words.startswith(f"{value} #".lstrip()) if isinstance(value, str) else words[-1:] in {"]", "}"}:
            fields[name] = words


def _lines(block: str, first_line: int) -> dict[str, int]:
    matches = ((number, _FIELD.match(line)) for number, line in enumerate(block.split("\n"), first_line))
    return {match[1]: number for number, match in matches if match}


def _by_line(block: str, *, strict: bool) -> tuple[dict[str, object], int]:
    """Read `name: value` lines and lists of `- item`; return the fields and where the last of them ends.

    A line that is neither belongs to the field above it, unless a blank line comes between; `strict`: it never does.
    """
    fields: dict[str, object] = {}
    name: str | None = None
    blank = False
    end = place = 0
    for line in block.splitlines(keepends=True):
        place += len(line)
        words = line.strip()
        if not words:
            blank = True
            continue
        if match := _FIELD.match(line.rstrip("\n")):
            name = _cleaned(match[1])
            fields[name] = _value(name, match[2].strip())
        elif name and (item := _ITEM.match(line)):
            value = fields[name]
            if isinstance(value, list):
                value.append(_unquoted(item[1].strip()))
            elif not value:
                fields[name] = [_unquoted(item[1].strip())]
        elif line[0] not in " \t#" and (strict or blank or name is None):
            break
        end, blank = place, False
    return fields, end


def _value(name: str, words: str) -> str | list[str]:
    if words[:1] == "[" and words[-1:] == "]" and name not in _TEXTS:
        return [_unquoted(item.strip(" \t[]{}")) for item in words.split(",")]
    return _unquoted(words)


def _unquoted(words: str) -> str:
    match = _QUOTED.fullmatch(words)
    if match:
        words = match[2].replace('\\"', '"') if match[1] == '"' else match[2].replace("''", "'")
    elif words[:1] in {'"', "'"} and words.count(words[0]) == 1:
        words = words[1:]
    return _cleaned(words)


@dataclass(frozen=True, slots=True)
class ArticleFields(ArticleDetails):
    """The fields of an article."""

    title: str
    """Empty if the front matter has none."""
    author: str | None
    tags: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_article_fields(block: FrontMatter, opening: Heading | None) -> ArticleFields:
    """Read the article's fields. The heading of a question outranks the front matter in author and day."""
    names = {name.lower(): name for name in block.fields}
    values = {name: block.fields[original] for name, original in names.items()}
    problems: list[Problem] = []

    def moment(name: str) -> datetime | None:
        text = _text(values.get(name))
        return read_date(read_time, "" if text in _NO_NAME else text, block.lines.get(names.get(name, "")), problems)

    author = _text(values.get("author"))
    published_at, modified_at = moment("date"), moment("lastmod")
    if opening:
        author = opening.names[0] if opening.names else author
        published_at = _question_time(opening, published_at, problems)
    return ArticleFields(
        title=cut_title(_text(values.get("title"))),
        author=person_name(author) if author not in _NO_NAME else None,
        published_at=published_at,
        modified_at=modified_at,
        tags=read_tags(values.get("tags")),
        problems=tuple(problems),
    )


def _text(value: object) -> str:
    if isinstance(value, list):
        value = ", ".join(item for item in value if isinstance(item, str))
    return line_of_text(value) if isinstance(value, str) else ""


def _question_time(opening: Heading, published_at: datetime | None, problems: list[Problem]) -> datetime | None:
    day = read_date(read_day, opening.day, opening.line, problems)
    if day is None or (published_at and published_at.date() == day):
        # The front matter may know the hour.
        return published_at
    return midnight(day)
