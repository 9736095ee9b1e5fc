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
from threads.parsing.headings import is_name_cut, name_cut, person_name
from threads.parsing.problem_severities import Problem
from threads.parsing.titles import read_title
from threads.parsing.values import (
    body_text,
    line_of_text,
    midnight,
    read_date,
    read_day,
    read_tags,
    read_time,
    unpin,
)
from threads.text import decode_entities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
_TAGS: Final = re.compile(r"^tags[ \t]*:[^\n]*(?:\n(?:[ \t-][^\n]*)?)*", re.MULTILINE | re.IGNORECASE)
_HASHTAG: Final = re.compile(r"(?<=[\s\[,])#(?=[^\s#])")
_HASH: Final = "\ufdd0"
"""Stands for `#` while YAML reads the tags: no text has this noncharacter."""
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

    def value(self, name: str) -> object:
        """Return the value of the field with this name, in any case; None if there is none."""
        return next((value for field, value in self.fields.items() if field.lower() == name), None)

    def line_of(self, name: str) -> int | None:
        """Return the line of the field with this name, in any case."""
        return next((line for field, line in self.lines.items() if field.lower() == name), None)


class _GuardedHandler(YAMLHandler):
    """python-frontmatter's handler for YAML, with the guard in front of the loader."""

    def split(self, text: str) -> tuple[str, str]:
        """Return all of `text` as the block: it was cut already."""
        return text, ""

    def __init__(self) -> None:
        super().__init__()
        self.repeated: list[int] = []
        """Lines of the block (from 0) with a field that was there before, also inside a value."""

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
        loader = _LOADER(fm)
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            return loader.construct_document(root) if root else None
        for key, _ in root.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key is not text", problem_mark=key.start_mark)
        nested = [line for _, value in root.value for line in _drop_repeats(value)]
        pairs = [(key.value, loader.construct_object(value, deep=True)) for key, value in root.value]
        fields, repeated = _first_values(pairs)
        self.repeated = [*(root.value[number][0].start_mark.line for number in repeated), *nested]
        return fields


def _drop_repeats(node: yaml.Node) -> Iterator[int]:
    """Drop repeated fields of maps inside a value, and yield their lines; the first value that is not empty stays."""
    if isinstance(node, yaml.MappingNode):
        first: dict[object, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else key
            if name in first:
                yield key.start_mark.line
            if name not in first or not first[name][1].value:
                first[name] = key, value
        node.value = list(first.values())
        for _, value in node.value:
            yield from _drop_repeats(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _drop_repeats(item)


def _first_values(pairs: Sequence[tuple[str, object]]) -> tuple[dict[str, object], list[int]]:
    """Return the fields of pairs of name and value, and the indexes of pairs whose name was there before.

    The first value that is not empty counts. Names that differ only in case are the same.
    """
    fields: dict[str, object] = {}
    names: dict[str, str] = {}
    repeated = []
    for number, (name, value) in enumerate(pairs):
        first = names.setdefault(name.lower(), name)
        if first in fields:
            repeated.append(number)
        if not fields.get(first):
            fields[first] = value
    return fields, repeated


_NO_VALUE: Final = frozenset({"~", "null"})


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
    return FrontMatter(0, {}, {}, (Problem(1, "front-matter-missing", gettext("The file has no front matter.")),))


def _unterminated(text: str, start: int) -> FrontMatter:
    """Take the lines that look like fields for the block: it has no end, or one too far away for YAML to be asked."""
    fields, length, repeated = _by_line(text[start : start + 16 * LONGEST_BLOCK], strict=True)
    if not fields:
        return _missing()
    first_line = text.count("\n", 0, start) + 1
    lines = _lines(text[start : start + length], first_line)
    code, end = "front-matter-unterminated", start + length
    message = gettext("The front matter has no end. It was read line by line.")
    closing = _CLOSING.match(text, end)
    if closing:
        code, end = "front-matter-too-long", closing.end()
        message = gettext("The front matter is longer than %d KB. It was read line by line.")
        message %= LONGEST_BLOCK // 1024
    return FrontMatter(end, fields, lines, (Problem(1, code, message), *_repeats(repeated, first_line)))


def _closed(block: str, first_line: int, end: int, start: int) -> FrontMatter:
    fields, problems = _load(block, first_line)
    if fields or not block.strip():
        _restore(fields, block)
        problems += _comments(fields, block, first_line)
        return FrontMatter(end, fields, _lines(block, first_line), tuple(problems))
    fields, length, repeated = _by_line(block, strict=False)
    if not fields:
        if block.lstrip()[0] not in "-[{":
            # Words between two rules: the file's own text.
            return _missing()
        message = gettext("The front matter has no fields and was ignored.")
        return FrontMatter(end, {}, {}, (Problem(first_line, "front-matter-not-fields", message),))
    if block[length:].strip():
        # Prose follows the fields: what seems to end the block is a rule further down in the text.
        message = gettext("The end of the front matter is unclear. Its first lines were read.")
        problems = [Problem(1, "front-matter-unterminated", message)]
        end = start + length
    elif not problems:
        message = gettext("The front matter is not YAML. It was read line by line.")
        problems = [Problem(first_line, "front-matter-by-line", message)]
    problems += _repeats(repeated, first_line)
    return FrontMatter(end, fields, _lines(block[:length], first_line), tuple(problems))


def _repeats(lines: Sequence[int], first_line: int) -> list[Problem]:
    """Return a warning for each field that was there before, by its line of the block (from 0)."""
    if not lines:
        return []
    message = gettext("The field occurs more than once in the front matter. Its first value that is not empty is used.")
    return [Problem(first_line + line, "front-matter-repeated", message) for line in lines]


def _comments(fields: Mapping[str, object], block: str, first_line: int) -> list[Problem]:
    """Return a warning for each field of which YAML took a part for a comment (`red #3`)."""
    if " #" not in block:
        return []
    message = gettext("In YAML, text after “ #” is a comment. It is not part of the field.")
    lines = block.split("\n")
    return [
        Problem(number, "front-matter-comment", message)
        for name, number in _lines(block, first_line).items()
        if " #" in lines[number - first_line] and name in fields and "#" not in str(fields[name])
    ]


def _load(block: str, first_line: int) -> tuple[dict[str, object], list[Problem]]:
    """Return what YAML makes of the block (nothing where it refuses it even when mended), and what was wrong.

    PyYAML refuses tabs between tags and libyaml does not; here they are always mended, so that every machine says the
    same of the same file.
    """
    mended = body_text(block.replace("\t", " "))
    skipped = mended[: len(mended) - len(mended.lstrip())].count("\n")
    handler = _GuardedHandler()
    try:
        parsed, _ = frontmatter.parse(_with_hashtags(mended), handler=handler)
    except (yaml.YAMLError, ValueError) as error:
        mark: Any = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        message = gettext("The front matter is invalid YAML (%s). It was read line by line.") % line_of_text(
            str(reason)
        )
        return {}, [Problem(first_line + skipped + (mark.line if mark else 0), "front-matter-by-line", message)]
    fields = {_cleaned(key): _cleaned_all(value) for key, value in parsed.items()}
    problems = _repeats(handler.repeated, first_line + skipped)
    if mended == block:
        return fields, problems
    position = next((i for i, (old, new) in enumerate(zip(block, mended, strict=False)) if old != new), 0)
    line = first_line + block.count("\n", 0, position)
    message = gettext("Tabs or control characters in the front matter were repaired.")
    return fields, [Problem(line, "front-matter-mended", message), *problems]


def _with_hashtags(block: str) -> str:
    """Return the block with the `#` of hashtags in tags (`[tea, #green]`) put so that YAML takes it for a letter."""
    tags = _TAGS.search(block)
    if tags is None or _HASH in block:
        return block
    return block[: tags.start()] + _HASHTAG.sub(_HASH, tags[0]) + block[tags.end() :]


def _cleaned_all(value: object) -> object:
    """Return a value fit for JSON and for any database. No deeper than the guard allows."""
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned_all(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned_all(item) for item in value]
    return _cleaned(value)


def _cleaned(value: object) -> str:
    text = value.replace(_HASH, "#") if isinstance(value, str) else ""
    return text if text.isprintable() else body_text(text)


def _restore(fields: dict[str, object], block: str) -> None:
    """Give title and author back what YAML took for a comment (`C #3`) or for a list (`[repost]`)."""
    for name in _TEXTS:
        value = fields.get(name)
        if value is None or (isinstance(value, str) and value and " #" not in block):
            continue
        words = _by_line(block, strict=False)[0].get(name)
        if not isinstance(words, str):
            continue
        if words.startswith(f"{value} #".lstrip()) if isinstance(value, str) else words[-1:] in {"]", "}"}:
            fields[name] = words


def _lines(block: str, first_line: int) -> dict[str, int]:
    matches = ((number, _FIELD.match(line)) for number, line in enumerate(block.split("\n"), first_line))
    lines: dict[str, int] = {}
    for number, match in matches:
        if match:
            lines.setdefault(match[1], number)
    return lines


def _by_line(block: str, *, strict: bool) -> tuple[dict[str, object], int, list[int]]:
    """Read `name: value` lines and lists of `- item`.

    Return the fields, where the last of them ends, and the lines (from 0) with a field that was there before. A line
    that is neither belongs to the field above it, unless a blank line comes between; `strict`: it never does.
    """
    pairs: list[tuple[str, str | list[str]]] = []
    starts: list[int] = []
    blank = False
    end = place = 0
    for number, line in enumerate(block.splitlines(keepends=True)):
        place += len(line)
        words = line.strip()
        if not words:
            blank = True
            continue
        if match := _FIELD.match(line.rstrip("\n")):
            name = _cleaned(match[1])
            pairs.append((name, _value(name, match[2].strip())))
            starts.append(number)
        elif pairs and (item := _ITEM.match(line)):
            name, value = pairs[-1]
            if not value:
                pairs[-1] = (name, value := [])
            if isinstance(value, list):
                value.append(_unquoted(item[1].strip()))
        elif line[0] not in " \t#" and (strict or blank or not pairs):
            break
        end, blank = place, False
    fields, repeated = _first_values(pairs)
    return fields, end, [starts[index] for index in repeated]


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
    """Read the article's fields.

    The heading of a question outranks the front matter in author and day; the front matter may know the hour.
    """
    problems: list[Problem] = []

    def text(name: str) -> str:
        value = block.value(name)
        if isinstance(value, (list, dict)):
            message = gettext("The field is a list or a map. It is read as one text.")
            problems.append(Problem(block.line_of(name), "field-not-text", message))
        words = _text(value)
        return "" if words in _NO_VALUE else words

    modified_at = read_date(read_time, text("lastmod"), block.line_of("lastmod"), problems)
    published_at = read_date(read_time, text("date"), block.line_of("date"), problems)
    day = read_date(read_day, opening.day, opening.line, problems) if opening else None
    if day is None:
        published_at = unpin(published_at, modified_at, block.line_of("date"), problems)
    elif not published_at or published_at.date() != day:
        published_at = midnight(day)
    author = opening.names[0] if opening and opening.names else text("author")
    if is_name_cut(author):
        problems.append(name_cut(opening.line if opening and opening.names else block.line_of("author")))
    return ArticleFields(
        title=read_title(decode_entities(text("title")), block.line_of("title"), problems),
        author=person_name(author),
        published_at=published_at,
        modified_at=modified_at,
        tags=read_tags(block.value("tags"), block.line_of("tags"), problems),
        problems=tuple(problems),
    )


def _text(value: object) -> str:
    if isinstance(value, dict):
        value = [f"{name}: {_text(item)}" for name, item in value.items()]
    if isinstance(value, list):
        value = ", ".join(map(_text, value))
    return line_of_text(value) if isinstance(value, str) else ""
