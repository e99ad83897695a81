# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Objects in a MOC: cones that cover it, and the rows whose position it contains."""

from functools import partial

from astropy.coordinates import SkyCoord
from astropy.table import Table

from ..arguments.mocs import cones_of, has_position_in, moc_meta
from ..arguments.survey_limits import warn_if_outside
from ..arguments.types import Moc
from ..batch import merge
from ..client import Client
from ..config import conf
from ..messages import counted
from ..query import Query
from ..surveys import Survey
from .alert_table import newest_per_object, warn_if_empty
from .cones import ConeBatch, Cones, FetchOptions

__all__ = ["moc_query", "rows_in_moc"]


def moc_query(client: Client, moc: Moc, cones: Cones, options: FetchOptions, largest: float) -> Query[Table]:
    """A query for the objects in a MOC; ``largest`` is the largest radius of a cone, in arcsec."""
    centers, radii = cones_of(moc, largest, conf.max_cones)
    warn_if_outside(centers, radii, cones.survey)
    columns = cones.survey.columns
    wider = cones.with_columns([*columns.keys, columns.ra, columns.dec])
    pairs = list(zip(centers, radii.tolist(), strict=True))
    batch = ConeBatch(client, [wider.request(*one) for one in pairs], [_name(*one) for one in pairs], options)
    run = partial(_moc_table, batch, moc, wider, cones.names)
    return Query(batch.requests, run=run, responses=batch.responses, many=True)


def rows_in_moc(table: Table, moc: Moc, survey: Survey) -> Table:
    """The newest row of each object, newest first, if its position lies in the MOC."""
    table = newest_per_object(table, survey)
    table = table[has_position_in(moc, table[survey.columns.ra], table[survey.columns.dec])]
    table.meta.update(moc_meta(moc))
    return table


def _moc_table(batch: ConeBatch, moc: Moc, cones: Cones, requested: list[str] | None) -> Table:
    """One Table of the objects in the MOC, with the requested columns."""
    tables = batch.tables()
    table = rows_in_moc(merge(list(tables.values()) or [cones.empty_table()]), moc, cones.survey)
    unwanted = [] if requested is None else [name for name in table.colnames if name not in requested]
    table.remove_columns({*unwanted, cones.survey.cone.separation})
    number = counted(len(batch.requests), "cone")
    table.meta.update(batch.meta(tables, f"{number} of a MOC of order {moc.max_order}"))
    return warn_if_empty(table)


def _name(center: SkyCoord, radius: float) -> str:
    """What a cone is called in messages."""
    position = center.to_string("decimal", precision=4, alwayssign=True).lstrip("+")
    return f"a cone of {radius / 3600:.3g} deg around {position}"
