"""Read marked texts, .po files and .mo files for the tests of translations.

This module does not need GNU gettext.
"""

from __future__ import annotations

import ast
import gettext
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCALES = ("zh_Hans", "zh_Hant")
SOURCE_FOLDERS = ("archive_site", "templates", "threads")
KEYWORDS = {
    "_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy",
    "pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy",
}  # fmt: skip
STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"\b(_|n?p?gettext)\(({STRING}(?:, {STRING})*)")
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr)(?:\[\d\])? ((?:".*"\n?)+)', re.MULTILINE)

Key = tuple[str, str, str]
"""Context, singular and plural text; context and plural may be empty."""


@dataclass(frozen=True)
class Entry:
    """An entry of a .po file with one translation for each plural form."""

    key: Key
    translations: tuple[str, ...]
    fuzzy: bool


def folder(locale: str) -> Path:
    """Return the folder of the catalogue of a locale."""
    path: Path = settings.BASE_DIR / "locale" / locale / "LC_MESSAGES"
    return path


def read_po(locale: str) -> list[Entry]:
    """Return the entries of a .po file without its header."""
    text = (folder(locale) / "django.po").read_text(encoding="utf-8")
    return [read_entry(block) for block in text.split("\n\n")[1:]]


def read_entry(block: str) -> Entry:
    """Parse one entry: comment lines, then fields of quoted lines."""
    fields: dict[str, list[str]] = {}
    for name, lines in FIELD.findall(block + "\n"):
        fields.setdefault(name, []).append("".join(ast.literal_eval(line) for line in lines.splitlines()))
    context, text, many = (fields.get(name, [""])[0] for name in ("msgctxt", "msgid", "msgid_plural"))
    flags = re.findall(r"^#,.*$", block, re.MULTILINE)
    return Entry((context, text, many), tuple(fields["msgstr"]), any("fuzzy" in flag for flag in flags))


def compiled(entries: list[Entry]) -> dict[str | tuple[str, int], str]:
    """Return entries in the form of a .mo file."""
    result: dict[str | tuple[str, int], str] = {}
    for entry in entries:
        context, text, many = entry.key
        name = f"{context}\x04{text}" if context else text
        if many:
            result |= {(name, form): translation for form, translation in enumerate(entry.translations)}
        else:
            result[name] = entry.translations[0]
    return result


def read_mo(locale: str) -> tuple[str, dict[str | tuple[str, int], str]]:
    """Return the header and the entries of a .mo file."""
    with (folder(locale) / "django.mo").open("rb") as file:
        entries = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    return entries.pop(""), entries


def sources() -> Iterator[tuple[Path, str]]:
    """Yield every file that can contain interface text."""
    for folder_name in SOURCE_FOLDERS:
        for path in sorted((settings.BASE_DIR / folder_name).rglob("*")):
            if path.suffix in {".py", ".html", ".txt", ".xml"} and "migrations" not in path.parts:
                yield path, path.read_text(encoding="utf-8")


def marked() -> dict[Key, str]:
    """Return every text that is marked for translation, with the name of one file that marks it."""
    result: dict[Key, str] = {}
    for path, text in sources():
        calls = calls_of_python(text) if path.suffix == ".py" else calls_of_template(text)
        result |= dict.fromkeys((key_of(name, texts) for name, texts in calls), path.name)
    return result


def key_of(name: str, texts: list[str]) -> Key:
    """Return the key of a call from the name of the function and its strings."""
    context = texts.pop(0) if name.removeprefix("n").startswith("p") else ""
    return context, texts[0], texts[1] if name.startswith("n") else ""


def calls_of_python(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the calls in a module that mark a constant text."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if name in KEYWORDS and texts:
            yield name, texts


def calls_of_template(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the texts that a template marks, as Django passes templates to GNU gettext."""
    for name, texts in CALL.findall(templatize(text)):
        yield name, [ast.literal_eval(string) for string in re.findall(STRING, texts)]
