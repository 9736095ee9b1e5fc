"""Which rules of reading, rendering and linking the stored rows follow."""

from __future__ import annotations

from typing import Final, Literal

from threads.models import ArchiveState

Command = Literal["reparse", "rerender", "relink"]
RULES: Final[dict[Command, int]] = {"reparse": 2, "rerender": 3, "relink": 4}
"""Number of today's rules, by the command that applies them. Increase it when a rule changes."""


def remember_rules() -> None:
    """Record that a new archive follows today's rules. Two queries."""
    state = ArchiveState.objects.get_or_create(pk=1)[0]
    if new := {name: number for name, number in RULES.items() if name not in state.rules}:
        state.rules |= new
        state.save(update_fields=["rules"])
