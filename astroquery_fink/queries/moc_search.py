# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Objects in a MOC: cones that cover it, and the rows whose position it contains."""

from dataclasses import dataclass

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
    search = _MocSearch(client, moc, cones, centers, radii.tolist(), options)
    batch = search.batch()
    return Query(batch.requests, run=search.table, responses=batch.responses, many=True)


def rows_in_moc(table: Table, moc: Moc, survey: Survey) -> Table:
    """The newest row of each object, newest first, if its position lies in the MOC."""
    table = newest_per_object(table, survey)
    table = table[has_position_in(moc, table[survey.columns.ra], table[survey.columns.dec])]
    table.meta.update(moc_meta(moc))
    return table


@dataclass(frozen=True)
class _MocSearch:
    """Cone searches that cover a MOC."""

    client: Client
    moc: Moc
    cones: Cones
    centers: SkyCoord
    radii: list[float]
    options: FetchOptions

    def batch(self) -> ConeBatch:
        """The requests, with the columns by which rows are selected."""
        cones = self.cones.with_columns(self._needed())
        pairs = list(zip(self.centers, self.radii, strict=True))
        requests = [cones.request(center, radius) for center, radius in pairs]
        return ConeBatch(self.client, requests, [_name(*pair) for pair in pairs], self.options)

    def table(self) -> Table:
        """One Table of the objects in the MOC."""
        batch, survey = self.batch(), self.cones.survey
        tables = batch.tables()
        table = merge(list(tables.values()) or [self.cones.with_columns(self._needed()).empty_table()])
        table = rows_in_moc(table, self.moc, survey)
        requested = self.cones.names
        unwanted = [] if requested is None else [name for name in table.colnames if name not in requested]
        table.remove_columns({*unwanted, survey.cone.separation})
        cones = counted(len(self.radii), "cone")
        table.meta.update(batch.meta(tables, f"{cones} of a MOC of order {self.moc.max_order}"))
        return warn_if_empty(table)

    def _needed(self) -> list[str]:
        columns = self.cones.survey.columns
        return [*columns.keys, columns.ra, columns.dec]


def _name(center: SkyCoord, radius: float) -> str:
    """What a cone is called in messages."""
    position = center.to_string("decimal", precision=4, alwayssign=True).lstrip("+")
    return f"a cone of {radius / 3600:.3g} deg around {position}"
