"""The live service; run with ``pytest --remote-data=any``."""

import drift
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS

from astroquery_fink import Fink, FinkLSST

pytestmark = pytest.mark.remote_data

OBJECT = "ZTF21aaxtctv"
RUBIN_OBJECT = 313897383979122767


def test_a_light_curve():
    table = Fink.query_object(OBJECT, columns="objectId,jd,magpsf", cache=False)
    assert len(table) > 10
    assert set(table["i:objectId"]) == {OBJECT}


def test_upper_limits():
    tags = set(Fink.query_object(OBJECT, withupperlim=True, cache=False)["d:tag"])
    assert tags <= {"valid", "upperlim", "badquality"}
    assert "valid" in tags


def test_stamps():
    hdus = Fink.get_cutouts(OBJECT, cache=False)
    assert WCS(hdus["SCIENCE"].header).has_celestial


def test_classes():
    assert "SN candidate" in Fink.list_classes(cache=False)["name"]


def test_schema_drift():
    """Columns, endpoints and arguments of the live service that this client does not know yet."""
    assert drift.unknown(Fink) == {"columns": set(), "endpoints": set(), "arguments": set()}


def test_a_region():
    alert = Fink.query_object(OBJECT, columns="ra,dec", cache=False)[0]
    place = SkyCoord(alert["i:ra"], alert["i:dec"], unit="deg")
    assert OBJECT in Fink.query_region(place, "5 arcsec", cache=False)["i:objectId"]


def test_a_class():
    table = Fink.query_class("SN candidate", n=5, columns="objectId,jd", cache=False)
    assert len(table) == 5


def test_anomalies():
    assert len(Fink.query_anomalies(n=3, columns="objectId,anomaly_score", cache=False)) == 3


def test_tracklets():
    assert len(Fink.query_tracklets(date="2023-12-13", columns="objectId,tracklet", cache=False))


def test_solar_system_objects():
    table = Fink.query_sso(8467, columns="jd,magpsf,sso_name", cache=False)
    assert len(table) > 10
    assert len(Fink.query_ssoft(number=8467, cache=False)) == 1


def test_candidates():
    assert len(Fink.query_sso_candidates("orbParams", n=5, cache=False))


def test_names_known_elsewhere():
    assert len(Fink.resolve_name("SN 2024abtt", resolver="tns", cache=False))


def test_statistics():
    assert len(Fink.query_statistics("2024-03", columns="basic:raw", cache=False)) > 10


def test_a_light_curve_of_rubin():
    table = FinkLSST.query_object(RUBIN_OBJECT, cache=False)
    assert len(table) > 10
    assert set(table["r:diaObjectId"].tolist()) == {RUBIN_OBJECT}
    assert table["r:diaSourceId"].dtype == np.int64
    assert np.all(np.diff(table["r:midpointMjdTai"]) <= 0)


def test_forced_photometry_of_rubin():
    table = FinkLSST.query_object(RUBIN_OBJECT, withforced=True, columns="band,psfFlux", cache=False)
    assert set(table["tag"]) == {"valid", "forced"}


def test_a_summary_of_rubin():
    table = FinkLSST.query_summary(RUBIN_OBJECT, columns="nDiaSources", cache=False)
    assert table["r:nDiaSources"][0] > 10


def test_stamps_of_rubin():
    hdus = FinkLSST.get_cutouts(RUBIN_OBJECT, cache=False)
    header = hdus["SCIENCE"].header
    place = SkyCoord(hdus[0].header["RA"], hdus[0].header["DEC"], unit="deg")
    x, y = WCS(header).world_to_pixel(place)
    assert np.hypot(x + 1 - header["CRPIX1"], y + 1 - header["CRPIX2"]) < 0.1


def test_a_region_of_rubin():
    alert = FinkLSST.query_object(RUBIN_OBJECT, columns="ra,dec", cache=False)[0]
    place = SkyCoord(alert["r:ra"], alert["r:dec"], unit="deg")
    assert RUBIN_OBJECT in FinkLSST.query_region(place, "5 arcsec", cache=False)["r:diaObjectId"]


def test_tags_of_rubin():
    tags = FinkLSST.list_tags(cache=False)
    assert "in_tns" in tags["name"][tags["served"]]
    assert len(FinkLSST.query_tag("in_tns", n=3, columns="diaObjectId", cache=False)) == 3
    assert len(FinkLSST.list_blocks(cache=False))


def test_statistics_of_rubin():
    assert len(FinkLSST.query_statistics("2026-03", columns="alerts", cache=False))


def test_schema_drift_of_rubin():
    """Columns of the live service that this client does not know yet."""
    assert drift.unknown_columns(FinkLSST) == set()
