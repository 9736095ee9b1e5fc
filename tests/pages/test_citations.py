import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.pages.citations import Citation, escape_bibtex, format_bibtex, format_citation, make_bibtex_key
from threads.pages.provenance import BackupFile


def cite(**fields: object) -> Citation:
    values: dict[str, object] = {
        "key": "forum.example/article/12",
        "author": "茶客",
        "title": "Pruning roses",
        "day": date(2020, 9, 30),
        "archive": "Garden Archive",
        "url": "https://archive.example/t/forum.example/article/12/",
        "source_url": "https://forum.example/article/12",
        "accessed": date(2026, 1, 2),
    }
    return Citation(**(values | fields))  # type: ignore[arg-type]


def test_a_citation_has_author_day_title_archive_and_both_addresses() -> None:
    assert format_citation(cite()) == (
        "茶客 (2020-09-30). “Pruning roses”. Garden Archive. "
        "https://archive.example/t/forum.example/article/12/ (https://forum.example/article/12)"
    )


@pytest.mark.parametrize(
    ("fields", "opening"),
    [
        ({"author": None}, "2020-09-30. “"),
        ({"day": None}, "茶客. “"),
        ({"author": None, "day": None}, "“"),
    ],
)
def test_unknown_parts_are_left_out(fields: dict[str, object], opening: str) -> None:
    assert format_citation(cite(**fields)).startswith(opening)
    assert "None" not in format_citation(cite(**fields, source_url=""))
    assert "{}" not in format_bibtex(cite(**fields, source_url=""))


def test_bibtex_escapes_special_characters() -> None:
    entry = format_bibtex(cite(title=r"50 % of {soil} & \input{sand}"))
    assert r"title = {{50 \% of \textbraceleft{}soil\textbraceright{} \& \textbackslash{}input" in entry
    assert entry.startswith("@misc{forum.example-article-12,\n")


def test_bibtex_has_a_field_for_each_known_part() -> None:
    assert format_bibtex(cite(author="~^{")) == (
        "@misc{forum.example-article-12,\n"
        "  author = {{\\textasciitilde{}\\textasciicircum{}\\textbraceleft{}}},\n"
        "  title = {{Pruning roses}},\n"
        "  year = {2020},\n"
        "  date = {2020-09-30},\n"
        "  howpublished = {Garden Archive},\n"
        "  url = {https://archive.example/t/forum.example/article/12/},\n"
        "  note = {Originally at https://forum.example/article/12},\n"
        "  urldate = {2026-01-02}\n}\n"
    )


@given(st.text())
def test_escaped_text_keeps_the_braces_of_its_entry_balanced(text: str) -> None:
    escaped = escape_bibtex(text)
    # BibTeX counts braces even after a backslash.
    assert escaped.replace("{}", "").count("{") == escaped.replace("{}", "").count("}") == 0
    assert "\n" not in escaped


def test_each_thread_has_its_own_bibtex_key() -> None:
    keys = ["forum.example/article/12", "file/喝茶", "file/種花", "file/tea time", "file/tea-time"]
    labels = [make_bibtex_key(key) for key in keys]
    assert len(set(labels)) == len(keys)
    assert labels[0] == "forum.example-article-12"
    assert all(re.fullmatch(r"[A-Za-z0-9:.-]+", label) for label in labels)


def test_a_citation_names_the_backup_files() -> None:
    files = [BackupFile("markdown", "md/roses.md", "2026-01-02"), BackupFile("mail", "list.mbox#a/message/1", None)]
    cited = cite(backups=files)
    assert format_citation(cited).endswith("Backup: md/roses.md (markdown, 2026-01-02); list.mbox#a/message/1 (mail).")
    assert "md/roses.md (markdown, 2026-01-02)" in format_bibtex(cited)
