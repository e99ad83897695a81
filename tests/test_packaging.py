"""The metadata of the project agree, wherever they are written."""

import importlib.util
import json
import re
import shutil
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = ("setup.cfg", "CITATION.cff", "codemeta.json", "README.rst")
ADDRESSES = {
    "home": "https://code.example.org/fink",
    "documentation": "https://docs.example.org/fink",
    "issues": "https://code.example.org/fink/issues",
}


@pytest.fixture(scope="module")
def metadata():
    """The script that writes the metadata."""
    spec = importlib.util.spec_from_file_location("metadata", ROOT / "packaging" / "metadata.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path):
    """A copy of the files with metadata."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "packaging", tmp_path / "packaging")
    return tmp_path


@pytest.fixture
def published(project, metadata):
    """A copy in which all addresses are set."""
    lines = [f'{name} = "{address}"\n' for name, address in ADDRESSES.items()]
    (project / "packaging" / "addresses.toml").write_text("".join(lines))
    metadata.write_all(project)
    return project


def recipe_of(project):
    return (project / "packaging" / "conda" / "recipe.yaml").read_text()


def test_the_files_of_the_project_are_those_that_the_script_writes(project, metadata):
    assert metadata.write_all(project) == []


def test_one_file_sets_the_addresses_everywhere(published):
    setup = ConfigParser()
    setup.read(published / "setup.cfg")
    urls = dict(line.split(" = ") for line in setup["metadata"]["project_urls"].strip().splitlines())
    assert urls == dict(zip(("Source", "Documentation", "Issues"), ADDRESSES.values(), strict=True))
    facts = json.loads((published / "codemeta.json").read_text())
    assert facts["codeRepository"] == ADDRESSES["home"]
    assert facts["issueTracker"] == ADDRESSES["issues"]
    assert f"repository-code: {ADDRESSES['home']}\n" in (published / "CITATION.cff").read_text()
    assert f"documentation: {ADDRESSES['documentation']}\n" in recipe_of(published)
    readme = (published / "README.rst").read_text()
    assert f".. _light curves: {ADDRESSES['documentation']}/how_to/light_curves.html\n" in readme


def test_addresses_can_be_removed_again(published, metadata):
    shutil.copy(ROOT / "packaging" / "addresses.toml", published / "packaging")
    assert sorted(metadata.write_all(published)) == sorted([*FILES, "packaging/conda/recipe.yaml"])
    for name in FILES:
        assert (published / name).read_text() == (ROOT / name).read_text()


def test_every_link_of_the_readme_to_a_file_has_its_file():
    targets = re.findall(r"^\.\. _[^:]+: (?!http)(.*)$", (ROOT / "README.rst").read_text(), re.MULTILINE)
    assert len(targets) > 10
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_every_link_of_the_readme_is_defined_and_used():
    text = (ROOT / "README.rst").read_text()
    defined = {name.lower() for name in re.findall(r"^\.\. _([^:]+): ", text, re.MULTILINE)}
    used = {" ".join(name.split()).lower() for name in re.findall(r"(?<!`)`([^`<]+)`_", text)}
    assert used == defined


def test_the_recipe_needs_what_the_package_needs(metadata):
    setup = metadata.read_setup(ROOT)
    for requirement in metadata.requirements(setup):
        assert f"    - {metadata.conda_requirement(requirement)}\n" in recipe_of(ROOT)


def test_the_recipe_is_one_that_rattler_build_reads_and_renders():
    rattler_build = pytest.importorskip("rattler_build")
    folder = ROOT / "packaging" / "conda"
    recipe = rattler_build.Stage0Recipe.from_yaml(recipe_of(ROOT), recipe_dir=folder)
    (variant,) = recipe.render(rattler_build.VariantConfig(), rattler_build.RenderConfig())
    assert "astroquery_fink" in str(variant.recipe.package.name)


def test_the_citation_is_valid():
    cffconvert = pytest.importorskip("cffconvert")
    cffconvert.Citation((ROOT / "CITATION.cff").read_text()).validate()


def test_no_address_is_set_before_there_is_one():
    addresses = tomllib.loads((ROOT / "packaging" / "addresses.toml").read_text())
    assert set(addresses) == set(ADDRESSES)
    assert all(re.fullmatch(r"(https://\S+[^/])?", address) for address in addresses.values())
