"""The systemd units: systemd accepts them, and they limit what the services may do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.deploy.site import PATIENCE, ROOT

if TYPE_CHECKING:
    from tests.deploy.site import Site

pytestmark = pytest.mark.deploy

UNITS = ROOT / "deploy/systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
MOST_EXPOSED = 15
"""Tenths of `systemd-analyze security`, from 0 for a closed to 100 for an open service."""


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze on units in a folder and those of the machine."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
    variables = {**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:", "SYSTEMD_COLORS": "0"}
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False, env=variables, timeout=PATIENCE
    )


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with programs that exist on this machine."""
    shutil.copytree(UNITS, tmp_path / "units")
    for file in (tmp_path / "units").rglob("*.*"):
        if file.is_file():
            text = file.read_text().replace("/srv/archive/.venv/bin", str(Path(sys.executable).parent))
            file.write_text(text.replace("/srv/archive", str(ROOT)))
    return tmp_path / "units"


def test_systemd_accepts_the_units_without_a_message(units: Path) -> None:
    files = [str(path) for path in units.iterdir() if path.is_file()]
    result = analyze(units, "verify", "--man=no", *files)
    own = [line for line in result.stderr.splitlines() if "archive" in line]
    assert (result.returncode, own) == (0, [])


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_hardened(units: Path, service: str) -> None:
    result = analyze(
        units, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", str(units / service)
    )
    assert result.returncode == 0, result.stdout


def read_unit(name: str) -> ConfigParser:
    """Return the values of a unit. Of a repeated key, the last one."""
    unit = ConfigParser(strict=False, interpolation=None, delimiters="=")
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNITS / name)
    return unit


def test_each_timer_starts_a_service_and_the_site_has_its_socket() -> None:
    for timer in UNITS.glob("*.timer"):
        assert (UNITS / f"{timer.stem}.service").exists()
        assert read_unit(timer.name)["Install"]["WantedBy"] == "timers.target"
    assert read_unit("archive-web.service")["Unit"]["Requires"] == "archive-web.socket"
    nginx = (ROOT / "deploy/nginx/archive.conf").read_text()
    assert f"server unix:{read_unit('archive-web.socket')['Socket']['ListenStream']};" in nginx


def test_the_commands_of_the_timers_run(site: Site) -> None:
    (site.folder / "backup").mkdir()
    for timer in UNITS.glob("*.timer"):
        command = read_unit(f"{timer.stem}.service")["Service"]["ExecStart"].replace("/srv/archive/", "")
        command = command.replace(".venv/bin/python", sys.executable)
        for old, new in {"/srv/threads": "threads", "/var/lib/archive": "", "/backup": "backup"}.items():
            command = command.replace(old, str(site.folder / new))
        site.run(re.sub(r"([$%])\1", r"\1", command))  # systemd escapes both
    assert (site.folder / "last-import.json").exists()
