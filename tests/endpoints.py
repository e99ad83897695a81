# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A query of each endpoint, and what a user relies on: for the live servers and for the simulated ones.

A check takes a client and the `Known` of its server.
"""

import warnings
from dataclasses import dataclass

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time
from astropy.wcs import WCS
from astroquery.exceptions import NoResultsWarning

from astroquery_fink.surveys import SURVEYS

__all__ = ["CHECKS", "LIVE", "SIMULATED", "Known"]


@dataclass(frozen=True)
class Known:
    """What a server certainly has.

    Parameters
    ----------
    objectid : str or int
        An object with more than ten alerts.
    sso, bulk : str or int
        Solar System objects as `query_sso` and `query_sso_bulk` know them.
    ssoft : dict
        The argument of `query_ssoft` for an object with a phase curve.
    event : str
        A gravitational-wave event.
    month : str
        A month with alerts.
    supernova : str
        A name in the Transient Name Server.
    tracklet : str
        The date of a tracklet, for ZTF only.
    """

    objectid: str | int
    sso: str | int
    bulk: str | int
    ssoft: dict
    event: str
    month: str
    supernova: str
    tracklet: str = ""


LIVE = {
    "ztf": Known(
        objectid="ZTF21aaxtctv",
        sso=8467,
        bulk=8467,
        ssoft={"number": 8467},
        event="S230709bi",
        month="2024-03",
        supernova="SN 2024abtt",
        tracklet="2023-12-13",
    ),
    "lsst": Known(
        objectid=313897383979122767,
        sso="1998 TT26",
        bulk="1998 TT26",
        ssoft={"name": "2010 VY69"},
        event="S230518h",
        month="2026-03",
        supernova="SN 2022and",
    ),
}
SIMULATED = {
    "ztf": Known(
        objectid="ZTF99simsnia",
        sso=9900001,
        bulk=9900001,
        ssoft={"name": "Simulatedalpha"},
        event="S990220sim",
        month="2025-03",
        supernova="SN 2099sim",
        tracklet="2024-09-14",
    ),
    "lsst": Known(
        objectid=170000000000000001,
        sso=9900001,
        bulk="2099 SA1",
        ssoft={"name": "Simulatedalpha"},
        event="S990315sim",
        month="2026-01",
        supernova="SN 2099sim",
    ),
}


def newest(client, known):
    """The newest alert of the object."""
    return client.query_object(known.objectid, cache=False, columns=["ra", "dec"])[:1]


def ids_of(table):
    return set(table[table.colnames[0]].tolist())


def cone(client, known, **arguments):
    """The objects around the newest alert of the object; there may be none."""
    alert = newest(client, known)
    ra, dec = (alert[alert.colnames[number]].data.data for number in (0, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoResultsWarning)
        return client.query_region(SkyCoord(ra, dec, unit="deg")[0], "5 arcsec", cache=False, **arguments)


def found(table, known):
    """The row of the object, or None."""
    name = SURVEYS[table.meta["survey"]].columns.object_id
    return next((row for row in table if row[name] == known.objectid), None)


# ZTF


def objects(client, known):
    table = client.query_object(known.objectid, columns="objectId,jd,magpsf", cache=False)
    assert len(table) > 10
    assert ids_of(table) == {known.objectid}
    tags = set(client.query_object(known.objectid, withupperlim=True, cache=False)["d:tag"])
    assert {"valid"} <= tags <= {"valid", "upperlim", "badquality"}


def cutouts(client, known):
    candid = client.query_object(known.objectid, columns="candid", cache=False)["i:candid"][0]
    hdus = client.get_cutouts(known.objectid, candid=candid, cache=False)
    assert WCS(hdus["SCIENCE"].header).has_celestial
    assert hdus[0].header["CANDID"] == candid


def conesearch(client, known):
    row = found(cone(client, known, columns="objectId,jdstarthist"), known)
    first, day = Time(row["i:jdstarthist"], format="jd"), 1 * u.day
    assert found(cone(client, known, start=first - day, window=2), known)
    assert not found(cone(client, known, start=first - 20 * day, window=10), known)


def latests(client, known):
    assert len(client.query_class("SN candidate", n=5, columns="objectId,jd", cache=False)) == 5


def classes(client, known):
    assert "SN candidate" in client.list_classes(cache=False)["name"]


def schema(client, known):
    assert "i:magpsf" in client.list_columns(cache=False)["name"]


def anomaly(client, known):
    table = client.query_anomalies(n=3, columns="objectId,anomaly_score", cache=False)
    assert len(table) == 3


def tracklet(client, known):
    assert len(client.query_tracklets(date=known.tracklet, columns="objectId,tracklet", cache=False))


def sso(client, known):
    columns = "jd,magpsf" if client.survey == "ztf" else "midpointMjdTai,psfFlux"
    assert len(client.query_sso(known.sso, columns=columns, cache=False)) > 1


def ssocand(client, known):
    assert len(client.query_sso_candidates("orbParams", n=5, cache=False))


def ssoft(client, known):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoResultsWarning)  # early in a month: the table of the month before
        table = client.query_ssoft(flavor="HG", cache=False, **known.ssoft)
    assert len(table) == 1


def ssobulk(client, known):
    pytest.importorskip("pyarrow")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoResultsWarning)
        table = client.query_sso_bulk(known.bulk, cache=False)
        lists = client.query_sso_bulk(known.bulk, lists=True, cache=False)
    assert len(lists) == 1
    assert len(table) == len(lists["cra"][0]) > 1


def resolver(client, known):
    assert len(client.resolve_name(known.supernova, resolver="tns", cache=False))


def statistics(client, known):
    table = client.query_statistics(known.month, cache=False)
    assert len(table) > 10


def skymap(client, known):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoResultsWarning)  # a survey may not have looked there
        table = client.query_skymap(known.event, credible_level=0.2, cache=False)
    assert table.meta["endpoint"] == "skymap"


def metadata(client, known):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoResultsWarning)  # nobody may have named the object
        table = client.query_metadata(known.objectid, cache=False)
    assert "d:internal_name" in table.colnames


# Rubin


def sources(client, known):
    table = client.query_object(known.objectid, cache=False)
    assert len(table) > 10
    assert ids_of(table) == {known.objectid}
    assert table["r:diaSourceId"].dtype == np.int64
    assert np.all(np.diff(table["r:midpointMjdTai"]) <= 0)


def summary(client, known):
    assert client.query_summary(known.objectid, columns="nDiaSources", cache=False)["r:nDiaSources"][0] > 10


def forced_photometry(client, known):
    table = client.query_object(known.objectid, withforced=True, columns="band,psfFlux", cache=False)
    assert set(table["tag"]) == {"valid", "forced"}


def conesearch_of_rubin(client, known):
    row = found(cone(client, known, columns="diaObjectId,firstDiaSourceMjdTaiFink,midpointMjdTai"), known)
    first, last = (Time(row[name], format="mjd", scale="tai") for name in row.colnames[1:3])
    hour = 1 * u.hour
    for bounds in (
        {"start": first - hour, "stop": last + hour},
        {"start": first - hour, "window": (last - first + 2 * hour).to_value("day")},
        {"start": first + hour, "kind": "across"},
        {"stop": last - hour, "kind": "across"},
        {"start": first + hour, "stop": last - hour, "kind": "across"},
    ):
        assert found(cone(client, known, **bounds), known), bounds
    for bounds in ({"start": first + hour}, {"stop": last - hour}, {"stop": first - hour, "kind": "across"}):
        assert not found(cone(client, known, **bounds), known), bounds


def cutouts_of_rubin(client, known):
    number = client.query_object(known.objectid, columns="diaSourceId", cache=False)["r:diaSourceId"][0]
    hdus = client.get_cutouts(known.objectid, cache=False)
    header = hdus["SCIENCE"].header
    centre = SkyCoord(hdus[0].header["RA"], hdus[0].header["DEC"], unit="deg")
    x, y = WCS(header).world_to_pixel(centre)
    assert np.hypot(x + 1 - header["CRPIX1"], y + 1 - header["CRPIX2"]) < 0.1
    alone = client.get_cutouts(candid=number, cache=False)
    assert np.array_equal(alone["SCIENCE"].data, hdus["SCIENCE"].data, equal_nan=True)


def tags(client, known):
    listed = client.list_tags(cache=False)
    assert "in_tns" in listed["name"][listed["served"]]
    assert len(client.query_tag("in_tns", n=3, columns="diaObjectId", cache=False)) == 3


def blocks(client, known):
    assert len(client.list_blocks(cache=False))


def schema_of_rubin(client, known):
    names = client.list_columns(cache=False)["name"].tolist()
    assert {"r:psfFlux", "r:g_psfFluxMean", "r:diaForcedSourceId", "r:ssObjectId"} <= set(names)


BOTH = {
    "sso": sso,
    "ssoft": ssoft,
    "ssobulk": ssobulk,
    "resolver": resolver,
    "statistics": statistics,
    "skymap": skymap,
}
CHECKS = {
    "ztf": BOTH
    | {
        "objects": objects,
        "cutouts": cutouts,
        "conesearch": conesearch,
        "latests": latests,
        "classes": classes,
        "schema": schema,
        "anomaly": anomaly,
        "tracklet": tracklet,
        "ssocand": ssocand,
        "metadata": metadata,
    },
    "lsst": BOTH
    | {
        "sources": sources,
        "objects": summary,
        "fp": forced_photometry,
        "conesearch": conesearch_of_rubin,
        "cutouts": cutouts_of_rubin,
        "tags": tags,
        "blocks": blocks,
        "schema": schema_of_rubin,
    },
}
