"""The documents tell the truth where a machine can check it: settings, links, commands, recipes, sizes, rooms."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("bench/*.md"), *ROOT.glob("docs/**/*.md")])


def text_of(path: str) -> str:
    return (ROOT / path).read_text()


def test_every_setting_is_explained_to_operators() -> None:
    read = set(re.findall(r'environment\.\w+\(\s*"(\w+)"', text_of("archive_site/settings.py")))
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of("docs/operators.md"), re.MULTILINE))
    assert read == explained


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    prose = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", document.read_text())
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)", prose)
    local = [target for target in targets if "://" not in target and not target.startswith("docs/images/")]
    assert not [target for target in local if not (document.parent / target).exists()]


def anchors(document: Path) -> set[str]:
    """Return what follows the # in addresses of a document's headings, as forges make it."""
    headings = re.findall(r"^#+ (.+)", re.sub(r"(?s)```.*?```", "", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_headings_name_one_that_is_there(document: Path) -> None:
    prose = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", document.read_text())
    named = [(file, anchor) for file, anchor in re.findall(r"\]\(([^)\s#]*)#([^)\s]+)\)", prose) if "://" not in file]
    assert not [
        (file, anchor) for file, anchor in named if anchor not in anchors(document.parent / file if file else document)
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_named_exists(document: Path) -> None:
    named = set(re.findall(r"manage\.py (\w+)", document.read_text()))
    assert named <= set(get_commands())


def test_every_option_named_beside_a_command_exists() -> None:
    named = {
        (command, option)
        for path in DOCUMENTS
        for command, rest in re.findall(
            r"\b([a-z]+_archive|reparse|relink|rerender|rebuild_search)\b(?!\.py)([^`\n]*)", path.read_text()
        )
        for option in re.findall(r"--[a-z-]+", rest)
    }
    assert len(named) > 5
    known = {
        command: load_command_class("threads", command).create_parser("manage.py", command) for command, _ in named
    }
    assert not [(command, option) for command, option in named if option not in known[command].format_help()]


@pytest.mark.parametrize("command", sorted(name for name, app in get_commands().items() if app == "threads"))
def test_the_help_of_a_command_says_what_it_does(command: str) -> None:
    said = load_command_class("threads", command).help

    assert said[:1].isupper()
    assert said.endswith(".")
    assert "manage.py" not in said
    # What it works on; how it goes about it is for programmers.
    assert re.search(r"\b(threads?|archive|index|texts?|comments?)\b", said)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_the_project_that_is_named_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:threads|archive_site|bench|tests|docs|fixtures|templates|static|\.ci)/[^`\s]*)", document.read_text()
    )
    assert not [name for name in named if not list(ROOT.glob(name))]


def test_every_recipe_named_exists() -> None:
    recipes = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = {
        name for path in DOCUMENTS for name in re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(), re.MULTILINE)
    }
    assert named <= recipes


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs/decisions").glob("[0-9]*.md")]
    titles = [re.match(r"# (\d+)\. ", path.read_text()) for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))]
    assert len(numbers) == len(set(numbers))
    assert [int(number) for number in sorted(numbers)] == [int(title[1]) for title in titles if title]


def test_files_functions_and_templates_are_as_short_as_promised() -> None:
    function, file, template = map(int, re.findall(r"(\d+) lines", text_of("CONTRIBUTING.md")))
    code = [path for room in ("threads", "archive_site", "bench") for path in ROOT.glob(f"{room}/**/*.py")]
    code = [path for path in code if path.parent.name != "migrations"]
    lengths = {
        f"{path}:{node.lineno}": (node.end_lineno or 0) - node.lineno + 1
        for path in code
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert not [where for where, lines in lengths.items() if lines > function]
    assert not [path for path in code if len(path.read_text().splitlines()) > file]
    assert not [path for path in ROOT.glob("templates/**/*.*") if len(path.read_text().splitlines()) > template]
