"""Moderators and imports by turns, at random, beside a simple model of what may then be seen, and where.

Every text holds a word of its own, by which it is known again wherever it is shown. The model knows files and
decisions, and nothing of rows. WALKS=40 WALK_STEPS=40 in the environment looks further.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as escaped

import pytest
from django.core.management import call_command
from django.urls import reverse

from tests.thread_files import FileComment, ThreadFile, exported, quoting, run, run_import
from threads import moderation
from threads.maintenance import verify
from threads.models import (
    Article,
    Author,
    Comment,
    LinkCorrection,
    LinkMethod,
    ModerationAction,
    Quote,
    Reason,
    Report,
    SourceFile,
    Tag,
    Visibility,
)
from threads.moderation import ModerationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db

SEEDS = range(int(os.environ.get("WALKS", "2")))
STEPS = int(os.environ.get("WALK_STEPS", "15"))
MARK = re.compile(r"zx[a-z]{3}q")
NAMES = ("anna", "bert", "cleo", "dora", "emil")
TAGS = ("tea", "roses", "lamps")


def mark(number: int) -> str:
    """Return a word that stands in one text only."""
    return "zx" + "".join(chr(97 + number // 26**place % 26) for place in range(3)) + "q"


@dataclass
class Text:
    """A comment, or the opening of a thread, as its file has it."""

    mark: str
    author: str
    quotes: str = ""
    """The mark of the comment that it quotes."""
    inline: bool = False
    to: str = ""


@dataclass
class File:
    """A file; the first of its texts is the opening."""

    number: int
    path: str
    texts: list[Text]
    tags: tuple[str, ...]

    def write(self, folder: Path) -> None:
        by = {text.mark: text for text in self.texts}
        said = []
        for text in self.texts[1:]:
            words = f"{text.mark} is what I say of it."
            text.to = by[text.quotes].author if text.quotes in by else text.to
            if text.quotes:
                excerpt, number = f"{text.quotes} is what I say...", int.from_bytes(text.quotes.encode()[2:5])
                words = (
                    f"{words}\n\n{quoting(excerpt, 'So it is.', number)}"
                    if text.inline
                    else quoting(excerpt, words, number)
                )
            said.append(FileComment(text.author, words, addressee=text.to))
        opening = self.texts[0]
        file = ThreadFile(
            self.number, opening.mark, f"Opening {opening.mark}.", opening.author, tags=", ".join(self.tags)
        )
        file.with_comments(*said).write(folder / self.path)


@dataclass
class Decided:
    """What moderators have decided, by marks and names."""

    hidden: set[str] = field(default_factory=set)
    redacted: set[str] = field(default_factory=set)
    out: set[str] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    same_tag: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str | None] = field(default_factory=dict)
    """Corrected comment to what it answers: the mark of a comment, or that of the opening."""

    def secret(self, text: Text) -> bool:
        """Say whether a text may be seen by nobody."""
        return text.mark in self.hidden | self.redacted or text.author in self.out

    def person(self, name: str) -> str:
        return self.merged.get(name, name)

    def names(self, name: str) -> set[str]:
        top = self.person(name)
        return {top, *(other for other, into in self.merged.items() if into == top)}


class Walk:
    """One archive, its folder, and the model of both."""

    def __init__(self, seed: int, folder: Path, client: Client) -> None:
        self.random, self.client, self.tmp, self.folder = Random(seed), client, folder, folder / "in"
        self.folder.mkdir()
        self.numbers = count()
        self.files: dict[int, File] = {}
        self.held: dict[int, File] = {}
        """What the archive holds of files, as they were imported last."""
        self.gone: dict[str, Text] = {}
        """Texts that were in a file once."""
        self.decided = Decided()
        self.done: list[tuple[list[ModerationAction], Decided]] = []
        self.trail: list[str] = []
        self.moved: set[str] = set()
        """Texts whose author changed, so that a withdrawn row may have the same words."""
        for number in range(1, 4):
            self.files[number] = File(number, f"{number}.md", [self.text()], self.some_tags())
            for _ in range(4):
                self.add(number)
        self.bring()

    def text(self, quotes: str = "") -> Text:
        return Text(mark(next(self.numbers)), self.random.choice(NAMES), quotes, self.random.random() < 0.5)

    def some_tags(self) -> tuple[str, ...]:
        return tuple(self.random.sample(TAGS, 2))

    def add(self, number: int) -> None:
        texts = self.files[number].texts
        quoted = self.random.choice(texts[1:]).mark if texts[1:] and self.random.random() < 0.7 else ""
        texts.insert(self.random.randint(1, len(texts)) if not quoted else len(texts), self.text(quoted))

    # What happens

    def step(self) -> None:
        name, do = self.random.choice([*self.imports(), *self.acts(), *self.acts()])
        self.trail.append(name)
        do()
        self.check()

    def imports(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("import again", self.bring),
            ("import --force", lambda: self.bring(force=True)),
            ("more comments", lambda: self.change(lambda: self.add(self.any_file()))),
            ("a comment removed", lambda: self.change(self.remove)),
            ("a comment back", lambda: self.change(self.put_back)),
            ("another author", lambda: self.change(self.other_author)),
            ("renamed", lambda: self.change(self.rename)),
            ("file gone", lambda: self.change(self.lose, prune=True, force=True)),
            ("other tags", lambda: self.change(self.other_tags)),
            *((name, lambda name=name: self.unchanged(name)) for name in ("reparse", "rerender", "relink")),
            ("rebuild_search", lambda: self.unchanged("rebuild_search")),
        ]

    def any_file(self) -> int:
        return self.random.choice(list(self.files))

    def change(self, edit: Callable[[], object], **options: Any) -> None:
        edit()
        self.bring(**options)

    def bring(self, **options: Any) -> None:
        for path in list(self.folder.iterdir()):
            path.unlink()
        for file in self.files.values():
            file.write(self.folder)
        assert run_import(self.folder, **options) == 0
        before = {text.mark: text for file in self.held.values() for text in file.texts}
        kept = {} if options.get("prune") else {n: file for n, file in self.held.items() if n not in self.files}
        self.held = kept | deepcopy(self.files)
        now = {text.mark for file in self.held.values() for text in file.texts}
        self.gone |= {mark: text for mark, text in before.items() if mark not in now}
        if options.get("prune"):
            assert verify.verify_archive([str(self.folder)], 1).differences == []

    def unchanged(self, command: str) -> None:
        before = exported(self.tmp)
        if command == "rebuild_search":
            call_command(command)
        else:
            assert run(command, workers=1, restart=True) == 0
        assert exported(self.tmp) == before

    def remove(self) -> None:
        texts = self.files[self.any_file()].texts
        if len(texts) > 2:
            texts.pop(self.random.randrange(1, len(texts)))

    def put_back(self) -> None:
        for number, file in self.files.items():
            was = self.held.get(number)
            missing = [t for t in self.gone.values() if was and t.mark not in {x.mark for x in file.texts}]
            home = [t for t in missing if self.home.get(t.mark) == number and t.mark not in self.decided.redacted]
            if home:
                file.texts.append(deepcopy(self.random.choice(home)))
                return

    def other_author(self) -> None:
        text = self.random.choice(
            [t for t in self.files[self.any_file()].texts if not self.decided.secret(t)] or [None]
        )
        if text:
            text.author = self.random.choice(NAMES)
            self.moved.add(text.mark)
            # It is another comment by now, of which nothing was decided.
            answers = self.decided.answers
            self.decided.answers = {one: to for one, to in answers.items() if text.mark not in {one, to}}
            self.done.clear()

    def rename(self) -> None:
        file = self.files[self.any_file()]
        file.path = f"{file.number}-{next(self.numbers)}.md"

    def lose(self) -> None:
        if len(self.files) > 2:
            self.lost = self.files.pop(self.any_file())
        elif hasattr(self, "lost"):
            self.files[self.lost.number] = self.lost

    def other_tags(self) -> None:
        self.files[self.any_file()].tags = self.some_tags()

    def acts(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("hide comments", lambda: self.act(self.hide_comments)),
            ("hide comments again", lambda: self.act(self.hide_comments)),
            ("hide what is gone", lambda: self.act(self.hide_what_is_gone)),
            ("restore comments", lambda: self.act(self.restore_comments)),
            ("hide an article", lambda: self.act(self.hide_article)),
            ("restore articles", lambda: self.act(self.restore_articles)),
            ("redact a comment", lambda: self.act(self.redact)),
            ("opt out", lambda: self.act(self.opt_out)),
            ("opt in", lambda: self.act(self.opt_in)),
            ("merge names", lambda: self.act(self.merge)),
            ("part names", lambda: self.act(self.part)),
            ("merge tags", lambda: self.act(self.merge_tags)),
            ("part tags", lambda: self.act(self.part_tags)),
            ("ignore a tag", lambda: self.act(self.ignore)),
            ("keep tags", lambda: self.act(self.keep)),
            ("correct a link", lambda: self.act(self.relink)),
            ("take a correction back", lambda: self.act(self.unlink)),
            ("answer a report", lambda: self.act(self.report)),
            ("undo", self.undo),
            ("undo again", self.undo),
        ]

    def act(self, do: Callable[[], list[ModerationAction]]) -> None:
        """Do something; by chance undo it at once, which must leave no trace but in the log."""
        before, decided = self.state(), deepcopy(self.decided)
        logged = ModerationAction.objects.count()
        try:
            lines = do()
        except ModerationError as error:
            self.trail.append(f"({error})")
            assert self.state() == before
            self.decided = decided
            return
        assert ModerationAction.objects.count() >= logged + len(lines)
        if any(line.kind == "redact" for line in lines):
            self.done.clear()
            return
        self.done.append((lines, decided))
        if self.random.random() < 0.3:
            self.trail.append("undone at once")
            self.undo()
            assert self.state() == before

    def undo(self) -> None:
        if not self.done:
            return
        lines, self.decided = self.done.pop()
        for line in sorted(lines, key=lambda line: -line.pk):
            moderation.undo(line, by=None)
            line.refresh_from_db()
            assert line.undone_by is not None

    def state(self) -> Any:
        """Return all that moderators decide, and what readers get of it."""
        return (
            list(Article.objects.order_by("pk").values_list("pk", "visibility", "reason")),
            list(Comment.objects.order_by("pk").values_list("pk", "visibility", "reason", "answers", "order")),
            list(LinkCorrection.objects.order_by("comment").values_list("comment", "target", "answers_article")),
            list(Author.objects.order_by("pk").values_list("pk", "merged_into", "opted_out", "comment_count")),
            list(Tag.objects.order_by("pk").values_list("pk", "merged_into", "ignored", "article_count")),
            exported(self.tmp),
        )

    @property
    def home(self) -> dict[str, int]:
        return {text.mark: n for n, marks in self.homes.items() for text in marks}

    @property
    def homes(self) -> dict[int, list[Text]]:
        found: dict[int, list[Text]] = defaultdict(list)
        for text in self.gone.values():
            if comment := Comment.objects.filter(body__contains=f"{text.mark} is what I say of it").first():
                found[int(comment.article.key.rsplit("/", 1)[1])].append(text)
        return found

    def row(self, text: Text) -> Comment:
        rows = Comment.objects.filter(body__contains=f"{text.mark} is what I say of it.")
        return rows.current().get()

    def comments(self, wanted: Callable[[Text], bool]) -> list[Text]:
        """Return comments in their place that have words yet."""
        found = [t for file in self.held.values() for t in file.texts[1:] if t.mark not in self.decided.redacted]
        return [text for text in found if wanted(text)]

    def hide_comments(self) -> list[ModerationAction]:
        some = self.comments(lambda text: not self.decided.secret(text))
        some = self.random.sample(some, min(2, len(some)))
        self.decided.hidden |= {text.mark for text in some}
        rows = Comment.objects.filter(pk__in=[self.row(text).pk for text in some])
        return moderation.hide(rows, by=None, reason=self.random.choice([Reason.REQUEST, Reason.SPAM]))

    def hide_what_is_gone(self) -> list[ModerationAction]:
        here = {text.mark for file in self.held.values() for text in file.texts}
        texts = [text for text in self.gone.values() if text.mark not in here | self.moved | self.decided.redacted]
        rows = {text.mark: Comment.objects.filter(body__contains=f"{text.mark} is what I say of it.") for text in texts}
        some = [text for text in texts if rows[text.mark].exists() and not self.decided.secret(text)]
        if not some:
            return []
        text = self.random.choice(some)
        self.decided.hidden.add(text.mark)
        return moderation.hide(rows[text.mark], by=None, reason=Reason.SPAM)

    def restore_comments(self) -> list[ModerationAction]:
        some = self.comments(self.decided.secret)
        some = self.random.sample(some, min(3, len(some)))
        self.decided.hidden -= {text.mark for text in some if text.author not in self.decided.out}
        return moderation.restore(Comment.objects.filter(pk__in=[self.row(text).pk for text in some]), by=None)

    def hide_article(self) -> list[ModerationAction]:
        file = self.random.choice(list(self.held.values()))
        rows = Article.objects.filter(key=f"garden.example/article/{file.number}")
        if not self.decided.secret(file.texts[0]):
            self.decided.hidden.add(file.texts[0].mark)
        return moderation.hide(rows, by=None, reason=self.random.choice([Reason.REQUEST, Reason.LEGAL]))

    def restore_articles(self) -> list[ModerationAction]:
        for file in self.held.values():
            if file.texts[0].author not in self.decided.out:
                self.decided.hidden.discard(file.texts[0].mark)
        return moderation.restore(Article.objects.current(), by=None)

    def redact(self) -> list[ModerationAction]:
        text = self.random.choice(self.comments(lambda _text: True))
        self.decided.redacted.add(text.mark)
        self.decided.hidden.discard(text.mark)
        return moderation.redact(Comment.objects.filter(pk=self.row(text).pk), by=None, reason=Reason.PRIVACY)

    def author(self) -> Author:
        return self.random.choice(list(Author.objects.filter(name__in=NAMES).order_by("name")))

    def opt_out(self) -> list[ModerationAction]:
        author = self.author()
        self.decided.out |= self.decided.names(author.name)
        return [moderation.opt_out(author, by=None)]

    def opt_in(self) -> list[ModerationAction]:
        author = self.author()
        self.decided.out -= self.decided.names(author.name)
        return [moderation.opt_in(author, by=None)]

    def merge(self) -> list[ModerationAction]:
        into, other = self.author(), self.author()
        lines = moderation.merge_authors(into, [other], by=None)
        for name in [other.name, *(name for name, top in self.decided.merged.items() if top == other.name)]:
            self.decided.merged[name] = into.name
        return lines

    def part(self) -> list[ModerationAction]:
        author = self.author()
        self.decided.merged.pop(author.name, None)
        return moderation.unmerge_authors([author], by=None)

    def tag(self) -> Tag:
        return self.random.choice(list(Tag.objects.order_by("name")))

    def merge_tags(self) -> list[ModerationAction]:
        into, other = self.tag(), self.tag()
        lines = moderation.merge_tags(into, [other], by=None)
        for name in [other.name, *(name for name, top in self.decided.same_tag.items() if top == other.name)]:
            self.decided.same_tag[name] = into.name
        return lines

    def part_tags(self) -> list[ModerationAction]:
        self.decided.same_tag.clear()
        return moderation.unmerge_tags(list(Tag.objects.all()), by=None)

    def ignore(self) -> list[ModerationAction]:
        tag = self.tag()
        self.decided.ignored.add(tag.name)
        return moderation.ignore_tags([tag], by=None)

    def keep(self) -> list[ModerationAction]:
        self.decided.ignored.clear()
        return moderation.unignore_tags(list(Tag.objects.all()), by=None)

    def relink(self) -> list[ModerationAction]:
        file = self.random.choice(list(self.held.values()))
        one, other = self.random.choice(file.texts[1:]), self.random.choice([None, *file.texts])
        if {one.mark, other.mark if other else ""} & self.decided.redacted:
            return []
        target: Comment | Article | None = None
        if other is file.texts[0]:
            target = Article.objects.get(key=f"garden.example/article/{file.number}")
        elif other:
            target = self.row(other)
        self.decided.answers[one.mark] = other.mark if other else None
        return [moderation.relink(self.row(one), target, by=None)]

    def unlink(self) -> list[ModerationAction]:
        corrected = self.comments(lambda text: text.mark in self.decided.answers)
        if not corrected:
            return []
        text = self.random.choice(corrected)
        del self.decided.answers[text.mark]
        return [moderation.unlink(self.row(text), by=None)]

    def report(self) -> list[ModerationAction]:
        some = self.comments(lambda _text: True)
        moderation.receive_report(self.row(self.random.choice(some)), reason="spam", message="It sells.", contact="")
        status = self.random.choice([Report.Status.DONE, Report.Status.DECLINED])
        return moderation.close_reports(Report.objects.all(), status, by=None)

    # What must then be so

    def check(self) -> None:
        shown = {number: file for number, file in self.held.items() if not self.decided.secret(file.texts[0])}
        texts = [t for file in shown.values() for t in file.texts if not self.decided.secret(t)]
        self.seen = {text.mark for text in texts}
        every = {t.mark: t for file in self.held.values() for t in file.texts} | self.gone
        # What somebody quotes of a comment that is in no file any more is theirs to say, unless it was hidden or
        # destroyed, or is of people who opted out.
        told = {text.mark for text in self.gone.values() if not self.decided.secret(text)}
        self.may = self.seen | told
        self.all = every
        self.check_counts(shown, texts)
        self.check_links()
        self.check_destroyed()
        if self.random.random() < 0.4:
            self.check_pages(shown)
        assert verify.verify_archive([], 1).differences == []

    def check_counts(self, shown: dict[int, File], texts: list[Text]) -> None:
        openings = {file.texts[0].mark for file in shown.values()}
        people = {name: [0, 0] for name in NAMES}
        for text in texts:
            people[self.decided.person(text.author)][text.mark not in openings] += 1
        for author in Author.objects.filter(merged_into=None):
            assert [author.article_count, author.comment_count] == people[author.name], author.name
            days = [date for date in (author.first_seen, author.last_seen) if date]
            assert len(days) == (2 if sum(people[author.name]) else 0)
        for number, file in self.held.items():
            article = Article.objects.get(key=f"garden.example/article/{number}")
            visible = [text for text in file.texts[1:] if not self.decided.secret(text)]
            assert article.comment_count == len(visible)
            assert (article.visibility == Visibility.VISIBLE) == (number in shown)
        for tag in Tag.objects.filter(merged_into=None):
            tagged = [f for f in shown.values() if tag.name in {self.decided.same_tag.get(t, t) for t in f.tags}]
            assert tag.article_count == len(tagged), tag.name
            assert tag.ignored == (tag.name in self.decided.ignored)

    def check_links(self) -> None:
        for file in self.held.values():
            here = {text.mark for text in file.texts}
            rows = list(Comment.objects.current().filter(article__key=f"garden.example/article/{file.number}"))
            assert len(rows) == len(file.texts) - 1
            tree(rows)
            for text in file.texts[1:]:
                if text.mark in self.decided.answers and text.mark not in self.decided.redacted:
                    target = self.decided.answers[text.mark]
                    if target is not None and (target not in here or target in self.decided.redacted):
                        continue
                    row = self.row(text)
                    found = MARK.search(row.answers.body.split("\n\n")[-1] if row.answers else "")
                    if target == file.texts[0].mark:
                        assert row.answers_article
                    elif target is None:
                        assert (row.answers, row.answers_article) == (None, False)
                    else:
                        assert row.answers is not None
                        assert row.answers == self.row(next(t for t in file.texts if t.mark == target)), found
                    assert row.link_method == LinkMethod.MANUAL

    def check_destroyed(self) -> None:
        """Look for words that were destroyed in all that is kept."""
        for mark in self.decided.redacted - self.moved:
            assert not Comment.objects.filter(body__contains=mark).exists()
            assert not Comment.objects.filter(body_html__contains=mark).exists()
            assert not Quote.objects.filter(excerpt__contains=mark).exists()
            for content in SourceFile.objects.values_list("content", flat=True):
                assert mark.encode() not in zlib.decompress(content)

    def check_pages(self, shown: dict[int, File]) -> None:
        lists: set[str] = set()
        for path in self.pages():
            response = self.client.get(path)
            assert response.status_code == 200, path
            lists |= self.look(path, response.content.decode())
        for number, file in self.held.items():
            own = {text.mark for text in file.texts} & self.seen
            address = reverse("threads:thread", args=[f"garden.example/article/{number}"])
            for view in ("", "?view=flat", "?order=oldest", "?view=people"):
                response = self.client.get(address + view)
                assert response.status_code == (200 if number in shown else 410)
                found = self.look(address + view, response.content.decode())
                if number in shown and view != "?view=people":
                    assert found >= own, (address, view)
        for row in self.random.sample(list(Comment.objects.order_by("pk")), 5):
            response = self.client.get(row.get_absolute_url())
            visible = row.withdrawn_at is None and bool(self.own(row.body) & self.seen)
            assert response.status_code == (302 if visible else 410)
            card = self.client.get(row.get_absolute_url() + "card/")
            assert card.status_code == (200 if visible else 404)
            self.look("card", card.content.decode())
            text = self.client.get(row.get_absolute_url() + "text/")
            assert text.status_code == card.status_code
            self.look("text", text.content.decode())
        for mark in self.random.sample(sorted(self.all), 4):
            for path in ("/search/?q={}", "/search/?q={}&by=thread", "/search/suggest?q={}", "/feeds/search/?q={}"):
                content = self.client.get(path.format(mark)).content.decode()
                self.look(path.format(mark), content.replace(mark, ""))
                if path == "/feeds/search/?q={}":
                    assert content.count("<entry>") >= (mark in self.seen)
                    assert mark in self.may or "<entry>" not in content, mark
        for name in NAMES:
            content = self.client.get(f"/feeds/search/?q=author%3A{name}").content.decode()
            entries = sum(self.all[mark].author in self.decided.names(name) for mark in self.seen)
            assert content.count("<entry>") == entries, name
        lines = exported(self.tmp)
        self.look("jsonl", json.dumps(lines, ensure_ascii=False))
        assert len(lines) >= len(self.seen)

    @staticmethod
    def own(body: str) -> set[str]:
        return set(re.findall(r"(zx[a-z]{3}q) is what I say of it\.", body))

    def look(self, where: str, content: str) -> set[str]:
        """Find nothing in a page that may not be seen; return the marks of what is."""
        found = set(MARK.findall(content))
        assert found <= self.may, (where, found - self.may)
        for name in self.decided.out:
            assert name not in content, (where, name)
        return found

    def pages(self) -> Iterator[str]:
        yield from ("/", "/authors/", "/tags/", "/dates/", "/dates/2020/9/29/", "/dates/2020/9/28/")
        yield from ("/feeds/threads/", "/feeds/comments/", "/sitemap.xml")
        yield from re.findall(r"/sitemaps/[a-z]+-\d+\.xml", self.client.get("/sitemap.xml").content.decode())
        for author in Author.objects.visible():
            yield author.get_absolute_url()
            yield author.get_absolute_url() + "?show=threads"
            yield f"/feeds/author/{escaped(author.slug)}/"
            yield f"/feeds/author/{escaped(author.slug)}/comments/"
        for tag in Tag.objects.visible():
            yield tag.get_absolute_url()
            yield f"/feeds/tag/{escaped(tag.slug)}/"


def tree(rows: list[Comment]) -> None:
    """Reading order is a tree: whole branches, each comment before its answers, counted as they are seen."""
    rows.sort(key=lambda row: row.order)
    assert [row.order for row in rows] == list(range(len(rows)))
    way: list[Comment] = []
    answers: dict[int | None, list[Comment]] = defaultdict(list)
    for row in rows:
        while way and way[-1].pk != row.answers_id:
            way.pop()
        assert bool(way) == (row.answers_id is not None)
        assert row.depth == len(way)
        assert row.nth == len(answers[row.answers_id])
        answers[row.answers_id].append(row)
        way.append(row)
    for row in rows:
        below = [answer for answer in answers[row.pk] if answer.visibility == Visibility.VISIBLE]
        assert row.answer_count == len(below)
        assert row.descendant_count == branch(row, answers)


def branch(row: Comment, answers: dict[int | None, list[Comment]]) -> int:
    """Return how many comments of a branch may be seen below its first."""
    return sum((one.visibility == Visibility.VISIBLE) + branch(one, answers) for one in answers[row.pk])


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_moderators_and_imports_do_by_turns_nothing_removed_is_seen(
    seed: int, tmp_path: Path, client: Client
) -> None:
    walk = Walk(seed, tmp_path, client)
    try:
        walk.check()
        for _ in range(STEPS):
            walk.step()
    except Exception as error:
        error.add_note(" → ".join(walk.trail))
        raise
