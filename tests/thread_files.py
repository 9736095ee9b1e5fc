"""Thread files for import tests, in the form of real files, and the commands that import them."""

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
class FileComment:
    """One comment of a file."""

    author: str
    body: str
    day: str = "2020-09-29"
    addressee: str = ""

    def text(self) -> str:
        """Return the comment in the form of real files."""
        names = f"{self.author} \n{self.addressee}" if self.addressee else self.author
        return f"            \n### 园圃用户 **{names}** 评论于 {self.day}\n        \n{self.body}\n        \n\n\n"


@dataclass(frozen=True)
class ThreadFile:
    """One file. `number` is in its closing link; None leaves the link out."""

    number: int | None = 1
    title: str = "When to prune roses"
    body: str = "Late winter or early spring?"
    author: str = "gardener"
    lastmod: str = "2020-09-29T08:00:00+00:00"
    tags: str = "roses, pruning"
    comments: tuple[FileComment, ...] = field(default=())

    def text(self) -> str:
        """Return the content of the file."""
        head = (
            f"---\nlayout: default\nLastmod: {self.lastmod}\ndate: 2020-09-28T00:00:00.000Z\n"
            f'title: "{self.title}"\nauthor: "{self.author}"\ntags: [{self.tags}]\n---\n\n'
        )
        comments = "".join(comment.text() for comment in self.comments)
        closing = f"> [点击原文参与讨论]({SITE}/article/{self.number})" if self.number else ""
        return f"{head}{self.body}\n\n{comments}{closing}\n"

    def with_comments(self, *comments: FileComment) -> ThreadFile:
        """Return the file with these comments and no others."""
        return replace(self, comments=comments)

    def write(self, path: Path) -> Path:
        """Write the file and the folders above it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text(), encoding="utf-8")
        return path

    @property
    def key(self) -> str:
        """Return the thread key of the closing link."""
        return f"garden.example/article/{self.number}"


def quoting(excerpt: str, reply: str, number: int = 7) -> str:
    """Return the body of a comment that quotes `excerpt`; `number` is the source's id of the quoted comment."""
    return f'> [\\>>]( "/article/item_id-{number}#"){excerpt}\n\n  \n{reply}'


def run_import(*paths: Path, **options: Any) -> int:
    """Run `import_archive` with one worker. Return the exit code."""
    return run("import_archive", *paths, **({"workers": 1} | options))


def run(command: str, *paths: Path, **options: Any) -> int:
    """Run a management command. Return its exit code."""
    try:
        call_command(command, *map(str, paths), **options)
    except CommandError as error:
        return error.returncode
    return 0


def exported(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a jsonl export of the archive."""
    out = folder / "export.jsonl"
    call_command("export_archive", str(out), "--format", "jsonl", verbosity=0)
    lines = out.read_text(encoding="utf-8").splitlines()
    out.unlink()
    return [json.loads(line) for line in lines]


MARCH = FileComment("hiker", "In March, when the forsythia blooms, and not before.")
NORTH = FileComment(
    "baker", quoting("In March, when the forsythia blooms...", "Later in the north."), addressee="hiker"
)
NEVER = FileComment("brewer", "Never prune in the rain, whatever the month may be.", "2020-10-02")
ROSES = ThreadFile(comments=(MARCH, NORTH, NEVER))
TEA = ThreadFile(
    2, "Green tea", "How hot may the water be?", "brewer", tags="tea", comments=(FileComment("hiker", "70 °C."),)
)


def ids() -> dict[str, int]:
    """Return the ids of current comments by the first 12 characters of their last line."""
    return {comment.body.split("\n")[-1][:12]: comment.pk for comment in Comment.objects.current()}


def hide(comment: Comment) -> None:
    """Hide a comment with the function that moderators use."""
    moderation.hide(Comment.objects.filter(pk=comment.pk), by=None, reason=Reason.PRIVACY)


def by(author: str, article: str = ROSES.key) -> Comment:
    """Return the only comment of an author in a thread."""
    return Comment.objects.get(author__name=author, article__key=article)


def is_like_a_clean_import(folder: Path, tmp_path: Path) -> bool:
    """Return True if the export equals that of a new import of the same folder. Empties the archive."""
    found = exported(tmp_path)
    Article.objects.all().delete()
    Author.objects.all().delete()
    FormerKey.objects.all().delete()
    run_import(folder)
    return found == exported(tmp_path)
