"""Folders that change at random around removed texts, beside a model of what must not be seen.

Every text has words of its own. The model knows the texts of the files and which are removed, and nothing of rows.
WALKS=40 WALK_STEPS=40 in the environment looks further.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.thread_files import FileComment, ThreadFile, exported, quoting, run_import
from threads import moderation
from threads.maintenance import verify
from threads.models import Article, Author, Comment, Reason, Visibility

if TYPE_CHECKING:
    from pathlib import Path

    from django.db.models import QuerySet
    from django.test import Client

pytestmark = pytest.mark.django_db

SEEDS = range(int(os.environ.get("WALK_FROM", "0")), int(os.environ.get("WALKS", "2")))
STEPS = int(os.environ.get("WALK_STEPS", "8"))
NAMES = ("anna", "bert", "cleo", "dora", "emil")
SYLLABLES = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu", "ja")
LEAST_WORDS = 10


def word(number: int) -> str:
    """Return a word that no other text has."""
    return "x" + "".join(SYLLABLES[(number * 40503 >> 4 * place) % 16] for place in range(4))


@dataclass(eq=False)
class Lineage:
    """All wordings and copies of one text."""

    words: set[str]
    removed: bool = False
    final: bool = False
    """True if it was redacted or its author opted out."""


@dataclass
class Text:
    """One text as a file has it."""

    lineage: Lineage
    words: list[str]
    author: str
    day: int = 20
    quote: str = ""

    def comment(self) -> FileComment:
        body = " ".join(self.words).capitalize() + "."
        return FileComment(self.author, quoting(self.quote, body) if self.quote else body, f"2020-09-{self.day:02}")


@dataclass
class File:
    """A file; the first text is the opening."""

    number: int | None
    path: str
    host: str
    texts: list[Text] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        opening = self.texts[0]
        title = " ".join(opening.words[:3])
        thread = ThreadFile(self.number, title, " ".join(opening.words[3:]), opening.author)
        content = thread.with_comments(*(text.comment() for text in self.texts[1:])).text()
        path = folder / self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("https://garden.example", f"https://{self.host}"), encoding="utf-8")


class Walk:
    """One archive, its folder, and the model of both."""

    def __init__(self, seed: int, folder: Path, client: Client) -> None:
        self.random, self.client, self.tmp, self.folder = Random(seed), client, folder, folder / "in"
        self.numbers = count(seed * 1009 + 1)
        self.files: list[File] = []
        self.lineages: list[Lineage] = []
        self.out: set[str] = set()
        self.suspects: set[str] = set()
        """Authors of redacted texts: their new comments of the same day may wait for a moderator."""
        self.trail: list[str] = []
        for number in range(1, 4):
            file = File(number, f"{number}.md", "garden.example", [self.text()])
            self.files.append(file)
            for _ in range(4):
                self.add(file)
        self.bring()

    def fresh(self, number: int) -> list[str]:
        return [word(next(self.numbers)) for _ in range(number)]

    def text(self) -> Text:
        words = self.fresh(self.random.randint(LEAST_WORDS, 30))
        lineage = Lineage(set(words))
        self.lineages.append(lineage)
        return Text(lineage, words, self.random.choice(NAMES))

    def add(self, file: File) -> None:
        text = self.text()
        if file.texts[1:] and self.random.random() < 0.5:
            quoted = self.random.choice(file.texts[1:])
            text.quote = (" ".join(quoted.words).capitalize() + ".")[:47] + "..."
        file.texts.append(text)

    def add_somewhere(self) -> None:
        self.add(self.some_file())

    def some_file(self) -> File:
        return self.random.choice(self.files)

    def some_text(self, file: File | None = None) -> Text:
        """Return a text of a file, most often a removed one."""
        texts = [text for each in ([file] if file else self.files) for text in each.texts]
        removed = [text for text in texts if text.lineage.removed]
        return self.random.choice(removed if removed and self.random.random() < 0.7 else texts)

    def reword(self, text: Text, words: list[str]) -> None:
        text.words = words
        text.lineage.words.update(words)

    # What happens to files

    def edit(self) -> None:
        text = self.some_text()
        self.reword(text, [*self.fresh(3), *text.words[3:]])

    def append(self) -> None:
        text = self.some_text()
        self.reword(text, [*text.words, *self.fresh(4)])

    def cut(self) -> None:
        text = self.some_text()
        text.words = text.words[: max(LEAST_WORDS, len(text.words) // 2)]

    def truncate(self) -> None:
        """Cut a file off, as an interrupted copy does."""
        file = self.some_file()
        if len(file.texts) > 2:
            del file.texts[self.random.randrange(2, len(file.texts)) :]

    def rename_author(self) -> None:
        self.some_text().author = self.random.choice([name for name in NAMES if name not in self.out] or ["匿名用户"])

    def shift_day(self) -> None:
        text = self.some_text()
        text.day += 1 if text.day < 28 else -1

    def duplicate(self) -> None:
        file = self.some_file()
        file.texts.append(deepcopy_text(self.some_text(file)))

    def split_text(self) -> None:
        file = self.some_file()
        text = self.some_text(file)
        half = len(text.words) // 2
        if half < LEAST_WORDS or text is file.texts[0]:
            return
        rest = replace(text, words=text.words[half:], quote="")
        text.words = text.words[:half]
        if not text.lineage.removed:
            rest.lineage = Lineage(set(rest.words))
            text.lineage.words -= rest.lineage.words
            self.lineages.append(rest.lineage)
        file.texts.append(rest)

    def rename(self) -> None:
        self.some_file().path = self.random.choice(["", "2020/", "old/"]) + f"f{next(self.numbers)}.md"

    def renumber(self) -> None:
        self.some_file().number = self.random.choice([None, next(self.numbers)])

    def new_host(self) -> None:
        host = self.random.choice(["garden.example", "meadow.example", "orchard.example"])
        for file in self.files:
            file.host, file.path = host, f"{host}-{file.path.rsplit('-', 1)[-1].replace('/', '_')}"

    def mirror(self) -> None:
        file = self.some_file()
        copy = replace(file, host="mirror.example", path=f"mirror/{next(self.numbers)}.md")
        copy.texts = [deepcopy_text(text) for text in file.texts]
        self.files.append(copy)

    def split_file(self) -> None:
        file = self.some_file()
        if len(file.texts) > 3 and not file.texts[0].lineage.removed:
            rest = File(next(self.numbers), f"s{next(self.numbers)}.md", file.host, [self.text(), *file.texts[3:]])
            del file.texts[3:]
            self.files.append(rest)

    def unite(self) -> None:
        if len(self.files) > 2:
            file = self.some_file()
            if not file.texts[0].lineage.removed:
                self.files.remove(file)
                self.some_file().texts += file.texts[1:]

    def lose(self) -> None:
        if len(self.files) > 2:
            self.lost = self.some_file()
            self.files.remove(self.lost)
        elif hasattr(self, "lost") and self.lost not in self.files:
            self.files.append(self.lost)

    # What moderators do

    def hide(self) -> None:
        """Hide every row of a text, as a moderator does who searches for it."""
        lineage = self.random.choice(self.lineages)
        moderation.hide(comments_of(lineage), by=None, reason=Reason.PRIVACY)
        moderation.hide(articles_of(lineage), by=None, reason=Reason.PRIVACY)
        lineage.removed = True
        self.hide_quotes(lineage)

    def hide_quotes(self, lineage: Lineage) -> None:
        """Hide what still quotes a removed text in another thread, as a moderator does who searches for its words."""
        shown = {line["key"]: str(line).lower() for line in exported(self.tmp)}
        for row in Comment.objects.visible():
            if any(one in shown[row.key] for one in lineage.words):
                for other in [each for each in self.lineages if each.words & own_words(row)]:
                    moderation.hide(comments_of(other), by=None, reason=Reason.PRIVACY)
                    moderation.hide(articles_of(other), by=None, reason=Reason.PRIVACY)
                    if not other.removed:
                        other.removed = True
                        self.hide_quotes(other)

    def redact(self) -> None:
        lineage = self.random.choice(self.lineages)
        self.suspects |= {row.author.name for row in comments_of(lineage) if row.author}
        moderation.redact(comments_of(lineage), by=None, reason=Reason.PRIVACY)
        moderation.redact(articles_of(lineage), by=None, reason=Reason.PRIVACY)
        lineage.removed = lineage.final = True
        self.hide_quotes(lineage)

    def restore(self) -> None:
        removed = [lineage for lineage in self.lineages if lineage.removed and not lineage.final]
        if removed:
            lineage = self.random.choice(removed)
            moderation.restore(comments_of(lineage), by=None)
            moderation.restore(articles_of(lineage), by=None)
            lineage.removed = False

    def opt_out(self) -> None:
        if len(self.out) < 2:
            author = self.random.choice(list(Author.objects.filter(name__in=NAMES, opted_out=False).order_by("name")))
            theirs = [*Comment.objects.filter(author=author), *Article.objects.filter(author=author)]
            for lineage in self.lineages:
                if any(lineage.words & own_words(row) for row in theirs):
                    # What is removed with one of its copies is removed with all.
                    moderation.hide(comments_of(lineage), by=None, reason=Reason.REQUEST)
                    moderation.hide(articles_of(lineage), by=None, reason=Reason.REQUEST)
                    lineage.removed = lineage.final = True
                    self.hide_quotes(lineage)
            moderation.opt_out(author, by=None)
            self.out.add(author.name)

    # What must then be so

    def step(self) -> None:
        files = [
            *(self.edit, self.append, self.cut, self.truncate, self.rename_author, self.shift_day, self.duplicate),
            *(self.split_text, self.rename, self.renumber, self.new_host, self.mirror, self.split_file, self.unite),
            *(self.lose, self.add_somewhere),
        ]
        if self.random.random() < 0.35:
            act = self.random.choice([self.hide, self.hide, self.redact, self.restore, self.opt_out])
            self.trail.append(act.__name__)
            act()
        else:
            for change in self.random.sample(files, self.random.randint(1, 3)):
                self.trail.append(change.__name__)
                change()
            self.bring()
        self.check()

    def bring(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for file in self.files:
            file.write(self.folder)
        prune = self.random.random() < 0.5
        self.trail.append("import --prune" if prune else "import")
        assert run_import(self.folder, prune=prune, force=prune) == 0

    def check(self) -> None:
        secret = set().union(*(lineage.words for lineage in self.lineages if lineage.removed))
        for place, content in self.surfaces(secret):
            shown = sorted(found for found in secret if found in content.lower())
            assert not shown, place
        assert verify.verify_archive([], 1).differences == []

    def surfaces(self, secret: set[str]) -> list[tuple[str, str]]:
        lines = exported(self.tmp)
        found = [("export", str(lines))]
        shown = str([line["body"] for line in lines] + [line.get("title") for line in lines]).lower()
        keys = [(file.host, file.number) for file in self.files]
        for file in self.files:
            if keys.count((file.host, file.number)) > 1:
                # Files of one thread are united: the newest wording is shown.
                continue
            is_open = not file.texts[0].lineage.removed and file.texts[0].author not in self.out
            for text in file.texts[1:] if is_open else ():
                if not text.lineage.removed and text.author not in self.out | self.suspects:
                    assert text.words[-1] in shown, ("missing", text.words[:3])
        paths = ["/", "/authors/", "/tags/", "/dates/2020/9/20/", "/feeds/threads/", "/feeds/comments/"]
        paths += ["/sitemaps/threads-0.xml", "/sitemaps/authors-0.xml"]
        for article in Article.objects.visible():
            paths += [article.get_absolute_url(), article.get_absolute_url() + "?view=flat"]
        for row in list(Comment.objects.visible().order_by("?"))[:2]:
            paths.append(row.get_absolute_url() + "card/")
        found += [(path, self.client.get(path).content.decode()) for path in paths]
        for one in self.random.sample(sorted(secret), min(2, len(secret))):
            for path in (f"/search/?q={one}", f"/feeds/search/?q={one}", f"/search/suggest?q={one}"):
                found.append((path, self.client.get(path).content.decode().replace(one, "")))
        return found


def deepcopy_text(text: Text) -> Text:
    return replace(text, words=list(text.words))


def own_words(row: Comment | Article) -> set[str]:
    text = row.body.rsplit("\n", 1)[-1] if isinstance(row, Comment) else f"{row.title} {row.body}"
    return set(text.lower().replace(".", "").split())


def comments_of(lineage: Lineage) -> QuerySet[Comment]:
    """Return the comments with words of a text, outside quotes."""
    rows = Comment.objects.exclude(visibility=Visibility.REDACTED)
    return Comment.objects.filter(pk__in=[row.pk for row in rows if lineage.words & own_words(row)])


def articles_of(lineage: Lineage) -> QuerySet[Article]:
    """Return the articles with words of a text."""
    rows = Article.objects.exclude(visibility=Visibility.REDACTED)
    return Article.objects.filter(pk__in=[row.pk for row in rows if lineage.words & own_words(row)])


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_to_files_nothing_removed_comes_back(seed: int, tmp_path: Path, client: Client) -> None:
    walk = Walk(seed, tmp_path, client)
    try:
        for _ in range(STEPS):
            walk.step()
    except Exception as error:
        error.add_note(" → ".join(walk.trail))
        raise
