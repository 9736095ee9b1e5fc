"""The container files. No container engine is needed: the tests read the files and run what they run."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml

from tests.deploy.site import PATIENCE, ROOT, free_port, read_instructions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.deploy.site import Site

pytestmark = pytest.mark.deploy


@dataclass(frozen=True, slots=True)
class Postgres:
    """A primary and its replica in folders of a test. They run as another user if the tests run as root."""

    folder: Path
    programs: Path
    port: int
    replica_port: int

    @property
    def primary(self) -> str:
        """The data of the primary."""
        return str(self.folder / "primary")

    def command(self, *arguments: str, **variables: str) -> list[str]:
        """Return a command with variables, for the user of the server."""
        path = f"PATH={self.programs}:/usr/bin:/bin"
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return [*user, "env", "-i", path, *(f"{name}={value}" for name, value in variables.items()), *arguments]

    def run(self, *arguments: str, **variables: str) -> None:
        """Run a program to its end."""
        subprocess.run(self.command(*arguments, **variables), check=True, capture_output=True, cwd="/")

    @contextmanager
    def start(self, *arguments: str, **variables: str) -> Iterator[None]:
        """Run a server while the block runs."""
        own = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off")
        command = self.command(*arguments, *own, **variables)
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(command, stderr=log, cwd="/")
        try:
            yield
        finally:
            with suppress(FileNotFoundError):
                main = Path(variables["PGDATA"], "postmaster.pid").read_text().split()[0]
                os.kill(int(main), signal.SIGQUIT)
            process.wait(PATIENCE)

    def connect(self, port: int) -> psycopg.Connection:
        """Connect when the server accepts connections."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                url = f"postgres://archive:quince@127.0.0.1:{port}/postgres"
                return psycopg.connect(url, autocommit=True)
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.1)


DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_image_runs_as_a_user_without_rights_and_starts_without_a_shell() -> None:
    assert read_instructions("USER") == ["archive"]
    assert DOCKERFILE.index("\nUSER ") > DOCKERFILE.rindex("\nRUN ")
    assert json.loads(read_instructions("CMD")[0])[0] == "gunicorn"


def test_the_image_holds_neither_settings_nor_data() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    included = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert all((ROOT / path).exists() for path in included)
    assert not [path for path in included if path.startswith((".", "tests", "docs"))]


def test_the_build_collects_static_files(site: Site) -> None:
    assert (site.project / "staticfiles/staticfiles.json").exists()


def test_the_health_check_tells_whether_the_site_answers(site: Site) -> None:
    check = json.loads(read_instructions("HEALTHCHECK")[0].partition(" CMD ")[2])
    check = [part.replace("/run/archive/http.sock", str(site.socket_file)) for part in check]
    site.run(check, exit_code=1)
    with site.serve(*json.loads(read_instructions("CMD")[0])[1:]):
        site.wait()
        site.run(check)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_cannot_gain_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    # The image of PostgreSQL changes the owner of the primary's folder and then its user.
    if name != "database":
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_only_nginx_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name for name, service in SERVICES.items() if service["networks"] == ["inside"]} == set(SERVICES) - {
        "nginx"
    }


def test_the_site_starts_after_its_database_is_migrated() -> None:
    assert SERVICES["setup"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert SERVICES["web"]["depends_on"]["setup"]["condition"] == "service_completed_successfully"
    for web in ("web", "web-2"):
        assert SERVICES["nginx"]["depends_on"][web]["condition"] == "service_healthy"
    assert SERVICES["replica"]["depends_on"]["database"]["condition"] == "service_healthy"


def test_files_and_volumes_that_services_name_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./deploy"):
                assert (ROOT / source).is_file()
            elif not source.startswith(("/", ".", "$")):
                assert source in COMPOSE["volumes"]
    assert (ROOT / SERVICES["web"]["build"]["dockerfile"]).is_file()


def test_nginx_uses_the_sockets_of_both_web_processes() -> None:
    volumes = SERVICES["nginx"]["volumes"]
    assert {"socket:/run/archive", "socket-2:/run/archive-2"} <= set(volumes)
    assert [SERVICES[web]["volumes"] for web in ("web", "web-2")] == [
        ["socket:/run/archive"], ["socket-2:/run/archive"],
    ]  # fmt: skip
    assert "./deploy/nginx/second-web.conf:/etc/nginx/archive-servers/second-web.conf:ro" in volumes
    assert "/run/archive-2/http.sock" in (ROOT / "deploy/nginx/second-web.conf").read_text()
    assert "include /etc/nginx/archive-servers/*.conf;" in (ROOT / "deploy/nginx/archive.conf").read_text()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A primary with a password, set up as the image of PostgreSQL and compose.yaml do."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        pytest.skip("PostgreSQL is not installed")
    server = Postgres(tmp_path, folders[-1], free_port(), free_port())
    (tmp_path / "password").write_text("quince")
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.name.startswith(("test_", "popen-", "pytest-")):
            break
        folder.chmod(0o711)
    if os.geteuid() == 0:
        shutil.chown(tmp_path, "postgres")
    options = [
        *SERVICES["database"]["environment"]["POSTGRES_INITDB_ARGS"].split(),
        *("--username", "archive", "--auth", "scram-sha-256", "--pwfile", str(tmp_path / "password"), "--no-sync"),
    ]
    server.run("initdb", "--pgdata", server.primary, *options)
    server.run(str(ROOT / "deploy/postgres/allow_replicas.sh"), PGDATA=server.primary)
    with server.start("postgres", *SERVICES["database"]["command"][1:], "-p", str(server.port), PGDATA=server.primary):
        yield server


def test_the_replica_copies_the_primary_and_follows_it(postgres: Postgres) -> None:
    variables = {
        **SERVICES["replica"]["environment"],
        "PGDATA": str(postgres.folder / "replica"),
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGPASSWORD": "quince",
    }
    assert SERVICES["replica"]["entrypoint"] == ["/start_replica.sh"]
    (postgres.folder / "replica.partial").mkdir()
    with postgres.connect(postgres.port) as primary:
        primary.execute("CREATE TABLE tea (leaves text)")
        for name in ("green", "black"):
            primary.execute("INSERT INTO tea VALUES (%s)", [name])
            # The second start copies nothing.
            script = str(ROOT / "deploy/postgres/start_replica.sh")
            with (
                postgres.start(script, "-p", str(postgres.replica_port), **variables),
                postgres.connect(postgres.replica_port) as replica,
            ):
                deadline = time.monotonic() + PATIENCE
                while (name,) not in replica.execute("SELECT leaves FROM tea").fetchall():
                    assert time.monotonic() < deadline
                    time.sleep(0.1)


def test_backups_use_the_tools_of_the_same_version_as_the_server() -> None:
    release = SERVICES["database"]["image"].partition("-")[2]
    assert all(release in image for image in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
