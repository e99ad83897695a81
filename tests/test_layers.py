"""The house: imports go down, never up; what is optional is imported when it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "astroquery_fink"
SANDBOX = PACKAGE.parent / "fink_sandbox"
FLOORS = [
    "exceptions", "completion", "disk", "messages", "progress", "config", "surveys", "arguments", "formats",
    "tables", "lightcurve", "avro", "http", "batch", "query", "client", "queries", "core", "simulated",
    "plots", "kafka", "transfer", "stream", "tom", "cli", "__main__", "__init__",
]  # fmt: skip
FLOORS_OF_TRANSFER = ["topics", "folders", "compaction", "curves", "hats", "__init__"]
OPTIONAL = {
    "pyarrow",
    "orjson",
    "matplotlib",
    "jinja2",
    "pandas",
    "werkzeug",
    "scipy",
    "sbpy",
    "astropy_healpix",
    "argcomplete",
    "confluent_kafka",
    "duckdb",
    "fastavro",
    "filelock",
    "loky",
    "dask",
    "hats_import",
    "lsdb",
    "sncosmo",
    "lightkurve",
    "nested_pandas",
    "django",
    "tom_dataservices",
    "mocpy",
}


def imports(path):
    """(level, module) of each import statement in a file, functions included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.level, node.module
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.level, alias.name) for alias in node.names)


def rooms_of(package):
    """(File, room) of each file: the room is its folder, or its own name at the top."""
    for path in package.rglob("*.py"):
        top = path.relative_to(package).parts[0]
        yield path, top.removesuffix(".py")


def rooms_imported(path, package):
    """The rooms of the package that a file imports from."""
    above = len(path.relative_to(package).parts)
    return {module.partition(".")[0] for level, module in imports(path) if level == above}


HOUSES = [(PACKAGE, FLOORS), (PACKAGE / "transfer", FLOORS_OF_TRANSFER)]


@pytest.mark.parametrize(("package", "floors"), HOUSES, ids=lambda value: getattr(value, "name", ""))
def test_every_room_has_its_floor(package, floors):
    assert {room for _, room in rooms_of(package)} == set(floors)


FILES = [(path, room, *house) for house in HOUSES for path, room in rooms_of(house[0])]


@pytest.mark.parametrize(("path", "room", "package", "floors"), FILES, ids=lambda value: str(value)[-40:])
def test_imports_go_down(path, room, package, floors):
    assert rooms_imported(path, package) - {room} <= set(floors[: floors.index(room)])


def test_only_the_command_and_the_simulated_clients_know_the_sandbox():
    users = {room for path, room in rooms_of(PACKAGE) if any("sandbox" in name for _, name in imports(path))}
    assert users == {"cli", "simulated"}


def test_the_sandbox_knows_nothing_of_the_client():
    for path in SANDBOX.rglob("*.py"):
        assert not any(module.startswith("astroquery") for _, module in imports(path)), path


def test_importing_the_package_imports_nothing_optional():
    code = "import sys, astroquery_fink; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )
    assert loaded & OPTIONAL == set()
