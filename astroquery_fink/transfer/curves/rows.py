# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts that are sorted by object -> one row per object, with its light curve in a struct of lists."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ...tables.curves import CURVE, mean_positions
from .alerts import SortedAlerts, has_alert_id, numbers

__all__ = ["Curves"]


@dataclass(frozen=True)
class Curves:
    """How alerts become light curves.

    Parameters
    ----------
    source : `SortedAlerts`
    members : sequence of str
        The columns in the light curves.
    has_positions : bool
        Whether objects have a mean position.
    """

    source: SortedAlerts
    members: Sequence[str]
    has_positions: bool

    @property
    def names(self) -> list[str]:
        """The columns that `rows` needs."""
        columns = self.source.survey.columns
        position = (columns.ra, columns.dec) if self.has_positions else ()
        needed = [*self.members, columns.time, columns.alert_id, *position]
        return [name for name in dict.fromkeys(needed) if name in self.source.schema.names]

    @property
    def schema(self) -> pa.Schema:
        """Of the rows."""
        time = f"{self.source.survey.time_format} {self.source.survey.time_scale}".upper()
        mean = "of the object, mean of its alerts on the sphere"
        position = [
            _field("ra", pa.float64(), f"ICRS right ascension {mean}", "deg"),
            _field("dec", pa.float64(), f"ICRS declination {mean}", "deg"),
        ]
        fields = [
            self.source.schema.field(self.source.key),
            *(position if self.has_positions else ()),
            _field("n_alerts", pa.int64(), "Number of alerts of the object"),
            _field("first", pa.float64(), f"Time of the first alert, {time}", "d"),
            _field("last", pa.float64(), f"Time of the last alert, {time}", "d"),
            _field(CURVE, pa.struct(self._lists), "Light curve of the object, newest alert first"),
        ]
        return pa.schema(fields)

    @property
    def _lists(self) -> list[pa.Field]:
        fields = [self.source.schema.field(name) for name in self.members]
        return [field.with_type(pa.list_(field.type)).with_nullable(True) for field in fields]

    def rows(self, alerts: pa.RecordBatch, begins: np.ndarray) -> pa.RecordBatch:
        """The rows of whole objects, whose first alerts are in the rows ``begins``."""
        is_alert = has_alert_id(alerts, self.source.survey)
        times = np.where(
            is_alert, numbers(alerts, self.source.survey.columns.time, self.source.survey), np.nan
        )
        offsets = pa.array(np.append(begins, alerts.num_rows), pa.int32())
        lists = [pa.ListArray.from_arrays(offsets, alerts.column(name)) for name in self.members]
        columns = [
            alerts.column(self.source.key).take(pa.array(begins)),
            *(self._positions(alerts, begins, is_alert) if self.has_positions else ()),
            pa.array(np.add.reduceat(is_alert.astype(np.int64), begins)),
            _nullable(np.fmin.reduceat(times, begins)),
            _nullable(np.fmax.reduceat(times, begins)),
            pa.StructArray.from_arrays(lists, fields=self._lists),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _positions(self, alerts: pa.RecordBatch, begins: np.ndarray, is_alert: np.ndarray) -> list[pa.Array]:
        columns = self.source.survey.columns
        ra = np.where(is_alert, numbers(alerts, columns.ra, self.source.survey), np.nan)
        means = mean_positions(ra, numbers(alerts, columns.dec, self.source.survey), begins)
        return [_nullable(mean) for mean in means]


def _field(name: str, kind: pa.DataType, description: str, unit: str | None = None) -> pa.Field:
    facts = {"description": description} if unit is None else {"unit": unit, "description": description}
    return pa.field(name, kind, metadata=facts)


def _nullable(values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
