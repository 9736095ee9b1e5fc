"""`.ci/audit`: known vulnerabilities fail the check, a missing network does not."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.project.test_environment import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("says", "status", "expected", "shown"),
    [
        ("No known vulnerabilities found", 0, 0, ""),
        ("Found 2 known vulnerabilities in 1 package", 1, 1, "Found 2 known vulnerabilities"),
        ("ConnectionError: no network", 1, 0, "SKIPPED"),
    ],
)
def test_only_a_known_vulnerability_fails(says: str, status: int, expected: int, shown: str, tmp_path: Path) -> None:
    program = tmp_path / "pip-audit"
    program.write_text(f'#!/bin/sh\necho "{says}"\nexit {status}\n')
    program.chmod(0o755)
    process = subprocess.run(
        ["bash", ".ci/audit"],
        cwd=ROOT, env={**os.environ, "PIP_AUDIT": str(program)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == expected
    assert shown in process.stdout
