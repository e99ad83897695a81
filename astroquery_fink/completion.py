# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tab completion of IPython and Jupyter, which add the names of the class to those of ``dir``."""

import sys
from importlib import import_module
from typing import Any

__all__ = ["complete_by_dir"]


def complete_by_dir(kind: type) -> type:
    """Make IPython complete instances of a class by their ``dir`` alone, if this program is IPython."""
    if "IPython" in sys.modules:
        generics: Any = import_module("IPython.utils.generics")
        generics.complete_object.register(kind, _names_of)
    return kind


def _names_of(instance: Any, words: list[str]) -> list[str]:
    return sorted(set(words) & set(dir(instance)))
