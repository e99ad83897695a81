"""Searches of the sandbox: by place, by class, by anomaly, by track, by region of an event."""

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


def asking(box):
    def post(endpoint, **payload):
        payload = {name.replace("cutout_", "cutout-"): value for name, value in payload.items()}
        return requests.post(f"{box.url}/api/v1/{endpoint}", json=payload, timeout=20)

    return post


@pytest.fixture(scope="module")
def box():
    with Sandbox(seed=1) as running:
        yield running


@pytest.fixture(scope="module")
def ask(box):
    return asking(box)


@pytest.fixture(scope="module")
def pixel():
    """5,000 alerts of 500 objects in one pixel: the question, and where the objects stand."""
    pytest.importorskip("astropy_healpix")
    sky = Sky(seed=1)
    places = sky.crowd(5000, objects=500, pixel=PIXEL)
    with Sandbox(sky=sky) as running:
        yield asking(running), places


@pytest.fixture(scope="module")
def crowd():
    """10,000 alerts of one class in one year, and a server that gives 300 rows at most."""
    sky = Sky(seed=1)
    ids = sky.crowd(10_000, objects=500)
    with Sandbox(sky=sky, limit=300) as running:
        yield asking(running), list(ids)


def ids_of(reply):
    return [row["i:objectId"] for row in reply.json()]


@needs_pixels
def test_a_cone_has_one_row_an_object_which_is_its_newest_alert(ask):
    (row,) = ask("conesearch", **PLACE, radius=5).json()
    newest = ask("objects", objectId=SUPERNOVA).json()[0]
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
def test_a_place_may_be_written_in_many_ways(ask, ra, dec):
    assert ids_of(ask("conesearch", ra=ra, dec=dec, radius=1)) == [SUPERNOVA]


@needs_pixels
@pytest.mark.parametrize("columns", ["i:objectId", "i:jd,i:magpsf"])
def test_without_id_or_time_a_cone_has_one_row_an_alert(ask, columns):
    rows = ask("conesearch", **PLACE, radius=5, columns=columns).json()
    assert len(rows) == len(ask("objects", objectId=SUPERNOVA, columns="i:jd").json())
    assert rows[0].keys() == {*columns.split(","), "i:ra", "i:dec", "v:separation_degree"}
    assert np.all(np.diff([row["v:separation_degree"] for row in rows]) >= 0)


@needs_pixels
def test_a_cone_gives_other_columns_when_they_are_asked_for(ask):
    (row,) = ask("conesearch", **PLACE, radius=5, columns="i:objectId, i:jd, d:tns, i:fwhm, i:nope").json()
    assert row["d:tns"] == "SN Ia"
    assert row.keys() - INDEXED == {"d:tns", "i:fwhm", "v:separation_degree"}


@needs_pixels
def test_dates_bound_the_first_detection(ask):
    def found(**dates):
        return ids_of(ask("conesearch", **PLACE, radius=5, **dates))

    assert found(startdate="2025-03-01", window=30) == [SUPERNOVA]
    assert found(startdate="2025-03-01", stopdate="2025-03-31 12:00:00") == [SUPERNOVA]
    assert found(startdate="2460740.5", window="20") == [SUPERNOVA]
    assert found(startdate=60740, stopdate=60760) == [SUPERNOVA]
    assert found(startdate="2025-04-01", window=60) == []
    assert found(startdate="2025-03-01", window=3) == []


@needs_pixels
def test_a_stop_without_a_start_is_not_heeded(ask):
    assert ids_of(ask("conesearch", **PLACE, radius=5, stopdate="2024-06-01")) == [SUPERNOVA]


@needs_pixels
@pytest.mark.parametrize("wrong", [{"radius": -1}, {"radius": 5, "dec": -60}])
def test_cones_with_nothing_in_them(ask, wrong):
    assert ask("conesearch", **PLACE | wrong).json() == []


def test_a_cone_that_is_too_large(ask):
    reply = ask("conesearch", **PLACE, radius=18000.1)
    assert reply.status_code == 400
    assert ast.literal_eval(reply.text)["status"] == "error"


def test_a_place_that_is_none_is_answered_with_a_printed_exception(ask):
    reply = ask("conesearch", ra="abc", dec=1, radius=5)
    assert reply.status_code == 400
    assert reply.text.startswith("{'status': 'error', 'text': ValueError(")


def test_a_cone_has_all_objects_of_a_pixel_where_they_stand(pixel):
    ask, places = pixel
    rows = ask("conesearch", **IN_PIXEL, n=5000).json()
    assert {row["i:objectId"] for row in rows} == set(places)
    found = SkyCoord([row["i:ra"] for row in rows], [row["i:dec"] for row in rows], unit="deg")
    true = SkyCoord([places[row["i:objectId"]] for row in rows], unit="deg")
    assert found.separation(true).arcsec.max() < 0.6
    distances = found.separation(SkyCoord(IN_PIXEL["ra"], IN_PIXEL["dec"], unit="deg")).deg
    assert np.allclose(distances, [row["v:separation_degree"] for row in rows], atol=1e-9)


@pytest.mark.parametrize(("n", "objects"), [({}, 100), ({"n": 200}, 20), ({"n": 205}, 21), ({"n": 0}, 0)])
def test_a_small_number_loses_the_objects_that_were_discovered_last(pixel, n, objects):
    ask, _ = pixel
    everything = ask("conesearch", **IN_PIXEL, n=5000).json()
    oldest = sorted(everything, key=lambda row: (row["i:jdstarthist"], row["i:objectId"]))[:objects]
    assert set(ids_of(ask("conesearch", **IN_PIXEL, **n))) == {row["i:objectId"] for row in oldest}


def test_the_number_is_counted_before_the_distance_is_looked_at(pixel):
    ask, places = pixel
    last = max(ask("conesearch", **IN_PIXEL, n=5000).json(), key=lambda row: row["i:jdstarthist"])
    ra, dec = places[last["i:objectId"]]
    assert ask("conesearch", ra=ra, dec=dec, radius=2).json() == []
    assert ids_of(ask("conesearch", ra=ra, dec=dec, radius=2, n=5000)) == [last["i:objectId"]]


def test_objects_of_a_crowd_answer_like_others(pixel):
    ask, places = pixel
    objectid = next(iter(places))
    rows = ask("objects", objectId=objectid, withcutouts=True, cutout_kind="Difference").json()
    assert len({row["i:candid"] for row in rows}) == 10
    assert {row["i:publisher"] for row in rows} == {"Fink sandbox (simulated)"}
    assert np.array(rows[0]["b:cutoutDifference_stampData"])[30:33, 30:33].mean() > 0


def test_no_two_alerts_of_the_sky_have_the_same_id():
    sky = Sky(seed=1)
    for _ in range(2):
        sky.crowd(2000, days=40)
    candids = [candid for table in Survey(sky).tables() for candid in table["i:candid"]]
    assert len(candids) == len(set(candids)) > 5000


def test_a_crowd_of_no_kind():
    with pytest.raises(ValueError, match="quasar"):
        Sky().crowd(10, kind="quasar")


def test_the_newest_alerts_of_a_class_come_ten_at_a_time(ask):
    rows = ask("latests", **SUPERNOVAE).json()
    assert len(rows) == 10
    assert {row["v:classification"] for row in rows} == {"SN candidate"}
    assert np.all(np.diff([row["i:jd"] for row in rows]) <= 0)


def test_rates_and_colours_come_when_colour_is_spoken_of(ask):
    plain, coloured = (set(ask("latests", **SUPERNOVAE, **more).json()[0]) for more in ({}, {"color": True}))
    assert coloured - plain <= {"v:rate", "v:sigma(rate)", "v:g-r", "v:sigma(g-r)", "v:rate(g-r)"} | {
        "v:sigma(rate(g-r))"
    }
    assert "v:rate" in coloured - plain


def test_a_crowd_is_spread_over_a_year_and_shares_exposures(crowd):
    ask, ids = crowd
    rows = ask("objects", objectId="ZTF99aaa", columns="i:objectId,i:jd,i:candid").json()
    times = [row["i:jd"] for row in rows]
    assert {row["i:objectId"] for row in rows} == set(ids)
    assert len({row["i:candid"] for row in rows}) == len(rows) == 10_000
    assert 300 < np.ptp(times) < 366
    assert len(set(times)) < 3000


def test_no_answer_has_more_rows_than_the_server_gives(crowd):
    ask, _ = crowd
    assert len(ask("latests", **SUPERNOVAE, n=10_000, columns="i:jd").json()) == 300


def test_a_class_is_walked_through_page_by_page(crowd):
    """Stops are exclusive and starts inclusive, so that windows of time that touch share no alert."""
    ask, ids = crowd
    edges = Time(Time("2024-03-01").jd + np.arange(0, 371, 5), format="jd")
    found = []
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        window = {
            "startdate": start.iso,
            "stopdate": stop.iso,
            "n": 300,
            "columns": "i:objectId,i:candid,i:jd",
        }
        rows = ask("latests", **SUPERNOVAE, **window).json()
        assert len(rows) < 300
        times = [row["i:jd"] for row in rows]
        assert not times or start.jd <= min(times) <= max(times) < stop.jd
        found += [row["i:candid"] for row in rows if row["i:objectId"] in ids]
    assert len(set(found)) == len(found) == 10_000


def test_a_trend_is_looked_at_after_the_newest_were_taken(ask):
    columns = "i:candid,d:mag_rate"
    newest = ask("latests", **SUPERNOVAE, n=30, columns=columns).json()
    trends = {one: ask("latests", **SUPERNOVAE, n=30, trend=one, columns=columns).json() for one in TRENDS}
    for trend, sign in TRENDS.items():
        assert trends[trend] == [row for row in newest if (row["d:mag_rate"] or 0) * sign > 0] != []


def test_a_trend_without_its_column_breaks_the_server(ask):
    assert ask("latests", **SUPERNOVAE, trend="rising", columns="i:jd").status_code == 500


@pytest.mark.parametrize("trend", ["up", "low_state"])
def test_trends_that_are_refused_in_plain_text(ask, trend):
    reply = ask("latests", **SUPERNOVAE, trend=trend)
    assert (reply.status_code, reply.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert trend in reply.text
    assert "{" not in reply.text


def test_a_blazar_has_states_and_one_row(ask):
    low = {"class": "(CTA) Blazar low state", "n": 1000}
    (row,) = ask("latests", **low, columns="i:objectId,i:jd,d:blazar_stats_m2").json()
    assert row["d:blazar_stats_m2"] < 1
    alerts, new = (
        ask("latests", **low, trend=trend, columns="i:candid,d:blazar_stats_m0").json()
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
def test_classes_from_elsewhere_have_their_alerts(ask, name, objectid):
    assert ids_of(ask("latests", **{"class": name}, n=1)) == [objectid]


@pytest.mark.parametrize("name", ["Not a class", "(TNS) SN II", "SLSN candidate"])
def test_classes_without_alerts(ask, name):
    assert ask("latests", **{"class": name}).json() == []


@pytest.mark.parametrize("wrong", [{"n": "many"}, {"startdate": "tomorrow"}])
def test_arguments_that_break_the_server(ask, wrong):
    assert ask("latests", **SUPERNOVAE, **wrong).status_code == 500


def test_anomalies_have_low_scores_and_the_last_day_counts(ask):
    columns = "i:objectId,i:jd,d:anomaly_score"
    newest = ask("anomaly", columns=columns).json()
    assert len(newest) == 10
    assert all(row["d:anomaly_score"] < -0.05 for row in newest)
    day = Time(newest[0]["i:jd"], format="jd").strftime("%Y-%m-%d")
    assert newest[0] in ask("anomaly", start_date=day, stop_date=day, columns=columns).json()
    earlier = ask("anomaly", n=3, stop_date="2025-01-01", columns=columns).json()
    assert len(earlier) == 3
    assert max(row["i:jd"] for row in earlier) < Time("2025-01-02").jd


def test_a_track_is_found_by_the_beginning_of_its_date_or_by_its_name(ask):
    def tracks(**one):
        return [row["d:tracklet"] for row in ask("tracklet", **one, columns="d:tracklet").json()]

    assert len(tracks(date="2025-02-20")) == 17
    assert len(set(tracks(date="2025-02-20 06"))) == 2
    assert tracks(date="2025-02-20 06:48:09") == tracks(id="TRCK_20250220_064809")
    assert set(tracks(id="TRCK_20250220_064809_01")) == {"TRCK_20250220_064809_01"}
    assert tracks(date="2025-02-21") == []
    assert ask("tracklet").status_code == 400


def region(order):
    """A map with half its chance in one pixel of ``nside=4``, as what Python prints of it."""
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
def test_a_region_has_the_objects_that_were_discovered_in_its_days(ask):
    rows = ask("skymap", event_name="S990220sim", credible_level=0.9).json()
    event = Time("2025-02-20T01:00:00").jd
    assert {row["d:classification"] for row in rows} == {"Tracklet"}
    assert {row["v:jdstartgw"] for row in rows} == {event}
    assert rows[0].keys() == {*INDEXED, "v:jdstartgw"}
    assert all(event - 1 <= row["i:jdstarthist"] < event + 5 for row in rows)
    assert len(ask("skymap", event_name="S990220sim", credible_level=0.01).json()) < len(rows)


@needs_pixels
def test_a_map_may_be_sent_along(ask):
    text = str(event_map("S990220sim"))
    assert (
        ask("skymap", bayestar=text, credible_level=0.9).content
        == ask("skymap", event_name="S990220sim", credible_level=0.9).content
    )


@needs_pixels
def test_maps_of_three_kinds_mean_the_same(ask):
    kinds = ("NESTED", "RING", "NUNIQ")
    answers = [ask("skymap", bayestar=region(kind), credible_level=0.6).json() for kind in kinds]
    assert answers[0] == answers[1] == answers[2] != []
    assert ask("skymap", bayestar=region("RING"), credible_level=0.4).json() == []


@needs_pixels
def test_days_of_a_region_run_from_the_days_before(ask):
    late = {"event_name": "S990220sim", "credible_level": 0.9, "n_day_before": 3, "n_day_after": 2}
    assert ask("skymap", **late).json() == []


@needs_pixels
@pytest.mark.parametrize("wrong", [{}, {"bayestar": "no map"}, {"bayestar": "b'no map'"}])
def test_regions_that_break_the_server(ask, wrong):
    assert ask("skymap", credible_level=0.5, **wrong).status_code == 500


def test_an_event_that_does_not_exist_has_its_message_in_a_row(ask):
    assert ask("skymap", event_name="S990101x", credible_level=0.5).json()[0].keys() == {"status"}


@needs_pixels
def test_rows_of_tables_are_labelled_by_the_keys_of_the_database(ask):
    parquet = pytest.importorskip("pyarrow.parquet")
    reply = ask("conesearch", **PLACE, radius=5, **{"output-format": "parquet"})
    table = parquet.ParquetFile(io.BytesIO(reply.content)).read()
    label = table["__index_level_0__"][0].as_py().split("_")
    assert label[1:] == [str(table[name][0]) for name in ("i:jdstarthist", "i:objectId", "i:jd")]
