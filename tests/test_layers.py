"""The house: imports go down, never up; what is optional is imported when it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "astroquery_fink"
FLOORS = [
    "types", "exceptions", "shown", "warn", "workers", "server_words", "certificates", "connections",
    "packing", "config", "room", "progress", "columns", "photometry", "storable",
    "formats", "surveys",
    "footer", "parquet", "wire", "arrow", "values", "arguments", "coordinate_text", "coordinate_tables",
    "places",
    "times", "reach", "walk", "skymaps", "payload", "listings",
    "parse", "cutouts", "cache_folder", "cache", "freshness", "exchange", "transport", "download", "parts",
    "stack", "bulk",
    "transfer", "query", "lightcurve", "plots", "client", "questions", "core", "demo", "cli", "__main__",
    "__init__",
]  # fmt: skip
OPTIONAL = {
    "pyarrow",
    "orjson",
    "matplotlib",
    "pandas",
    "werkzeug",
    "scipy",
    "astropy_healpix",
    "argcomplete",
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


def test_every_file_has_its_floor():
    files = {path.stem for path in PACKAGE.glob("*.py")}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert files | folders == {*FLOORS, "sandbox"}


@pytest.mark.parametrize("path", [*PACKAGE.glob("*.py"), *PACKAGE.glob("*/*.py")], ids=lambda path: path.stem)
def test_imports_go_down(path):
    """From a file beside the others by one dot, from a file in a folder by two."""
    folder = path.parent.name if path.parent != PACKAGE else None
    below = FLOORS[: FLOORS.index(folder or path.stem)] if folder != "sandbox" else []
    ours = {module.partition(".")[0] for level, module in imports(path) if level == (2 if folder else 1)}
    assert ours - {"sandbox"} <= set(below)


def test_only_the_command_knows_the_sandbox():
    users = {
        path.stem
        for path in [*PACKAGE.glob("*.py"), *PACKAGE.glob("cli/*.py")]
        for level, module in imports(path)
        if "sandbox" in module
    }
    assert users <= {"tools", "demo"}


def test_the_sandbox_knows_nothing_of_the_client():
    for path in (PACKAGE / "sandbox").rglob("*.py"):
        depth = len(path.relative_to(PACKAGE / "sandbox").parts)
        for level, module in imports(path):
            assert level <= depth, path
            assert not module.startswith("astroquery") or module.startswith("astroquery_fink.sandbox"), path


def test_importing_the_package_imports_nothing_optional():
    code = "import sys, astroquery_fink; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )
    assert loaded & OPTIONAL == set()
