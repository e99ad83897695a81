# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bodies of responses that hold the values of a test."""

import io
import json

import pytest

__all__ = ["json_of", "parquet_of"]


def json_of(columns=(), /, **more):
    """Columns as JSON: a list of rows."""
    columns = dict(columns, **more)
    rows = zip(*columns.values(), strict=True)
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows]).encode()


def parquet_of(columns=(), /, *, options=(), **more):
    """Columns as Parquet; the values of a column decide its type."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(pa.table(dict(columns, **more)), file, **dict(options))
    return file.getvalue()
