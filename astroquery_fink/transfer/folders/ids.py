# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Select the rows of requested objects, whatever type a file has their ids in."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyarrow import compute

from ...exceptions import FinkQueryError
from ...surveys import Survey
from .integers import exact_bits, exact_integers

__all__ = ["NO_ID_COLUMN", "WantedIds"]

NO_ID_COLUMN = "has no column {!r} to select objectids by: transfer it, too, or leave objectids out."


@dataclass(frozen=True)
class WantedIds:
    """The requested object ids, as text or integers, as the survey has them."""

    ids: list[Any]
    survey: Survey

    def mask(self, values: pa.Array) -> pa.BooleanArray:
        """Whether each id is requested; `FinkQueryError` if the ids are rounded."""
        if self.survey.facts[self.survey.columns.object_id].dtype != "int64":
            return _is_in(_texts(values), pa.array(map(str, self.ids), pa.string()))
        numbers = pa.array(map(int, self.ids), pa.int64())
        exact, inexact = exact_integers(values)
        if inexact and pa.types.is_floating(values.type):
            self._refuse_rounded(values.type, inexact)
        return _is_in(exact, numbers)

    def _refuse_rounded(self, kind: pa.DataType, inexact: list[Any]) -> None:
        """Short ids are exact in floats, and so differ from all rounded ids."""
        limit = 2 ** exact_bits(kind)
        long_ids = [one for one in self.ids if int(one) >= limit]
        if long_ids and any(abs(value) >= limit for value in inexact):
            raise FinkQueryError(
                f"column {self.survey.columns.object_id!r} has type {kind}, which rounds ids of so many "
                f"digits (such as {inexact[0]!r}): object {long_ids[0]} cannot be found. Transfer again, and "
                "keep ids as integers, in pandas with pandas.read_parquet(..., dtype_backend='pyarrow')."
            )


def _is_in(values: pa.Array, wanted: pa.Array) -> pa.BooleanArray:
    return compute.is_in(values, value_set=wanted)


def _texts(values: pa.Array) -> pa.Array:
    """Ids that are not text match nothing."""
    return values if pa.types.is_string(values.type) else pa.nulls(len(values), pa.string())
