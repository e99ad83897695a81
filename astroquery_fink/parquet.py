# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Parquet -> Arrow arrays that hold what they claim, or `ValueError`, whatever the bytes are.

A few bytes of Parquet may claim billions of cells, or repeat one long word a million times. Words stay
dictionaries, so that each is in memory once; all else is counted before it is read.

Nothing here looks at a ``ColumnChunkMetaData``: pyarrow 26 aborts the interpreter where one is broken.
"""

from .footer import count_values
from .room import Room

__all__ = ["read_parquet"]

_INDEX = "__index_level_0__"
_CELL = 8  # bytes of one number


def read_parquet(body: bytes) -> tuple[dict, int]:
    """Arrow arrays by column name, and the number of rows."""
    try:
        return _read(body)
    except Exception as error:  # pyarrow raises many kinds, KeyError, OSError and MemoryError among them
        raise ValueError(f"broken Parquet ({error})") from error


def _read(body):
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile, read_metadata

    about = read_metadata(pa.BufferReader(body))
    _check_claims(about)
    leaves = range(about.num_columns)
    file = ParquetFile(pa.BufferReader(body), metadata=about, read_dictionary=leaves, pre_buffer=True)
    schema = file.schema_arrow
    if len(set(schema.names)) < len(schema.names):
        raise ValueError("the same column twice")
    _check_room(body, schema, about.num_rows)
    table = file.read()
    if table.num_rows != about.num_rows:
        raise ValueError(f"{table.num_rows} rows in place of {about.num_rows}")
    return {name: _checked(table[name]) for name in schema.names if name != _INDEX}, table.num_rows


def _check_claims(about):
    """Refuse more cells than there is room for, and more bytes than may be read."""
    room = Room()
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    cells = max(about.num_rows, sum(group.num_rows for group in groups)) * about.num_columns
    room.check(cells * _CELL, f"Parquet that claims {cells:,} cells")
    room.check(sum(group.total_byte_size for group in groups), "Parquet")


def _check_room(body, schema, rows):
    """The same, now that the types are known: of long cells, and of the values inside lists."""
    import pyarrow as pa

    room = Room()
    room.take(rows * sum(map(_width, schema.types)), f"Parquet of {rows:,} rows")
    if any(map(pa.types.is_nested, schema.types)):
        widest = max(map(_width, schema.types))
        for values, page in count_values(body):
            room.check(page, "a page of Parquet")
            room.take(values * widest, f"Parquet that claims {values:,} cells in one column")


def _width(kind):
    """Bytes of one value, at most; of what is inside a list or a struct, too."""
    import pyarrow as pa

    if pa.types.is_nested(kind):
        return max((_width(kind.field(number).type) for number in range(kind.num_fields)), default=_CELL)
    return max(kind.bit_width // 8, _CELL) if _is_fixed(kind) else _CELL


def _is_fixed(kind):
    from pyarrow import types

    return types.is_fixed_size_binary(kind) or types.is_decimal(kind)


def _checked(column):
    """One array whose parts fit together; words that are no text are bytes."""
    import pyarrow as pa

    column = column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        if not (pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type)):
            raise
        words = column.dictionary.view(pa.binary())
        column = pa.DictionaryArray.from_arrays(column.indices, words, safe=False)
        column.validate(full=True)
    return column
