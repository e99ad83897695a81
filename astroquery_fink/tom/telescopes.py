# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a TOM stores of each survey besides its measurements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..surveys import LSST, ZTF, Survey

__all__ = ["RUBIN", "SAMUEL_OSCHIN", "Telescope"]


@dataclass(frozen=True)
class Telescope:
    """One survey, as the TOM Toolkit names it.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    name, instrument : str
        Telescope and instrument of photometry.
    light_curve : dict
        Arguments of ``query_object`` that add the upper limits.
    exposure : str
        The column of exposure times.
    group, groups : str
        The argument of the search by class, of which ``query_{}`` is the method; the list of all classes.
    group_label : str
        Its label in the form.
    details : dict
        Name of what is known of an object -> the columns that may hold it, best first.
    """

    survey: Survey
    name: str
    instrument: str
    light_curve: Mapping[str, Any]
    exposure: str
    group: str
    groups: str
    group_label: str
    details: Mapping[str, tuple[str, ...]]


SAMUEL_OSCHIN = Telescope(
    survey=ZTF,
    name="Palomar 48-inch",
    instrument="ZTF",
    light_curve={"withupperlim": True},
    exposure="i:exptime",
    group="class_name",
    groups="list_classes",
    group_label="Class",
    details={
        "fink_class": ("v:classification", "d:classification"),
        "tns_class": ("d:tns",),
        "simbad_class": ("d:cdsxmatch",),
    },
)

RUBIN = Telescope(
    survey=LSST,
    name="Simonyi Survey Telescope",
    instrument="LSSTCam",
    light_curve={"withforced": True},
    exposure="r:exposureTime",
    group="tag",
    groups="list_tags",
    group_label="Tag",
    details={
        "fink_class": ("f:main_label_classifier", "f:clf_cats_class"),
        "tns_class": ("f:xm_tns_type",),
        "simbad_class": ("f:xm_simbad_otype", "f:main_label_crossmatch"),
        "redshift": ("f:xm_tns_redshift",),
    },
)
