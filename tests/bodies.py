# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bodies of responses that hold the values of a test."""

import io
import json

import pytest

__all__ = ["arrow_of", "json_of", "parquet_of"]


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


def arrow_of(*streams, compression=None, rows=2):
    """Arrow streams one after the other, each of columns or of a table, in batches of some rows."""
    pa = pytest.importorskip("pyarrow")

    body = b""
    for columns in streams:
        table, file = pa.table(columns), io.BytesIO()
        options = pa.ipc.IpcWriteOptions(compression=compression)
        with pa.ipc.new_stream(file, table.schema, options=options) as writer:
            writer.write_table(table, max_chunksize=rows)
        body += file.getvalue()
    return body
