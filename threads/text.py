"""Folding of text (case, width, Traditional to Simplified), tokens, names and scripts. Pure; imports nothing of ours."""

from __future__ import annotations


def fold(text: str) -> str:
    """Return `text` with case, width and script folded away; same length, character by character."""
    raise NotImplementedError


def clean_name(name: str) -> str:
    """Return a person's name as the archive keys it: NFC, white space folded, no control characters, <= 255 long."""
    raise NotImplementedError


def author_slug(name: str) -> str:
    """Return the name's form in addresses: itself where it can stand in a path, else with a short hash. Deterministic."""
    raise NotImplementedError


def tag_slug(name: str) -> str:
    """Return a tag's form in addresses, from its folded name. Deterministic; two different tags never share one."""
    raise NotImplementedError


def script_of(text: str) -> str:
    """Return `zh-Hans`, `zh-Hant`, `en`, or the empty string where there is no telling."""
    raise NotImplementedError
