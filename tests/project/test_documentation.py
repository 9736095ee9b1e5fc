"""Documents name only settings, links, commands, options and files that exist."""

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


def test_every_setting_is_in_the_operators_guide() -> None:
    defined = set(re.findall(r'environment\.\w+\(\s*"(\w+)"', text_of("archive_site/settings.py")))
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of("docs/operators.md"), re.MULTILINE))
    assert defined == documented


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_point_to_existing_files(document: Path) -> None:
    prose = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", document.read_text())
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)", prose)
    local = [target for target in targets if "://" not in target and not target.startswith("docs/images/")]
    assert not [target for target in local if not (document.parent / target).exists()]


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)", re.sub(r"(?s)```.*?```", "", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_headings_point_to_existing_headings(document: Path) -> None:
    prose = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", document.read_text())
    named = [(file, anchor) for file, anchor in re.findall(r"\]\(([^)\s#]*)#([^)\s]+)\)", prose) if "://" not in file]
    assert not [
        (file, anchor) for file, anchor in named if anchor not in anchors(document.parent / file if file else document)
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_named_command_exists(document: Path) -> None:
    named = set(re.findall(r"manage\.py (\w+)", document.read_text()))
    assert named <= set(get_commands())


def test_every_named_option_of_a_command_exists() -> None:
    named = {
        (command, option)
        for path in DOCUMENTS
        for command, rest in re.findall(
            r"\b([a-z]+_archive|reparse|relink|rerender|rebuild_search|(?<=manage\.py )(?:backup|restore))\b"
            r"(?!\.py)([^`\n]*)",
            path.read_text(),
        )
        for option in re.findall(r"--[a-z-]+", rest)
    }
    assert len(named) > 5
    known = {
        command: load_command_class("threads", command).create_parser("manage.py", command) for command, _ in named
    }
    assert not [(command, option) for command, option in named if option not in known[command].format_help()]


@pytest.mark.parametrize("command", sorted(name for name, app in get_commands().items() if app == "threads"))
def test_the_help_of_a_command_is_one_sentence_about_the_archive(command: str) -> None:
    text = load_command_class("threads", command).help

    assert text[:1].isupper()
    assert text.endswith(".")
    assert "manage.py" not in text
    # The help names the data, not the implementation.
    assert re.search(r"\b(threads?|archive|index|texts?|comments?)\b", text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_named_file_of_the_project_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:threads|archive_site|bench|tests|docs|fixtures|templates|static|\.ci)/[^`\s]*)", document.read_text()
    )
    assert not [name for name in named if not list(ROOT.glob(name))]


def test_every_module_of_the_task_table_exists() -> None:
    table = text_of("CONTRIBUTING.md").partition("## Where to start")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| .* \| (`.+`) \|$", table, re.MULTILINE)
    modules = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    assert len(modules) >= 40
    assert [name for name in modules if not ((ROOT / "threads" / name).exists() or (ROOT / name).exists())] == []


def test_every_named_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = {
        name for path in DOCUMENTS for name in re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(), re.MULTILINE)
    }
    assert named <= targets


def test_every_decision_record_has_its_own_number() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs/decisions").glob("[0-9]*.md")]
    titles = [re.match(r"# (\d+)\. ", path.read_text()) for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))]
    assert len(numbers) == len(set(numbers))
    assert [int(number) for number in sorted(numbers)] == [int(title[1]) for title in titles if title]


def test_modules_functions_and_templates_are_within_the_limits_of_the_contributing_guide() -> None:
    file, function, template = map(int, re.findall(r"at most (\d+) lines", text_of("CONTRIBUTING.md")))
    code = [path for package in ("threads", "archive_site", "bench") for path in ROOT.glob(f"{package}/**/*.py")]
    code = [path for path in code if path.parent.name != "migrations"]
    lengths = {
        f"{path}:{node.lineno}": (node.end_lineno or 0) - node.lineno + 1
        for path in code
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert not [name for name, lines in lengths.items() if lines > function]
    assert not [path for path in code if len(path.read_text().splitlines()) > file]
    assert not [path for path in ROOT.glob("templates/**/*.*") if len(path.read_text().splitlines()) > template]
