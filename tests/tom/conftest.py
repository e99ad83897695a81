# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A TOM on the simulated Fink, made as the documentation says."""

import subprocess
import sys
import warnings

import pytest
from tom_project import OF_THE_TESTS, OFFLINE, run_manage, settings_on_the_page


@pytest.fixture(scope="session")
def project(tmp_path_factory, box, box_lsst):
    """The folder of a new TOM with the settings of the docs, on the simulated Fink."""
    folder = tmp_path_factory.mktemp("toms") / "mytom"
    folder.mkdir()
    start = [sys.executable, "-m", "django", "startproject", "mytom", str(folder)]
    subprocess.run(start, check=True, capture_output=True)
    settings = folder / "mytom" / "settings.py"
    settings.write_text(settings.read_text() + '\nINSTALLED_APPS += ["tom_setup"]\n')
    made = run_manage(folder, "tom_setup", answers="y\n\n1\nn\n")
    assert "Setup complete!" in made.stdout, made.stderr
    added = settings_on_the_page() + OF_THE_TESTS.format(ztf=box.url, lsst=box_lsst.url)
    settings.write_text(settings.read_text() + added)
    (folder / "mytom" / "apps.py").write_text(OFFLINE)
    migrated = run_manage(folder, "migrate", "-v0")
    assert migrated.returncode == 0, migrated.stderr
    return folder


@pytest.fixture(scope="session")
def _site(project):
    """Django, set up for the project in this process."""
    import django

    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(project)
    patch.setenv("DJANGO_SETTINGS_MODULE", "mytom.settings")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Django's and the toolkit's own imports
        django.setup()
        from django.urls import reverse

        reverse("tom_dataservices:create")
    from django.db import connections
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    yield
    teardown_test_environment()
    connections.close_all()
    patch.undo()


@pytest.fixture
def tom(_site, tmp_path):
    """The pages of the TOM, for a user who is logged in; each test begins with an empty TOM."""
    from django.contrib.auth.models import User
    from django.core.cache import cache
    from django.test import override_settings
    from pages import Pages
    from tom_dataservices.models import DataServiceQuery
    from tom_targets.models import Target

    cache.clear()
    user, _ = User.objects.get_or_create(username="pi", is_superuser=True)
    with override_settings(MEDIA_ROOT=str(tmp_path / "media")):
        yield Pages(user)
    Target.objects.all().delete()
    DataServiceQuery.objects.all().delete()
