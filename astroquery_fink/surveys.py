# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""All that differs between the surveys that Fink serves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import astropy.units as u
from astropy.time import Time

from .columns import ColumnFacts, column_facts
from .photometry import Magnitudes

__all__ = ["SURVEYS", "ZTF", "Survey", "survey_of"]


@dataclass(frozen=True)
class Survey:
    """One survey, as Fink serves it.

    Parameters
    ----------
    name : str
        As `astroquery_fink.FinkClass` takes it.
    setting : str
        The item of `astroquery_fink.conf` that holds the address.
    id_pattern : `re.Pattern`
        What an object id must match, whole.
    id_words : str
        The same in words, for messages.
    object_id, alert_id, time, band, ra, dec, magnitude, magnitude_error, limit, tag : str
        Names of the columns.
    time_format, time_scale : str
        Of the time column, as `~astropy.time.Time` names them.
    exposure_time : str
        Column with the length of the exposure, at whose start the time is.
    photometry : `~astroquery_fink.photometry.Magnitudes`
        How brightness is written.
    bands : dict
        Value of the band column to the name of the filter.
    kinds : tuple of str
        Kinds of stamps.
    stamp_column : str
        Name of the column of a kind, with ``{kind}`` in it.
    stamp_shape : tuple of int
        Pixels of an ordinary stamp.
    pixel_scale : float
        Arcseconds a pixel; both axes decrease with the pixel index.
    cards : tuple of (str, str, str)
        FITS keyword, the column that it is taken from, comment.
    region_columns : tuple of str
        What a cone search answers where no columns are named.
    separation : str
        The column of distances to the centre of a cone.
    begin : str
        When the survey's alerts begin.
    grouped_classes : tuple of str
        Classes of which the server gives one alert an object.
    scan_limit : int
        Alerts of one object, or of one pixel of the sky, after which the server stops without a word.
    packet : dict
        What a field at the top of a transferred alert is in the REST service: the prefix of a struct's
        members, the name of another field, or None if it is left out; ``""`` is the prefix of all that
        no column is known of.
    """

    name: str
    setting: str
    id_pattern: re.Pattern
    id_words: str
    object_id: str
    alert_id: str
    time: str
    band: str
    ra: str
    dec: str
    magnitude: str
    magnitude_error: str
    limit: str
    tag: str
    time_format: str
    time_scale: str
    exposure_time: str
    photometry: Magnitudes
    bands: Mapping
    kinds: tuple
    stamp_column: str
    stamp_shape: tuple
    pixel_scale: float
    cards: tuple
    region_columns: tuple
    separation: str
    begin: str
    grouped_classes: tuple
    scan_limit: int
    packet: Mapping

    @property
    def columns(self) -> Mapping[str, ColumnFacts]:
        """Facts of every known column, in the order of tables."""
        return column_facts(self.name)

    def times(self, table):
        """When the exposures of a table's rows began, as a `~astropy.time.Time`."""
        return Time(table[self.time], format=self.time_format, scale=self.time_scale)

    @property
    def key_columns(self):
        """What every question about alerts needs, asked for or not: whose, which, when."""
        return self.object_id, self.alert_id, self.time

    @cached_property
    def stamp_columns(self):
        """Columns that hold stamps, by kind."""
        return {kind: self.stamp_column.format(kind=kind) for kind in self.kinds}


ZTF = Survey(
    name="ztf",
    setting="server",
    id_pattern=re.compile(r"ZTF\d{2}[a-z]{7}", re.ASCII),
    id_words="'ZTF', two digits, seven lower-case letters, such as ZTF21aaxtctv",
    object_id="i:objectId",
    alert_id="i:candid",
    time="i:jd",
    band="i:fid",
    ra="i:ra",
    dec="i:dec",
    magnitude="i:magpsf",
    magnitude_error="i:sigmapsf",
    limit="i:diffmaglim",
    tag="d:tag",
    time_format="jd",
    time_scale="utc",
    exposure_time="i:exptime",
    photometry=Magnitudes(
        magnitude="i:magpsf",
        magnitude_error="i:sigmapsf",
        sign="i:isdiffpos",
        brighter=("t", "1"),
        reference="i:magnr",
        reference_error="i:sigmagnr",
        distance="i:distnr",
        distance_unit=u.Unit(1.012 * u.arcsec),
    ),
    bands={1: "g", 2: "r", 3: "i"},
    kinds=("Science", "Template", "Difference"),
    stamp_column="b:cutout{kind}_stampData",
    stamp_shape=(63, 63),
    pixel_scale=1.012,
    cards=(
        ("OBJECT", "i:objectId", "object id"),
        ("CANDID", "i:candid", "alert id"),
        ("RA", "i:ra", "[deg] ICRS right ascension of the alert"),
        ("DEC", "i:dec", "[deg] ICRS declination of the alert"),
        ("MAGPSF", "i:magpsf", "[mag] PSF-fit magnitude, difference image"),
        ("SIGMAPSF", "i:sigmapsf", "[mag] its 1-sigma uncertainty"),
        ("DIFFSIGN", "i:isdiffpos", "t: brighter than the reference, f: fainter"),
        ("EXPTIME", "i:exptime", "[s] exposure time"),
        ("ORIGIN", "i:publisher", "who published the alert"),
    ),
    region_columns=(
        "i:objectId",
        "i:candid",
        "i:magpsf",
        "i:sigmapsf",
        "i:jd",
        "i:jdstarthist",
        "d:cdsxmatch",
        "i:drb",
        "i:ra",
        "i:dec",
        "i:fid",
        "i:distnr",
        "d:nalerthist",
        "d:classification",
        "v:separation_degree",
    ),
    separation="v:separation_degree",
    begin="2019-11-01",
    grouped_classes=("(CTA) Blazar low state", "(CTA) Blazar high state", "SLSN candidate"),
    scan_limit=10_000,
    packet={
        "candidate": "i:",
        "prv_candidates": None,
        "cutoutScience": None,
        "cutoutTemplate": None,
        "cutoutDifference": None,
        "finkclass": "v:classification",
        "tnsclass": "d:tns",
        "": "d:",
    },
)

SURVEYS = {survey.name: survey for survey in (ZTF,)}


def survey_of(table):
    """The survey that a table's rows are from, as its ``meta`` says.

    Parameters
    ----------
    table : `~astropy.table.Table`

    Returns
    -------
    survey : `Survey`
    """
    return SURVEYS[table.meta.get("survey", ZTF.name)]
