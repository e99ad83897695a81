"""Searches, asked of the simulated Fink over real HTTP."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from astroquery_fink import FinkClass, conf
from fink_sandbox import Sandbox, Sky

SUPERNOVA, VARIABLE = "ZTF99simsnia", "ZTF99simrrly"


@pytest.fixture(scope="module")
def busy():
    """A sky with a year of one class, and a crowded pixel."""
    sky = Sky(seed=3)
    sky.crowd(10_000, objects=400, kind="snia", days=365)
    crowd = sky.crowd(5_000, objects=250, kind="rrlyrae", pixel=90_000)
    with Sandbox(sky=sky, limit=1000) as box:
        box.crowd = crowd
        yield box


@pytest.fixture
def busy_fink(busy, tmp_path):
    client = FinkClass(server=busy.url)
    client.cache_location = tmp_path / "cache"
    return client


def place_of(fink, objectid):
    newest = fink.query_object(objectid, columns="ra,dec")[0]
    return SkyCoord(newest["i:ra"], newest["i:dec"], unit="deg")


def test_a_region_has_one_row_an_object_nearest_first(fink):
    table = fink.query_region(place_of(fink, SUPERNOVA), 2 * u.deg)
    assert table["i:objectId"][0] == SUPERNOVA
    assert len(set(table["i:objectId"])) == len(table)
    assert np.all(np.diff(table["v:separation_degree"]) >= 0)
    assert table["v:separation_degree"].unit == u.deg


def test_a_region_has_the_newest_alert_of_an_object(fink):
    table = fink.query_region(place_of(fink, SUPERNOVA), "5 arcsec", columns="candid")
    assert table.colnames == ["i:candid", "v:separation_degree"]
    assert (
        table["i:candid"].tolist() == fink.query_object(SUPERNOVA, columns="candid")["i:candid"].tolist()[:1]
    )


def test_a_region_without_objects_is_an_empty_table_with_columns_and_a_warning(fink):
    with pytest.warns(NoResultsWarning, match="conesearch|found nothing"):
        table = fink.query_region("10 -25", "5 arcsec")
    assert len(table) == 0
    assert table["i:magpsf"].unit == u.mag
    assert table.colnames == fink.query_region(place_of(fink, SUPERNOVA), "5 arcsec").colnames


def test_many_positions_are_one_table_that_tells_which(fink):
    places = SkyCoord([place_of(fink, SUPERNOVA), SkyCoord(10, -25, unit="deg"), place_of(fink, VARIABLE)])
    table = fink.query_region(places, "5 arcsec", columns="objectId")
    assert table["index"].tolist() == [0, 2]
    assert table["i:objectId"].tolist() == [SUPERNOVA, VARIABLE]


def test_every_object_of_a_crowded_pixel_is_found(busy_fink, busy):
    crowd = SkyCoord(*np.transpose(list(busy.crowd.values())), unit="deg")
    centre = crowd[0]
    inside = crowd.separation(centre) < 0.3 * u.deg
    with conf.set_temp("response_format", "json"):
        table = busy_fink.query_region(centre, 0.3 * u.deg, columns="objectId")
    assert inside.sum() > 100
    assert set(np.array(list(busy.crowd))[inside]) <= set(table["i:objectId"].tolist())


def test_a_class_is_complete_and_has_no_alert_twice(busy_fink):
    table = busy_fink.query_class("SN candidate", columns="objectId,candid,jd")
    assert len(table) >= 10_000
    assert len(set(table["i:candid"].tolist())) == len(table)
    assert table.meta["complete"] is True
    assert np.all(np.diff(table["i:jd"]) <= 0)


def test_the_newest_of_a_class_are_the_newest(busy_fink):
    whole = busy_fink.query_class("SN candidate", columns="candid")["i:candid"].tolist()
    few = busy_fink.query_class("SN candidate", n=7, columns="candid")
    many = busy_fink.query_class("SN candidate", n=2500, columns="candid")
    assert set(few["i:candid"].tolist()) == set(whole[:7])
    assert set(many["i:candid"].tolist()) == set(whole[:2500])
    assert few.meta["complete"] is many.meta["complete"] is False


def test_a_class_between_two_times_has_these_alerts(busy_fink):
    whole = busy_fink.query_class("SN candidate", columns="candid,jd")
    start, stop = np.percentile(whole["i:jd"], [30, 60])
    some = busy_fink.query_class(
        "SN candidate", start=Time(start, format="jd"), stop=Time(stop, format="jd"), columns="candid,jd"
    )
    inside = whole[(whole["i:jd"] > start + 1e-7) & (whole["i:jd"] < stop - 1e-7)]
    assert set(inside["i:candid"].tolist()) <= set(some["i:candid"].tolist())
    assert some["i:jd"].min() > start - 1e-7
    assert some["i:jd"].max() < stop + 1e-7


def test_a_trend_does_not_hide_that_a_window_was_full(busy_fink):
    rising = busy_fink.query_class("SN candidate", trend="rising", columns="candid,mag_rate")
    whole = busy_fink.query_class("SN candidate", columns="candid,mag_rate")
    expected = whole[np.ma.filled(whole["d:mag_rate"] < 0, False)]
    assert set(rising["i:candid"].tolist()) == set(expected["i:candid"].tolist())


def test_a_trend_comes_without_the_columns_that_it_needs(busy_fink):
    table = busy_fink.query_class("SN candidate", n=50, trend="rising", columns="jd")
    assert table.colnames == ["i:jd"]


def test_a_class_with_one_alert_an_object_is_walked_to_its_end(fink):
    whole = fink.query_class("(CTA) Blazar low state", columns="objectId,candid")
    with conf.set_temp("page_size", 5):
        walked = fink.query_class("(CTA) Blazar low state", columns="objectId,candid")
    assert set(whole["i:objectId"]) <= set(walked["i:objectId"])
    assert walked.meta["complete"] is True


def test_more_alerts_in_a_second_than_the_server_gives_is_said(busy_fink):
    newest = Time(busy_fink.query_class("SN candidate", n=1, columns="jd")["i:jd"][0], format="jd")
    minute = {"start": newest - 30 * u.s, "stop": newest + 30 * u.s}
    with conf.set_temp("page_size", 1), pytest.warns(MaxResultsWarning, match="second"):
        table = busy_fink.query_class("SN candidate", columns="candid", **minute)
    assert table.meta["complete"] is False


@pytest.mark.parametrize(("spelling", "name"), [("sn candidate", "SN candidate"), ("SN Ia", "(TNS) SN Ia")])
def test_a_class_may_be_spelled_loosely(fink, spelling, name):
    with pytest.warns(NoResultsWarning, match="SN"):
        table = fink.query_class(spelling, n=1, start="2001-01-01", stop="2001-01-02", columns="jd")
    assert name in table.meta["payload"]


def test_anomalies_have_scores(fink):
    table = fink.query_anomalies(n=3, columns="objectId,anomaly_score")
    assert len(table) == 3
    assert np.all(table["d:anomaly_score"] < 1)


@pytest.mark.parametrize(
    "search",
    [
        lambda fink: fink.query_region(place_of(fink, SUPERNOVA), "5 arcsec"),
        lambda fink: fink.query_class("SN candidate", n=2, columns="objectId"),
        lambda fink: fink.query_anomalies(n=2, columns="objectId"),
        lambda fink: fink.query_tracklets(date="2024-09-14", columns="objectId"),
        lambda fink: fink.query_skymap("S990220sim", credible_level=0.2)[:3],
    ],
    ids=["region", "class", "anomalies", "tracklets", "skymap"],
)
def test_a_search_leads_to_light_curves(fink, search):
    found = search(fink)
    table = fink.query_objects(found, columns="objectId,jd,magpsf")
    assert set(table["i:objectId"]) == set(found["i:objectId"])


def test_a_search_can_be_left_unread(fink):
    assert fink.query_region_async(place_of(fink, SUPERNOVA), "5 arcsec").ok
    assert fink.query_class_async("SN candidate", n=1).ok
    assert fink.query_anomalies_async(n=1).ok
    assert fink.query_tracklets_async(date="2025").ok
