"""The reference pages have an entry for every public name, setting and command."""

import re
from pathlib import Path

import pytest
from methods import SYNC

from astroquery_fink import exceptions, formats, lightcurve, plots, stream, transfer
from astroquery_fink.cli.parser import build_parser

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {path.stem: path.read_text() for path in (DOCS / "reference").glob("*.rst")}


@pytest.mark.parametrize("name", SYNC)
def test_every_method_is_on_one_page(name):
    assert [page for page, text in PAGES.items() if re.search(rf"^   {name}$", text, re.MULTILINE)] != []


@pytest.mark.parametrize(
    "module", [exceptions, formats, lightcurve, plots, stream, transfer], ids=lambda m: m.__name__
)
def test_every_module_has_a_page_of_all_its_names(module):
    page = PAGES[module.__name__.rpartition(".")[2]]
    assert f".. api:: {module.__name__}\n" in page


def test_settings_and_commands_come_from_the_code():
    assert ".. settings::" in PAGES["settings"]
    assert ".. commands::" in PAGES["command_line"]
    assert build_parser().prog == "astroquery-fink"


def test_every_page_is_in_the_table_of_contents():
    listed = set(re.findall(r"^   ([\w/]+)$", (DOCS / "index.rst").read_text(), re.MULTILINE))
    pages = {str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.glob("*/*.rst")}
    notebooks = {f"tutorials/{path.stem}" for path in DOCS.glob("tutorials/*.ipynb")}
    assert pages | notebooks <= listed


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.rst")), ids=str
)
def test_examples_fit_their_column(page):
    """A line of 78 characters, prompt included, is not wider than its column on a screen of 1280 pixels."""
    lines = (DOCS / page).read_text().splitlines()
    code = [line.strip() for line in lines if re.match(r"\s*(>>>|\.\.\.) ", line)]
    assert [line for line in code if len(line) > 78] == []


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.rst")), ids=str
)
def test_a_page_defines_what_its_examples_use(page):
    text = (DOCS / page).read_text()
    code = "\n".join(line for line in text.splitlines() if re.match(r"\s*(>>>|\.\.\.) ", line))
    for name in ("Fink", "FinkLSST"):
        if re.search(rf"(?<![\w.]){name}\.", code):
            assert re.search(rf"import [\w, ]*\b{name}\b", code)
