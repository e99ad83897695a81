"""The four response formats of tables, each with the quirks of the real server."""

import csv
import io
import json
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from .tables import Answer

__all__ = ["FORMATS", "encode"]

DECIMALS = 10
INDEX = "__index_level_0__"


def encode(answer: Answer, name: str) -> Response:
    """Response with a table in one of the `FORMATS`."""
    content_type, write = FORMATS[name]
    return Response(write(answer), content_type=content_type)


def _json(answer: Answer) -> str:
    columns = {name: [_for_json(value) for value in values] for name, values in answer.columns.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps(rows, separators=(",", ":")).replace("/", r"\/")


def _for_json(value: Any) -> Any:
    """Ten decimals, and null for NaN, in cutouts too."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, DECIMALS)
    if isinstance(value, np.ndarray):
        pixels = np.round(value.astype(float), DECIMALS)
        missing = np.isnan(pixels)
        cells = pixels.astype(object) if missing.any() else pixels
        cells[missing] = None
        return cells.tolist()
    return value


def _csv(answer: Answer) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(zip(*[_blanked(values) for values in answer.columns.values()], strict=True))
    return text.getvalue()


def _blanked(values: list) -> list:
    """Cells of a column of text, without a value the empty text."""
    plain = (value.astype(float).tolist() if isinstance(value, np.ndarray) else value for value in values)
    return ["" if _is_null(value) else value for value in plain]


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _votable(answer: Answer) -> bytes:
    """Set the column names, which are not XML identifiers, after the fields are made."""
    identifiers = [re.sub(r"[^A-Za-z0-9_.-]", "_", name) for name in answer.columns]
    columns = zip(identifiers, answer.columns.values(), strict=True)
    votable: Any = from_table(Table([_votable_column(*column) for column in columns]))
    for field, name in zip(votable.get_first_table().fields, answer.columns, strict=True):
        field.name = name
    text = io.BytesIO()
    votable.to_xml(text)
    return text.getvalue()


def _votable_column(name: str, values: list) -> MaskedColumn:
    """A column of one plain type, or text for mixed types and for truth values."""
    mask = [_is_null(value) for value in values]
    kinds: set[type] = {type(value) for value, null in zip(values, mask, strict=True) if not null} or {float}
    if kinds & {list, np.ndarray}:
        raise InternalServerError
    plain = len(kinds) == 1 and bool not in kinds
    kind = kinds.pop() if plain else str
    filled = [kind() if null else kind(value) for value, null in zip(values, mask, strict=True)]
    return MaskedColumn(np.array(filled, dtype=kind if plain else object), mask=mask, name=name)


def _parquet(answer: Answer) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        arrays = {name: _arrow(pa, values) for name, values in answer.columns.items()}
    except (pa.ArrowInvalid, pa.ArrowTypeError) as mixed_types:
        raise InternalServerError from mixed_types
    if arrays:
        arrays[INDEX] = pa.array(answer.index)
    table = pa.table(arrays).replace_schema_metadata({"pandas": _pandas_notes(arrays)})
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    return buffer.getvalue()


def _arrow(pa: Any, values: list) -> Any:
    if any(isinstance(value, np.ndarray) for value in values):
        return pa.array([value if value is None else list(value.astype(float)) for value in values])
    if any(isinstance(value, list) for value in values):
        return pa.array(values)
    array = pa.array(values, from_pandas=True)
    return array.cast(pa.float64()) if pa.types.is_null(array.type) else array


def _pandas_notes(arrays: dict[str, Any]) -> str:
    """The metadata by which pandas recognises the index."""
    columns = [
        {"name": None if name == INDEX else name, "field_name": name, "metadata": None}
        | {"pandas_type": str(array.type), "numpy_type": "object"}
        for name, array in arrays.items()
    ]
    index = [INDEX] if arrays else []
    return json.dumps({"index_columns": index, "column_indexes": [], "columns": columns})


FORMATS: dict[str, tuple[str, Callable[[Answer], str | bytes]]] = {
    "json": ("application/json", _json),
    "csv": ("application/csv", _csv),
    "votable": ("text/xml", _votable),
    "parquet": ("parquet", _parquet),
}
