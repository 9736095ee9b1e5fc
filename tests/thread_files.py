"""Thread files for tests of the importer, written as real folders have them, from plain values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.core.management import CommandError, call_command

from threads import moderation
from threads.models import Article, Author, Comment, FormerKey, Reason

if TYPE_CHECKING:
    from pathlib import Path

SITE = "https://garden.example"


@dataclass(frozen=True)
class Said:
    """One comment of a file; `to` is the name in its heading."""

    author: str
    words: str
    day: str = "2020-09-29"
    to: str = ""

    def text(self) -> str:
        """Return the comment as files have it."""
        names = f"{self.author} \n{self.to}" if self.to else self.author
        return f"            \n### 园圃用户 **{names}** 评论于 {self.day}\n        \n{self.words}\n        \n\n\n"


@dataclass(frozen=True)
class ThreadFile:
    """One file; `number` is that of the closing link, None for a file without."""

    number: int | None = 1
    title: str = "When to prune roses"
    body: str = "Late winter or early spring?"
    author: str = "gardener"
    lastmod: str = "2020-09-29T08:00:00+00:00"
    tags: str = "roses, pruning"
    comments: tuple[Said, ...] = field(default=())

    def text(self) -> str:
        """Return the file."""
        head = (
            f"---\nlayout: default\nLastmod: {self.lastmod}\ndate: 2020-09-28T00:00:00.000Z\n"
            f'title: "{self.title}"\nauthor: "{self.author}"\ntags: [{self.tags}]\n---\n\n'
        )
        said = "".join(comment.text() for comment in self.comments)
        closing = f"> [点击原文参与讨论]({SITE}/article/{self.number})" if self.number else ""
        return f"{head}{self.body}\n\n{said}{closing}\n"

    def saying(self, *comments: Said) -> ThreadFile:
        """Return the file with these comments and no others."""
        return replace(self, comments=comments)

    def write(self, path: Path) -> Path:
        """Write the file, with the folders above it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text(), encoding="utf-8")
        return path

    @property
    def key(self) -> str:
        """Return the key of its closing link."""
        return f"garden.example/article/{self.number}"


def quoting(excerpt: str, words: str, number: int = 7) -> str:
    """Return the words of a comment that quotes another by its first words and its number at the source."""
    return f'> [\\>>]( "/article/item_id-{number}#"){excerpt}\n\n  \n{words}'


def run_import(*paths: Path, **options: Any) -> int:
    """Import; return the exit code."""
    return run("import_archive", *paths, **({"workers": 1} | options))


def run(command: str, *paths: Path, **options: Any) -> int:
    """Run a command; return the exit code."""
    try:
        call_command(command, *map(str, paths), **options)
    except CommandError as error:
        return error.returncode
    return 0


def exported(folder: Path) -> list[dict[str, Any]]:
    """Return the archive as its JSON export has it."""
    out = folder / "export.jsonl"
    call_command("export_archive", str(out), "--format", "jsonl", verbosity=0)
    lines = out.read_text(encoding="utf-8").splitlines()
    out.unlink()
    return [json.loads(line) for line in lines]


MARCH = Said("hiker", "In March, when the forsythia blooms, and not before.")
NORTH = Said("baker", quoting("In March, when the forsythia blooms...", "Later in the north."), to="hiker")
NEVER = Said("brewer", "Never prune in the rain, whatever the month may be.", "2020-10-02")
ROSES = ThreadFile(comments=(MARCH, NORTH, NEVER))
TEA = ThreadFile(2, "Green tea", "How hot may the water be?", "brewer", tags="tea", comments=(Said("hiker", "70 °C."),))


def ids() -> dict[str, int]:
    """Return the ids of comments that are in their place, by the first words of their own."""
    return {comment.body.split("\n")[-1][:12]: comment.pk for comment in Comment.objects.current()}


def hide(comment: Comment) -> None:
    """Hide a comment as a moderator does."""
    moderation.hide(Comment.objects.filter(pk=comment.pk), by=None, reason=Reason.PRIVACY)


def by(author: str, article: str = ROSES.key) -> Comment:
    """Return the comment of an author in a thread."""
    return Comment.objects.get(author__name=author, article__key=article)


def is_like_a_clean_import(folder: Path, tmp_path: Path) -> bool:
    """Say whether the archive's export is that of a new archive of the same folder."""
    found = exported(tmp_path)
    Article.objects.all().delete()
    Author.objects.all().delete()
    FormerKey.objects.all().delete()
    run_import(folder)
    return found == exported(tmp_path)
