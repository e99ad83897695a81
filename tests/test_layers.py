"""The house: imports go down, never up; what is optional is imported when it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "astroquery_fink"
FLOORS = [
    "exceptions", "config", "columns", "surveys",
    "wire", "values", "payload", "parse", "cutouts", "cache", "transport", "bulk", "plots",
    "client", "core", "demo", "cli", "__main__", "__init__",
]  # fmt: skip
OPTIONAL = {"pyarrow", "orjson", "matplotlib", "pandas", "werkzeug", "scipy"}


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
    assert {path.stem for path in PACKAGE.glob("*.py")} == set(FLOORS)


@pytest.mark.parametrize("name", FLOORS)
def test_imports_go_down(name):
    below = FLOORS[: FLOORS.index(name)]
    ours = {module.partition(".")[0] for level, module in imports(PACKAGE / f"{name}.py") if level}
    assert ours - {"sandbox"} <= set(below)


def test_only_the_command_knows_the_sandbox():
    users = {path.stem for path in PACKAGE.glob("*.py") for level, module in imports(path) if "sandbox" in module}
    assert users <= {"cli", "demo"}


def test_the_sandbox_knows_nothing_of_the_client():
    for path in (PACKAGE / "sandbox").glob("*.py"):
        for level, module in imports(path):
            assert level < 2, path
            assert not module.startswith("astroquery") or module.startswith("astroquery_fink.sandbox"), path


def test_importing_the_package_imports_nothing_optional():
    code = "import sys, astroquery_fink; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert loaded & OPTIONAL == set()
