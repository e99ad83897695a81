# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What may differ between surveys: one idea, one field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from astropy.time import Time

from ..exceptions import FinkQueryError
from .columns import ColumnFacts, column_facts
from .photometry import Fluxes, Magnitudes

__all__ = ["Survey"]


@dataclass(frozen=True)
class Survey:
    """One survey, as Fink serves it.

    Parameters
    ----------
    name : str
        As `astroquery_fink.FinkClass` takes it.
    client : str
        The ready instance that asks for it.
    setting : str
        The item of `astroquery_fink.conf` that holds the address.
    id_pattern : `re.Pattern`
        What an object id must match, whole.
    id_words : str
        The same in words, for messages.
    id_type : type
        Of ids in Tables; they are sent as text.
    instead : dict
        Methods and arguments that this survey does not have, and what to take in their place.
    endpoint : str
        What answers the alerts of an object.
    row_names : dict
        What a row of an endpoint is, where it is not an alert, for messages.
    lifetimes : dict
        How long replies of an endpoint stay true, as `astroquery_fink.http.lifetimes` names it.
    id_argument, alert_argument, resolver_argument : str
        What the server calls the id of an object, that of an alert, and a name to be resolved.
    object_id, alert_id, time, band, ra, dec, brightness, brightness_error, tag, first_seen, event_time : str
        Names of the columns; the last two are when an object was first seen, and when a
        gravitational-wave event was.
    measured : tuple of str
        What the tag column says of rows that are measurements; the others are limits or doubtful.
    limit, exposure_time : str or None
        The same: of upper limits, and of the length of the exposure at whose start the time is; None
        where there are no limits, or where times are those of the middle.
    time_format, time_scale : str
        Of the time column, as `~astropy.time.Time` names them. Times are sent in this scale.
    photometry : Magnitudes or Fluxes
        How brightness is written.
    drawn : str
        The kind of brightness that a light curve is drawn in, where none is named.
    bands : dict
        Value of the band column to the name of the filter.
    kinds : tuple of str
        Kinds of stamps.
    stamp_column : str
        Name of the column of a kind, with ``{kind}`` in it.
    stamp_format : str
        How stamps are sent: ``"array"`` or ``"FITS"``.
    stamp_keys, stamp_questions : tuple of str
        The arguments that tell an alert's stamps, and what is asked for one after the other where all
        kinds are wanted.
    stamp_shape : tuple of int
        Pixels of an ordinary stamp.
    pixel_scale : float
        Arcseconds a pixel, of stamps that come without a WCS; both axes decrease with the pixel index.
    scale_bar : float
        Arcseconds that the bar on a picture of a stamp is long.
    cards : tuple of (str, str, str)
        FITS keyword, the column that it is taken from, comment.
    region_columns : tuple of str
        What a cone search always answers where no columns are named.
    region_keys : tuple of str
        Columns that a cone search breaks without.
    bounds_last : bool
        Whether the end of a time span bounds the last detection in a cone search, not the first; the
        first is then looked at here.
    separation : str
        The column of distances to the centre of a cone.
    heeds_days : bool
        Whether the server heeds the days around a gravitational-wave event; else they are counted here.
    sso_keys : tuple of str
        Columns that the server adds to each alert of a Solar System object.
    sso_needs : dict
        Columns that it takes from the alerts to make those that come with an argument.
    sso_id : str or None
        The column of ids of Solar System objects, if they have ids of their own.
    names : dict
        What the columns that all resolvers have in common are taken from: the first that is sent.
    night, each_night : str
        The column of ``query_statistics`` that tells the night, and a number that each night has.
    schemas : tuple of str
        Endpoints that the schema is asked for, one after the other; empty where there is one for all.
    begin : str
        When the survey's alerts begin.
    declinations : tuple of float
        Degrees; south of the first and north of the second the survey certainly sees nothing.
    unlisted_classes : tuple of str
        Classes that the server answers though its list does not have them.
    described : dict
        Prefix of column names to their description, with what follows the prefix in place of ``{}``.
    grouped_classes : tuple of str
        Classes of which the server gives one alert an object.
    scan_limit : int
        Alerts of one object, or of one pixel of the sky, after which the server stops without a word.
    packet : dict
        What a field at the top of a transferred alert is in the REST service: the prefix of a struct's
        members, the name of another field, or None if it is left out; ``""`` is the prefix of all that
        no column is known of. Where two hold a column of one name, the first that is named here counts.
    short_floats : tuple of str
        Families of which the REST service writes floats of 32 bits in the fewest digits that tell them apart.
    """

    name: str
    client: str
    setting: str
    id_pattern: re.Pattern
    id_words: str
    id_type: type
    instead: Mapping
    endpoint: str
    row_names: Mapping
    lifetimes: Mapping
    id_argument: str
    alert_argument: str
    resolver_argument: str
    object_id: str
    alert_id: str
    time: str
    band: str
    ra: str
    dec: str
    brightness: str
    brightness_error: str
    tag: str
    measured: tuple
    first_seen: str
    event_time: str
    limit: str | None
    exposure_time: str | None
    time_format: str
    time_scale: str
    photometry: Magnitudes | Fluxes
    drawn: str
    bands: Mapping
    kinds: tuple
    stamp_column: str
    stamp_format: str
    stamp_keys: tuple
    stamp_questions: tuple
    stamp_shape: tuple
    pixel_scale: float
    scale_bar: float
    cards: tuple
    region_columns: tuple
    region_keys: tuple
    bounds_last: bool
    separation: str
    heeds_days: bool
    sso_keys: tuple
    sso_needs: Mapping
    sso_id: str | None
    names: Mapping
    night: str
    each_night: str
    schemas: tuple
    begin: str
    declinations: tuple
    unlisted_classes: tuple
    described: Mapping
    grouped_classes: tuple
    scan_limit: int
    packet: Mapping
    short_floats: tuple

    @property
    def title(self):
        """str : The survey in capitals, for people."""
        return self.name.upper()

    def check(self, what):
        """Refuse what this survey does not have.

        Parameters
        ----------
        what : str
            A method, or an argument.

        Raises
        ------
        FinkQueryError
            It says what to take instead.
        """
        if what in self.instead:
            raise FinkQueryError(f"{what}: Fink/{self.title} has no such thing; {self.instead[what]}.")

    @property
    def columns(self) -> Mapping[str, ColumnFacts]:
        """Facts of every known column, in the order of tables."""
        return column_facts(self.name)

    def description(self, name):
        """What a column says: its own description, or one by the rule of its prefix."""
        if name in self.columns:
            return self.columns[name].description
        rules = (
            rule.format(name[len(prefix) :])
            for prefix, rule in self.described.items()
            if name.startswith(prefix)
        )
        return next(rules, "")

    def table(self, endpoint):
        """What the rows of an endpoint have: its own columns, or those of an object's alert.

        Parameters
        ----------
        endpoint : str

        Returns
        -------
        names : list of str
        """
        own = [name for name, facts in self.columns.items() if endpoint in facts.tables]
        return own or [name for name, facts in self.columns.items() if facts.full]

    def times(self, table):
        """When the rows of a table were taken, as a `~astropy.time.Time`: see ``exposure_time``."""
        return Time(table[self.time], format=self.time_format, scale=self.time_scale)

    @property
    def key_columns(self):
        """What every question about alerts needs, asked for or not: whose, which, when."""
        return self.object_id, self.alert_id, self.time

    @cached_property
    def stamp_columns(self):
        """Columns that hold stamps, by kind."""
        return {kind: self.stamp_column.format(kind=kind) for kind in self.kinds}
