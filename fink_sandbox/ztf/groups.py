"""Alerts of groups of objects: copies of one alert at other times, positions and magnitudes."""

import numpy as np
from astropy.time import Time

from ..server.tables import Columns
from ..sky.cadence import Visits
from ..sky.groups import Group, Sightings
from ..sky.observe import Photometry
from ..sky.sources import flux
from .alerts import FILTERS, PIXEL, Alerts, exposure_id, filter_numbers, night_id
from .columns import COLUMNS, shortened
from .history import History
from .science import KINDS

__all__ = ["GroupAlerts"]

BANDS = {number: band for band, number in FILTERS.items()}
ALERTS_PER_IMAGE = 100
USUAL_SCORES = -0.04, 0.02


class GroupAlerts:
    """The alerts of a group, whose number makes their ids unique."""

    def __init__(self, group: Group, number: int, template: Columns):
        self._group = group
        seen = group.sightings
        columns = {name: [values[-1]] * seen.jd.size for name, values in template.items()}
        columns |= _identity(seen, columns["i:rcid"][0], ALERTS_PER_IMAGE * (number + 1))
        columns |= _measured(seen, group.generator())
        columns |= _neighbour(seen, template)
        columns |= _history(seen)
        columns["v:classification"] = [KINDS[group.kind]["class"]] * seen.jd.size
        columns["v:constellation"] = group.constellations
        columns |= _of_nature(group)
        self.columns: Columns = {name: columns[name] for name in COLUMNS}

    def history(self, objectid: str) -> History:
        """Everything about one object; it has no upper limits."""
        rows = self._group.slices[objectid]
        valid = {name: values[rows] for name, values in self.columns.items()}
        return History(_alerts(valid, self._group.position(objectid)), valid, {}, {})


def _identity(seen: Sightings, rcid: int, first: int) -> Columns:
    pid = exposure_id(seen.jd, rcid)
    candid = pid * 10**6 + 15000 + first + _rank_among_equals(pid)
    return {
        "i:objectId": seen.objectid.tolist(),
        "i:candid": candid.tolist(),
        "i:pid": pid.tolist(),
        "i:nid": night_id(seen.jd).tolist(),
        "i:tblid": (candid % 1000).tolist(),
    }


def _rank_among_equals(values: np.ndarray) -> np.ndarray:
    """For every element, the number of equal ones before it."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    rank = np.empty(values.size, dtype=int)
    rank[order] = np.arange(values.size) - np.searchsorted(ordered, ordered)
    return rank


def _measured(seen: Sightings, rng: np.random.Generator) -> Columns:
    columns = {
        "i:ra": np.round(seen.ra, 7).tolist(),
        "i:dec": np.round(seen.dec, 7).tolist(),
        "i:fid": filter_numbers(seen.band).tolist(),
        "i:magpsf": np.round(seen.magnitude, 6).tolist(),
        "i:sigmapsf": np.round(seen.sigma, 6).tolist(),
        "d:mag_rate": np.round(rng.normal(0, 0.1, seen.jd.size), 8).tolist(),
        "d:anomaly_score": np.round(rng.uniform(*USUAL_SCORES, seen.jd.size), 10).tolist(),
    }
    return shortened(columns)


def _neighbour(seen: Sightings, template: Columns) -> Columns:
    """The nearest source of the reference image, as far away as from the copied alert."""
    east, north = (template[f"i:{name}nr"][-1] - template[f"i:{name}"][-1] for name in ("ra", "dec"))
    return {
        "i:ranr": np.round((seen.ra + east) % 360, 7).tolist(),
        "i:decnr": np.round(seen.dec + north, 7).tolist(),
    }


def _history(seen: Sightings) -> Columns:
    _, first, counts = np.unique(seen.objectid, return_index=True, return_counts=True)
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


def _of_nature(group: Group) -> Columns:
    """The columns by which asteroids, candidates for asteroids and tracks differ."""
    n, facts = group.sightings.jd.size, group.sightings.facts
    if group.nature == "asteroid":
        return {
            "i:ssnamenr": facts["name"].tolist(),
            "i:ssdistnr": facts["distance"].round(3).tolist(),
            "i:ssmagnr": facts["predicted"].round(1).tolist(),
            "d:roid": [3] * n,
        }
    if group.nature == "candidate":
        return {
            "i:ssnamenr": ["null"] * n,
            "i:ssdistnr": [-999.0] * n,
            "i:ssmagnr": [-999.0] * n,
            "d:roid": [2] * n,
            "v:classification": ["Solar System candidate"] * n,
        }
    if group.nature == "track":
        return {
            "i:ssnamenr": ["null"] * n,
            "d:roid": [0] * n,
            "d:tracklet": facts["name"].tolist(),
            "v:classification": ["Tracklet"] * n,
        }
    return {}


def _alerts(columns: Columns, position: tuple[float, float, str]) -> Alerts:
    """The alerts from which cutouts are drawn."""
    names = ("jd", "fid", "candid", "magpsf", "sigmapsf", "diffmaglim", "fwhm", "xpos", "ypos")
    rows = {name: np.array(columns[f"i:{name}"]) for name in names}
    band = np.array([BANDS[number] for number in rows["fid"].tolist()])
    light = flux(rows["magpsf"])
    visits = Visits(rows["jd"], band, rows["diffmaglim"], rows["fwhm"] * PIXEL)
    photometry = Photometry(visits, light, light * rows["sigmapsf"] / 1.0857)
    ra, dec, _ = position
    north = (np.array(columns["i:dec"]) - dec) * 3600
    east = (np.array(columns["i:ra"]) - ra) * 3600 * np.cos(np.radians(dec))
    detector = rows["xpos"], rows["ypos"], columns["i:rcid"][0], columns["i:field"][0]
    return Alerts(photometry, rows["fid"], rows["candid"], east, north, *detector)
