"""Generated threads are equal for equal seeds, have the shape of real ones, and are linked as their truth file says."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from threads.models import Article, Comment, ImportProblem
from threads.text import fold

BENCH = Path(__file__).parents[2] / "bench"
MANY = 60


def make(out: Path, seed: int = 1, hashes: str = "0") -> dict[str, Any]:
    """Make a folder and return the printed figures."""
    command = [sys.executable, str(BENCH / "make_archive.py"), str(out), "--articles", str(MANY), "--seed", str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": hashes}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def bench(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a module of `bench`, which is not a package."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module(name)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in [*folder.iterdir(), folder.with_name(f"{folder.name}.truth.jsonl")]
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("made") / "threads"
    return folder, make(folder)


def test_the_bytes_depend_on_the_seed_alone(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, _ = made
    again, other = tmp_path / "again" / folder.name, tmp_path / "other" / folder.name
    make(again, hashes="7")
    make(other, seed=2)
    assert bytes_of(again) == bytes_of(folder)
    assert bytes_of(other) != bytes_of(folder)


def test_the_shape_is_like_a_real_archive(made: tuple[Path, dict[str, Any]]) -> None:
    _, figures = made
    assert figures["threads"] == MANY
    assert figures["comments_of_a_thread"]["median"] == 6
    assert 13 <= figures["comments_of_a_thread"]["mean"] <= 17
    assert figures["comments_of_a_thread"]["most"] > 100
    assert 1_100 <= figures["article"] <= 1_700
    assert 100 <= figures["comment"]["mean"] <= 130
    assert 73 <= figures["comment"]["median"] <= 93
    assert 0.40 <= figures["clues"]["quote"] <= 0.50
    assert 0.03 <= figures["clues"]["name"] <= 0.09
    assert 0 < figures["clues"]["absent"] <= 0.03
    assert 0.5 <= figures["megabytes"] <= 0.9
    assert figures["authors"] > 200


@pytest.mark.django_db
def test_an_import_has_no_problems_and_every_link_equals_the_truth_file(
    made: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, figures = made
    call_command("import_archive", str(folder))
    assert not ImportProblem.objects.exists()
    assert (Article.objects.count(), Comment.objects.count()) == (MANY, figures["comments"])
    call_command("verify_archive", str(folder))
    assert "The archive matches its files." in capsys.readouterr().out

    lines = folder.with_name(f"{folder.name}.truth.jsonl").read_text().splitlines()
    truth = {(row["file"], row["position"]): row for row in map(json.loads, lines)}
    replies = Comment.objects.values_list(
        "article__source_files__path", "position", "answers__position", "answers_article", "link_method"
    )
    wrong = []
    for path, position, answers, answers_article, method in replies:
        told = truth.get((path, position), {"answers": None, "clue": "none"})
        # Without a quote, two names on one line may be one name.
        is_open = (told["clue"], method) in {("name", "nearest"), ("early name", "nearest"), ("early name", None)}
        if (answers, answers_article) != (told["answers"], False) and not is_open:
            wrong.append((path, position, answers, method, told))
    assert not wrong
    assert {method for *_, method in replies} >= {"id", "excerpt", "folded", "prefix", "sole"}


def test_both_scripts_of_the_sample_fold_to_the_same_text(monkeypatch: pytest.MonkeyPatch) -> None:
    words = bench("sample_words", monkeypatch)
    assert [pair for pair in words.TO_TRADITIONAL.items() if fold(chr(pair[0])) != fold(chr(pair[1]))] == []
    assert "圖書館".translate(words.TO_SIMPLIFIED) == "图书馆"
    assert "图书馆".translate(words.TO_TRADITIONAL) == "圖書館"


@pytest.mark.parametrize(
    ("answers", "method", "code"),
    [(0, "excerpt", 0), (1, "excerpt", 1), (1, "nearest", 0), (None, "unresolved", 0)],
)
def test_link_quality_fails_for_a_wrong_link_that_is_not_a_guess(
    answers: int | None, method: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    quality = bench("link_quality", monkeypatch)
    truth = [json.dumps({"file": "a.md", "position": 2, "clue": "quote", "answers": 0, "author": "甲"})]
    assert quality.compare({("a.md", 2): quality.Found(answers, method, "甲")}, truth) == code


def test_link_quality_fails_for_a_missing_comment_and_for_a_link_of_a_comment_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quality = bench("link_quality", monkeypatch)
    truth = [json.dumps({"file": "a.md", "position": 2, "clue": "absent", "answers": None, "author": "甲"})]
    assert quality.compare({}, truth) == 1
    assert quality.compare({("a.md", 2): quality.Found(None, "unresolved", "甲")}, truth) == 0
    assert quality.compare(
        {("a.md", 2): quality.Found(None, "unresolved", "甲"), ("a.md", 3): quality.Found(0, "id", "甲")}, truth
    )
