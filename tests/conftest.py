"""What every test may use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.utils import translation
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# A slow machine is not a defect: how long an example takes is measured in bench/, never in a test.
# The same examples in every run, so that a run that fails fails again; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


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
