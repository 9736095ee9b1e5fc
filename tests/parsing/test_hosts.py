"""Spellings and second hosts of one site are one host."""

from __future__ import annotations

import pytest

from threads.parsing import thread_keys
from threads.parsing.hosts import absolute_key, canonical_host, canonical_key, host_of_key


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("tea.example", "tea.example"),
        ("TEA.Example", "tea.example"),
        ("www.tea.example", "tea.example"),
        ("WWW.tea.example.", "tea.example"),
        ("tea.example:80", "tea.example"),
        ("www.tea.example.:443", "tea.example"),
        ("tea.example:8080", "tea.example:8080"),
        ("www.example", "www.example"),
        ("wwwtea.example", "wwwtea.example"),
        ("m.tea.example", "m.tea.example"),
        ("mohu.pincong.rocks", "mohu.rocks"),
        ("www.mohu.pincong.rocks:443", "mohu.rocks"),
        ("2049bbs.github.io", "2049bbs.xyz"),
        ("bbs.lirencollege.xyz", "2049bbs.xyz"),
        ("pincongbackup.github.io", "pin-cong.com"),
        ("mohubackup.github.io", "mohubackup.github.io"),
        ("h.pincong.rocks", "h.pincong.rocks"),
        ("", ""),
    ],
)
def test_a_host_has_one_canonical_form(host: str, canonical: str) -> None:
    assert canonical_host(host) == canonical
    assert canonical_host(canonical) == canonical


def test_aliases_are_those_of_the_setting(settings: object) -> None:
    settings.HOST_ALIASES = {"old.tea.example": "tea.example"}  # type: ignore[attr-defined]
    assert canonical_host("www.old.tea.example") == "tea.example"
    assert canonical_host("mohu.pincong.rocks") == "mohu.pincong.rocks"


@pytest.mark.parametrize(
    ("key", "canonical", "host"),
    [
        ("www.tea.example/article/1", "tea.example/article/1", "tea.example"),
        ("tea.example:443/t/1", "tea.example/t/1", "tea.example"),
        ("file/www.tea.example/a.b", "file/www.tea.example/a.b", ""),
        ("file/0123456789abcdef0123456789abcdef", "file/0123456789abcdef0123456789abcdef", ""),
    ],
)
def test_only_the_host_of_a_key_changes(key: str, canonical: str, host: str) -> None:
    assert canonical_key(key) == canonical
    assert host_of_key(canonical) == host


def test_a_link_without_a_host_takes_that_of_its_thread() -> None:
    assert absolute_key("/article/1", "tea.example") == "tea.example/article/1"
    assert absolute_key("/article/1", "") == ""
    assert absolute_key("www.milk.example/article/1", "tea.example") == "milk.example/article/1"


def test_the_address_of_a_closing_link_keeps_its_host() -> None:
    link = thread_keys.find_closing_link("> [点击原文](https://WWW.tea.example:443/article/id-7__sort)".encode())
    assert link is not None
    assert (link.key, link.address) == ("tea.example/article/7", "https://www.tea.example:443/article/7")
