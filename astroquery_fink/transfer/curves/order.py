# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Check that alerts are sorted by object, newest first in each, and that each is there once."""

import numpy as np
import pyarrow as pa
from pyarrow import compute

from ...exceptions import FinkQueryError
from .alerts import COMPACT_FIRST, SortedAlerts, has_alert_id, numbers

__all__ = ["check_order"]


def check_order(source: SortedAlerts, alerts: pa.RecordBatch, begins: np.ndarray, after: object) -> None:
    """Check whole objects that begin in the rows ``begins`` and follow the object ``after``."""
    ids = alerts.column(source.key)
    faults = (
        _objects_out_of_order(ids.take(pa.array(begins)), after),
        _alerts_out_of_order(ids, numbers(alerts, source.survey.columns.time, source.survey), begins),
        _repeated_alert(alerts, source),
    )
    for fault in filter(None, faults):
        raise FinkQueryError(f"path={str(source.path)!r} {fault}: {COMPACT_FIRST}.")


def _objects_out_of_order(ids: pa.Array, after: object) -> str:
    if after is not None:
        ids = pa.concat_arrays([pa.array([after], ids.type), ids])
    wrong = compute.less_equal(ids.slice(1), ids.slice(0, len(ids) - 1))
    if not compute.any(wrong).as_py():
        return ""
    one, other = ids.slice(compute.index(wrong, True).as_py(), 2).to_pylist()
    return f"is not sorted by object: {other} comes after {one}"


def _alerts_out_of_order(ids: pa.Array, times: np.ndarray, begins: np.ndarray) -> str:
    wrong = times[1:] > times[:-1]
    wrong[begins[1:] - 1] = False
    return f"does not have the newest alert of {ids[int(np.argmax(wrong))]} first" if wrong.any() else ""


def _repeated_alert(alerts: pa.RecordBatch, source: SortedAlerts) -> str:
    name = source.survey.columns.alert_id
    if name not in alerts.schema.names:
        return ""
    found = alerts.column(name).filter(pa.array(has_alert_id(alerts, source.survey)))
    numbers = np.sort(found.to_numpy(zero_copy_only=False))
    repeats = numbers[1:][numbers[1:] == numbers[:-1]]
    return f"has the alert {name} = {repeats[0]} twice" if len(repeats) else ""
