"""Tables in the four formats of the wire, each with the habits of the real server."""

import csv
import io
import json
import math
import re

import numpy as np
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

__all__ = ["FORMATS", "encode"]

DECIMALS = 10
INDEX = "__index_level_0__"


def encode(answer, name):
    """
    Response that carries a table.

    Parameters
    ----------
    answer : `~fink_sandbox.server.tables.Answer`
    name : str
        One of `FORMATS`.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    content_type, write = FORMATS[name]
    return Response(write(answer), content_type=content_type)


def _json(answer):
    columns = {name: [_for_json(value) for value in values] for name, values in answer.columns.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps(rows, separators=(",", ":")).replace("/", r"\/")


def _for_json(value):
    """Ten decimals, and null for what is not a number, in cutouts too."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, DECIMALS)
    if isinstance(value, np.ndarray):
        pixels = np.round(value.astype(float), DECIMALS)
        return (
            np.where(np.isnan(pixels), None, pixels).tolist() if np.isnan(pixels).any() else pixels.tolist()
        )
    return value


def _csv(answer):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(zip(*[_blanked(values) for values in answer.columns.values()], strict=True))
    return text.getvalue()


def _blanked(values):
    plain = (value.astype(float).tolist() if isinstance(value, np.ndarray) else value for value in values)
    return ["" if _is_null(value) else value for value in plain]


def _is_null(value):
    return value is None or (isinstance(value, float) and math.isnan(value))


def _votable(answer):
    """Column names are no XML identifiers, so they are put in after the fields were made."""
    identifiers = [re.sub(r"[^A-Za-z0-9_.-]", "_", name) for name in answer.columns]
    columns = zip(identifiers, answer.columns.values(), strict=True)
    votable = from_table(Table([_votable_column(*column) for column in columns]))
    for field, name in zip(votable.get_first_table().fields, answer.columns, strict=True):
        field.name = name
    text = io.BytesIO()
    votable.to_xml(text)
    return text.getvalue()


def _votable_column(name, values):
    """A column of one plain type, or of text where types are mixed; truth values are text as well."""
    mask = [_is_null(value) for value in values]
    kinds = {type(value) for value, null in zip(values, mask, strict=True) if not null} or {float}
    if kinds & {list, np.ndarray}:
        raise InternalServerError
    plain = len(kinds) == 1 and bool not in kinds
    kind = kinds.pop() if plain else str
    filled = [kind() if null else kind(value) for value, null in zip(values, mask, strict=True)]
    return MaskedColumn(np.array(filled, dtype=kind if plain else object), mask=mask, name=name)


def _parquet(answer):
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


def _arrow(pa, values):
    if any(isinstance(value, np.ndarray) for value in values):
        return pa.array([value if value is None else list(value.astype(float)) for value in values])
    if any(isinstance(value, list) for value in values):
        return pa.array(values)
    array = pa.array(values, from_pandas=True)
    return array.cast(pa.float64()) if pa.types.is_null(array.type) else array


def _pandas_notes(arrays):
    """What pandas writes beside a table, so that it takes the index for an index."""
    columns = [
        {"name": None if name == INDEX else name, "field_name": name, "metadata": None}
        | {"pandas_type": str(array.type), "numpy_type": "object"}
        for name, array in arrays.items()
    ]
    index = [INDEX] if arrays else []
    return json.dumps({"index_columns": index, "column_indexes": [], "columns": columns})


FORMATS = {
    "json": ("application/json", _json),
    "csv": ("application/csv", _csv),
    "votable": ("text/xml", _votable),
    "parquet": ("parquet", _parquet),
}
