"""Alerts of many objects made at once from arrays: crowds for load tests, and things that move."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from astropy.coordinates import SkyCoord, get_constellation
from astropy.time import Time

from ..sky.cadence import Visits
from ..sky.observe import Photometry
from ..sky.sources import flux
from .alerts import (
    FILTERS,
    PIXEL,
    Alerts,
    exposure_id,
    night_id,
)
from .science import KINDS
from .survey import COLUMNS, History

__all__ = ["Sightings", "Swarm"]

BANDS = {number: band for band, number in FILTERS.items()}
ALERTS_AN_IMAGE = 100
USUAL_SCORES = -0.04, 0.02


@dataclass(frozen=True)
class Sightings:
    """
    What there is to see, one element an alert.

    Attributes
    ----------
    objectid : array of str
    jd : array of float
        Start of the exposure, days.
    ra, dec : array of float
        Degrees.
    fid : array of int
        Number of the filter.
    magnitude, sigma : array of float
    """

    objectid: np.ndarray
    jd: np.ndarray
    ra: np.ndarray
    dec: np.ndarray
    fid: np.ndarray
    magnitude: np.ndarray
    sigma: np.ndarray

    def in_order(self):
        """Positions of the sightings, object by object, oldest first."""
        return np.lexsort((self.jd, self.objectid))


class Swarm:
    """
    Objects whose alerts are copies of one alert, but for time, place, filter and brightness.

    Parameters
    ----------
    template : dict of str to list
        Columns of an object of the same kind; its newest alert is copied.
    sightings : Sightings
    kind : str
        One of the kinds of object.
    rng : `numpy.random.Generator`
    place : int
        Which of the swarms it is: no two make the same alert ids.
    special : dict of str to list, optional
        Further columns, in the order of the sightings.
    """

    def __init__(self, template, sightings, kind, rng, place, special=None):
        order = sightings.in_order()
        sorted_ = Sightings(*(values[order] for values in vars(sightings).values()))
        self.kind = kind
        self._seen = sorted_
        columns = {name: [values[-1]] * order.size for name, values in template.items()}
        columns |= _identity(sorted_, columns["i:rcid"][0], ALERTS_AN_IMAGE * (place + 1))
        columns |= _measured(sorted_, rng)
        columns |= _neighbour(sorted_, template)
        columns |= _history(sorted_)
        columns |= _told(sorted_, KINDS[kind]["class"])
        columns |= {name: [values[row] for row in order] for name, values in (special or {}).items()}
        self.columns = {name: columns[name] for name in COLUMNS}

    @cached_property
    def slices(self):
        """Rows of every object."""
        ids, starts, counts = np.unique(self._seen.objectid, return_index=True, return_counts=True)
        rows = zip(ids.tolist(), starts.tolist(), counts.tolist(), strict=True)
        return {objectid: slice(start, start + count) for objectid, start, count in rows}

    def place(self, objectid):
        """Right ascension and declination (degrees) and constellation of an object at its first alert."""
        row = self.slices[objectid].start
        return tuple(self.columns[name][row] for name in ("i:ra", "i:dec", "v:constellation"))

    def history(self, objectid):
        """
        Everything about one object; it has no upper limits.

        Returns
        -------
        `~fink_sandbox.ztf.survey.History`
        """
        rows = self.slices[objectid]
        valid = {name: values[rows] for name, values in self.columns.items()}
        return History(_alerts(valid, self.place(objectid)), valid, {}, {})


def _identity(seen, rcid, first):
    pid = exposure_id(seen.jd, rcid)
    candid = pid * 10**6 + 15000 + first + _place_among_equals(pid)
    return {
        "i:objectId": seen.objectid.tolist(),
        "i:candid": candid.tolist(),
        "i:pid": pid.tolist(),
        "i:nid": night_id(seen.jd).tolist(),
        "i:tblid": (candid % 1000).tolist(),
    }


def _place_among_equals(values):
    """For every element, how many equal ones come before it."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    place = np.empty(values.size, dtype=int)
    place[order] = np.arange(values.size) - np.searchsorted(ordered, ordered)
    return place


def _measured(seen, rng):
    return {
        "i:ra": np.round(seen.ra, 7).tolist(),
        "i:dec": np.round(seen.dec, 7).tolist(),
        "i:fid": seen.fid.tolist(),
        "i:magpsf": np.round(seen.magnitude, 6).tolist(),
        "i:sigmapsf": np.round(seen.sigma, 6).tolist(),
        "d:mag_rate": np.round(rng.normal(0, 0.1, seen.jd.size), 8).tolist(),
        "d:anomaly_score": np.round(rng.uniform(*USUAL_SCORES, seen.jd.size), 10).tolist(),
    }


def _neighbour(seen, template):
    """The nearest source of the reference image, as far away as it is from the copied alert."""
    away = [template[f"i:{name}nr"][-1] - template[f"i:{name}"][-1] for name in ("ra", "dec")]
    return {
        "i:ranr": np.round((seen.ra + away[0]) % 360, 7).tolist(),
        "i:decnr": np.round(seen.dec + away[1], 7).tolist(),
    }


def _history(seen):
    ids, first, counts = np.unique(seen.objectid, return_index=True, return_counts=True)
    start = np.repeat(seen.jd[first], counts)
    number = np.arange(seen.jd.size) - np.repeat(first, counts) + 1
    return {
        "i:jd": seen.jd.tolist(),
        "i:jdstarthist": start.tolist(),
        "i:jdendhist": seen.jd.tolist(),
        "i:ndethist": number.tolist(),
        "i:ncovhist": (10 * number).tolist(),
        "d:nalerthist": number.tolist(),
        "d:jd_first_real_det": start.tolist(),
        "d:jdstarthist_dt": [0.0] * seen.jd.size,
        "v:firstdate": Time(start, format="jd").iso.tolist(),
        "v:lastdate": Time(seen.jd, format="jd").iso.tolist(),
        "v:lapse": (seen.jd - start).tolist(),
    }


def _told(seen, name):
    places = SkyCoord(seen.ra, seen.dec, unit="deg")
    return {
        "v:classification": [name] * seen.jd.size,
        "v:constellation": np.atleast_1d(get_constellation(places)).tolist(),
    }


def _alerts(columns, place):
    """What stamps are drawn from."""
    rows = {name: np.array(columns[f"i:{name}"]) for name in ("jd", "fid", "candid", "magpsf", "sigmapsf")}
    rows |= {name: np.array(columns[f"i:{name}"]) for name in ("diffmaglim", "fwhm", "xpos", "ypos")}
    band = np.array([BANDS[number] for number in rows["fid"].tolist()])
    light = flux(rows["magpsf"])
    visits = Visits(rows["jd"], band, rows["diffmaglim"], rows["fwhm"] * PIXEL)
    photometry = Photometry(visits, light, light * rows["sigmapsf"] / 1.0857)
    ra, dec, _ = place
    north = (np.array(columns["i:dec"]) - dec) * 3600
    east = (np.array(columns["i:ra"]) - ra) * 3600 * np.cos(np.radians(dec))
    detector = rows["xpos"], rows["ypos"], columns["i:rcid"][0], columns["i:field"][0]
    return Alerts(photometry, rows["fid"], rows["candid"], east, north, *detector)
