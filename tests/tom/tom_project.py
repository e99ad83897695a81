# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The commands and the settings of a TOM's project."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

__all__ = ["MARKS", "OFFLINE", "OF_THE_TESTS", "run_manage", "settings_on_the_page"]

MARKS = [
    pytest.mark.tom,
    pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning"),
    pytest.mark.filterwarnings("ignore:The default scheme will be changed:DeprecationWarning"),  # of Django
]
PAGE = Path(__file__).parents[2] / "docs" / "how_to" / "tom.rst"
OF_THE_TESTS = """
import os
LOGGING_CONFIG = None
ALLOWED_HOSTS = ["testserver"]
CACHES = {{"default": {{"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = ["mytom.apps.Offline" if app == "tom_dataservices" else app for app in INSTALLED_APPS]
DATA_SERVICES["FinkZTF"]["server"] = {ztf!r}
DATA_SERVICES["FinkLSST"]["server"] = {lsst!r}
"""

OFFLINE = """
from tom_dataservices.apps import TomDataservicesConfig


class Offline(TomDataservicesConfig):
    def data_services(self):
        return []  # those of the toolkit connect to their servers as soon as they are made
"""


def settings_on_the_page():
    """The lines that the documentation tells administrators to add to their settings."""
    blocks = re.findall(r"code-block:: python\n\n((?: +.*\n|\n)+)", PAGE.read_text())
    return "\n".join(textwrap.dedent(block) for block in blocks)


def run_manage(project, *arguments, answers=None):
    """Run a command of the project in a process of its own."""
    command = [sys.executable, "manage.py", *arguments]
    environment = os.environ | {"HOME": str(project), "TMPDIR": str(project)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        command, cwd=project, env=environment, input=answers, capture_output=True, text=True, timeout=100
    )
