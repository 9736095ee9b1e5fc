"""The documents tell the truth where a machine can check it: settings, links, commands, recipes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


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


@pytest.mark.parametrize("document", ["README.md", "docs/operators.md", "docs/architecture.md", "CONTRIBUTING.md"])
def test_every_command_named_exists(document: str) -> None:
    named = set(re.findall(r"manage\.py (\w+)", text_of(document)))
    assert named <= set(get_commands())


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
