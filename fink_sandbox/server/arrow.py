"""Tables of described columns as Parquet, and as Arrow streams."""

import io
import re
from collections.abc import Mapping
from typing import Any

from .tables import Columns

__all__ = ["Description", "arrow_streams", "arrow_table", "parquet_file"]

Description = Mapping[str, Mapping[str, str]]  # "type" and "description" of every column
TYPES = {"str": "string", "int": "int64", "double": "float64"}


def arrow_table(columns: Columns, description: Description) -> Any:
    """A table with the described columns and types."""
    import pyarrow as pa

    arrays = {name: pa.array(columns[name], _arrow_type(one["type"])) for name, one in description.items()}
    return pa.table(arrays)


def _arrow_type(word: str) -> Any:
    import pyarrow as pa

    items = re.fullmatch(r"array<(\w+)>", word)
    return pa.list_(_arrow_type(items[1])) if items else pa.type_for_alias(TYPES[word])


def parquet_file(table: Any, rows: int | None = None) -> bytes:
    """A Parquet file, with so many rows a row group."""
    from pyarrow import parquet

    content = io.BytesIO()
    parquet.write_table(table, content, row_group_size=rows)
    return content.getvalue()


def arrow_streams(table: Any, rows: int) -> bytes:
    """Complete streams of so many rows each, one after the other."""
    import pyarrow as pa

    content = io.BytesIO()
    for start in range(0, table.num_rows, rows):
        with pa.ipc.new_stream(content, table.schema) as stream:
            stream.write_table(table.slice(start, rows))
    return content.getvalue()
