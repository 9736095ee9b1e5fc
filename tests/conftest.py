"""Fixtures that every test uses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from tests.same_process import SameProcessPool
from threads.importing import workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

# Tests measure no duration: a slow machine is not a defect. bench/ measures durations.
# Every run has the same examples, so a failing run fails again. HYPOTHESIS_PROFILE=search looks for new examples.
hypothesis_settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis_settings.register_profile("search", deadline=None, max_examples=2_000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Clear the caches after each test."""
    yield
    for name in settings.CACHES:
        caches[name].clear()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Start each test in English: a request leaves its language active in the thread that answered it."""
    translation.activate("en")
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _same_process_pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import without starting processes, except in tests marked `worker_processes`."""
    if request.node.get_closest_marker("worker_processes") is None:
        monkeypatch.setattr(workers, "ProcessPool", SameProcessPool)


@pytest.fixture(scope="module")
def module_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Open the database for fixtures of a whole module. Their rows are removed after its last test.

    Not for modules with tests marked `django_db(transaction=True)`, which empty all tables.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
