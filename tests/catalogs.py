"""Translations as the tests see them: what the code marks, what a .po file says, what its .mo file holds.

Nothing here needs GNU gettext, so that the tests hold on a machine that has only Python.
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
ROOMS = ("archive_site", "templates", "threads")
KEYWORDS = {
    "_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy",
    "pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy",
}  # fmt: skip
STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"\b(_|n?p?gettext)\(({STRING}(?:, {STRING})*)")
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr)(?:\[\d\])? ((?:".*"\n?)+)', re.MULTILINE)

Key = tuple[str, str, str]
"""Context, text, and text for many; the first and the last may be empty."""


@dataclass(frozen=True)
class Entry:
    """One text of a .po file, and what it is in the other language: one string, or one for each plural form."""

    key: Key
    translations: tuple[str, ...]
    fuzzy: bool


def folder(locale: str) -> Path:
    """Return where the catalogs of a language are."""
    path: Path = settings.BASE_DIR / "locale" / locale / "LC_MESSAGES"
    return path


def read_po(locale: str) -> list[Entry]:
    """Return the entries of a .po file, without its header."""
    text = (folder(locale) / "django.po").read_text(encoding="utf-8")
    return [read_entry(block) for block in text.split("\n\n")[1:]]


def read_entry(block: str) -> Entry:
    """Read one entry: lines of comments, then fields of quoted lines."""
    fields: dict[str, list[str]] = {}
    for name, lines in FIELD.findall(block + "\n"):
        fields.setdefault(name, []).append("".join(ast.literal_eval(line) for line in lines.splitlines()))
    context, text, many = (fields.get(name, [""])[0] for name in ("msgctxt", "msgid", "msgid_plural"))
    flags = re.findall(r"^#,.*$", block, re.MULTILINE)
    return Entry((context, text, many), tuple(fields["msgstr"]), any("fuzzy" in flag for flag in flags))


def compiled(entries: list[Entry]) -> dict[str | tuple[str, int], str]:
    """Return entries as a .mo file holds them."""
    made: dict[str | tuple[str, int], str] = {}
    for entry in entries:
        context, text, many = entry.key
        name = f"{context}\x04{text}" if context else text
        if many:
            made |= {(name, form): said for form, said in enumerate(entry.translations)}
        else:
            made[name] = entry.translations[0]
    return made


def read_mo(locale: str) -> tuple[str, dict[str | tuple[str, int], str]]:
    """Return the header of a .mo file, and what it holds."""
    with (folder(locale) / "django.mo").open("rb") as file:
        held = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    return held.pop(""), held


def sources() -> Iterator[tuple[Path, str]]:
    """Yield every file of ours that can hold words for readers."""
    for room in ROOMS:
        for path in sorted((settings.BASE_DIR / room).rglob("*")):
            if path.suffix in {".py", ".html", ".txt", ".xml"} and "migrations" not in path.parts:
                yield path, path.read_text(encoding="utf-8")


def marked() -> dict[Key, str]:
    """Return every text that is marked for translation, and one file that marks it."""
    found: dict[Key, str] = {}
    for path, text in sources():
        calls = calls_of_python(text) if path.suffix == ".py" else calls_of_template(text)
        found |= dict.fromkeys((key_of(name, texts) for name, texts in calls), path.name)
    return found


def key_of(name: str, texts: list[str]) -> Key:
    """Return the key of a call by the name of the function and its strings."""
    context = texts.pop(0) if name.removeprefix("n").startswith("p") else ""
    return context, texts[0], texts[1] if name.startswith("n") else ""


def calls_of_python(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the calls that mark a constant text in a module."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if name in KEYWORDS and texts:
            yield name, texts


def calls_of_template(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the texts that a template marks, as Django shows templates to GNU gettext."""
    for name, texts in CALL.findall(templatize(text)):
        yield name, [ast.literal_eval(one) for one in re.findall(STRING, texts)]
