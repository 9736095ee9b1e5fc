"""What every test may use."""

from __future__ import annotations

from hypothesis import settings

# A slow machine is not a defect: how long an example takes is measured in bench/, never in a test.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
