"""Searches of the sandbox by position, class, anomaly, track and region of an event."""

import ast
import gzip
import io
from importlib.util import find_spec

import numpy as np
import pytest
import requests
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.table import Table
from astropy.time import Time

from fink_sandbox import Sandbox, Sky
from fink_sandbox.sky.events import event_map
from fink_sandbox.ztf.survey import Survey

PLACE = {"ra": 186.7283, "dec": 15.2104}
SUPERNOVA = "ZTF99simsnia"
PIXEL, IN_PIXEL = 94814, {"ra": 246.19, "dec": 1.98, "radius": 5000}
SUPERNOVAE = {"class": "SN candidate"}
INDEXED = [
    "i:objectId", "i:candid", "i:magpsf", "i:sigmapsf", "i:jd", "i:jdstarthist", "d:cdsxmatch", "i:drb",
    "i:ra", "i:dec", "i:fid", "i:distnr", "d:nalerthist", "d:classification",
]  # fmt: skip
TRENDS = {"rising": -1, "fading": 1}  # sign of the change of the magnitude
needs_pixels = pytest.mark.skipif(not find_spec("astropy_healpix"), reason="astropy-healpix is missing")


def poster_of(box):
    def post(endpoint, **payload):
        payload = {name.replace("cutout_", "cutout-"): value for name, value in payload.items()}
        return requests.post(f"{box.url}/api/v1/{endpoint}", json=payload, timeout=20)

    return post


@pytest.fixture(scope="module")
def box():
    with Sandbox(seed=1) as running:
        yield running


@pytest.fixture(scope="module")
def post(box):
    return poster_of(box)


@pytest.fixture(scope="module")
def pixel():
    """A server with 5,000 alerts of 500 objects in one pixel, and their positions."""
    pytest.importorskip("astropy_healpix")
    sky = Sky(seed=1)
    positions = sky.crowd(5000, objects=500, pixel=PIXEL)
    with Sandbox(sky=sky) as running:
        yield poster_of(running), positions


@pytest.fixture(scope="module")
def crowd():
    """A server with 10,000 alerts of one class and a limit of 300 rows, and their ids."""
    sky = Sky(seed=1)
    ids = sky.crowd(10_000, objects=500)
    with Sandbox(sky=sky, limit=300) as running:
        yield poster_of(running), list(ids)


def ids_of(response):
    return [row["i:objectId"] for row in response.json()]


@needs_pixels
def test_a_cone_has_one_row_per_object_which_is_its_newest_alert(post):
    (row,) = post("conesearch", **PLACE, radius=5).json()
    newest = post("objects", objectId=SUPERNOVA).json()[0]
    assert list(row) == [*INDEXED, "v:separation_degree"]
    assert row["d:classification"] == newest["v:classification"]
    assert {name: newest[name] for name in INDEXED[:-1]} == {name: row[name] for name in INDEXED[:-1]}


@needs_pixels
@pytest.mark.parametrize(
    ("ra", "dec"),
    [
        (186.7283, 15.2104),
        ("186.7283", "15.2104"),
        ("12:26:54.792", "+15:12:37.44"),
        ("12 26 54.792", "15 12 37.44"),
        ("12h26m54.792s", "15d12m37.44s"),
        ("186d43m41.88s", "15d12m37.44s"),
    ],
)
def test_coordinates_may_be_written_in_many_ways(post, ra, dec):
    assert ids_of(post("conesearch", ra=ra, dec=dec, radius=1)) == [SUPERNOVA]


@needs_pixels
@pytest.mark.parametrize("columns", ["i:objectId", "i:jd,i:magpsf"])
def test_without_id_or_time_a_cone_has_one_row_per_alert(post, columns):
    rows = post("conesearch", **PLACE, radius=5, columns=columns).json()
    assert len(rows) == len(post("objects", objectId=SUPERNOVA, columns="i:jd").json())
    assert rows[0].keys() == {*columns.split(","), "i:ra", "i:dec", "v:separation_degree"}
    assert np.all(np.diff([row["v:separation_degree"] for row in rows]) >= 0)


@needs_pixels
def test_a_cone_returns_other_columns_on_request(post):
    (row,) = post("conesearch", **PLACE, radius=5, columns="i:objectId, i:jd, d:tns, i:fwhm, i:nope").json()
    assert row["d:tns"] == "SN Ia"
    assert row.keys() - INDEXED == {"d:tns", "i:fwhm", "v:separation_degree"}


@needs_pixels
def test_dates_bound_the_first_detection(post):
    def found(**dates):
        return ids_of(post("conesearch", **PLACE, radius=5, **dates))

    assert found(startdate="2025-03-01", window=30) == [SUPERNOVA]
    assert found(startdate="2025-03-01", stopdate="2025-03-31 12:00:00") == [SUPERNOVA]
    assert found(startdate="2460740.5", window="20") == [SUPERNOVA]
    assert found(startdate=60740, stopdate=60760) == [SUPERNOVA]
    assert found(startdate="2025-04-01", window=60) == []
    assert found(startdate="2025-03-01", window=3) == []


@needs_pixels
def test_a_stop_without_a_start_has_no_effect(post):
    assert ids_of(post("conesearch", **PLACE, radius=5, stopdate="2024-06-01")) == [SUPERNOVA]


@needs_pixels
@pytest.mark.parametrize("wrong", [{"radius": -1}, {"radius": 5, "dec": -60}])
def test_cones_with_nothing_in_them(post, wrong):
    assert post("conesearch", **PLACE | wrong).json() == []


def test_a_cone_that_is_too_large(post):
    response = post("conesearch", **PLACE, radius=18000.1)
    assert response.status_code == 400
    assert ast.literal_eval(response.text)["status"] == "error"


def test_invalid_coordinates_are_refused_with_a_printed_exception(post):
    response = post("conesearch", ra="abc", dec=1, radius=5)
    assert response.status_code == 400
    assert response.text.startswith("{'status': 'error', 'text': ValueError(")


def test_a_cone_has_all_objects_of_a_pixel_at_their_positions(pixel):
    post, positions = pixel
    rows = post("conesearch", **IN_PIXEL, n=5000).json()
    assert {row["i:objectId"] for row in rows} == set(positions)
    found = SkyCoord([row["i:ra"] for row in rows], [row["i:dec"] for row in rows], unit="deg")
    true = SkyCoord([positions[row["i:objectId"]] for row in rows], unit="deg")
    assert found.separation(true).arcsec.max() < 0.6
    distances = found.separation(SkyCoord(IN_PIXEL["ra"], IN_PIXEL["dec"], unit="deg")).deg
    assert np.allclose(distances, [row["v:separation_degree"] for row in rows], atol=1e-9)


@pytest.mark.parametrize(("n", "objects"), [({}, 100), ({"n": 200}, 20), ({"n": 205}, 21), ({"n": 0}, 0)])
def test_a_small_number_loses_the_objects_that_were_discovered_last(pixel, n, objects):
    post, _ = pixel
    everything = post("conesearch", **IN_PIXEL, n=5000).json()
    oldest = sorted(everything, key=lambda row: (row["i:jdstarthist"], row["i:objectId"]))[:objects]
    assert set(ids_of(post("conesearch", **IN_PIXEL, **n))) == {row["i:objectId"] for row in oldest}


def test_the_limit_is_applied_before_the_distance(pixel):
    post, positions = pixel
    last = max(post("conesearch", **IN_PIXEL, n=5000).json(), key=lambda row: row["i:jdstarthist"])
    ra, dec = positions[last["i:objectId"]]
    assert post("conesearch", ra=ra, dec=dec, radius=2).json() == []
    assert ids_of(post("conesearch", ra=ra, dec=dec, radius=2, n=5000)) == [last["i:objectId"]]


def test_objects_of_a_crowd_are_served_like_others(pixel):
    post, positions = pixel
    objectid = next(iter(positions))
    rows = post("objects", objectId=objectid, withcutouts=True, cutout_kind="Difference").json()
    assert len({row["i:candid"] for row in rows}) == 10
    assert {row["i:publisher"] for row in rows} == {"Fink sandbox (simulated)"}
    assert np.array(rows[0]["b:cutoutDifference_stampData"])[30:33, 30:33].mean() > 0


def test_no_two_alerts_of_the_sky_have_the_same_id():
    sky = Sky(seed=1)
    for _ in range(2):
        sky.crowd(2000, days=40)
    candids = [candid for table in Survey(sky).tables() for candid in table["i:candid"]]
    assert len(candids) == len(set(candids)) > 5000


def test_a_crowd_of_an_unknown_kind():
    with pytest.raises(ValueError, match="quasar"):
        Sky().crowd(10, kind="quasar")


def test_the_newest_alerts_of_a_class_come_ten_at_a_time(post):
    rows = post("latests", **SUPERNOVAE).json()
    assert len(rows) == 10
    assert {row["v:classification"] for row in rows} == {"SN candidate"}
    assert np.all(np.diff([row["i:jd"] for row in rows]) <= 0)


def test_rates_and_colours_are_returned_with_the_argument_color(post):
    plain, coloured = (set(post("latests", **SUPERNOVAE, **more).json()[0]) for more in ({}, {"color": True}))
    assert coloured - plain <= {"v:rate", "v:sigma(rate)", "v:g-r", "v:sigma(g-r)", "v:rate(g-r)"} | {
        "v:sigma(rate(g-r))"
    }
    assert "v:rate" in coloured - plain


def test_a_crowd_is_spread_over_a_year_and_shares_exposures(crowd):
    post, ids = crowd
    rows = post("objects", objectId="ZTF99aaa", columns="i:objectId,i:jd,i:candid").json()
    times = [row["i:jd"] for row in rows]
    assert {row["i:objectId"] for row in rows} == set(ids)
    assert len({row["i:candid"] for row in rows}) == len(rows) == 10_000
    assert 300 < np.ptp(times) < 366
    assert len(set(times)) < 3000


def test_no_response_has_more_rows_than_the_limit(crowd):
    post, _ = crowd
    assert len(post("latests", **SUPERNOVAE, n=10_000, columns="i:jd").json()) == 300


def test_a_class_is_read_page_by_page(crowd):
    """Stops are exclusive and starts inclusive, so adjacent windows share no alert."""
    post, ids = crowd
    edges = Time(Time("2024-03-01").jd + np.arange(0, 371, 5), format="jd")
    found = []
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        window = {
            "startdate": start.iso,
            "stopdate": stop.iso,
            "n": 300,
            "columns": "i:objectId,i:candid,i:jd",
        }
        rows = post("latests", **SUPERNOVAE, **window).json()
        assert len(rows) < 300
        times = [row["i:jd"] for row in rows]
        assert not times or start.jd <= min(times) <= max(times) < stop.jd
        found += [row["i:candid"] for row in rows if row["i:objectId"] in ids]
    assert len(set(found)) == len(found) == 10_000


def test_the_trend_is_applied_after_the_limit(post):
    columns = "i:candid,d:mag_rate"
    newest = post("latests", **SUPERNOVAE, n=30, columns=columns).json()
    trends = {one: post("latests", **SUPERNOVAE, n=30, trend=one, columns=columns).json() for one in TRENDS}
    for trend, sign in TRENDS.items():
        assert trends[trend] == [row for row in newest if (row["d:mag_rate"] or 0) * sign > 0] != []


def test_a_trend_without_its_column_breaks_the_server(post):
    assert post("latests", **SUPERNOVAE, trend="rising", columns="i:jd").status_code == 500


@pytest.mark.parametrize("trend", ["up", "low_state"])
def test_trends_that_are_refused_in_plain_text(post, trend):
    response = post("latests", **SUPERNOVAE, trend=trend)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert trend in response.text
    assert "{" not in response.text


def test_a_blazar_has_states_and_one_row(post):
    low = {"class": "(CTA) Blazar low state", "n": 1000}
    (row,) = post("latests", **low, columns="i:objectId,i:jd,d:blazar_stats_m2").json()
    assert row["d:blazar_stats_m2"] < 1
    alerts, new = (
        post("latests", **low, trend=trend, columns="i:candid,d:blazar_stats_m0").json()
        for trend in ("low_state", "new_low_state")
    )
    assert 0 < len(new) < len(alerts)
    assert new == [alert for alert in alerts if alert["d:blazar_stats_m0"] >= 1]


@pytest.mark.parametrize(
    ("name", "objectid"),
    [
        ("(TNS) SN Ia", "ZTF99simsntw"),
        ("(SIMBAD) AGN", "ZTF99simagnx"),
        ("AGN", "ZTF99simagnx"),
        ("(SIMBAD) Mira", "ZTF99simedge"),
        ("(CTA) Blazar high state", "ZTF99simblzr"),
    ],
)
def test_classes_from_elsewhere_have_their_alerts(post, name, objectid):
    assert ids_of(post("latests", **{"class": name}, n=1)) == [objectid]


@pytest.mark.parametrize("name", ["Not a class", "(TNS) SN II", "SLSN candidate"])
def test_classes_without_alerts(post, name):
    assert post("latests", **{"class": name}).json() == []


@pytest.mark.parametrize("wrong", [{"n": "many"}, {"startdate": "tomorrow"}])
def test_arguments_that_break_the_server(post, wrong):
    assert post("latests", **SUPERNOVAE, **wrong).status_code == 500


def test_anomalies_have_low_scores_and_the_last_day_counts(post):
    columns = "i:objectId,i:jd,d:anomaly_score"
    newest = post("anomaly", columns=columns).json()
    assert len(newest) == 10
    assert all(row["d:anomaly_score"] < -0.05 for row in newest)
    day = Time(newest[0]["i:jd"], format="jd").strftime("%Y-%m-%d")
    assert newest[0] in post("anomaly", start_date=day, stop_date=day, columns=columns).json()
    earlier = post("anomaly", n=3, stop_date="2025-01-01", columns=columns).json()
    assert len(earlier) == 3
    assert max(row["i:jd"] for row in earlier) < Time("2025-01-02").jd


def test_a_track_is_found_by_the_beginning_of_its_date_or_by_its_name(post):
    def tracks(**one):
        return [row["d:tracklet"] for row in post("tracklet", **one, columns="d:tracklet").json()]

    assert len(tracks(date="2025-02-20")) == 17
    assert len(set(tracks(date="2025-02-20 06"))) == 2
    assert tracks(date="2025-02-20 06:48:09") == tracks(id="TRCK_20250220_064809")
    assert set(tracks(id="TRCK_20250220_064809_01")) == {"TRCK_20250220_064809_01"}
    assert tracks(date="2025-02-21") == []
    assert post("tracklet").status_code == 400


def region(order):
    """A printed map with half its probability in one pixel of ``nside=4``."""
    from astropy_healpix import HEALPix, level_ipix_to_uniq

    pixels = HEALPix(nside=4, order="ring" if order == "RING" else "nested")
    chance = np.full(pixels.npix, 0.5 / (pixels.npix - 1))
    chance[pixels.lonlat_to_healpix(149.5 * units.deg, 23.5 * units.deg)] = 0.5
    columns = {"PROB": chance}
    if order == "NUNIQ":
        uniq, density = (
            level_ipix_to_uniq(2, np.arange(pixels.npix)),
            chance / pixels.pixel_area.to_value("sr"),
        )
        columns = {"UNIQ": uniq, "PROBDENSITY": density}
    hdu = fits.BinTableHDU(Table(columns))
    hdu.header.update({"ORDERING": order, "DATE-OBS": "2025-02-20T01:00:00"})
    content = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(content)
    return str(gzip.compress(content.getvalue()))


@needs_pixels
def test_a_region_has_the_objects_that_were_discovered_in_its_days(post):
    rows = post("skymap", event_name="S990220sim", credible_level=0.9).json()
    event = Time("2025-02-20T01:00:00").jd
    assert {row["d:classification"] for row in rows} == {"Tracklet"}
    assert {row["v:jdstartgw"] for row in rows} == {event}
    assert rows[0].keys() == {*INDEXED, "v:jdstartgw"}
    assert all(event - 1 <= row["i:jdstarthist"] < event + 5 for row in rows)
    assert len(post("skymap", event_name="S990220sim", credible_level=0.01).json()) < len(rows)


@needs_pixels
def test_a_map_may_be_sent_with_the_request(post):
    text = str(event_map("S990220sim"))
    assert (
        post("skymap", bayestar=text, credible_level=0.9).content
        == post("skymap", event_name="S990220sim", credible_level=0.9).content
    )


@needs_pixels
def test_maps_of_three_kinds_mean_the_same(post):
    kinds = ("NESTED", "RING", "NUNIQ")
    answers = [post("skymap", bayestar=region(kind), credible_level=0.6).json() for kind in kinds]
    assert answers[0] == answers[1] == answers[2] != []
    assert post("skymap", bayestar=region("RING"), credible_level=0.4).json() == []


@needs_pixels
def test_days_of_a_region_run_from_the_days_before(post):
    late = {"event_name": "S990220sim", "credible_level": 0.9, "n_day_before": 3, "n_day_after": 2}
    assert post("skymap", **late).json() == []


@needs_pixels
@pytest.mark.parametrize("wrong", [{}, {"bayestar": "no map"}, {"bayestar": "b'no map'"}])
def test_regions_that_break_the_server(post, wrong):
    assert post("skymap", credible_level=0.5, **wrong).status_code == 500


def test_an_event_that_does_not_exist_has_its_message_in_a_row(post):
    assert post("skymap", event_name="S990101x", credible_level=0.5).json()[0].keys() == {"status"}


@needs_pixels
def test_rows_of_tables_are_labelled_by_the_keys_of_the_database(post):
    parquet = pytest.importorskip("pyarrow.parquet")
    response = post("conesearch", **PLACE, radius=5, **{"output-format": "parquet"})
    table = parquet.ParquetFile(io.BytesIO(response.content)).read()
    label = table["__index_level_0__"][0].as_py().split("_")
    assert label[1:] == [str(table[name][0]) for name in ("i:jdstarthist", "i:objectId", "i:jd")]
