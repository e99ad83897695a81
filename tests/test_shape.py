# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A file and a function can be read in one sitting: both stay short."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    path for package in ("astroquery_fink", "fink_sandbox") for path in sorted((ROOT / package).rglob("*.py"))
]
LINES_OF_A_FILE = 450
LINES_OF_A_FUNCTION = 40


def functions_in(path):
    """The functions and methods of a file, inner ones too."""
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines_of_code(function):
    """The lines of a function below its signature and docstring; blank lines and comments count."""
    first = function.body[1:2] if ast.get_docstring(function) is not None else function.body[:1]
    return function.end_lineno - first[0].lineno + 1 if first else 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_are_short(path):
    assert len(path.read_text().splitlines()) <= LINES_OF_A_FILE
    lines = {function.name: lines_of_code(function) for function in functions_in(path)}
    assert {name: length for name, length in lines.items() if length > LINES_OF_A_FUNCTION} == {}
