# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The columns of one light curve as exact Arrow arrays, whatever type the row was read with."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from ...exceptions import FinkQueryError
from ...surveys import Survey
from ...tables.curves import CURVE
from ..folders.types import common_type, converted

__all__ = ["member_arrays"]

_ROUND = 12  # a number with fewer digits may be exact in 32 bits by chance


def member_arrays(
    members: Mapping[str, Any], constants: Mapping[str, Any], survey: Survey
) -> dict[str, pa.Array]:
    """The members of a light curve, and columns with the same value in each row."""
    arrays = {name: _arrow_array(name, values, survey) for name, values in members.items()}
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) != 1:
        raise FinkQueryError(f"the columns of {CURVE} have different lengths: {lengths}.")
    size = next(iter(lengths.values()))
    arrays |= {name: _repeated(name, value, size) for name, value in constants.items()}
    return {name: _converted(name, values, survey) for name, values in arrays.items()}


def _converted(name: str, values: pa.Array, survey: Survey) -> pa.Array:
    """The values in the type that they have in a folder."""
    return converted(name, values, common_type([values.type], survey.facts_of(name).dtype), survey)


def _arrow_array(name: str, values: Any, survey: Survey) -> pa.Array:
    """The array; numbers without a type become 32-bit floats if they were such."""
    if isinstance(values, pa.ListScalar | pa.LargeListScalar):
        values = values.values
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return values
    if values is None or isinstance(values, str | bytes):
        raise FinkQueryError(f"column {name!r} of {CURVE} has no list of values in this row.")
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise FinkQueryError(f"column {name!r} of {CURVE} has no list of values ({error}).") from error
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    untyped = getattr(values, "dtype", None) in (None, object)
    if untyped and _may_be_short(name, survey) and _were_short(array):
        return array.cast(pa.float32())
    return array


def _may_be_short(name: str, survey: Survey) -> bool:
    """Whether packets may have 32-bit floats in this column; times and positions have 64 bits."""
    columns = survey.columns
    long = (columns.time, columns.ra, columns.dec)
    return name.startswith(survey.packet.short_floats) and name not in long


def _were_short(values: pa.Array) -> bool:
    """Whether 64-bit floats are 32-bit floats that were made longer: 18.10000038146973 of 18.1."""
    if not pa.types.is_float64(values.type):
        return False
    numbers = values.drop_null().to_numpy()
    numbers = numbers[np.isfinite(numbers)]
    with np.errstate(over="ignore"):
        if not np.array_equal(numbers.astype(np.float32).astype(np.float64), numbers):
            return False
    return any(len(repr(abs(number)).partition("e")[0]) > _ROUND for number in numbers.tolist())


def _repeated(name: str, value: Any, size: int) -> pa.Array:
    if isinstance(value, pa.Scalar):
        value = value.as_py()
    try:
        return pa.array([value] * size, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise FinkQueryError(f"{name} of the row is not an id ({error}).") from error
