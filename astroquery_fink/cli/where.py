# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Conditions such as ``magpsf < 18``, by which ``stream`` selects alerts."""

import operator
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy.table import Table

from ..exceptions import FinkQueryError
from ..messages import first_few

__all__ = ["Where"]

_OPERATORS = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "==": operator.eq,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_CONDITION = re.compile(rf"\s*([\w:.]+)\s*({'|'.join(_OPERATORS)})\s*(.*\S)\s*")
_TRUTHS = {"true": True, "false": False}


class Where:
    """The alerts for which all conditions are true; missing values make a condition false."""

    def __init__(self, conditions: Sequence[str]):
        self._conditions = [_parsed(text) for text in conditions]
        self.columns: list[str] = list(dict.fromkeys(name for name, _, _ in self._conditions))

    def __call__(self, table: Table) -> np.ndarray:
        return np.logical_and.reduce([_is_true(table, *condition) for condition in self._conditions])


def _parsed(text: str) -> tuple[str, str, str]:
    """Column, operator and value of a condition."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise FinkQueryError(
            f"--where {text!r} is not a column, one of {' '.join(_OPERATORS)}, and a value, such as "
            "'magpsf < 18'."
        )
    name, sign, value = found.groups()
    return name, sign, value.strip("'\"")


def _is_true(table: Table, name: str, sign: str, value: str) -> np.ndarray:
    column = table[_column(table, name)]
    result = _OPERATORS[sign](np.asarray(column), _value(name, value, column.dtype.kind))
    return result & ~np.ma.getmaskarray(column)


def _column(table: Table, name: str) -> str:
    """The full name of a column."""
    found = [one for one in table.colnames if name in (one, one.partition(":")[2])]
    if not found:
        raise FinkQueryError(f"--where: the alerts have no column {name!r}; {first_few(table.colnames)}.")
    return found[0]


def _value(name: str, text: str, kind: str) -> Any:
    """The value as the column has it: text, truth or number."""
    if kind == "U":
        return text
    try:
        if kind == "b":
            return _TRUTHS[text.lower()]
        return int(text) if kind in "iu" and re.fullmatch(r"[+-]?\d+", text) else float(text)
    except (KeyError, ValueError):
        wanted = "true or false" if kind == "b" else "a number"
        raise FinkQueryError(f"--where: {name} is compared with {text!r}, which is not {wanted}.") from None
