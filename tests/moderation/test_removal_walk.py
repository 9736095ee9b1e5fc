"""Folders that change at random around removed texts, beside a model of what must not be seen.

Every text has words of its own. The model knows the texts of the files and which are removed. Moderators remove the
rows that are current, and nothing that returns later. WALKS=40 WALK_STEPS=40 in the environment looks further.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from tests.thread_files import FileComment, ThreadFile, exported, quoting, run_import
from threads import moderation
from threads.maintenance import verify
from threads.models import Article, Author, Comment, Quote, Reason, Report, SourceFile, Visibility

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
BEGINNING = 30
"""Characters of a quote by which it is known: at least 24 letters."""


def word(number: int) -> str:
    """Return a word that no other text has."""
    return "x" + "".join(SYLLABLES[(number * 40503 >> 4 * place) % 16] for place in range(4))


@dataclass(eq=False)
class Lineage:
    """All wordings and copies of one text."""

    words: set[str]
    exempt: set[str] = field(default_factory=set)
    """Words of an earlier wording that another thread quotes: no row has this wording, so nothing recognizes it."""
    removed: bool = False
    final: bool = False
    """True if it was redacted or its author opted out."""


@dataclass
class Text:
    """One text as a file has it."""

    lineage: Lineage
    words: list[str]
    author: str
    number: int
    """The source's own id of the text; quotes of it have it."""
    day: int = 20
    quote: str = ""
    """The quote mark and the excerpt before the text."""
    addressee: str = ""

    def comment(self) -> FileComment:
        return FileComment(self.author, self.quote + self.body, f"2020-09-{self.day:02}", self.addressee)

    @property
    def body(self) -> str:
        return " ".join(self.words).capitalize() + "."


@dataclass
class File:
    """A file; the first text is the opening."""

    number: int | None
    path: str
    host: str
    texts: list[Text] = field(default_factory=list)
    took_hidden: bool = False
    """True if it took comments from a thread with a removed opening: its own thread is hidden then."""

    @property
    def key(self) -> str:
        """Files with equal keys are one thread."""
        return f"{self.host}/{self.number}" if self.number else self.path

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
        return Text(lineage, words, self.random.choice(NAMES), next(self.numbers))

    def add(self, file: File, quoted_from: File | None = None) -> None:
        """Add a comment; half of them quote a comment of the file, or of another."""
        text = self.text()
        others = (quoted_from or file).texts[1:]
        if others and (quoted_from or self.random.random() < 0.5):
            quoted = self.random.choice(others)
            mark = quoting(quoted.body[:47] + "...", "", quoted.number)
            has_id = self.random.random() < 0.7
            text.quote = mark if has_id else mark.replace(f"/article/item_id-{quoted.number}#", "")
            text.addressee = quoted.author if self.random.random() < 0.5 else ""
        file.texts.append(text)

    def quote_elsewhere(self) -> None:
        self.add(self.some_file(), self.some_file())

    def copy_elsewhere(self) -> None:
        """Repeat a text in another thread, most often under another name."""
        copy = deepcopy_text(self.some_text())
        copy.author, copy.number = self.random.choice(self.names()), next(self.numbers)
        self.some_file().texts.append(copy)

    def names(self) -> list[str]:
        return [name for name in NAMES if name not in self.out] + ["匿名用户"]

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
        self.some_text().author = self.random.choice(self.names())

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
        rest = replace(text, words=text.words[half:], quote="", addressee="", number=next(self.numbers))
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
        if len(file.texts) > 3:
            rest = File(next(self.numbers), f"s{next(self.numbers)}.md", file.host, [self.text(), *file.texts[3:]])
            rest.took_hidden = self.is_hidden(file)
            del file.texts[3:]
            self.files.append(rest)

    def unite(self) -> None:
        if len(self.files) > 2:
            file = self.some_file()
            self.files.remove(file)
            other = self.some_file()
            other.texts += file.texts[1:]
            other.took_hidden |= self.is_hidden(file)

    def lose(self) -> None:
        if len(self.files) > 2:
            self.lost = self.some_file()
            self.files.remove(self.lost)
        elif hasattr(self, "lost") and self.lost not in self.files:
            self.files.append(self.lost)

    # What moderators do

    def some_lineage(self) -> Lineage:
        """Return a text that a moderator finds."""
        return self.random.choice(
            [each for each in self.lineages if any(map(len, current_rows(each)))] or self.lineages
        )

    def hide(self) -> None:
        self.remove(self.some_lineage())

    def redact(self) -> None:
        self.remove(self.some_lineage(), redact=True)

    def remove(self, lineage: Lineage, *, redact: bool = False) -> None:
        """Hide or redact the current rows of a text, as a moderator does who searches for it."""
        lineage.exempt |= words_of_unknown_quotes(lineage)
        comments, articles = current_rows(lineage)
        remove = moderation.redact if redact else moderation.hide
        remove(comments, by=None, reason=Reason.PRIVACY)
        remove(articles, by=None, reason=Reason.PRIVACY)
        lineage.removed = True
        lineage.final |= redact

    def restore(self) -> None:
        removed = [lineage for lineage in self.lineages if lineage.removed and not lineage.final]
        if removed:
            lineage = self.random.choice(removed)
            comments, articles = rows_of(lineage)
            moderation.restore(comments, by=None)
            moderation.restore(articles, by=None)
            lineage.removed = False

    def opt_out(self) -> None:
        authors = list(Author.objects.filter(name__in=NAMES, opted_out=False).order_by("name"))
        if len(self.out) < 2 and authors:
            author = self.random.choice(authors)
            theirs = [*Comment.objects.filter(author=author), *Article.objects.filter(author=author)]
            for lineage in self.lineages:
                if any(lineage.words & own_words(row) for row in theirs):
                    # What is removed with one of its copies is removed with all.
                    self.remove(lineage)
                    lineage.final = True
            moderation.opt_out(author, by=None)
            self.out.add(author.name)

    def answer_reports(self) -> None:
        """Decide on the texts that wait for it: those that were not removed are restored."""
        secret = set().union(*(lineage.words for lineage in self.lineages if lineage.removed))
        comments, articles = waiting_rows()
        moderation.restore(comments.filter(pk__in=[row.pk for row in comments if not own_words(row) & secret]), by=None)
        moderation.restore(articles.filter(pk__in=[row.pk for row in articles if not own_words(row) & secret]), by=None)
        moderation.close_reports(Report.objects.all(), Report.Status.DONE, by=None)

    # What must then be so

    def step(self) -> None:
        files = [
            *(self.edit, self.append, self.cut, self.truncate, self.rename_author, self.shift_day, self.duplicate),
            *(self.split_text, self.rename, self.renumber, self.new_host, self.mirror, self.split_file, self.unite),
            *(self.lose, self.add_somewhere, self.quote_elsewhere, self.copy_elsewhere),
        ]
        acts = [self.hide, self.hide, self.redact, self.restore, self.opt_out, self.answer_reports]
        if self.random.random() < 0.35:
            act = self.random.choice(acts)
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
        removed = [lineage for lineage in self.lineages if lineage.removed]
        secret = set().union(*(lineage.words - lineage.exempt for lineage in removed))
        for place, content in self.surfaces(secret):
            shown = sorted(found for found in secret if found in content.lower())
            assert not shown, place
        self.check_nothing_else_is_hidden()
        assert verify.verify_archive([], 1).differences == []

    def is_hidden(self, file: File) -> bool:
        same = [other for other in self.files if other.key == file.key] or [file]
        openings = [other.texts[0] for other in same]
        hidden = any(text.lineage.removed or text.author in self.out for text in openings)
        return hidden or any(other.took_hidden for other in same)

    def check_nothing_else_is_hidden(self) -> None:
        lines = exported(self.tmp)
        shown = str([line["body"] for line in lines] + [line.get("title") for line in lines]).lower()
        shown += " ".join(" ".join(own_words(row)) for rows in waiting_rows() for row in rows)
        keys = [file.key for file in self.files]
        for file in self.files:
            # Files of one thread are united: one wording is shown. Without --prune, lost files are among them.
            stored = SourceFile.objects.filter(withdrawn_at=None, article__source_files__path=file.path).count()
            is_alone = keys.count(file.key) == 1 and stored == 1
            for text in file.texts[1:] if is_alone and not self.is_hidden(file) else ():
                is_removed = text.lineage.removed or text.author in self.out
                assert is_removed or text.words[-1] in shown, ("missing", text.words[:3])

    def surfaces(self, secret: set[str]) -> list[tuple[str, str]]:
        originals = self.tmp / "originals"
        call_command("export_archive", str(originals), "--format", "source", verbosity=0)
        found = [("export", str(exported(self.tmp)))]
        found += [("original", path.read_text(encoding="utf-8")) for path in originals.rglob("*.md")]
        shutil.rmtree(originals, ignore_errors=True)
        paths = ["/", "/authors/", "/tags/", "/feeds/threads/", "/feeds/comments/"]
        paths += [f"/dates/2020/9/{day}/" for day in {text.day for file in self.files for text in file.texts}]
        paths += ["/sitemaps/threads-0.xml", "/sitemaps/authors-0.xml"]
        for article in Article.objects.visible():
            address = article.get_absolute_url()
            paths += [address, address + "?view=flat", f"/feeds/thread/{article.key}/", f"/cite/thread/{article.key}/"]
        rows = list(Comment.objects.order_by("pk"))
        for row in self.random.sample(rows, min(4, len(rows))):
            permalink = row.get_absolute_url()
            paths += [permalink, permalink + "card/", permalink + "text/", f"/cite/comment/{row.key}/"]
        for author in Author.objects.order_by("pk"):
            paths += [author.get_absolute_url(), f"/feeds/author/{author.slug}/comments/"]
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


def rows_of(lineage: Lineage) -> tuple[QuerySet[Comment], QuerySet[Article]]:
    """Return the comments and articles with words of a text, outside quotes."""
    comments = Comment.objects.exclude(visibility=Visibility.REDACTED)
    articles = Article.objects.exclude(visibility=Visibility.REDACTED)
    return (
        Comment.objects.filter(pk__in=[row.pk for row in comments if lineage.words & own_words(row)]),
        Article.objects.filter(pk__in=[row.pk for row in articles if lineage.words & own_words(row)]),
    )


def current_rows(lineage: Lineage) -> tuple[QuerySet[Comment], QuerySet[Article]]:
    """Return those rows that are in a file."""
    comments, articles = rows_of(lineage)
    return comments.filter(withdrawn_at=None, article__withdrawn_at=None), articles.filter(withdrawn_at=None)


def waiting_rows() -> tuple[QuerySet[Comment], QuerySet[Article]]:
    """Return the hidden comments and articles on which a report asks a moderator to decide."""
    waiting = {"visibility": Visibility.HIDDEN, "reports__status": Report.Status.OPEN}
    return Comment.objects.filter(**waiting), Article.objects.filter(**waiting)


def words_of_unknown_quotes(lineage: Lineage) -> set[str]:
    """Return words of a text in quotes that do not begin like it today, and are not known to be quotes of it.

    Rows that are in no file are not removed with the others, so quotes of them are unknown too.
    """
    comments, _articles = current_rows(lineage)
    known = {row.pk for row in comments}
    beginnings = [row.body.rsplit("\n", 1)[-1].lower()[:BEGINNING] for row in comments]
    words: set[str] = set()
    for quote in Quote.objects.exclude(target__in=known):
        if quote.excerpt.lower()[:BEGINNING] not in beginnings:
            words |= lineage.words & set(quote.excerpt.lower().replace(".", "").split())
    return words


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_to_files_nothing_removed_comes_back(seed: int, tmp_path: Path, client: Client) -> None:
    walk = Walk(seed, tmp_path, client)
    try:
        for _ in range(STEPS):
            walk.step()
    except Exception as error:
        error.add_note(" → ".join(walk.trail))
        raise
