# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The rows of a Table as lines of JSON: ids are exact, missing values are null."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from astropy.table import Table

__all__ = ["json_lines"]


def json_lines(table: Table) -> Iterator[str]:
    """An object per row, with the topic and all columns."""
    columns = [_values(table[name]) for name in table.colnames]
    topic = {"topic": table.meta["topic"]} if "topic" in table.meta else {}
    for row in zip(*columns, strict=True):
        yield json.dumps(topic | dict(zip(table.colnames, row, strict=True)), allow_nan=False)


def _values(column: Any) -> list[Any]:
    """The values of a column as JSON has them."""
    mask = np.ma.getmaskarray(column)
    values = np.asarray(column)
    if values.ndim == 1 and values.dtype.kind in "biuU":
        return [None if hidden else value for value, hidden in zip(values.tolist(), mask, strict=True)]
    return [_plain(value) for value in column]


def _plain(value: Any) -> Any:
    """A value as JSON has it; numbers that are not finite become null."""
    if value is None or value is np.ma.masked:
        return None
    if isinstance(value, np.ndarray):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = float(str(value)) if value.dtype == np.float32 else value.item()  # 18.1, not 18.10000038
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value
