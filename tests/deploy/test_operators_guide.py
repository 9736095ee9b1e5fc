"""The operators' guide: its commands run in their order, or the table here says why not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.deploy.site import PATIENCE, ROOT, Site

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.deploy

GUIDE = (ROOT / "docs/operators.md").read_text()

PACKAGES = "installs packages from the network"
MACHINE = "changes users or services of the machine; tests/deploy/test_units.py checks the units"
OTHER_MACHINE = "needs another machine or a public host name"
SERVER = "needs a server of PostgreSQL or Redis with the rights of its administrator"
NOT_RUN = {
    "sudo apt-get": PACKAGES,
    ".venv/bin/pip": PACKAGES,
    "python3 -m venv": PACKAGES,
    "git clone": "needs the address of the repository; the test copies the project",
    "git pull": "needs the address of the repository; the test copies the project",
    "cd /srv/archive": "every command runs there",
    "sudo adduser": MACHINE,
    "sudo -iu": MACHINE,
    "sudo install -d": MACHINE,
    "sudo systemctl": MACHINE,
    "systemctl": MACHINE,
    "sudo chown": MACHINE,
    "sudo nginx -t": "tests/deploy/test_nginx.py checks and runs the file",
    "sudo certbot": OTHER_MACHINE,
    "sudo rsync": OTHER_MACHINE,
    "curl": OTHER_MACHINE,
    "docker": "needs a container engine; tests/deploy/test_containers.py checks the files and runs their commands",
    "sudo -u postgres": SERVER,
    "psql": SERVER,
    ".venv/bin/python manage.py createsuperuser": "asks for a password",
    "echo 'DATABASE_URL=postgres": SERVER,
}
"""Beginnings of commands that the test does not run, with the reason."""


PLACES = {
    "/srv/threads": "threads",
    "/srv/archive": "archive",
    "/var/lib/archive": "data",
    "/backup/": "backup/",
    "/tmp/": "tmp/",
    "/etc/": "etc/",
}
"""Folders of the test by those of the machine."""


@dataclass(frozen=True, slots=True)
class Block:
    """Commands of a code block, with their documents inside."""

    section: str
    commands: tuple[str, ...]


def read_blocks() -> list[Block]:
    """Return the commands of all code blocks without a language, in order."""
    blocks = []
    for section in re.split(r"(?m)^## ", GUIDE)[1:]:
        for indent, language, text in re.findall(r"(?ms)^( *)```(\w*)\n(.*?)^ *```$", section):
            lines = re.sub(rf"(?m)^{indent}", "", text)
            if not language and not lines.startswith(
                ("archive.example {", "HiddenServiceDir")
            ):  # files of Caddy and Tor
                commands = re.findall(r"(?ms)^[^\n]*<<END\n.*?^END$|^[^\n]+$", lines)
                blocks.append(Block(section.partition("\n")[0], tuple(commands)))
    return blocks


BLOCKS = read_blocks()


ONCE = tuple(
    f".venv/bin/python manage.py {name}" for name in ("migrate", "loaddata", "collectstatic", "import_archive")
)
"""Beginnings of commands that the test runs only the first time, because each takes a second."""


def reason_not_to_run(command: str) -> str:
    """Return why the test does not run a command; empty if it does."""
    return next((reason for start, reason in NOT_RUN.items() if command.startswith(start)), "")


def test_the_table_has_no_entry_without_a_command() -> None:
    commands = [command for block in BLOCKS for command in block.commands]
    assert len(commands) > 50
    assert [start for start in NOT_RUN if not any(command.startswith(start) for command in commands)] == []


def place(command: str, folder: Path) -> str:
    """Return a command with the folders of the test instead of those of the machine."""
    command = re.sub("|".join(PLACES), lambda match: f"{folder}/{PLACES[match[0]]}", command)
    command = command.replace(".venv/bin/python", sys.executable).removeprefix("sudo ")
    # An example of a date is today's backup.
    return re.sub(r"\b2020-09-30\.", "$(date +%F).", command)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The project and some folders of the machine, with a thread to import."""
    site = Site(tmp_path)
    site.copy_project("deploy", "compose.yaml")
    for name in (
        "threads",
        "data",
        "backup",
        "tmp",
        "etc/systemd/system",
        "etc/nginx/conf.d",
        "etc/nginx/sites-enabled",
    ):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc/nginx/sites-enabled/default").touch()
    (tmp_path / "threads/tea.md").write_text("---\ntitle: Tea\nauthor: Mei\ndate: 2020-01-01\n---\n\nGreen tea.\n")
    return site


def test_the_commands_of_the_guide_run_in_their_order(site: Site) -> None:
    variables = {"PATH": os.environ["PATH"], "HOME": str(site.folder), "PYTHONWARNINGS": "ignore"}
    done: set[str] = set()
    for block in BLOCKS:
        if block.commands[0].startswith("sudo rsync"):  # the new machine has no database
            shutil.rmtree(site.folder / "data")
            (site.folder / "data").mkdir()
        script = [
            place(command, site.folder)
            for command in block.commands
            if not (reason_not_to_run(command) or (command in done and command.startswith(ONCE)))
        ]
        done.update(block.commands)
        if block.section == "Containers":  # its settings are those of another set-up
            script = [command for command in script if not command.startswith("cat > .env")]
        result = subprocess.run(
            ["bash", "-euxc", "\n".join(script)], cwd=site.project, env=variables, capture_output=True, text=True,
            check=False, timeout=PATIENCE,
        )  # fmt: skip
        assert result.returncode == 0, f"{block.section}: {result.stdout}\n{result.stderr}"
    installed = {path.name for path in (site.folder / "etc").rglob("*") if path.is_file()}
    assert installed >= {"archive-web.service", "archive-web.socket", "50-limits.conf", "archive.conf"}


def test_the_containers_of_the_guide_exist() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    named = re.findall(r"docker compose (?:-f \S+ )?(?:run --rm|stop|start) (\w+)", GUIDE)
    assert set(named) == {"manage", "nginx"}
    assert set(named) <= set(services)


def test_the_units_of_the_guide_exist() -> None:
    named = set(re.findall(r"\barchive-\w+\.(?:service|socket|timer)\b", GUIDE))
    own = {"archive-onion.socket", "archive-onion.service"}  # the guide says how to make them
    assert len(named) > 4
    assert [name for name in sorted(named - own) if not (ROOT / "deploy/systemd" / name).exists()] == []
