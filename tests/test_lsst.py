# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rubin's alerts, asked of the simulated service: what a user relies on."""

import json

import astropy.units as u
import matplotlib as mpl
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astropy.time import Time
from astropy.wcs import WCS
from astroquery.exceptions import InputWarning, InvalidQueryError, MaxResultsWarning, NoResultsWarning
from replay import Replay, client_of

mpl.use("agg")
from matplotlib.figure import Figure  # noqa: E402
from PIL import Image  # noqa: E402
from readings import assert_north_is_up, drawn, period_of  # noqa: E402

from astroquery_fink import conf, transfer
from astroquery_fink.exceptions import UnknownObjectError
from astroquery_fink.lightcurve import add_apparent_magnitude, to_timeseries
from astroquery_fink.plots import animate_cutouts, plot_cutouts, plot_lightcurve
from astroquery_fink.surveys import LSST
from fink_sandbox.lsst.visits import visits

SUPERNOVA, STAR, NUCLEUS, DWARF = (170_000_000_000_000_000 + number for number in (1, 2, 3, 4))
NOBODY = 170_000_000_000_000_999
TIME, FIRST = "r:midpointMjdTai", "f:firstDiaSourceMjdTaiFink"
SECOND = 1 / 86400
PERIOD = 0.552256
pytestmark = pytest.mark.usefixtures("closed_figures")


@pytest.fixture
def supernova(fink_lsst):
    return fink_lsst.query_object(SUPERNOVA)


@pytest.fixture
def place(supernova):
    return SkyCoord(supernova["r:ra"][0], supernova["r:dec"][0], unit="deg")


def tai(mjd):
    return Time(mjd, format="mjd", scale="tai")


def values(table):
    """Rows as plain values, None if masked."""
    return [tuple(row) for row in zip(*(table[name].tolist() for name in table.colnames), strict=True)]


# Light curves


def test_a_light_curve_is_newest_first_with_exact_ids(supernova):
    assert np.all(np.diff(supernova[TIME]) <= 0)
    assert supernova["r:diaObjectId"].dtype == supernova["r:diaSourceId"].dtype == np.int64
    assert set(supernova["r:diaObjectId"]) == {SUPERNOVA}
    assert len(set(supernova["r:diaSourceId"])) == len(supernova) > 30
    assert set(supernova["r:band"]) == set("ugrizy")


@pytest.mark.parametrize("response_format", ["json", "auto"])
def test_detections_and_forced_photometry_are_what_the_two_questions_give(fink_lsst, response_format):
    with conf.set_temp("response_format", response_format):
        both = fink_lsst.query_object(SUPERNOVA, withforced=True)
        alone = {
            "valid": fink_lsst.query_object(SUPERNOVA),
            "forced": fink_lsst.query_forced_photometry(SUPERNOVA),
        }
    assert np.all(np.diff(both[TIME]) <= 0)
    assert set(both["tag"]) == set(alone)
    for tag, table in alone.items():
        rows = both[both["tag"] == tag]
        assert values(rows[table.colnames]) == values(table)
        others = set(both.colnames) - set(table.colnames) - {"tag"}
        assert all(np.ma.getmaskarray(rows[name]).all() for name in others)
        assert {both[name].unit for name in table.colnames if "Flux" in name and "Err" in name} >= {u.nJy}
    assert both["r:diaForcedSourceId"].dtype == np.int64


def test_chosen_columns_come_alone_but_for_time_and_tag(fink_lsst):
    both = fink_lsst.query_object(SUPERNOVA, withforced=True, columns="psfFlux,reliability,visit")
    assert both.colnames == ["r:psfFlux", "r:reliability", "r:visit", TIME, "tag"]
    forced = both["tag"] == "forced"
    assert np.ma.getmaskarray(both["r:reliability"])[forced].all()
    assert not np.ma.getmaskarray(both["r:visit"]).any()


def test_forced_photometry_that_the_server_cut_is_said(tmp_path):
    """Ten thousand rows are its limit."""
    rows = {"sources": 1, "fp": 10_000}

    def answer(method, path, payload):
        number = rows[path.rpartition("/")[2]]
        cells = (
            {"r:diaObjectId": STAR, "r:diaSourceId": 1 + n, TIME: 60000 + n / 100} for n in range(number)
        )
        return 200, "application/json", json.dumps(list(cells)).encode()

    with Replay(answer) as server:
        client = client_of(server, tmp_path, survey="lsst")
        with pytest.warns(MaxResultsWarning, match=f"10,000 alerts of one object; .*{STAR}"):
            table = client.query_object(STAR, withforced=True, columns="midpointMjdTai")
    assert len(table) == 10_001
    assert table.meta["cut"] == [STAR]


def test_an_unknown_object_is_an_empty_table_with_forced_photometry_or_without(fink_lsst):
    for given in ({}, {"withforced": True}):
        with pytest.warns(NoResultsWarning, match=str(NOBODY)):
            table = fink_lsst.query_object(NOBODY, **given)
        assert len(table) == 0
        assert table["r:diaSourceId"].dtype == np.int64
        assert table.meta["missing"] == [NOBODY]


@pytest.mark.parametrize("method", ["query_objects", "query_forced_photometry", "query_summary"])
@pytest.mark.parametrize(
    "asked",
    [
        [STAR, DWARF, SUPERNOVA],
        np.array([STAR, DWARF, SUPERNOVA]),
        f"{STAR},{DWARF},{SUPERNOVA}",
        Table({"r:diaObjectId": [STAR, DWARF, SUPERNOVA, STAR]}),
    ],
    ids=["list", "array", "text", "table"],
)
def test_many_objects_come_in_the_order_asked(fink_lsst, method, asked):
    table = getattr(fink_lsst, method)(asked, columns=["diaObjectId"])
    assert list(dict.fromkeys(table["r:diaObjectId"].tolist())) == [STAR, DWARF, SUPERNOVA]
    assert table.meta["missing"] == []


def test_many_objects_are_newest_first_each(fink_lsst):
    for method in ("query_objects", "query_forced_photometry"):
        table = getattr(fink_lsst, method)([NUCLEUS, SUPERNOVA])
        for objectid in (NUCLEUS, SUPERNOVA):
            assert np.all(np.diff(table[TIME][table["r:diaObjectId"] == objectid]) <= 0)


@pytest.mark.parametrize("method", ["query_objects", "query_forced_photometry", "query_summary"])
def test_objects_that_are_not_there_are_named(fink_lsst, method):
    with pytest.warns(NoResultsWarning, match=f"1 of 3 objects: {NOBODY}"):
        table = getattr(fink_lsst, method)([DWARF, NOBODY, SUPERNOVA])
    assert list(dict.fromkeys(table["r:diaObjectId"].tolist())) == [DWARF, SUPERNOVA]
    assert table.meta["missing"] == [NOBODY]
    with pytest.warns(NoResultsWarning, match=str(NOBODY)):
        empty = getattr(fink_lsst, method)(NOBODY)
    assert len(empty) == 0
    assert empty.colnames == table.colnames


def test_a_summary_counts_the_alerts_and_tells_when_the_object_was_first_seen(fink_lsst, supernova):
    (row,) = fink_lsst.query_summary(SUPERNOVA)
    assert row["r:nDiaSources"] == len(supernova)
    assert row[FIRST] == pytest.approx(supernova[TIME].min(), abs=1e-9)
    assert len(row.colnames) == 91


def test_many_questions_are_put_together_as_one(fink_lsst, box_lsst):
    ids = [SUPERNOVA, STAR, NUCLEUS, DWARF]
    whole = fink_lsst.query_summary(ids)
    before = len(box_lsst.requests)
    with conf.set_temp("batch_size", 1):
        parts = fink_lsst.query_summary(ids, cache=False)
    assert len(box_lsst.requests) - before >= 4
    assert values(parts) == values(whole)


ASKED = {
    "query_object": (SUPERNOVA,),
    "query_forced_photometry": ([SUPERNOVA, STAR],),
    "query_summary": ([SUPERNOVA, STAR],),
    "query_region": ("186.7283 15.2104", "1 deg"),
    "query_tag": ("most_likely_sn",),
    "query_sso": (9900001,),
    "query_skymap": ("S990315sim",),
}


@pytest.mark.parametrize("method", ASKED)
def test_both_formats_give_the_same_table_but_for_the_decimals_of_json(fink_lsst, method):
    pytest.importorskip("pyarrow")
    level = {"credible_level": 0.9} if method == "query_skymap" else {}
    tables = []
    for response_format in ("json", "parquet"):
        with conf.set_temp("response_format", response_format):
            tables.append(getattr(fink_lsst, method)(*ASKED[method], **level))
    one, other = tables
    assert len(one) == len(other) > 0
    assert set(one.colnames) == set(other.colnames)
    for name in one.colnames:
        mine, its = np.ma.asarray(one[name]), np.ma.asarray(other[name])
        assert mine.dtype.kind == its.dtype.kind, name
        assert (np.ma.getmaskarray(mine) == np.ma.getmaskarray(its)).all(), name
        if mine.dtype.kind == "f":
            np.testing.assert_allclose(mine.compressed(), its.compressed(), rtol=1e-15, atol=5.1e-11)
        else:
            np.testing.assert_array_equal(mine.compressed(), its.compressed(), err_msg=name)


# Regions


def test_a_region_has_the_newest_alert_of_an_object(fink_lsst, supernova, place):
    table = fink_lsst.query_region(place, "5 arcsec")
    assert table["r:diaSourceId"].tolist() == [supernova["r:diaSourceId"][0]]
    assert table["v:separation_degree"].unit == u.deg
    assert set(LSST.cone.columns) <= set(table.colnames)


@pytest.mark.parametrize("columns", ["raErr", "psfFlux", "decErr,ra_dec_Cov", "v:separation_degree"])
def test_a_region_is_one_row_an_object_whatever_columns_are_asked_for(fink_lsst, place, columns):
    """The server breaks on raErr without ra, and gives a row an alert without diaObjectId."""
    table = fink_lsst.query_region(place, "5 arcsec", columns=columns)
    assert len(table) == 1
    names = [f"r:{name}" for name in columns.split(",") if ":" not in name]
    assert table.colnames == [*names, "v:separation_degree"]


def test_a_time_range_is_that_in_which_an_object_varied(fink_lsst, supernova, place):
    """The server takes dates for TAI."""
    first, last = supernova[TIME].min(), supernova[TIME].max()
    before, after = tai(first - SECOND), tai(first + SECOND)
    end = tai(last + SECOND)
    assert last > after.mjd + 100

    def found(**bounds):
        return fink_lsst.query_region(place, "5 arcsec", columns="diaObjectId", **bounds)

    for bounds in (
        {"stop": end},
        {"start": before},
        {"start": before, "stop": end},
        {"start": before, "window": last - first + 2 * SECOND},
        {"start": before.utc.isot, "stop": end.utc.isot},
        {"start": after, "kind": "across"},
        {"stop": after, "kind": "across"},
        {"start": after, "stop": tai(first + 1), "kind": "across"},
        {"start": tai(first - 1), "window": 1 + SECOND, "kind": "across"},
    ):
        assert found(**bounds)["r:diaObjectId"].tolist() == [SUPERNOVA], bounds
    for bounds in (
        {"stop": before},
        {"start": after},
        {"stop": tai(last - SECOND)},
        {"start": after, "window": 1000},
        {"start": tai(first - 1), "window": 1 - SECOND},
        {"start": tai(first - 1), "window": 1 - SECOND, "kind": "across"},
        {"start": end, "kind": "across"},
    ):
        with pytest.warns(NoResultsWarning):
            assert len(found(**bounds)) == 0, bounds


def test_many_positions_are_one_table_that_tells_which(fink_lsst, place):
    star = fink_lsst.query_object(STAR, columns="ra,dec")[0]
    places = SkyCoord(
        [place, SkyCoord(10, -85, unit="deg"), SkyCoord(star["r:ra"], star["r:dec"], unit="deg")]
    )
    table = fink_lsst.query_region(places, "5 arcsec", columns="diaObjectId")
    assert table["index"].tolist() == [0, 2]
    assert table["r:diaObjectId"].tolist() == [SUPERNOVA, STAR]
    objects = fink_lsst.query_objects(table, columns="diaObjectId")
    assert set(objects["r:diaObjectId"].tolist()) == {SUPERNOVA, STAR}


# Tags


@pytest.fixture
def tagged(fink_lsst):
    return fink_lsst.query_tag("in_tns", columns="diaObjectId,diaSourceId,midpointMjdTai")


def test_a_tag_is_complete_however_little_the_server_gives_at_once(fink_lsst, box_lsst, tagged):
    before = len(box_lsst.requests)
    with conf.set_temp("page_size", 9):
        walked = fink_lsst.query_tag("in_tns", columns="diaObjectId,diaSourceId,midpointMjdTai", cache=False)
    assert len(box_lsst.requests) - before > 10
    assert values(walked) == values(tagged)
    assert walked.meta["complete"] is tagged.meta["complete"] is True
    assert np.all(np.diff(tagged[TIME]) <= 0)
    assert len(set(tagged["r:diaSourceId"])) == len(tagged) > 50


def test_the_newest_of_a_tag_are_the_newest(fink_lsst, tagged):
    newest = fink_lsst.query_tag("in_tns", n=7, columns="diaSourceId,midpointMjdTai")
    assert newest["r:diaSourceId"].tolist() == tagged["r:diaSourceId"][:7].tolist()
    assert newest.meta["complete"] is False
    with conf.set_temp("page_size", 5):
        more = fink_lsst.query_tag("in_tns", n=12, columns="diaSourceId")
    assert more["r:diaSourceId"].tolist() == tagged["r:diaSourceId"][:12].tolist()
    assert more.colnames == ["r:diaSourceId"]


def test_a_span_of_two_seconds_holds_the_alert_between_them(fink_lsst, tagged):
    """A client that left the 37 s between the clocks out would find nothing."""
    row = tagged[len(tagged) // 2]
    for scale in ("tai", "utc"):
        start, stop = (getattr(tai(row[TIME] + shift * SECOND), scale) for shift in (-1, 1))
        table = fink_lsst.query_tag("in_tns", start=start, stop=stop, columns="diaSourceId")
        assert table["r:diaSourceId"].tolist() == [row["r:diaSourceId"]]


def test_tags_are_checked_and_listed(fink_lsst):
    tags = fink_lsst.list_tags()
    assert {"in_tns", "most_likely_sn"} <= set(tags["name"][tags["served"]])
    with pytest.warns(InputWarning, match="Did you mean in_tns"), pytest.raises(InvalidQueryError):
        fink_lsst.query_tag("intns", n=3)
    with pytest.raises(InvalidQueryError, match="stream of alerts only"):
        fink_lsst.query_tag("uniform_sample", n=3)
    assert len(fink_lsst.list_blocks()) > 5


def test_the_tags_are_those_that_the_server_lists_at_the_time(tmp_path):
    tags = {"brand_new": {"API support": True, "description": "n"}, "streamed": {"API support": False}}

    def answer(method, path, payload):
        return 200, "application/json", json.dumps(tags if method == "GET" else []).encode()

    with Replay(answer) as server:
        client = client_of(server, tmp_path, survey="lsst")
        assert client.list_tags()["name", "served"].as_array().tolist() == [
            ("brand_new", True),
            ("streamed", False),
        ]
        with pytest.warns(NoResultsWarning, match="brand_new"):
            client.query_tag("Brand_New", n=1)
        with pytest.raises(InvalidQueryError, match="stream of alerts only; query_tag accepts brand_new"):
            client.query_tag("streamed", n=1)
        sent = "tag='in_tns' is not in Fink's list and is sent unchanged"
        with pytest.warns(InputWarning, match=sent), pytest.warns(NoResultsWarning, match="in_tns"):
            client.query_tag("in_tns", n=1)
        assert [payload["tag"] for method, _, payload in server.requests if method == "POST"] == [
            "brand_new",
            "in_tns",
        ]


# Stamps


@pytest.fixture
def hdus(fink_lsst):
    return fink_lsst.get_cutouts(SUPERNOVA)


def test_stamps_are_those_of_the_newest_alert_or_of_the_one_that_is_named(fink_lsst, hdus, supernova):
    assert hdus[0].header["CANDID"] == supernova["r:diaSourceId"][0]
    third = supernova[3]
    named = fink_lsst.get_cutouts(SUPERNOVA, candid=third["r:diaSourceId"], kind="difference")
    assert [hdu.name for hdu in named] == ["PRIMARY", "DIFFERENCE", "DIFFERENCE_VAR", "DIFFERENCE_PSF"]
    header = named[0].header
    assert (header["CANDID"], header["FILTER"]) == (third["r:diaSourceId"], third["r:band"])
    assert header["MJD-OBS"] == pytest.approx(third[TIME], abs=1e-9)
    assert header["PSFFLUX"] == third["r:psfFlux"]


def test_there_is_one_hdulist_for_each_alert_newest_first(fink_lsst, supernova):
    images = fink_lsst.get_images(SUPERNOVA, kind="Science")
    assert [one[0].header["CANDID"] for one in images] == supernova["r:diaSourceId"].tolist()


def test_the_source_is_where_the_header_says_and_the_difference_has_its_flux(fink_lsst, supernova):
    brightest = supernova[supernova["r:psfFlux"].argmax()]
    hdus = fink_lsst.get_cutouts(SUPERNOVA, candid=brightest["r:diaSourceId"])
    wcs = WCS(hdus["DIFFERENCE"].header)
    x, y = wcs.world_to_pixel(SkyCoord(brightest["r:ra"], brightest["r:dec"], unit="deg"))
    row, column = np.unravel_index(np.nanargmax(hdus["DIFFERENCE"].data), hdus["DIFFERENCE"].data.shape)
    assert np.hypot(column - x, row - y) < 1.5
    assert np.nansum(hdus["DIFFERENCE"].data) == pytest.approx(brightest["r:psfFlux"], rel=0.15)


@pytest.mark.parametrize("ask", ["get_cutouts", "get_images"])
def test_an_unknown_object_has_no_stamps(fink_lsst, ask):
    with pytest.raises(UnknownObjectError, match=f"no alert of {NOBODY}"):
        getattr(fink_lsst, ask)(NOBODY)


def test_an_alert_of_another_object_is_a_clear_error(fink_lsst):
    foreign = int(fink_lsst.query_object(STAR, columns="diaSourceId")["r:diaSourceId"][0])
    with pytest.raises(UnknownObjectError, match=f"candid={foreign} is not an alert of {SUPERNOVA}"):
        fink_lsst.get_cutouts(SUPERNOVA, candid=foreign)


# Names


def test_a_name_of_a_transient_is_told_both_ways(fink_lsst):
    table = fink_lsst.resolve_name(SUPERNOVA, resolver="tns", reverse=True)
    assert table["name", "type"].as_array().tolist() == [("SN 2099sim", "SN Ia")]
    assert table["objectid"].tolist() == [SUPERNOVA]
    (row,) = set(fink_lsst.resolve_name("sn 2099sim", resolver="tns")["ra", "dec"].iterrows())
    newest = fink_lsst.query_object(SUPERNOVA, columns="ra,dec")[0]
    there = SkyCoord(newest["r:ra"], newest["r:dec"], unit="deg")
    assert SkyCoord(*row, unit="deg").separation(there).arcsec < 1


def test_a_star_without_a_name_of_a_transient_has_none(fink_lsst):
    """The server sends a row that says nothing."""
    with pytest.warns(NoResultsWarning):
        assert len(fink_lsst.resolve_name(STAR, resolver="tns", reverse=True)) == 0


def test_an_object_of_the_solar_system_is_found_by_its_id(fink_lsst):
    body = fink_lsst.query_sso(9900001)["r:ssObjectId", "f:sso_name"][0]
    table = fink_lsst.resolve_name(body["r:ssObjectId"], resolver="ssodnet", reverse=True)
    assert table["r:ssObjectId"].tolist() == [body["r:ssObjectId"]]
    names = fink_lsst.query_sso(table["name"][0], withephem=True, columns="sso_name,Phase,psfFlux")
    assert set(names["f:sso_name"]) == {body["f:sso_name"]}
    assert names.colnames == ["f:sso_name", "Phase", "r:psfFlux"]


# Time and brightness


def test_times_are_those_of_the_middle_of_the_exposures_in_both_surveys(fink, fink_lsst, box, box_lsst):
    """Two surveys see one sky: in one time scale, their times are those of the exposures."""
    rubin = to_timeseries(fink_lsst.query_object(SUPERNOVA)).time
    looked = visits(box_lsst.sky.target("ZTF99simsnia")).middle
    assert np.abs(rubin.utc.jd[:, None] - looked).min(axis=1).max() < 1e-3 * SECOND
    ztf = to_timeseries(fink.query_object("ZTF99simsnia"), midexposure=True).time
    looked = box.sky.target("ZTF99simsnia").visits().jd + 15 * SECOND
    assert np.abs(ztf.jd[:, None] - looked).min(axis=1).max() < 0.1 * SECOND


def test_a_series_is_in_tai_oldest_first_and_midexposure_moves_nothing(fink_lsst):
    table = fink_lsst.query_object(SUPERNOVA, withforced=True)
    series = to_timeseries(table)
    assert (series.time.scale, series.time.format) == ("tai", "mjd")
    assert np.all(np.diff(series.time.mjd) >= 0)
    assert len(series) == len(table)
    np.testing.assert_array_equal(to_timeseries(table, midexposure=True).time.mjd, series.time.mjd)
    assert series["r:psfFlux"].unit == u.nJy
    assert set(to_timeseries(table, band="z")["r:band"]) == {"z"}
    with pytest.raises(InvalidQueryError, match="band of LSST: give u, g, r, i, z, y"):
        to_timeseries(table, band="w")


def test_the_magnitude_is_that_of_the_flux_on_the_image(fink_lsst):
    table = add_apparent_magnitude(fink_lsst.query_object(STAR, withforced=True))
    flux, error = (np.asarray(table[name]) for name in ("r:scienceFlux", "r:scienceFluxErr"))
    np.testing.assert_allclose(table["magnitude"], 31.4 - 2.5 * np.log10(flux), atol=1e-6)
    np.testing.assert_allclose(table["magnitude_error"], 2.5 / np.log(10) * error / flux, rtol=1e-6)
    np.testing.assert_allclose(table["flux"], flux * 1e-9, rtol=1e-6)


def test_a_flux_that_is_not_positive_has_no_magnitude():
    table = Table({"r:scienceFlux": [-5.0, 0.0, 5.0], "r:scienceFluxErr": [1.0, 1.0, 1.0]})
    table.meta["survey"] = "lsst"
    assert add_apparent_magnitude(table)["magnitude"].mask.tolist() == [True, True, False]
    assert not table["flux"].mask.any()


def period_in(table, band):
    table = add_apparent_magnitude(table)
    return period_of(to_timeseries(table[~table["magnitude"].mask], band=band))


def test_the_period_of_the_star_is_the_same_from_both_surveys(fink, fink_lsst):
    rubin = period_in(fink_lsst.query_object(STAR, withforced=True), "r")
    ztf = period_in(fink.query_object("ZTF99simrrly"), "r")
    assert rubin == pytest.approx(PERIOD, rel=1e-4)
    assert rubin == pytest.approx(ztf, rel=1e-4)


# Plots


def test_difference_flux_is_drawn_of_six_bands_and_forced_points_are_open(fink_lsst):
    table = fink_lsst.query_object(SUPERNOVA, withforced=True)
    ax = plot_lightcurve(table)
    words = {"valid": "", "forced": " forced"}
    labels = [band + words[tag] for band, tag in table["r:band", "tag"].iterrows()]
    assert drawn(ax) == {label: labels.count(label) for label in labels}
    assert len(drawn(ax)) == 12
    assert ax.get_ylabel() == "Difference flux (µJy)"
    assert ax.get_xlabel() == "MJD (TAI)"
    assert ax.get_title() == str(SUPERNOVA)
    assert not ax.yaxis_inverted()
    points = {container.get_label(): container[0] for container in ax.containers}
    assert points["r forced"].get_markerfacecolor() == "none"
    assert points["r"].get_markerfacecolor() == points["r"].get_color()
    chosen = (table["r:band"] == "r") & (table["tag"] == "valid")
    np.testing.assert_allclose(points["r"].get_ydata(), table["r:psfFlux"][chosen] / 1000)


@pytest.mark.parametrize(
    ("brightness", "upside_down"),
    [("difference", True), ("apparent", True), ("flux", False), ("difference flux", False)],
)
def test_every_kind_of_brightness_can_be_drawn_folded_or_not(fink_lsst, brightness, upside_down):
    star = fink_lsst.query_object(STAR, withforced=True)
    ax = plot_lightcurve(star, brightness=brightness, ax=Figure().subplots())
    assert ax.yaxis_inverted() == upside_down
    folded = plot_lightcurve(star, brightness=brightness, period=PERIOD, ax=Figure().subplots())
    assert sum(drawn(folded).values()) == 2 * sum(drawn(ax).values())


def test_only_the_three_kinds_of_stamps_are_drawn_north_up_and_east_left(hdus):
    """The detector may stand at any angle."""
    assert 10 < hdus["SCIENCE"].header["ROTPA"] % 90 < 80
    axes = plot_cutouts(hdus)
    assert [ax.get_title() for ax in axes] == ["Science", "Template", "Difference"]
    assert_north_is_up(axes)


def test_the_pixels_of_a_turned_stamp_are_drawn_where_they_are_on_the_sky(hdus):
    ax, *_ = plot_cutouts(hdus, figure=Figure())
    image, sky = ax.images[0], WCS(hdus["SCIENCE"].header)
    for pixel in ((0, 0), (29, 0), (3, 17)):
        shown = ax.transData.inverted().transform(image.get_transform().transform(pixel))
        assert ax.wcs.pixel_to_world(*shown).separation(sky.pixel_to_world(*pixel)).arcsec < 0.01


def test_several_alerts_are_a_strip_and_a_film(fink_lsst, tmp_path):
    """Each stamp is turned by another angle, and each frame is another."""
    images = fink_lsst.get_images(DWARF, kind="Difference")[:4]
    assert len({hdus["DIFFERENCE"].header["ROTPA"] for hdus in images}) == 4
    (row,) = plot_cutouts(images, figure=Figure())
    assert [ax.get_title()[:10] for ax in row] == sorted(hdus[0].header["DATE-OBS"][:10] for hdus in images)
    with Image.open(animate_cutouts(images, tmp_path / "film.gif")) as film:
        frames = [film.seek(place) or film.convert("L").tobytes() for place in range(film.n_frames)]
    assert len(frames) == len(set(frames)) == 4


# Lists


def test_the_columns_that_are_listed_are_those_of_all_kinds_of_rows(fink_lsst):
    names = fink_lsst.list_columns()["name"].tolist()
    assert len(set(names)) == len(names)
    assert {"r:psfFlux", "r:g_psfFluxMean", "r:diaForcedSourceId", "r:ssObjectId", "f:clf_cats_class"} <= set(
        names
    )


# Files


@pytest.mark.parametrize("suffix", ["ecsv", "fits", "parquet"])
@pytest.mark.filterwarnings("ignore:.*FITS Header:astropy.utils.exceptions.AstropyUserWarning")
@pytest.mark.filterwarnings("ignore:Attribute .* of type:astropy.utils.exceptions.AstropyUserWarning")
def test_a_file_keeps_ids_units_and_masks(fink_lsst, tmp_path, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    table = fink_lsst.query_object(SUPERNOVA, withforced=True)
    path = tmp_path / f"table.{suffix}"
    table.write(path)
    back = Table.read(path)
    assert back.colnames == table.colnames
    for name in ("r:diaObjectId", "r:diaSourceId", "r:diaForcedSourceId", "r:visit", "r:psfFlux", TIME):
        mine, read = np.ma.asarray(table[name]), np.ma.asarray(back[name])
        assert read.dtype.kind == mine.dtype.kind, name
        assert (np.ma.getmaskarray(read) == np.ma.getmaskarray(mine)).all(), name
        np.testing.assert_array_equal(read.compressed(), mine.compressed(), err_msg=name)
        assert back[name].unit == table[name].unit


def packet_of(table):
    """Alerts as the Data Lake keeps them: structs, floats of 32 bits, and a null where there is no struct."""
    pa = pytest.importorskip("pyarrow")

    def arrow_of(name, kind):
        return pa.array([None if one is np.ma.masked else one for one in table[name]], kind)

    def struct(members, null=None):
        mask = None if null is None else pa.array(null)
        return pa.StructArray.from_arrays(list(members.values()), list(members), mask=mask)

    number, text = pa.int64(), pa.string()
    source = {name: arrow_of(f"r:{name}", number) for name in ("diaObjectId", "diaSourceId", "visit")}
    source |= {name: arrow_of(f"r:{name}", "float32") for name in ("psfFlux", "psfFluxErr", "snr")}
    source |= {name: arrow_of(f"r:{name}", "float64") for name in ("midpointMjdTai", "ra", "dec")}
    source["band"] = arrow_of("r:band", text)
    there = {"ra": source["dec"], "dec": source["ra"], "nDiaSources": source["visit"]}
    history = pa.array([[{"psfFlux": 1.0}]] * len(table), pa.list_(pa.struct({"psfFlux": "float32"})))
    return {
        "diaObject": struct(there, null=np.asarray(table["r:diaObjectId"] == DWARF)),
        "diaSourceId": source["diaSourceId"],
        "diaSource": struct(source),
        "prvDiaSources": history,
        "ssSource": struct({"ra": source["dec"]}, null=[True] * len(table)),
        "cutoutScience": pa.array([b"SIMPLE"] * len(table)),
        "xm": struct({"simbad_otype": arrow_of("f:xm_simbad_otype", text)}),
        "clf": struct({"cats_score": arrow_of("f:clf_cats_score", "float32")}),
        "pred": struct({"is_sso": pa.array([False] * len(table))}),
        "fink_broker_version": arrow_of("f:fink_broker_version", text),
    }


def test_a_folder_of_nested_alerts_is_the_table_that_query_objects_gives(fink_lsst, tmp_path):
    sent = fink_lsst.query_objects([SUPERNOVA, DWARF])
    packet = packet_of(sent)
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table(packet), tmp_path / "part-0.parquet")
    table = transfer.read(tmp_path, survey="lsst")
    names = [name for name in table.colnames if name in sent.colnames]
    assert values(table[names]) == values(sent[names])
    assert len(names) == 13
    assert set(table.colnames) - set(names) == {"r:nDiaSources", "f:is_sso"}
    of_dwarf = table["r:diaObjectId"] == DWARF
    assert (np.ma.getmaskarray(table["r:nDiaSources"]) == of_dwarf).all()
    assert table["r:nDiaSources"][~of_dwarf].tolist() == table["r:visit"][~of_dwarf].tolist()
    assert not table["f:is_sso"].any()
    assert table["r:psfFlux"].unit == u.nJy
    few = transfer.read(tmp_path, [DWARF], columns="psfFlux,clf_cats_score", survey="lsst")
    assert values(few) == values(sent[sent["r:diaObjectId"] == DWARF]["r:psfFlux", "f:clf_cats_score"])
    with pytest.warns(NoResultsWarning, match=str(NOBODY)):
        assert transfer.read(tmp_path, NOBODY, survey="lsst").meta["missing"] == [NOBODY]
    assert values(transfer.read(tmp_path, [DWARF], columns="psfFlux,clf_cats_score")) == values(few)
    with pytest.raises(InvalidQueryError, match="FinkLSST"):
        transfer.read(tmp_path, DWARF, survey="ztf")


def test_a_folder_that_query_objects_wrote_is_read_back(fink_lsst, tmp_path):
    pytest.importorskip("pyarrow")
    sent = fink_lsst.query_objects([STAR, DWARF])
    folder = fink_lsst.query_objects([STAR, DWARF], outdir=tmp_path / "alerts")
    assert values(transfer.read(folder, survey="lsst")) == values(sent)
