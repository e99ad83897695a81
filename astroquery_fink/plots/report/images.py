# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts for the objects of a Table, and the rows that belong to an object."""

from collections.abc import Iterable

import numpy as np
from astropy.io import fits
from astropy.table import Table
from astroquery.exceptions import InputWarning

from ...messages import counted, first_few, warn
from ...surveys import Survey
from ...surveys.photometry import plain
from ..alerts import in_time_order, list_of_alerts, name_of
from ..thumbnails import thumbnails

__all__ = ["rows_with_ids", "thumbnails_by_id"]

_SIZE = 84  # pixels


def rows_with_ids(table: Table, survey: Survey) -> Table:
    """The rows of objects; those without an id, such as alerts of asteroids, are left out with a warning."""
    ids = plain(table[survey.columns.object_id])
    lacking = np.ma.getmaskarray(ids) | (ids.filled() == "" if ids.dtype.kind == "U" else False)
    if lacking.any():
        warn(f"left out {counted(int(lacking.sum()), 'row')} without an object id.", InputWarning)
        return table[~lacking]
    return table


def thumbnails_by_id(
    images: Iterable[fits.HDUList], table: Table, survey: Survey
) -> dict[str, dict[str, bytes]]:
    """Object id -> its newest cutouts as PNGs by kind."""
    ids = plain(table[survey.columns.object_id]).data.astype(str)
    by_alert, known = _objects_of_alerts(table, survey, ids), set(ids.tolist())
    newest: dict[str, fits.HDUList] = {}
    foreign = []
    for alert in in_time_order(list_of_alerts(images)):
        header = alert[0].header
        name = by_alert.get(str(header.get("CANDID")), str(header.get("OBJECT", "")))
        if name in known:
            newest[name] = alert
        else:
            foreign.append(name_of(alert))
    if foreign:
        left_out = f"left out {counted(len(foreign), 'alert')} of images, whose objects are not in the table"
        warn(f"{left_out}: {first_few(foreign, 3)}.", InputWarning)
    return {name: thumbnails(alert, _SIZE) for name, alert in newest.items()}


def _objects_of_alerts(table: Table, survey: Survey, ids: np.ndarray) -> dict[str, str]:
    """Alert id -> object id, if the table has alert ids; upper limits have none."""
    name = survey.columns.alert_id
    if name not in table.colnames:
        return {}
    numbers = plain(table[name])
    known = ~np.ma.getmaskarray(numbers)
    return dict(zip(numbers.data[known].astype(str).tolist(), ids[known].tolist(), strict=True))
