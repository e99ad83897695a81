# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Parquet -> Arrow arrays that hold what they claim, or `ValueError`, whatever the bytes are.

A few bytes of Parquet may claim billions of cells, or repeat one long word a million times. Words stay
dictionaries, so that each is in memory once; all else is counted before it is read.

Nothing here looks at a ``ColumnChunkMetaData``: pyarrow 26 aborts the interpreter where one is broken.
"""

from collections import Counter

from .footer import count_values
from .memory import MemoryLimit

__all__ = ["read_parquet"]

_INDEX = "__index_level_0__"
_CELL = 9  # bytes of one number, and of its mask in the Table
_COLUMNS = 400  # more than Fink has; a file of more columns is opened again


def read_parquet(body: bytes) -> tuple[dict, int]:
    """Arrow arrays by column name, and the number of rows."""
    try:
        return _read(body)
    except Exception as error:  # pyarrow raises many kinds, KeyError, OSError and MemoryError among them
        raise ValueError(f"broken Parquet ({error})") from error


def _read(body):
    file = _opened(body)
    about = file.metadata
    _check_claims(about)
    schema = file.schema_arrow
    if len(set(schema.names)) < len(schema.names):
        raise ValueError("the same column twice")
    _check_room(body, schema, about.num_rows)
    # One thread is as quick for what Fink sends. Those of older pyarrow may abort Python at its end,
    # after an error.
    table = file.read(use_threads=False)
    if table.num_rows != about.num_rows:
        raise ValueError(f"{table.num_rows} rows in place of {about.num_rows}")
    whole = _one_chunk if _is_sound(table) else _mended
    return {name: whole(table[name]) for name in schema.names if name != _INDEX}, table.num_rows


def _opened(body):
    """A file that gives words as dictionaries, by the numbers of its columns: names need not be unique."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    file = ParquetFile(pa.BufferReader(body), read_dictionary=range(_COLUMNS))
    columns = file.metadata.num_columns
    if columns > _COLUMNS:
        file = ParquetFile(pa.BufferReader(body), read_dictionary=range(columns))
    return file


def _check_claims(about):
    """Refuse more cells than there is room for, and more bytes than may be read."""
    memory = MemoryLimit()
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    cells = max(about.num_rows, sum(group.num_rows for group in groups)) * about.num_columns
    memory.check(cells * _CELL, f"Parquet that claims {cells:,} cells")
    memory.check(sum(group.total_byte_size for group in groups), "Parquet")


def _check_room(body, schema, rows):
    """The same, now that the types are known: of long cells, and of the values inside lists."""
    import pyarrow.types as types

    memory = MemoryLimit()
    kinds = Counter(schema.types)
    widths = {kind: _width(kind) for kind in kinds}
    memory.take(rows * sum(widths[kind] * many for kind, many in kinds.items()), f"Parquet of {rows:,} rows")
    if any(map(types.is_nested, kinds)):
        widest = max(widths.values())
        for values, page in count_values(body):
            memory.check(page, "a page of Parquet")
            memory.take(values * widest, f"Parquet that claims {values:,} cells in one column")


def _width(kind):
    """Bytes of one value, at most; of what is inside a list or a struct, too."""
    import pyarrow as pa

    if pa.types.is_nested(kind):
        return max((_width(kind.field(number).type) for number in range(kind.num_fields)), default=_CELL)
    return max(kind.bit_width // 8, _CELL) if _is_fixed(kind) else _CELL


def _is_fixed(kind):
    from pyarrow import types

    return types.is_fixed_size_binary(kind) or types.is_decimal(kind)


def _is_sound(values):
    """Whether all parts fit together, and all text is text."""
    import pyarrow as pa

    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _one_chunk(column):
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _mended(column):
    """The same where some parts of the table do not fit together: words that are no text become bytes."""
    import pyarrow as pa

    if not _is_sound(column):
        kind = column.type
        if not (pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type)):
            raise ValueError(f"a column of {kind} whose parts do not fit together")
        words = [chunk.dictionary.view(pa.binary()) for chunk in column.chunks]
        pairs = zip(column.chunks, words, strict=True)
        column = pa.chunked_array(
            [pa.DictionaryArray.from_arrays(c.indices, w, safe=False) for c, w in pairs]
        )
        column.validate(full=True)
    return _one_chunk(column)
