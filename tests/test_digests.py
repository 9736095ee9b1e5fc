"""Keyed digests of removed texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.thread_files import ROSES, exported, run_import
from threads.database.versions import digest_key
from threads.digests import keyed_digest
from threads.models import ArchiveState

if TYPE_CHECKING:
    from pathlib import Path


def test_a_digest_depends_on_the_key_and_on_where_parts_end() -> None:
    assert keyed_digest(b"1", "tea", "cup") == keyed_digest(b"1", "tea", "cup")
    assert keyed_digest(b"1", "tea", "cup") != keyed_digest(b"2", "tea", "cup")
    assert keyed_digest(b"1", "tea", "cup") != keyed_digest(b"1", "teacup")
    assert len(keyed_digest(b"1", "\ud800", size=8)) == 8


@pytest.mark.django_db
def test_an_archive_keeps_one_random_key_that_no_export_has(tmp_path: Path) -> None:
    ArchiveState.objects.all().delete()
    key = digest_key()
    assert digest_key() == key
    assert len(set(key)) > 8
    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    assert digest_key() == key
    assert key.hex() not in str(exported(tmp_path))
