"""The fields of ZTF alerts (family ``i:``), from the measurements of every visit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.time import Time

from ..data import load
from ..server.tables import Columns
from ..sky.chance import draw_columns
from ..sky.observe import Photometry
from ..sky.sources import by_band, magnitude
from ..sky.targets import QUADRANTS, Target
from .columns import shortened

__all__ = [
    "DETECTOR",
    "FILTERS",
    "PIXEL",
    "Alerts",
    "alert_columns",
    "exposure_id",
    "filter_numbers",
    "measure",
    "night_id",
]

PIXEL = 1.012  # arcsec
DETECTOR = (3072, 3080)  # pixels of a quadrant
FILTERS = {"g": 1, "r": 2, "i": 3}
ZEROPOINTS = {"g": 26.3, "r": 26.2, "i": 25.6}
FIRST_NIGHT_ID = 2457754.5
MISSING = -999.0
FAINTEST_REFERENCE = 22.5
EDGE = {"x": 10.0, "y": 1480.0}
DRAWN = load("ztf_alerts.json")


@dataclass(frozen=True)
class Alerts:
    """The alerts of one object, in order of time."""

    photometry: Photometry
    fid: np.ndarray
    candid: np.ndarray
    east: np.ndarray  # measured position, arcsec from the true one
    north: np.ndarray
    xpos: np.ndarray  # position on the detector, pixels
    ypos: np.ndarray
    rcid: int  # detector quadrant
    field: int

    @property
    def jd(self) -> np.ndarray:
        return self.photometry.visits.jd

    @property
    def positive(self) -> np.ndarray:
        return self.photometry.flux > 0

    @property
    def zeropoint(self) -> np.ndarray:
        return by_band(ZEROPOINTS, self.photometry.visits.band)


def filter_numbers(band: np.ndarray) -> np.ndarray:
    """Numbers of the filters (``i:fid``) of bands."""
    return by_band(FILTERS, band).astype(int)


def measure(target: Target, photometry: Photometry) -> Alerts:
    """Positions and numbers of the alerts that these measurements of a target make."""
    rng = target.generator("alerts")
    rcid, field = _quadrant(target, rng)
    x, y = EDGE.values() if target.kind == "edge" else rng.uniform(300, 2700, 2)
    n = photometry.flux.size
    scatter = np.hypot(0.05, 0.8 / photometry.significance)
    east, north = target.motion(photometry.visits.jd) + rng.normal(size=(2, n)) * scatter
    candid = _candid(photometry, rcid, rng.integers(0, 60, n))
    xpos, ypos = (np.round(centre + rng.uniform(-4, 4, n), 4) for centre in (x, y))
    fid = filter_numbers(photometry.visits.band)
    return Alerts(photometry, fid, candid, east, north, xpos, ypos, rcid, field)


def _quadrant(target: Target, rng: np.random.Generator) -> tuple[int, int]:
    """Number of the detector quadrant and of the field of an object."""
    rcid, field = int(rng.integers(QUADRANTS)), int(rng.integers(245, 1895))
    if target.host is None:
        return rcid, field
    rcid, field = _quadrant(target.host, target.host.generator("alerts"))
    return (rcid + target.shift) % QUADRANTS, field


def night_id(jd: np.ndarray) -> np.ndarray:
    """Number of the night (``i:nid``)."""
    return (jd - FIRST_NIGHT_ID).astype(int)


def exposure_id(jd: np.ndarray, rcid: int) -> np.ndarray:
    """Number of an image of one detector quadrant (``i:pid``)."""
    night, time = np.divmod(jd - FIRST_NIGHT_ID, 1)
    return night.astype(np.int64) * 10**9 + (time * 1e5).astype(np.int64) * 10**4 + rcid * 100 + 15


def _candid(photometry: Photometry, rcid: int, row: np.ndarray) -> np.ndarray:
    sign = np.where(photometry.flux > 0, 15000, 10000)
    return exposure_id(photometry.visits.jd, rcid) * 10**6 + sign + row


def alert_columns(target: Target, alerts: Alerts, detections: np.ndarray, visits: np.ndarray) -> Columns:
    """All ``i:`` columns; `detections` and `visits` are times, for the history."""
    columns = draw_columns(target.generator("packet"), alerts.jd.size, DRAWN)
    columns |= _identity(target, alerts)
    columns |= _history(alerts, detections, visits)
    columns |= _position(target, alerts)
    columns |= _difference(alerts, target.generator("apertures"))
    columns |= _shape(alerts, columns["i:bimage"])
    columns |= _reference(target, alerts)
    columns |= _neighbours(target, alerts)
    columns |= _solar_system(target, alerts)
    return shortened({name: np.asarray(values).tolist() for name, values in columns.items()})


def _identity(target: Target, alerts: Alerts) -> dict:
    visits = alerts.photometry.visits
    pid = exposure_id(alerts.jd, alerts.rcid)
    date = Time(alerts.jd, format="jd").strftime("%Y%m%d")
    ccd, quadrant = alerts.rcid // 4 + 1, alerts.rcid % 4 + 1
    image = f"{alerts.field:06d}_z{{}}_c{ccd:02d}_o_q{quadrant}"
    files = [
        f"simulated/ztf_{day}{number // 10**4 % 10**5:05d}0_{image.format(band)}_scimrefdiffimg.fits"
        for day, number, band in zip(date.tolist(), pid.tolist(), visits.band.tolist(), strict=True)
    ]
    return {
        "i:objectId": [target.objectid] * alerts.jd.size,
        "i:candid": alerts.candid,
        "i:fid": alerts.fid,
        "i:field": np.full(alerts.jd.size, alerts.field),
        "i:rcid": np.full(alerts.jd.size, alerts.rcid),
        "i:rfid": alerts.field * 10**6 + 120000 + alerts.fid * 100 + alerts.rcid,
        "i:pid": pid,
        "i:nid": night_id(alerts.jd),
        "i:tblid": alerts.candid % 1000,
        "i:pdiffimfilename": files,
    }


def _history(alerts: Alerts, detections: np.ndarray, visits: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "i:jd": alerts.jd,
        "i:jdstarthist": np.full(alerts.jd.size, detections[:1]),
        "i:jdendhist": alerts.jd,
        "i:ndethist": np.searchsorted(detections, alerts.jd, side="right"),
        "i:ncovhist": np.searchsorted(visits, alerts.jd, side="right"),
    }


def _position(target: Target, alerts: Alerts) -> dict[str, np.ndarray]:
    ra, dec = target.offset(alerts.east, alerts.north)
    edges = [alerts.xpos, alerts.ypos, DETECTOR[0] - alerts.xpos, DETECTOR[1] - alerts.ypos]
    return {
        "i:ra": np.round(ra, 7),
        "i:dec": np.round(dec, 7),
        "i:xpos": alerts.xpos,
        "i:ypos": alerts.ypos,
        "i:mindtoedge": np.round(np.min(edges, axis=0), 4),
    }


def _difference(alerts: Alerts, rng: np.random.Generator) -> dict[str, np.ndarray]:
    photometry = alerts.photometry
    magpsf = np.round(magnitude(np.abs(photometry.flux)), 6)
    sigma = np.round(1.0857 / photometry.significance, 6)
    magap = np.round(magpsf + rng.normal(0, sigma), 4)
    limit = np.round(photometry.visits.depth, 4)
    return {
        "i:isdiffpos": np.where(alerts.positive, "t", "f"),
        "i:magpsf": magpsf,
        "i:sigmapsf": sigma,
        "i:magap": magap,
        "i:sigmagap": np.round(1.5 * sigma, 4),
        "i:magapbig": np.round(magap + rng.normal(0, sigma), 4),
        "i:sigmagapbig": np.round(1.9 * sigma, 4),
        "i:magdiff": np.round(magap - magpsf, 6),
        "i:magfromlim": np.round(limit - magap, 6),
        "i:diffmaglim": limit,
        "i:scorr": np.round(photometry.significance, 4),
        "i:magzpsci": np.round(alerts.zeropoint + rng.normal(0, 0.04, sigma.size), 6),
    }


def _shape(alerts: Alerts, minor: np.ndarray) -> dict[str, np.ndarray]:
    fwhm = np.round(alerts.photometry.visits.seeing / PIXEL, 2)
    major = np.round(minor * (1 + alerts.candid % 97 / 400), 3)
    return {
        "i:fwhm": fwhm,
        "i:seeratio": np.round(fwhm / 1.9, 6),
        "i:aimage": major,
        "i:aimagerat": np.round(major / fwhm, 6),
        "i:bimagerat": np.round(minor / fwhm, 6),
        "i:elong": np.round(major / minor, 5),
    }


def _reference(target: Target, alerts: Alerts) -> dict[str, np.ndarray]:
    """The nearest source of the reference image of the same band."""
    nearest = {fid: _nearest(target, band) for band, fid in FILTERS.items()}
    east, north, magnr = np.transpose([nearest[fid] for fid in alerts.fid.tolist()])
    ra, dec = target.offset(east, north)
    return {
        "i:ranr": np.round(ra, 7),
        "i:decnr": np.round(dec, 7),
        "i:distnr": np.round(np.hypot(alerts.east - east, alerts.north - north) / PIXEL, 5),
        "i:magnr": np.round(magnr, 3),
        "i:sigmagnr": np.round(0.015 + 10 ** (0.4 * (magnr - 23.2)) / 5, 3),
    }


def _nearest(target: Target, band: str) -> np.ndarray:
    catalogue = target.catalogue(band)
    seen = catalogue[catalogue[:, 2] < FAINTEST_REFERENCE]
    return seen[np.hypot(seen[:, 0], seen[:, 1]).argmin(), :3]


def _neighbours(target: Target, alerts: Alerts) -> Columns:
    """The three nearest objects of the Pan-STARRS catalogue; some matches fail."""
    catalogue = {band: target.catalogue(band) for band in "griz"}
    sources = catalogue["r"]
    distance = np.hypot(sources[:, 0], sources[:, 1])
    order = [one for one in distance.argsort() if distance[one] < 30 and sources[one, 2] < 23]
    matched = target.generator("neighbours").random(alerts.jd.size) > 0.03
    columns = {}
    for number in (1, 2, 3):
        one = order[number - 1] if number <= len(order) else None
        values = _neighbour(target, catalogue, distance, one)
        columns |= {f"i:{name}{number}": [value] * alerts.jd.size for name, value in values.items()}
        identifier = values["objectidps"]
        columns[f"i:objectidps{number}"] = [identifier if found else None for found in matched]
    return columns


def _neighbour(
    target: Target, catalogue: dict[str, np.ndarray], distance: np.ndarray, one: int | None
) -> dict[str, Any]:
    if one is None:
        names = ("distpsnr", "sgscore", "sgmag", "srmag", "simag", "szmag")
        return {"objectidps": None, **dict.fromkeys(names, MISSING)}
    east, north, _, is_star = catalogue["r"][one].tolist()
    ra, dec = target.offset(east, north)
    zone = int((dec + 90) * 120)
    seen = {band: round(rows[one, 2].item(), 4) for band, rows in catalogue.items()}
    magnitudes = {f"s{band}mag": value if value < 23 else MISSING for band, value in seen.items()}
    return {
        "objectidps": zone * 10**13 + int(ra * 1e6) * 10**4 + int(distance[one] * 1e5) % 10**4,
        "distpsnr": round(distance[one].item(), 6),
        "sgscore": round(0.97 * is_star + 0.01 + one % 10 / 1000, 6),
        **magnitudes,
    }


def _solar_system(target: Target, alerts: Alerts) -> Columns:
    if not target.light.moves:
        return {}
    n = alerts.jd.size
    return {"i:ssnamenr": ["99SIM1"] * n, "i:ssdistnr": [0.4] * n, "i:ssmagnr": [17.6] * n}
