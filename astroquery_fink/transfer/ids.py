# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Which rows of a file belong to the objects asked for, whatever type the file has their ids in."""

from dataclasses import dataclass

import pyarrow as pa
from pyarrow import compute

from ..exceptions import FinkQueryError
from ..surveys import Survey
from .integers import exact_bits, exact_integers

__all__ = ["WantedIds"]


@dataclass(frozen=True)
class WantedIds:
    """Object ids as a survey writes them: text, or integers."""

    ids: list
    survey: Survey

    def among(self, values: pa.Array) -> pa.BooleanArray:
        """Whether each row is of one of the objects; FinkQueryError where its id was rounded."""
        if self.survey.facts[self.survey.columns.object_id].dtype != "int64":
            return _is_in(_texts(values), pa.array(map(str, self.ids), pa.string()))
        numbers = pa.array(map(int, self.ids), pa.int64())
        exact, lost = exact_integers(values)
        if lost and pa.types.is_floating(values.type):
            self._refuse_rounded(values.type, lost)
        return _is_in(exact, numbers)

    def _refuse_rounded(self, kind: pa.DataType, lost: list) -> None:
        """Ids that are exact in such floats can be told from those that are not."""
        exact = 2 ** exact_bits(kind)
        unsure = [one for one in self.ids if int(one) >= exact]
        if unsure and any(abs(value) >= exact for value in lost):
            raise FinkQueryError(
                f"{self.survey.columns.object_id!r} is {kind} here, which rounds ids of so many digits (such as "
                f"{lost[0]!r}): object {unsure[0]} cannot be found by it. Transfer again, and keep ids as "
                "integers; pandas does with pandas.read_parquet(..., dtype_backend='pyarrow')."
            )


def _is_in(values: pa.Array, wanted: pa.Array) -> pa.BooleanArray:
    return compute.is_in(values, value_set=wanted)


def _texts(values: pa.Array) -> pa.Array:
    """Ids that are no text are nobody's."""
    return values if pa.types.is_string(values.type) else pa.nulls(len(values), pa.string())
