"""A site that several tests use."""

from __future__ import annotations

import sys

import pytest

from tests.deploy.site import Site, read_instructions

FILE = """---
title: Tea at the station
author: Mei
date: 2020-01-01
---

Green tea, please.
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The project, built with the commands of the Dockerfile. Its threads are in the folder `threads`."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.copy_project()
    for command in read_instructions("RUN"):
        # The others install packages or users of the image.
        if ".venv/bin/python " in command:
            site.run(command.replace(".venv/bin/python", sys.executable))
    (site.folder / "threads").mkdir()
    for name in ("tea", "coffee"):
        (site.folder / f"threads/{name}.md").write_text(FILE)
    site.manage("migrate", "--verbosity", "0")
    site.manage("import_archive", str(site.folder / "threads"))
    return site
