"""What every test may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.utils import translation
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# A slow machine is not a defect: how long an example takes is measured in bench/, never in a test.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Keep nothing from one test to the next."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Begin in English: a request leaves its reader's language active in the thread that answered it."""
    translation.activate("en")
    yield
    translation.deactivate()
