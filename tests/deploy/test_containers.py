"""The container files. No container engine is needed: the tests read the files and run what they run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.deploy.site import ROOT, read_instructions

if TYPE_CHECKING:
    from tests.deploy.site import Site

pytestmark = pytest.mark.deploy

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
    # The image of PostgreSQL changes the owner of its folder and then its user.
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
    assert SERVICES["nginx"]["depends_on"]["web"]["condition"] == "service_healthy"


def test_files_and_volumes_that_services_name_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./deploy"):
                assert (ROOT / source).is_file()
            elif not source.startswith(("/", ".", "$")):
                assert source in COMPOSE["volumes"]
    assert (ROOT / SERVICES["web"]["build"]["dockerfile"]).is_file()


def test_backups_use_the_tools_of_the_same_version_as_the_server() -> None:
    release = SERVICES["database"]["image"].partition("-")[2]
    assert all(release in image for image in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
