import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.pages.citations import Citation, bibtex, escape, in_words, label


def work(**fields: object) -> Citation:
    values: dict[str, object] = {
        "key": "forum.example/article/12",
        "author": "茶客",
        "title": "Pruning roses",
        "day": date(2020, 9, 30),
        "archive": "Garden Archive",
        "address": "https://archive.example/t/forum.example/article/12/",
        "original": "https://forum.example/article/12",
        "accessed": date(2026, 1, 2),
    }
    return Citation(**(values | fields))  # type: ignore[arg-type]


def test_a_citation_in_words_names_author_day_title_archive_and_both_addresses() -> None:
    assert in_words(work()) == (
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
def test_what_is_not_known_is_left_out(fields: dict[str, object], opening: str) -> None:
    assert in_words(work(**fields)).startswith(opening)
    assert "None" not in in_words(work(**fields, original=""))
    assert "{}" not in bibtex(work(**fields, original=""))


def test_bibtex_escapes_what_tex_would_read_as_a_command() -> None:
    entry = bibtex(work(title=r"50 % of {soil} & \input{sand}"))
    assert r"title = {{50 \% of \textbraceleft{}soil\textbraceright{} \& \textbackslash{}input" in entry
    assert entry.startswith("@misc{forum.example-article-12,\n")


def test_bibtex_has_a_field_for_all_that_is_known() -> None:
    assert bibtex(work(author="~^{")) == (
        "@misc{forum.example-article-12,\n"
        "  author = {{\\textasciitilde{}\\textasciicircum{}\\textbraceleft{}}},\n"
        "  title = {{Pruning roses}},\n"
        "  date = {2020-09-30},\n"
        "  howpublished = {Garden Archive},\n"
        "  url = {https://archive.example/t/forum.example/article/12/},\n"
        "  note = {Originally at https://forum.example/article/12},\n"
        "  urldate = {2026-01-02}\n}\n"
    )


@given(st.text())
def test_escaped_text_keeps_the_braces_of_its_entry_balanced(text: str) -> None:
    escaped = escape(text)
    # As BibTeX counts: a backslash before a brace is nothing to it.
    assert escaped.replace("{}", "").count("{") == escaped.replace("{}", "").count("}") == 0
    assert "\n" not in escaped


def test_each_thread_is_cited_by_a_label_of_its_own() -> None:
    keys = ["forum.example/article/12", "file/喝茶", "file/種花", "file/tea time", "file/tea-time"]
    labels = [label(key) for key in keys]
    assert len(set(labels)) == len(keys)
    assert labels[0] == "forum.example-article-12"
    assert all(re.fullmatch(r"[A-Za-z0-9:.-]+", one) for one in labels)
