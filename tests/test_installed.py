"""What an installation contains."""

from importlib.metadata import entry_points, metadata, version
from importlib.resources import files

import astroquery_fink
import astroquery_fink.cli


def test_the_version_is_that_of_the_installation():
    assert astroquery_fink.__version__ == version("astroquery_fink")


def test_the_data_are_installed():
    assert files("astroquery_fink").joinpath("data/ztf_columns.ecsv").is_file()
    templates = files("astroquery_fink").joinpath("plots/report/templates")
    assert {file.name for file in templates.iterdir()} == {"curve.svg", "page.html", "page.js", "style.css"}


def test_the_command_is_installed():
    (command,) = entry_points(group="console_scripts", name="astroquery-fink")
    assert command.load() is astroquery_fink.cli.main


def test_what_is_optional_is_not_required():
    required = {
        line.split(">")[0]
        for line in metadata("astroquery_fink").get_all("Requires-Dist")
        if "extra" not in line
    }
    assert required == {"astroquery", "astropy", "numpy", "requests", "tqdm", "urllib3"}
