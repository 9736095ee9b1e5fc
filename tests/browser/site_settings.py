"""The site's own settings, with its collected files in a folder of this run, so that a developer's are left alone."""

import os
from pathlib import Path

from archive_site.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["BROWSER_TEST_FOLDER"]) / "static"
