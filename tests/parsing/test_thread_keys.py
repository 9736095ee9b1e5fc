"""Which thread a file is: closing links and keys."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.parsing import thread_keys

LABEL = "点击茶馆原文参与讨论"


def closing(line: str) -> thread_keys.ClosingLink | None:
    return thread_keys.find_closing_link(f"Words.\n\n{line}\n\n".encode())


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("https://tea.example/article/7", "https://tea.example/article/7"),
        ("http://TEA.example/Question/7?warning", "http://tea.example/question/7"),
        ("https://tea.example/article/id-7__sort_key-agree_count__sort-DESC", "https://tea.example/article/7"),
        (' "https://tea.example:8080/t/7#x"', "https://tea.example:8080/t/7"),
        ("https://tea.example/question/7/answer/8", "https://tea.example/question/7"),
    ],
)
def test_a_closing_link_is_cleaned_of_all_but_host_kind_and_number(target: str, address: str) -> None:
    for quote in ("> ", ""):
        found = closing(f"{quote}[{LABEL}]({target})")
        assert found is not None
        assert (found.start, found.address, f"https://{found.key}") == (8, address, address.replace("http:", "https:"))


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("https://tea.example/people/kettle", "https://tea.example/people/kettle"),
        ("https://tea.example/article/item_id-7", "https://tea.example/article/item_id-7"),
        ("https://tea.example/article/7b", "https://tea.example/article/7b"),
        ("https://file/article/7", "https://file/article/7"),
        ("https://kettle@tea.example/article/7", ""),
        ("javascript:tea.example/article/7", ""),
        ("https://tea.example/\u202e7", ""),
        ("", ""),
    ],
)
def test_a_closing_link_to_no_thread_gives_no_key(target: str, address: str) -> None:
    found = closing(f"> [{LABEL}]({target})")
    assert found is not None
    assert (found.key, found.address) == (None, address)
    assert thread_keys.thread_key(found, "tea.md") == "file/tea"


@pytest.mark.parametrize(
    "line",
    [
        "> [somewhere else](https://tea.example/article/7)",
        f"see [{LABEL}](https://tea.example/article/7)",
        f"> [{LABEL}](https://tea.example/article/7) there",
        f"> [{LABEL}](https://tea.example/article/7)\n        ",
        f"> [{LABEL}](https://tea.example/{'a' * 5000}/7)",
        f">> [{LABEL}](https://tea.example/article/7)",
        f"    [{LABEL}](https://tea.example/article/7)",
    ],
)
def test_what_only_resembles_a_closing_link_is_none(line: str) -> None:
    assert closing(line) is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("tea.md", "file/tea"),
        ("早茶.MD", "file/早茶"),
        ("morning/tea.markdown", "file/morning/tea"),
        ("a b.md", "file/a b"),
        ("morning/0123456789ABCDEF0123456789abcdef.md", "file/0123456789abcdef0123456789abcdef"),
    ],
)
def test_a_file_without_closing_link_is_known_by_its_name(name: str, key: str) -> None:
    assert thread_keys.file_key(name) == key


@pytest.mark.parametrize(
    "name",
    ["a?b.md", "a%2fb.md", " a.md", "../a.md", "a//b.md", ".md", "a/..md", "\udcff.md", "a\u202eb.md", "a" * 201],
)
def test_a_name_unfit_for_addresses_is_changed_and_keeps_a_hash(name: str) -> None:
    key = thread_keys.file_key(name)
    assert key.startswith("file/")
    assert key[-11] == "~"
    assert key.isprintable()
    assert not set(key) & set("?#%\\")
    assert "//" not in key


def test_composed_and_decomposed_names_are_one() -> None:
    assert thread_keys.file_key("thé.md") == thread_keys.file_key("the\u0301.md") == "file/thé"


@given(st.lists(st.text(max_size=260), unique_by=lambda name: unicodedata.normalize("NFC", name), max_size=6))
def test_two_names_are_two_threads(names: list[str]) -> None:
    keys = {thread_keys.file_key(f"{name}.md") for name in names}
    assert len(keys) == len(names)
    assert all(len(key) <= 255 for key in keys)
